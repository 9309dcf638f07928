// A WebM recording is a tree of elements. Tags, attachments, chapters, titles and spare space become empty
// space of the same length, so that positions inside the file stay right.
#include <algorithm>
#include <array>
#include <optional>

#include "shared/media/formats.hpp"

namespace doudi::media {
namespace {

constexpr std::uint32_t kHeader = 0x1a45dfa3;
constexpr std::uint32_t kSegment = 0x18538067;
constexpr std::uint32_t kCluster = 0x1f43b675;
constexpr std::uint32_t kInfo = 0x1549a966;
constexpr std::uint8_t kVoid = 0xec;
// Tags, attachments, chapters, title, file names of this and its neighbours, checksum, spare space.
constexpr std::array<std::uint32_t, 9> kEmptied{0x1254c367, 0x1941a469, 0x1043a770, 0x7ba9, 0x7384,
                                                0x3c83ab,   0x3e83bb,   0xbf,       kVoid};

struct Element {
  std::uint32_t id = 0;
  std::size_t head = 0;                // bytes of id and size
  std::optional<std::size_t> content;  // nothing: until its parent ends
};

// Bytes of a number whose first byte says how many there are; 0 when it is none.
std::size_t width_of(std::uint8_t first, std::size_t width_max) {
  std::size_t width = 1;
  for (std::uint8_t mask = 0x80; width <= width_max; mask = static_cast<std::uint8_t>(mask >> 1), ++width)
    if ((first & mask) != 0) return width;
  return 0;
}

std::uint64_t number_at(ByteView bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8U | byte;
  return number;
}

Result<Element> read_element(ByteView rest) {
  Element element;
  const std::size_t id_width = rest.empty() ? 0 : width_of(rest[0], 4);
  if (id_width == 0 || rest.size() <= id_width) return damaged("an element has no name");
  element.id = static_cast<std::uint32_t>(number_at(rest.first(id_width)));
  const std::size_t size_width = width_of(rest[id_width], 8);
  element.head = id_width + size_width;
  if (size_width == 0 || rest.size() < element.head) return damaged("an element has no size");
  const std::uint64_t mask = (std::uint64_t{1} << (7U * size_width)) - 1U;
  const std::uint64_t size = number_at(rest.subspan(id_width, size_width)) & mask;
  if (size == mask) return element;
  if (size > rest.size() - element.head) return damaged("an element is cut");
  element.content = static_cast<std::size_t>(size);
  return element;
}

// At least two bytes long, as every element is.
void make_void(std::span<std::uint8_t> element) {
  std::fill(element.begin(), element.end(), std::uint8_t{0});
  element[0] = kVoid;
  if (element.size() < 10) {
    element[1] = static_cast<std::uint8_t>(0x80U | (element.size() - 2));
    return;
  }
  std::uint64_t size = element.size() - 9;
  for (std::size_t i = 8; i > 1; --i, size >>= 8U) element[i] = static_cast<std::uint8_t>(size);
  element[1] = 0x01;
}

}  // namespace

Result<Bytes> strip_webm(ByteView content) {
  Bytes out = to_bytes(content);
  std::size_t at = 0;
  bool has_content = false;
  while (at < content.size()) {
    DOUDI_ASSIGN(const Element element, read_element(content.subspan(at)));
    if (at == 0 && as_text(content.first(element.head + element.content.value_or(0))).find("webm") ==
                       std::string_view::npos)
      return Error{"media.unknown", "only WebM recordings are taken"};
    has_content = has_content || element.id == kCluster;
    // The children of these follow one by one, as if they stood outside.
    if (element.id == kSegment || element.id == kCluster || element.id == kInfo) {
      at += element.head;
      continue;
    }
    if (!element.content || (at > 0 && element.id == kHeader)) return damaged("an element is out of place");
    const std::size_t length = element.head + *element.content;
    if (std::find(kEmptied.begin(), kEmptied.end(), element.id) != kEmptied.end())
      make_void(std::span(out).subspan(at, length));
    at += length;
  }
  if (!has_content) return damaged("the recording has no content");
  return out;
}

}  // namespace doudi::media
