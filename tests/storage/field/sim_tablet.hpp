// A tablet on a simulated device: the real store, the real keys, no file on this machine.
#pragma once

#include "tests/sim/storage/sim_storage.hpp"
#include "tests/storage/field/visits.hpp"

namespace doudi::test {

inline const std::filesystem::path kTabletFolder = "/tablet";

struct SimTablet {
  // Without a ballast unless asked for: copying a device takes as long as it has bytes.
  explicit SimTablet(int households = 1, std::uint64_t ballast = 0);
  // Another machine with a copy of the device.
  SimTablet(const SimTablet& original, const sim::DiskImage& image);

  [[nodiscard]] field::StoreOptions options();
  Result<std::unique_ptr<field::Store>> open();
  std::unique_ptr<field::Store> store();  // REQUIREs success

  sim::SimStorage storage;
  std::uint64_t ballast_bytes = 0;
  TestClock clock;
  Secret key{Bytes(32, 9)};
};

// What `work` does to the device, in order.
std::vector<sim::DiskStep> steps_of(SimTablet& machine, const std::function<void()>& work);

// A visit of its own for every number.
inline Uuid visit_id(int number) {
  return id_number(10'000 + number);
}

}  // namespace doudi::test
