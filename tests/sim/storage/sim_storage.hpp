// A simulated device with both of its views: what a simulated tablet or district is opened on.
#pragma once

#include "tests/sim/storage/sim_disk.hpp"
#include "tests/sim/storage/sim_files.hpp"
#include "tests/sim/storage/sim_vfs.hpp"

namespace doudi::sim {

struct SimStorage {
  explicit SimStorage(std::uint64_t seed = 1) : vfs(disk, seed), files(disk, vfs.name()) {}
  SimDisk disk;
  SimVfs vfs;
  SimFiles files;  // goes into StoreOptions, FieldOptions, DistrictOptions as `disk`
};

}  // namespace doudi::sim
