#include "tests/sim/seeded_random.hpp"

#include <openssl/rand.h>

#include "tests/sim/rng.hpp"

namespace doudi::sim {
namespace {

Rng source(0);

int fill(unsigned char* out, int count) {
  for (int i = 0; i < count; ++i) out[i] = static_cast<unsigned char>(source.next());
  return 1;
}

int ready() {
  return 1;
}

}  // namespace

void seed_random(std::uint64_t seed) {
  source = Rng(seed);
  // The replacement in one call is deprecated in favour of providers, which cannot be written in a page.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  static const RAND_METHOD method{nullptr, fill, nullptr, nullptr, fill, ready};
  RAND_set_rand_method(&method);
#pragma GCC diagnostic pop
}

}  // namespace doudi::sim
