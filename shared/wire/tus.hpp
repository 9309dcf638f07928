// The words of the resumable upload protocol tus 1.0 (creation, checksum) as both programs speak it: header
// names, metadata, checksum. The digest of a piece is announced in its head and is what the device signs, so
// that a piece cut on the way still has a known sender.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::wire {

inline constexpr std::string_view kUploadTarget = "/v1/attachments";
inline constexpr std::string_view kTusVersion = "1.0.0";
inline constexpr std::string_view kTusHeader = "tus-resumable";
inline constexpr std::string_view kUploadOffsetHeader = "upload-offset";
inline constexpr std::string_view kUploadLengthHeader = "upload-length";
inline constexpr std::string_view kUploadMetadataHeader = "upload-metadata";
inline constexpr std::string_view kUploadChecksumHeader = "upload-checksum";
inline constexpr std::string_view kPieceType = "application/offset+octet-stream";

// RFC 4648 section 4, with padding.
std::string to_base64(ByteView bytes);
std::optional<Bytes> from_base64(std::string_view text);

// "sha256 <base64>"
std::string checksum_text(const sync::Hash& digest);
std::optional<sync::Hash> parse_checksum(std::string_view text);

// "key <base64>,key <base64>"; nothing when it is malformed, empty or names a key twice.
using UploadMetadata = std::map<std::string, std::string, std::less<>>;
std::string metadata_text(const UploadMetadata& metadata);
std::optional<UploadMetadata> parse_metadata(std::string_view text);

// Digits only, at most `max`.
std::optional<std::int64_t> parse_count(std::string_view text, std::int64_t max);

}  // namespace doudi::wire
