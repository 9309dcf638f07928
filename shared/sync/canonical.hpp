// Canonical bytes: what hashes and digests are taken over. Every part carries its length, integers are little
// endian and of fixed width, so two different values never give the same bytes and no encoder version can
// change them.
#pragma once

#include <cstdint>
#include <string_view>

#include "shared/base/value.hpp"

namespace doudi::sync {

class CanonicalWriter {
 public:
  void byte(std::uint8_t value) { bytes_.push_back(value); }
  void number(std::uint64_t value);
  void integer(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
  void raw(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void text(std::string_view text);
  void value(const Value& value);
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

}  // namespace doudi::sync
