// F13: whatever bytes a photo or recording has, the stripper ends, writes no more than it read, leaves no
// application segment in a JPEG and changes its own output no further.
#include <cstdlib>

#include "shared/media/media.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const doudi::ByteView content(data, size);
  const auto kept = doudi::media::without_metadata(content);
  if (!kept.ok()) return 0;
  require(kept->size() <= size);
  require(doudi::media::recognise(*kept).has_value());
  const auto again = doudi::media::without_metadata(*kept);
  require(again.ok() && *again == *kept);
  if (doudi::media::recognise(*kept)->media_type != "image/jpeg") return 0;
  // Segments up to the first scan, read independently of the walker.
  for (std::size_t at = 2; at + 4 <= kept->size() && (*kept)[at + 1] != 0xda;) {
    require((*kept)[at] == 0xff && (*kept)[at + 1] != 0xe1 && (*kept)[at + 1] != 0xfe);
    at += 2U + (static_cast<std::size_t>((*kept)[at + 2]) << 8U) + (*kept)[at + 3];
  }
  return 0;
}
