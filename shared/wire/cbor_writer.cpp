#include "shared/wire/cbor_writer.hpp"

namespace doudi::wire {

void CborWriter::head(unsigned major, std::uint64_t number) {
  const auto lead = [&](unsigned low) { bytes_.push_back(static_cast<std::uint8_t>(major << 5U | low)); };
  if (number < 24) return lead(static_cast<unsigned>(number));
  unsigned width = 0;  // 1, 2, 4 or 8 bytes follow
  while (width < 3 && (number >> (8U << width)) != 0) ++width;
  lead(24 + width);
  for (unsigned shift = 8U << width; shift > 0; shift -= 8) {
    bytes_.push_back(static_cast<std::uint8_t>((number >> (shift - 8)) & 255U));
  }
}

void CborWriter::integer(std::int64_t number) {
  // Negative n is written as -1 - n, which is the complement.
  if (number >= 0) return head(0, static_cast<std::uint64_t>(number));
  head(1, ~static_cast<std::uint64_t>(number));
}

void CborWriter::text(std::string_view text) {
  head(3, text.size());
  bytes_.insert(bytes_.end(), text.begin(), text.end());
}

void CborWriter::blob(ByteView bytes) {
  head(2, bytes.size());
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void CborWriter::value(const Value& value) {
  if (is_null(value)) return null();
  if (const auto* number = std::get_if<std::int64_t>(&value)) return integer(*number);
  if (const auto* string = std::get_if<std::string>(&value)) return text(*string);
  blob(std::get<Bytes>(value));
}

}  // namespace doudi::wire
