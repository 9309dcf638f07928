// What is planned for a seed, and what goes wrong.
#include "tests/sim/world.hpp"

#include <algorithm>

#include "field_client/rescue/rescue.hpp"
#include "sync_server/service/device_list.hpp"
#include "tests/sim/simulated_world.hpp"

namespace doudi::sim {
namespace {

constexpr std::int64_t kYearMs = std::int64_t{365} * 86'400'000;

}  // namespace

void World::start_tablets() {
  for (int index = 0; index < options_.tablets; ++index) {
    const Enrolled& enrolled = base_.tablets()[static_cast<std::size_t>(index)];
    tablets_.push_back(
        std::make_unique<SimTablet>(index, queue_, network_, enrolled, enrolled.disk, rng_.fork()));
    if (rng_.chance(500)) tablets_.back()->clock().offset_ms = options_.clock_offset_ms;
    oracle_.joined(*tablets_.back());
    must(tablets_.back()->start());
  }
}

void World::at_some_time(int times, const std::function<void()>& work) {
  for (int i = 0; i < times; ++i) queue_.after(rng_.between(1, options_.safety_ms - 1), work);
}

void World::plan() {
  at_some_time(options_.saves, [this] {
    SimTablet& tablet = any_tablet();
    if (tablet.is_up()) workload_.act(tablet, rng_.chance(options_.wrong_saves));
  });
  at_some_time(options_.tablet_crashes, [this] { crash_tablet(); });
  at_some_time(options_.server_crashes, [this] { crash_server(); });
  at_some_time(options_.partitions, [this] { cut_link(); });
  at_some_time(options_.clock_jumps, [this] { jump_clock(); });
  at_some_time(options_.rollbacks, [this] { roll_back(); });
  at_some_time(options_.clones, [this] { clone_tablet(); });
  at_some_time(options_.revocations, [this] { revoke(); });
  at_some_time(options_.restores, [this] { back_up_and_restore(); });
  at_some_time(options_.handovers, [this] { office_.hand_over(); });
  at_some_time(options_.office_acts, [this] { office_.act(); });
  at_some_time(options_.enrolments, [this] { enrol(); });
  at_some_time(options_.rot, [this] { let_rot(); });
  at_some_time(options_.updates, [this] { update(); });
  at_some_time(options_.pin_changes, [this] { change_pin(); });
  at_some_time(options_.key_changes, [this] { change_key(); });
  at_some_time(options_.exports, [this] { export_records(); });
  at_some_time(options_.full_disks, [this] { fill_disk(); });
  at_some_time(options_.broken_disks, [this] { break_disk(); });
}

// What a disk spoilt by itself may be noticed only when the page is read.
bool World::is_damaged(const SimTablet& tablet, const Status& opened) const {
  return !opened.ok() && rotten_.contains(tablet.index()) &&
         field::told_as_damage(opened.error()).code == "store.damaged";
}

void World::rescue(SimTablet& tablet) {
  ++counters_["rescue"];
  Status rescued = tablet.rescue();
  tablet.split();
  if (rescued.ok()) rescued = tablet.start();
  note(tablet.name() + (rescued.ok() ? " rescued" : " not rescued: " + rescued.error().code));
  if (!rescued.ok())
    return oracle_.fault("I1", tablet.name() + " cannot be rescued: " + rescued.error().code);
  must(oracle_.check_opened(tablet, true));
}

// A store that tells a loss is opened by a person who was told; one that hides a loss is a fault.
void World::restart_tablet(SimTablet& tablet) {
  if (tablet.is_up()) return;
  tablet.storage().disk.heal();
  Status started = tablet.start();
  if (is_damaged(tablet, started)) return rescue(tablet);
  const bool told = !started.ok() && started.error().code == "store.data_loss";
  if (told) {
    ++counters_["data loss told"];
    if (!rotten_.contains(tablet.index()))
      oracle_.fault("I1", "a loss without a cause: " + started.error().message);
    tablet.split();
    started = tablet.start(true);
  }
  note("tablet " + std::to_string(tablet.index()) +
       (started.ok() ? " started" : ": " + started.error().code));
  if (!started.ok())
    return oracle_.fault("I1", "tablet " + std::to_string(tablet.index()) + ": " + started.error().code);
  const Status read = oracle_.check_opened(tablet, told);
  if (is_damaged(tablet, read)) return rescue(tablet);
  must(read);
}

void World::crash_tablet(SimTablet& tablet, bool power) {
  Chance chance(rng_.next());
  note("tablet " + std::to_string(tablet.index()) + (power ? " lost power" : " was killed"));
  tablet.crash(power ? &chance : nullptr);
  queue_.after(rng_.between(10, 20'000), [this, &tablet] { restart_tablet(tablet); });
}

void World::crash_tablet() {
  SimTablet& tablet = any_tablet();
  if (!tablet.is_up()) return;
  ++counters_["tablet crash"];
  crash_tablet(tablet, rng_.chance(700));
}

void World::start_district() {
  if (server_.is_up()) return;
  server_.storage().disk.heal();
  const Status started = server_.start();
  note(started.ok() ? "district started" : "district: " + started.error().code);
  if (!started.ok()) return oracle_.fault("I2", "the district cannot start: " + started.error().code);
  oracle_.check_opened_district();
}

void World::crash_server() {
  if (!server_.is_up()) return;
  ++counters_["server crash"];
  note("district crashed");
  Chance chance(rng_.next());
  server_.crash(rng_.chance(700) ? &chance : nullptr);
  queue_.after(rng_.between(10, 20'000), [this] { start_district(); });
}

// The tablet's data folder of an earlier day is put back.
void World::roll_back() {
  SimTablet& tablet = any_tablet();
  if (!tablet.is_up()) return;
  const auto image = std::make_shared<DiskImage>(tablet.storage().disk.image());
  const auto held = oracle_.held_by(tablet);
  queue_.after(later(), [this, &tablet, image, held] {
    if (!tablet.is_up()) return;
    ++counters_["rollback"];
    note("tablet " + std::to_string(tablet.index()) + " rolled back");
    tablet.crash();
    tablet.split();
    oracle_.went_back(tablet, held);
    tablet.storage().disk.restore(*image);
    restart_tablet(tablet);
  });
}

// Two tablets with one identity, both in use.
void World::clone_tablet() {
  SimTablet& tablet = any_tablet();
  if (!tablet.is_up()) return;
  ++counters_["clone"];
  const int index = static_cast<int>(tablets_.size());
  note("tablet " + std::to_string(tablet.index()) + " cloned as " + std::to_string(index));
  tablet.split();
  tablets_.push_back(std::make_unique<SimTablet>(index, queue_, network_, tablet.enrolled(),
                                                 tablet.storage().disk.image(), rng_.fork()));
  tablets_.back()->split();
  tablets_.back()->install(tablet.ahead());
  tablets_.back()->know_pins_of(tablet);
  oracle_.joined(*tablets_.back());
  oracle_.cloned(tablet, *tablets_.back());
  restart_tablet(*tablets_.back());
}

void World::revoke() {
  SimTablet& tablet = any_tablet();
  if (!server_.is_up() || oracle_.is_revoked(tablet)) return;
  const Status revoked =
      district::revoke_device(server_.district(), tablet.enrolled().identity.device, std::nullopt);
  if (!revoked.ok()) return;
  ++counters_["revocation"];
  note("tablet " + std::to_string(tablet.index()) + " revoked");
  oracle_.revoked(tablet);
}

void World::back_up_and_restore() {
  const auto backup = office_.back_up();
  if (backup) queue_.after(later(), [this, backup] { office_.restore(*backup); });
}

void World::enrol() {
  if (!server_.is_up()) return;
  auto made = enrol_tablet(server_, rng_.chance(500) ? "w1" : "w2");
  if (!made.ok()) return note("no enrolment: " + made.error().code);
  ++counters_["enrolment"];
  const int index = static_cast<int>(tablets_.size());
  note("tablet " + std::to_string(index) + " enrolled for " + made->login);
  enrolled_.push_back(std::move(*made));
  oracle_.enrolled(enrolled_.back());
  tablets_.push_back(std::make_unique<SimTablet>(index, queue_, network_, enrolled_.back(),
                                                 enrolled_.back().disk, rng_.fork()));
  oracle_.joined(*tablets_.back());
  restart_tablet(*tablets_.back());
}

// The program of one side is replaced by that of the next release; the others go on as they are.
void World::update() {
  if (rng_.chance(300)) return update_district();
  SimTablet& tablet = any_tablet();
  if (!tablet.is_up() || tablet.ahead() > 0) return;
  ++counters_["update of a tablet"];
  note(tablet.name() + " updated");
  tablet.crash();
  tablet.install(1);
  if (breaks_off("an update", 20, tablet.storage().disk, [&tablet] { return tablet.start(); })) {
    Chance chance(rng_.next());
    tablet.crash(&chance);
  }
  restart_tablet(tablet);
}

// What changes files ends sometimes in the middle of that, and the power goes.
bool World::breaks_off(const std::string& what, std::uint64_t acts, SimDisk& disk,
                       const std::function<Status()>& work) {
  if (!rng_.chance(400)) return false;
  const auto failures = disk.failures();
  disk.fail(rng_.chance(500) ? DiskAct::write : DiskAct::sync, 1 + rng_.below(acts), DiskError::broken, true);
  static_cast<void>(work());
  if (disk.failures() > failures) ++counters_["crash inside " + what];
  return true;
}

void World::update_district() {
  if (!server_.is_up() || server_.ahead() > 0) return;
  ++counters_["update of the district"];
  note("district updated");
  server_.crash();
  server_.install(1);
  if (breaks_off("an update", 20, server_.storage().disk, [this] { return server_.start(); })) {
    Chance chance(rng_.next());
    server_.crash(&chance);
  }
  start_district();
  oracle_.office_did(server_.now(), [](SimServer& again) -> Status {
    again.crash();
    again.install(1);
    return again.start();
  });
}

// The old or the new PIN opens the tablet, and the new one once its worker was told so.
void World::change_pin() {
  SimTablet& tablet = any_tablet();
  if (!tablet.is_up()) return;
  ++counters_["PIN change"];
  const std::string pin = std::to_string(rng_.between(100'000, 999'999));
  Status changed;
  const bool broken =
      breaks_off("a PIN change", 20, tablet.storage().disk, [&] { return changed = tablet.change_pin(pin); });
  if (!broken) changed = tablet.change_pin(pin);
  note(tablet.name() + "'s PIN " + (changed.ok() ? "changed" : "not changed: " + changed.error().code));
  if (!broken) return;
  Chance chance(rng_.next());
  tablet.crash(&chance);
  restart_tablet(tablet);
  if (changed.ok() && tablet.is_up() && tablet.pin() != pin)
    oracle_.fault("I1", tablet.name() + " acknowledged a PIN and opens with another");
}

// Whatever ends it: exactly the old or the new key opens everything.
void World::change_key() {
  SimTablet& tablet = any_tablet();
  if (!tablet.is_up()) return;
  ++counters_["key change"];
  Status changed;
  const bool broken = breaks_off("a key change", rng_.chance(500) ? 30 : 300, tablet.storage().disk,
                                 [&] { return changed = tablet.change_key(); });
  if (!broken) changed = tablet.change_key();
  note(tablet.name() + "'s key " + (changed.ok() ? "changed" : "not changed: " + changed.error().code));
  Chance chance(rng_.next());
  if (broken) tablet.crash(&chance);
  restart_tablet(tablet);
}

void World::export_records() {
  SimTablet& tablet = any_tablet();
  if (!tablet.is_up()) return;
  ++counters_["export"];
  const Status exported = oracle_.check_export(tablet);
  if (is_damaged(tablet, exported)) return rescue(tablet);
  if (!exported.ok()) oracle_.fault("I1", tablet.name() + " cannot export: " + exported.error().code);
}

// One bit of the log flips while the tablet is off.
void World::let_rot() {
  SimTablet& tablet = any_tablet();
  if (!tablet.is_up()) return;
  const std::string log = (kTabletFolder / "field.db-wal").string();
  crash_tablet(tablet, false);
  const auto names = tablet.storage().disk.names();
  if (std::find(names.begin(), names.end(), log) == names.end()) return;
  const auto bytes = tablet.storage().disk.content(log).size();
  if (bytes == 0) return;
  ++counters_["bit flipped"];
  rotten_.insert(tablet.index());
  tablet.storage().disk.flip_bit(log, rng_.below(bytes), static_cast<unsigned>(rng_.below(8)));
}

void World::fill_disk() {
  SimTablet& tablet = any_tablet();
  const bool district = rng_.chance(300);
  SimDisk& disk = district ? server_.storage().disk : tablet.storage().disk;
  const auto used = disk.image().bytes_used();
  ++counters_["disk full"];
  note(district ? "district's disk full" : "tablet " + std::to_string(tablet.index()) + "'s disk full");
  if (district) oracle_.lose_order();
  disk.limit(used + rng_.below(20'000));
  queue_.after(rng_.between(1'000, 20'000), [&disk] { disk.heal(); });
}

// From some act on nothing is written any more; then the power goes: a crash in the middle of a save, a page
// or a checkpoint.
void World::break_disk() {
  const bool district = rng_.chance(400);
  SimTablet& tablet = any_tablet();
  SimDisk& disk = district ? server_.storage().disk : tablet.storage().disk;
  const auto failures = disk.failures();
  if (district) oracle_.lose_order();
  disk.fail(rng_.chance(500) ? DiskAct::write : DiskAct::sync, 1 + rng_.below(30), DiskError::broken, true);
  note(district ? "district's disk breaks" : "tablet " + std::to_string(tablet.index()) + "'s disk breaks");
  queue_.after(rng_.between(500, 5'000), [this, district, &tablet, &disk, failures] {
    if (disk.failures() > failures)
      ++counters_[district ? "district crash inside a write" : "tablet crash inside a write"];
    if (district) {
      Chance chance(rng_.next());
      server_.crash(&chance);
      queue_.after(100, [this] { start_district(); });
    } else if (tablet.is_up()) {
      crash_tablet(tablet, true);
    }
  });
}

void World::cut_link() {
  const int tablet = any_tablet().index();
  const bool up = rng_.chance(500);
  const bool down = !up || rng_.chance(500);
  ++counters_[up && down ? "partition" : "one-way partition"];
  note("tablet " + std::to_string(tablet) + " cut off");
  network_.cut(tablet, up, down);
  queue_.after(rng_.between(100, 60'000), [this, tablet] { network_.cut(tablet, false, false); });
}

void World::jump_clock() {
  ++counters_["clock jump"];
  any_tablet().clock().offset_ms = rng_.between(-10 * kYearMs, 10 * kYearMs);
}

RunResult run_seed(const BaseWorld& base, const Options& options, bool keep_trace) {
  return World(base, options, keep_trace).run();
}

}  // namespace doudi::sim
