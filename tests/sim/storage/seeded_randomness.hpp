// While it lives, every random byte of the process follows from one seed: OpenSSL's (keys, identities, page
// vectors of SQLCipher) and SQLite's own (log salts, row ids). The product has no switch for this: it asks
// OpenSSL, whose source can be replaced.
#pragma once

#include <cstdint>

namespace doudi::sim {

class SeededRandomness {
 public:
  explicit SeededRandomness(std::uint64_t seed);
  SeededRandomness(const SeededRandomness&) = delete;
  SeededRandomness& operator=(const SeededRandomness&) = delete;
  ~SeededRandomness();  // the system's randomness again
};

}  // namespace doudi::sim
