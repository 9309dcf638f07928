#include "tests/storage/field/sim_tablet.hpp"

#include <catch2/catch_test_macros.hpp>

namespace doudi::test {

SimTablet::SimTablet(int households, std::uint64_t ballast) : ballast_bytes(ballast) {
  auto chosen = options();
  chosen.create = true;
  auto made = field::Store::open(chosen, key);
  INFO((made.ok() ? std::string() : made.error().code + ": " + made.error().message));
  REQUIRE(made.ok());
  REQUIRE(fill_store(**made, households).ok());
  REQUIRE((*made)->checkpoint().ok());
}

SimTablet::SimTablet(const SimTablet& original, const sim::DiskImage& image)
    : ballast_bytes(original.ballast_bytes), clock(original.clock) {
  storage.disk.restore(image);
}

field::StoreOptions SimTablet::options() {
  field::StoreOptions chosen;
  chosen.folder = kTabletFolder;
  chosen.clock = clock.device();
  chosen.disk = &storage.files;
  chosen.ballast_bytes = ballast_bytes;
  return chosen;
}

Result<std::unique_ptr<field::Store>> SimTablet::open() {
  return field::Store::open(options(), key);
}

std::unique_ptr<field::Store> SimTablet::store() {
  auto opened = open();
  INFO((opened.ok() ? std::string() : opened.error().code + ": " + opened.error().message));
  REQUIRE(opened.ok());
  return std::move(*opened);
}

std::vector<sim::DiskStep> steps_of(SimTablet& machine, const std::function<void()>& work) {
  std::vector<sim::DiskStep> steps;
  machine.storage.disk.record([&steps](const sim::DiskStep& step) { steps.push_back(step); });
  work();
  machine.storage.disk.record({});
  return steps;
}

}  // namespace doudi::test
