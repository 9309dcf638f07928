// A device that fails once, at each of its reads, writes and syncs in turn, until the script gets through: no
// crash, and after a power cut everything acknowledged is there.
#include <catch2/catch_test_macros.hpp>

#include "tests/storage/field/sim_tablet.hpp"

namespace doudi::test {
namespace {

constexpr int kVisits = 5;

// Opens, saves, empties the log, opens again. What was acknowledged comes back, whatever else failed.
std::set<Uuid> run_script(SimTablet& machine) {
  std::set<Uuid> acknowledged;
  for (int part = 0; part < 2; ++part) {
    const auto store = machine.open();
    if (!store.ok()) continue;
    for (int number = 1; number <= kVisits; ++number) {
      const Uuid visit = visit_id(part * 100 + number);
      if (save_visit_row(**store, visit).ok()) acknowledged.insert(visit);
      if (number == 3) static_cast<void>((*store)->checkpoint());
    }
  }
  return acknowledged;
}

std::uint64_t fail_each(SimTablet& machine, const sim::DiskImage& start, sim::DiskAct act) {
  sim::SimDisk& disk = machine.storage.disk;
  for (std::uint64_t k = 1;; ++k) {
    INFO("act " << static_cast<int>(act) << " number " << k << " fails");
    disk.restore(start);
    const std::uint64_t before = disk.failures();
    disk.fail(act, k);
    const std::set<Uuid> acknowledged = run_script(machine);
    const bool failed = disk.failures() > before;
    disk.heal();
    sim::Chance chance(k);
    disk.cut_power(chance);
    const auto store = machine.open();
    INFO((store.ok() ? std::string() : store.error().code + ": " + store.error().message));
    REQUIRE(store.ok());
    const auto visits = whole_visits(**store);
    REQUIRE(visits.ok());
    for (const Uuid& visit : acknowledged) REQUIRE(visits->contains(visit));
    if (!failed) {
      REQUIRE(acknowledged.size() == 2 * kVisits);
      return k;
    }
  }
}

}  // namespace

TEST_CASE("no acknowledged visit is lost when the device fails at any one write") {
  SimTablet tablet;
  SimTablet machine(tablet, tablet.storage.disk.image());
  CHECK(fail_each(machine, tablet.storage.disk.image(), sim::DiskAct::write) > 100);
}

TEST_CASE("no acknowledged visit is lost when the device fails at any one sync") {
  SimTablet tablet;
  SimTablet machine(tablet, tablet.storage.disk.image());
  CHECK(fail_each(machine, tablet.storage.disk.image(), sim::DiskAct::sync) > 20);
}

TEST_CASE("no acknowledged visit is lost when the device fails at any one read") {
  SimTablet tablet;
  SimTablet machine(tablet, tablet.storage.disk.image());
  CHECK(fail_each(machine, tablet.storage.disk.image(), sim::DiskAct::read) > 50);
}

}  // namespace doudi::test
