#include "shared/wire/tus.hpp"

#include <algorithm>
#include <charconv>

namespace doudi::wire {

std::string to_base64(ByteView bytes) {
  std::string text = to_base64url(bytes);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.find_first_of("-_") != std::string_view::npos) return std::nullopt;
  std::string plain(text);
  for (int i = 0; i < 2 && plain.ends_with('='); ++i) plain.pop_back();
  std::replace(plain.begin(), plain.end(), '+', '-');
  std::replace(plain.begin(), plain.end(), '/', '_');
  return from_base64url(plain);
}

std::string checksum_text(const sync::Hash& digest) {
  return "sha256 " + to_base64(digest);
}

std::optional<sync::Hash> parse_checksum(std::string_view text) {
  constexpr std::string_view kAlgorithm = "sha256 ";
  if (!text.starts_with(kAlgorithm)) return std::nullopt;
  const auto bytes = from_base64(text.substr(kAlgorithm.size()));
  sync::Hash digest{};
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}

std::string metadata_text(const UploadMetadata& metadata) {
  std::string text;
  for (const auto& [key, value] : metadata)
    text += (text.empty() ? "" : ",") + key + " " + to_base64(as_bytes(value));
  return text;
}

std::optional<UploadMetadata> parse_metadata(std::string_view text) {
  UploadMetadata metadata;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t space = pair.find(' ');
    if (space == 0 || space == std::string_view::npos) return std::nullopt;
    const auto value = from_base64(pair.substr(space + 1));
    if (!value || !metadata.emplace(pair.substr(0, space), as_text(*value)).second) return std::nullopt;
  }
  if (metadata.empty()) return std::nullopt;
  return metadata;
}

std::optional<std::int64_t> parse_count(std::string_view text, std::int64_t max) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  const bool plain = !text.empty() && text.front() >= '0' && text.front() <= '9';
  if (!plain || failure != std::errc{} || stop != end || number > max) return std::nullopt;
  return number;
}

}  // namespace doudi::wire
