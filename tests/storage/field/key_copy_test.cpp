// The copy of a store under another key, which a key change begins with: whole under its name, or not there.
#include <catch2/catch_test_macros.hpp>

#include "shared/sql/sqlcipher.hpp"
#include "tests/storage/field/sim_tablet.hpp"

namespace doudi::test {
namespace {

const std::filesystem::path kDatabase = kTabletFolder / "field.db";
const std::filesystem::path kCopy = kTabletFolder / "field.db.new-key";
constexpr std::int64_t kVisits = 20;

Secret new_key() {
  return Secret(Bytes(32, 77));
}

Status copy_under_new_key(SimTablet& machine) {
  sim::SimFiles& files = machine.storage.files;
  DOUDI_ASSIGN(const auto source, sql::open_sqlcipher({.file = kDatabase, .disk = &files}, machine.key));
  return sql::copy_encrypted(*source, kCopy, new_key(), files);
}

// How many visits a file holds under a key.
std::int64_t visits_in(SimTablet& machine, const std::filesystem::path& file, const Secret& key) {
  const auto opened = sql::open_sqlcipher({.file = file, .disk = &machine.storage.files}, key);
  INFO((opened.ok() ? std::string() : opened.error().code));
  REQUIRE(opened.ok());
  const auto count = (*opened)->integer("SELECT count(*) FROM visit");
  REQUIRE(count.ok());
  return *count;
}

void check_old_or_new(SimTablet& machine) {
  CHECK(visits_in(machine, kDatabase, machine.key) == kVisits);
  if (machine.storage.files.exists(kCopy)) CHECK(visits_in(machine, kCopy, new_key()) == kVisits);
}

sim::DiskImage image_with_visits(SimTablet& tablet) {
  {
    const auto store = tablet.store();
    for (int number = 1; number <= kVisits; ++number) REQUIRE(save_visit_row(*store, visit_id(number)).ok());
  }
  return tablet.storage.disk.image();
}

}  // namespace

TEST_CASE("a power cut at any step of a key change leaves a database that opens with every row") {
  SimTablet tablet;
  const sim::DiskImage start = image_with_visits(tablet);
  SimTablet machine(tablet, start);
  const auto steps = steps_of(machine, [&] { REQUIRE(copy_under_new_key(machine).ok()); });
  CHECK(visits_in(machine, kCopy, new_key()) == kVisits);
  REQUIRE(steps.size() > 50);
  sim::DiskImage device = start;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    INFO("cut before step " << i);
    sim::Chance chance(i);
    machine.storage.disk.restore(device);
    machine.storage.disk.cut_power(chance);
    check_old_or_new(machine);
    device.apply(steps[i]);
  }
  // The whole copy is there for certain once it was reported.
  sim::Chance chance(1);
  machine.storage.disk.restore(device);
  machine.storage.disk.cut_power(chance);
  CHECK(visits_in(machine, kCopy, new_key()) == kVisits);
}

TEST_CASE("a key change that meets a full or failing disk says so, and can be done again") {
  SimTablet tablet;
  const sim::DiskImage start = image_with_visits(tablet);
  SimTablet machine(tablet, start);
  sim::SimDisk& disk = machine.storage.disk;
  for (const auto& [act, error] : {std::pair{sim::DiskAct::write, sim::DiskError::full},
                                   {sim::DiskAct::write, sim::DiskError::broken},
                                   {sim::DiskAct::sync, sim::DiskError::broken}}) {
    bool failed = true;
    for (std::uint64_t k = 1; failed; ++k) {
      INFO("act " << static_cast<int>(act) << " number " << k);
      disk.restore(start);
      const std::uint64_t before = disk.failures();
      disk.fail(act, k, error);
      const Status copied = copy_under_new_key(machine);
      failed = disk.failures() > before;
      disk.heal();
      check_old_or_new(machine);
      if (copied.ok()) {
        CHECK(visits_in(machine, kCopy, new_key()) == kVisits);
        continue;
      }
      CHECK(failed);
      static_cast<void>(machine.storage.files.remove(kCopy));
      CHECK(copy_under_new_key(machine).ok());
    }
  }
}

}  // namespace doudi::test
