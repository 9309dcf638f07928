// Invented photos and recordings that carry what must not travel: a place, a device, a thumbnail, comments.
#pragma once

#include <cstddef>

#include "shared/base/bytes.hpp"

namespace doudi::test {

// Stands in every place of a sample that metadata can hide in.
inline constexpr const char* kPlaceMarker = "GPS-39.0851N-117.3134E";

// JFIF, EXIF, XMP, profile, comment, tables, one scan of about `scan_bytes` varying bytes, a second picture
// behind the end.
Bytes jpeg_with_place(std::size_t scan_bytes, std::uint32_t seed = 1);
Bytes png_with_place(std::size_t content_bytes);
Bytes webm_with_place(std::size_t content_bytes);

}  // namespace doudi::test
