// Power cuts, full disks and failing devices under the district: a group whose push was answered is there,
// with its verdict, its rows and their place in the feed.
#include <catch2/catch_test_macros.hpp>

#include "shared/sql/sqlcipher.hpp"
#include "tests/storage/server/sim_district.hpp"

namespace doudi::test {
namespace {

constexpr std::uint64_t kGroups = 40;

std::string loss_after(sim::SimStorage& machine, std::uint64_t acknowledged) {
  const auto store = district::Store::open(kDistrictFolder, machine.files);
  if (!store.ok()) return store.error().code + ": " + store.error().message;
  const auto groups = whole_groups(**store);
  if (!groups.ok()) return groups.error().message;
  if (*groups < acknowledged) return "only " + std::to_string(*groups) + " groups are left";
  return *groups > acknowledged + 1 ? "there are groups nobody pushed" : "";
}

}  // namespace

TEST_CASE("no answered group is lost when the power of the district fails at any write or sync") {
  SimDistrict district;
  sim::DiskImage device = district.storage.disk.image();
  std::vector<sim::DiskStep> steps;
  std::vector<std::uint64_t> acknowledged;
  std::uint64_t answered = 0;
  district.storage.disk.record([&](const sim::DiskStep& step) {
    steps.push_back(step);
    acknowledged.push_back(answered);
  });
  for (std::uint64_t group = 1; group <= kGroups; ++group) {
    REQUIRE(district.push(district.next_visit()).ok());
    answered = group;
    if (group % 10 == 0) REQUIRE(sql::checkpoint((*district).store().writer()).ok());
  }
  district.storage.disk.record({});
  REQUIRE(steps.size() > 1000);
  sim::SimStorage machine;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    sim::Chance chance(i);
    machine.disk.restore(device);
    machine.disk.cut_power(chance);
    INFO("cut before step " << i);
    REQUIRE(loss_after(machine, acknowledged[i]).empty());
    device.apply(steps[i]);
  }
}

TEST_CASE("a district whose disk is full refuses the push, keeps what it has, reads, and goes on by itself") {
  SimDistrict district;
  sim::SimDisk& disk = district.storage.disk;
  const sim::DiskImage start = disk.image();
  const DistrictTablet tablet = district.tablet;
  std::uint64_t failures = 1;
  for (std::uint64_t k = 1; failures > 0; ++k) {
    INFO("full from write " << k << " on");
    disk.restore(start);
    district.tablet = tablet;
    district.restart();
    REQUIRE(district.push(district.next_visit()).ok());
    const std::uint64_t before = disk.failures();
    disk.fail(sim::DiskAct::write, k, sim::DiskError::full, true);
    const auto group = district.next_visit();
    const Status pushed = district.push(group);
    failures = disk.failures() - before;
    if (!pushed.ok()) CHECK(pushed.error().code == "sql.full");
    {
      const auto reader = (*district).store().read();
      REQUIRE(reader.ok());
      CHECK(*(**reader).integer("SELECT count(*) FROM visit") == (pushed.ok() ? 2 : 1));
    }
    disk.heal();
    REQUIRE(district.push(group).ok());
    CHECK(*whole_groups((*district).store()) == 2);
  }
}

TEST_CASE("a device that fails at any one write or sync costs no answered group") {
  SimDistrict district;
  sim::SimDisk& disk = district.storage.disk;
  const sim::DiskImage start = disk.image();
  const DistrictTablet tablet = district.tablet;
  sim::SimStorage machine;
  for (const sim::DiskAct act : {sim::DiskAct::write, sim::DiskAct::sync}) {
    bool failed = true;
    for (std::uint64_t k = 1; failed; ++k) {
      INFO("act " << static_cast<int>(act) << " number " << k);
      disk.restore(start);
      district.tablet = tablet;
      district.restart();
      const std::uint64_t before = disk.failures();
      disk.fail(act, k);
      std::uint64_t answered = 0;
      for (int number = 0; number < 3; ++number) {
        const auto group = district.next_visit();
        // As a tablet does: the same group again after an error.
        Status pushed = district.push(group);
        if (!pushed.ok()) pushed = district.push(group);
        if (pushed.ok()) answered = group.group.seq;
        if (number == 1) static_cast<void>(sql::checkpoint((*district).store().writer()));
      }
      failed = disk.failures() > before;
      disk.heal();
      CHECK(answered == 3);
      sim::Chance chance(k);
      machine.disk.restore(disk.image());
      machine.disk.cut_power(chance);
      CHECK(loss_after(machine, answered).empty());
    }
  }
}

}  // namespace doudi::test
