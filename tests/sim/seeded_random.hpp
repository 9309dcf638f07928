// OpenSSL's random numbers from a seed: keys, nonces, ids and initialisation vectors of a run repeat. Linked
// into the simulation only.
#pragma once

#include <cstdint>

namespace doudi::sim {

// From now on, in this process.
void seed_random(std::uint64_t seed);

}  // namespace doudi::sim
