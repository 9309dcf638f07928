// Small files that must be whole or absent after a power cut: written beside, synced, renamed, folder synced.
#pragma once

#include <cstddef>
#include <filesystem>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace doudi::field {

inline constexpr std::size_t kSmallFileBytesMax = 256 * 1024;

// Mode 0600. Errors "file.write" and "file.full".
Status write_durably(const std::filesystem::path& file, ByteView content);
// Replaces bytes inside an existing file of unchanged size; at most one disk sector, or a power cut may tear
// it.
Status overwrite_durably(const std::filesystem::path& file, std::size_t at, ByteView content);
// Errors "file.missing", "file.too_large" and "file.read".
Result<Bytes> read_small_file(const std::filesystem::path& file);
// Creates the folder with mode 0700 if it is missing.
Status make_private_folder(const std::filesystem::path& folder);

}  // namespace doudi::field
