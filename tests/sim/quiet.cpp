// After the faults: what people do about what was told to them, and how everybody comes to rest.
#include "sync_server/service/assignments.hpp"
#include "sync_server/service/tablet_service.hpp"
#include "tests/sim/simulated_world.hpp"

namespace doudi::sim {
namespace {

constexpr std::int64_t kQuietMs = 5 * 60'000;
constexpr std::int64_t kGraceMs = std::int64_t{25} * 3'600'000;
constexpr std::int64_t kWaitMaxMs = 120'000;  // longer than a late call and any long poll together

}  // namespace

void World::rescue_damaged() {
  for (const auto& tablet : tablets_) {
    const auto error = tablet->last_error();
    if (tablet->is_up() && error && is_damaged(*tablet, *error)) rescue(*tablet);
  }
}

// Faults end and everybody is there again.
void World::calm_down() {
  note("quiet");
  network_.heal();
  server_.storage().disk.heal();
  start_district();
  for (const auto& tablet : tablets_) {
    tablet->storage().disk.heal();
    restart_tablet(*tablet);
  }
}

// The worker of a tablet that a restored district does not know goes to the office for a new code.
void World::enrol_forgotten() {
  for (const auto& tablet : tablets_) {
    const auto error = tablet->last_error();
    if (!tablet->is_up() || tablet->phase() != sync::Phase::stopped || !error ||
        error->code != "auth.unknown_device")
      continue;
    const auto identity = ask_for_identity(server_, tablet->enrolled().login);
    // The restored district has forgotten, too, that the worker was given a grid.
    if (!identity.ok() && identity.error().code == "enroll.not_a_worker")
      return office_.give_a_grid(tablet->enrolled().login);
    if (!identity.ok()) return note("no enrolment: " + identity.error().code);
    ++counters_["enrolled again"];
    note(tablet->name() + " enrolled again");
    enrolled_.push_back(tablet->enrolled());
    enrolled_.back().take(*identity);
    oracle_.enrolled(enrolled_.back());
    tablet->enrol_again(enrolled_.back(), *identity);
    oracle_.joined(*tablet);
    restart_tablet(*tablet);
  }
}

// A district that was put back to before a revocation has forgotten it; the tablet that was told has not: it
// has stopped for good and its keys are gone.
void World::note_told_revocations() {
  for (const auto& tablet : tablets_) {
    const auto error = tablet->last_error();
    if (tablet->is_up() && tablet->phase() == sync::Phase::stopped && error && error->code == "auth.revoked")
      oracle_.revoked(*tablet);
  }
}

bool World::is_quiet() {
  if (!server_.is_up()) return false;
  note_told_revocations();
  enrol_forgotten();
  rescue_damaged();
  auto reader = must(server_.district().store().read());
  for (const auto& tablet : tablets_) {
    if (oracle_.is_revoked(*tablet)) continue;
    if (!tablet->is_up()) return false;
    const auto epoch = must(tablet->store().setting("epoch"));
    if (epoch != server_.district().identity().epoch) return false;
    if (tablet->phase() != sync::Phase::waiting) return false;
    if (must(tablet->store().groups().unsent()).groups != 0) return false;
    wire::Cursors cursors;
    must(tablet->store().connection().query("SELECT scope, position FROM cursor", [&](const sql::Row& row) {
      cursors[std::string(row.text(0))] = row.integer(1);
      return true;
    }));
    if (must(district::has_news(*reader, tablet->enrolled().worker, cursors))) return false;
    const auto assigned = must(district::assignment_version(*reader, tablet->enrolled().worker));
    const auto known = must(tablet->store().setting("assignment_version"));
    if (known.value_or("0") != std::to_string(assigned)) return false;
  }
  return true;
}

// Every poll from before has ended by then, and nobody has found anything more to say.
bool World::stay_quiet() {
  queue_.run_until(queue_.now_ms() + kWaitMaxMs);
  if (!is_quiet()) oracle_.fault("liveness", "quiet did not last");
  return oracle_.faults().empty();
}

// For a day tablets keep rows that a restored district does not have, because somebody's log may bring them
// again (shared/decisions/0008). Then they set them aside, and everything is the same everywhere.
bool World::day_after_restore() {
  if (!oracle_.was_restored()) return true;
  for (const auto& tablet : tablets_) {
    if (!tablet->is_up()) continue;
    tablet->clock().offset_ms += kGraceMs;
    tablet->wake();
  }
  return become_quiet() && stay_quiet();
}

bool World::become_quiet() {
  const std::int64_t until = queue_.now_ms() + kQuietMs;
  while (queue_.now_ms() < until) {
    queue_.run_until(queue_.now_ms() + 1'000);
    if (is_quiet()) return true;
  }
  for (const auto& tablet : tablets_) {
    const auto error = tablet->last_error();
    oracle_.fault("liveness", "tablet " + std::to_string(tablet->index()) + " in phase " +
                                  std::to_string(static_cast<int>(tablet->phase())) +
                                  (error ? ", last error " + error->code : ""));
  }
  return false;
}

}  // namespace doudi::sim
