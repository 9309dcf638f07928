// A bounded pull reader for the canonical CBOR that CborWriter makes. It allocates nothing before the length
// is known to be there, recurses never, and refuses everything else: indefinite lengths, floats, tags, longer
// integers than needed, keys out of order or twice, text that is not UTF-8, nesting beyond kDepthMax.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"
#include "shared/base/value.hpp"

namespace doudi::wire {

inline constexpr int kDepthMax = 32;

// The first fault sticks: every later read gives an empty value, so callers check once, at the end and in
// loops.
class CborReader {
 public:
  explicit CborReader(ByteView bytes) : rest_(bytes) {}

  [[nodiscard]] bool good() const { return fault_.empty(); }
  void fail(std::string_view why);
  // Error "wire.message" if anything was wrong or bytes are left over.
  [[nodiscard]] Status finish();

  std::uint64_t natural(std::uint64_t max = UINT64_MAX);
  std::int64_t integer();
  bool boolean();
  std::string text(std::size_t bytes_max);
  Bytes blob(std::size_t bytes_max);
  Value value();
  std::size_t array(std::size_t items_max);
  void skip();

  // Calls `member(key)` for each key; it reads the value and returns true, or returns false for a key it does
  // not know. Returns how many keys were known.
  template <class Member>
  std::size_t map(const Member& member) {
    std::size_t known = 0;
    std::string_view before;
    const std::size_t members = open(5);
    for (std::size_t i = 0; i < members && good(); ++i) {
      const std::string_view key = next_key(before, i == 0);
      before = key;
      if (!good()) break;
      if (member(key)) {
        ++known;
      } else {
        skip();
      }
    }
    --depth_;
    return known;
  }
  // Leaves the array that array() entered.
  void leave() { --depth_; }

 private:
  struct Head {
    unsigned major = 7;
    std::uint64_t number = 0;
  };
  Head head();
  std::size_t open(unsigned major);
  ByteView take(std::uint64_t count);
  std::string_view next_key(std::string_view before, bool first);

  ByteView rest_;
  std::string fault_;
  int depth_ = 0;
};

}  // namespace doudi::wire
