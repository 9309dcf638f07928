// The generator's only source of chance: SplitMix64, the same on every machine and compiler, unlike the
// distributions of the standard library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace doudi::sample {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  // 0 … limit-1.
  int below(int limit) { return static_cast<int>(next() % static_cast<std::uint64_t>(limit)); }
  // Both ends included.
  int between(int low, int high) { return low + below(high - low + 1); }
  bool in_thousand(int share) { return below(1000) < share; }
  std::string_view pick(std::span<const std::string_view> words) {
    return words[static_cast<std::size_t>(below(static_cast<int>(words.size())))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace doudi::sample
