// Power cuts: the device forgets, reorders and tears what was not synced, at every change a script makes to
// it. What the store had acknowledged by then is there, whole; nothing is there in part.
#include <catch2/catch_test_macros.hpp>

#include "tests/storage/field/sim_tablet.hpp"

namespace doudi::test {
namespace {

constexpr int kVisits = 200;
constexpr int kVisitsBetweenCheckpoints = 20;
constexpr std::size_t kCutsBetweenChainChecks = 16;

// Everything a script did to the device, and how many saves had been acknowledged before each change.
struct Recording {
  sim::DiskImage start;
  std::vector<sim::DiskStep> steps;
  std::vector<int> acknowledged;
};

Recording record_script(SimTablet& tablet) {
  Recording recording;
  recording.start = tablet.storage.disk.image();
  int acknowledged = 0;
  tablet.storage.disk.record([&](const sim::DiskStep& step) {
    recording.steps.push_back(step);
    recording.acknowledged.push_back(acknowledged);
  });
  {
    const auto store = tablet.store();
    for (int number = 1; number <= kVisits; ++number) {
      REQUIRE(save_visit_row(*store, visit_id(number)).ok());
      acknowledged = number;
      if (number % kVisitsBetweenCheckpoints == 0) REQUIRE(store->checkpoint().ok());
    }
  }
  tablet.storage.disk.record({});
  return recording;
}

// Empty when the tablet opens with at least `acknowledged` visits, all whole, and at most the one in hand
// more.
std::string loss_after(SimTablet& tablet, int acknowledged, bool check_chain) {
  const auto store = tablet.open();
  if (!store.ok()) return store.error().code + ": " + store.error().message;
  const auto visits = whole_visits(**store);
  if (!visits.ok()) return visits.error().code + ": " + visits.error().message;
  for (int number = 1; number <= acknowledged; ++number)
    if (!visits->contains(visit_id(number))) return "visit " + std::to_string(number) + " is lost";
  if (check_chain && !(*store)->groups().verify_chain()->empty()) return "the chain of groups is broken";
  if (visits->size() > static_cast<std::size_t>(acknowledged) + 1) return "there are visits nobody saved";
  return {};
}

bool is_sync(const sim::DiskStep& step) {
  return step.kind == sim::DiskStep::Kind::sync || step.kind == sim::DiskStep::Kind::sync_folder;
}

}  // namespace

TEST_CASE("no acknowledged visit is lost when the power fails at any write or sync of two hundred visits") {
  SimTablet tablet;
  const Recording recording = record_script(tablet);
  REQUIRE(recording.steps.size() > 2'000);
  sim::DiskImage device = recording.start;
  SimTablet machine(tablet, device);
  std::size_t cuts = 0;
  for (std::size_t i = 0; i < recording.steps.size(); ++i) {
    // Before a sync the most is at stake; of the writes, every second one keeps the test below a minute.
    const int subsets = is_sync(recording.steps[i]) ? 3 : i % 2 == 0 ? 1 : 0;
    for (int subset = 0; subset < subsets; ++subset) {
      sim::Chance chance(i * 16 + static_cast<std::size_t>(subset));
      machine.storage.disk.restore(device);
      machine.storage.disk.cut_power(chance);
      const std::string loss =
          loss_after(machine, recording.acknowledged[i], cuts % kCutsBetweenChainChecks == 0);
      INFO("cut before step " << i << ", subset " << subset << ": " << loss);
      REQUIRE(loss.empty());
      ++cuts;
    }
    device.apply(recording.steps[i]);
  }
  CHECK(cuts > recording.steps.size() / 2);
}

TEST_CASE("the store starts with a write-ahead log that is synced at every commit") {
  SimTablet tablet;
  const auto store = tablet.store();
  const auto mode = store->connection().value("PRAGMA journal_mode");
  REQUIRE(mode.ok());
  CHECK(std::get<std::string>(**mode) == "wal");
  CHECK(*store->connection().integer("PRAGMA synchronous") == 2);
}

}  // namespace doudi::test
