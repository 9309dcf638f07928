// Writes canonical CBOR (RFC 8949, 4.2.1): shortest integers, definite lengths, no floats, no tags. One
// message has exactly one encoding, so equal messages have equal hashes.
#pragma once

#include <cstdint>
#include <string_view>

#include "shared/base/value.hpp"

namespace doudi::wire {

class CborWriter {
 public:
  void integer(std::int64_t number);
  void natural(std::uint64_t number) { head(0, number); }
  void boolean(bool value) { bytes_.push_back(value ? 0xf5 : 0xf4); }
  void null() { bytes_.push_back(0xf6); }
  void text(std::string_view text);
  void blob(ByteView bytes);
  void value(const Value& value);
  void array(std::size_t items) { head(4, items); }
  // Keys must follow sorted: shorter first, then bytewise. The reader refuses any other order.
  void map(std::size_t members) { head(5, members); }
  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  void head(unsigned major, std::uint64_t number);
  Bytes bytes_;
};

}  // namespace doudi::wire
