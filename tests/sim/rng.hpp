// The one source of chance of a simulated run: the same seed gives the same numbers on every machine, which
// no standard distribution promises.
#pragma once

#include <cstdint>

namespace doudi::sim {

class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {  // splitmix64
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  std::uint64_t below(std::uint64_t count) { return count == 0 ? 0 : next() % count; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  bool chance(std::int64_t permille) { return below(1000) < static_cast<std::uint64_t>(permille); }
  // A generator of its own, so that a new consumer does not shift everybody's numbers.
  Rng fork() { return Rng(next()); }

 private:
  std::uint64_t state_;
};

}  // namespace doudi::sim
