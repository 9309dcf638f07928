// What a photo or voice note may be, decided by its content alone, and its content without anything that was
// not seen or heard: places, devices, times, comments, thumbnails. The tablet removes it, the district checks
// that nothing is left. Both read hostile bytes: every walk is bounded by the input.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace doudi::media {

inline constexpr std::size_t kBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kChunkBytes = 256 * 1024;

struct Format {
  std::string_view kind;        // "photo" or "voice"
  std::string_view media_type;  // "image/jpeg"
};
// By the first bytes; nothing for every other format.
std::optional<Format> recognise(ByteView content);

// The same picture or sound, bit for bit, without metadata. Doing it twice changes nothing more.
// Errors "media.unknown", "media.damaged", "media.too_large".
Result<Bytes> without_metadata(ByteView content);

}  // namespace doudi::media
