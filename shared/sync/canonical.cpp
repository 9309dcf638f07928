#include "shared/sync/canonical.hpp"

namespace doudi::sync {

void CanonicalWriter::number(std::uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8) byte(static_cast<std::uint8_t>((value >> shift) & 255U));
}

void CanonicalWriter::text(std::string_view text) {
  number(text.size());
  raw(as_bytes(text));
}

void CanonicalWriter::value(const Value& value) {
  byte(static_cast<std::uint8_t>(value.index()));
  if (const auto* whole = std::get_if<std::int64_t>(&value)) integer(*whole);
  if (const auto* string = std::get_if<std::string>(&value)) text(*string);
  if (const auto* blob = std::get_if<Bytes>(&value)) text(as_text(*blob));
}

}  // namespace doudi::sync
