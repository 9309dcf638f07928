// A PNG is a row of chunks. Kept are those that make the picture; texts, times, EXIF, profiles, animation and
// whatever follows the last chunk are not.
#include <algorithm>
#include <array>

#include "shared/media/formats.hpp"

namespace doudi::media {
namespace {

constexpr std::size_t kSignatureBytes = 8;
constexpr std::size_t kFrameBytes = 12;  // length, type, checksum
constexpr std::array<std::string_view, 11> kKept{"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA",
                                                 "cHRM", "sRGB", "sBIT", "bKGD", "pHYs"};

std::size_t length_at(ByteView content, std::size_t at) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) length = length << 8U | content[at + i];
  return length;
}

}  // namespace

Result<Bytes> strip_png(ByteView content) {
  Bytes out = to_bytes(content.first(kSignatureBytes));
  std::size_t at = kSignatureBytes;
  bool has_content = false;
  while (true) {
    if (content.size() - at < kFrameBytes) return damaged("the picture ends early");
    const std::size_t length = length_at(content, at);
    if (length > content.size() - at - kFrameBytes) return damaged("a chunk is cut");
    const ByteView chunk = content.subspan(at, length + kFrameBytes);
    const std::string_view type = as_text(chunk.subspan(4, 4));
    if (at == kSignatureBytes && type != "IHDR") return damaged("the picture has no header");
    if (std::find(kKept.begin(), kKept.end(), type) != kKept.end()) append(out, chunk);
    has_content = has_content || type == "IDAT";
    at += chunk.size();
    if (type == "IEND") break;
  }
  if (!has_content) return damaged("the picture has no content");
  return out;
}

}  // namespace doudi::media
