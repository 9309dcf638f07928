#define OPENSSL_SUPPRESS_DEPRECATED
#include "tests/sim/storage/seeded_randomness.hpp"

#include <openssl/rand.h>
#include <sqlcipher/sqlite3.h>

#include <mutex>

#include "tests/sim/storage/chance.hpp"

namespace doudi::sim {
namespace {

std::mutex mutex;
Chance source(0);

int give_bytes(unsigned char* out, int count) {
  const std::lock_guard lock(mutex);
  for (int i = 0; i < count; ++i) out[i] = static_cast<unsigned char>(source.next() >> 24U);
  return 1;
}

int is_ready() {
  return 1;
}

const RAND_METHOD kSeeded{nullptr, give_bytes, nullptr, nullptr, give_bytes, is_ready};

}  // namespace

SeededRandomness::SeededRandomness(std::uint64_t seed) {
  {
    const std::lock_guard lock(mutex);
    source = Chance(seed);
  }
  RAND_set_rand_method(&kSeeded);
  const int short_seed = static_cast<int>(Chance(seed).next() >> 33U) | 1;  // 0 would mean "not seeded"
  sqlite3_initialize();
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, short_seed, nullptr);
}

SeededRandomness::~SeededRandomness() {
  RAND_set_rand_method(nullptr);
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, 0, nullptr);
}

}  // namespace doudi::sim
