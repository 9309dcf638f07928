#include "tests/sim/world.hpp"

#include "sync_server/service/tablet_service.hpp"
#include "tests/sim/storage/seeded_randomness.hpp"

namespace doudi::sim {
namespace {

constexpr std::int64_t kQuietMs = 5 * 60'000;
constexpr std::int64_t kYearMs = std::int64_t{365} * 86'400'000;

class World {
 public:
  World(const BaseWorld& base, const Options& options, bool keep_trace)
      : base_(base),
        options_(options),
        rng_(options.seed ^ 0x5eed5eed5eedU),
        randomness_(options.seed),
        server_(queue_, base.district(), rng_.next()),
        network_(queue_, server_, options, rng_.fork(), counters_),
        oracle_(queue_, server_, counters_),
        workload_(base, oracle_, rng_.fork(), counters_, trace_, queue_) {
    trace_.keep_lines(keep_trace);
    network_.watch(oracle_.tap(base.tablets()));
  }

  RunResult run() {
    must(server_.start());
    start_tablets();
    plan();
    queue_.run_until(options_.safety_ms);
    calm_down();
    if (become_quiet()) oracle_.check_end(tablets_);
    for (const auto& fault : oracle_.faults()) note("FAULT " + fault);
    return {oracle_.faults(), trace_.hash(), trace_.lines(), counters_};
  }

 private:
  void note(const std::string& line) { trace_.add(queue_.now_ms(), line); }
  void start_tablets();
  void plan();
  void at_some_time(int times, const std::function<void()>& work);
  void crash_tablet();
  void crash_server();
  void cut_link();
  void jump_clock();
  void calm_down();
  bool become_quiet();
  [[nodiscard]] bool is_quiet();
  void restart_tablet(SimTablet& tablet);
  SimTablet& any_tablet() { return *tablets_[rng_.below(tablets_.size())]; }

  const BaseWorld& base_;
  Options options_;
  Rng rng_;
  SeededRandomness randomness_;
  EventQueue queue_;
  Trace trace_;
  Counters counters_;
  SimServer server_;
  SimNetwork network_;
  Oracle oracle_;
  Workload workload_;
  std::vector<std::unique_ptr<SimTablet>> tablets_;
};

void World::start_tablets() {
  for (int index = 0; index < options_.tablets; ++index) {
    const Enrolled& enrolled = base_.tablets()[static_cast<std::size_t>(index)];
    tablets_.push_back(
        std::make_unique<SimTablet>(index, queue_, network_, enrolled, enrolled.disk, rng_.fork()));
    if (rng_.chance(500)) tablets_.back()->clock().offset_ms = options_.clock_offset_ms;
    must(tablets_.back()->start());
  }
}

void World::at_some_time(int times, const std::function<void()>& work) {
  for (int i = 0; i < times; ++i) queue_.after(rng_.between(1, options_.safety_ms - 1), work);
}

void World::plan() {
  at_some_time(options_.saves, [this] {
    SimTablet& tablet = any_tablet();
    if (tablet.is_up()) workload_.act(tablet);
  });
  at_some_time(options_.tablet_crashes, [this] { crash_tablet(); });
  at_some_time(options_.server_crashes, [this] { crash_server(); });
  at_some_time(options_.partitions, [this] { cut_link(); });
  at_some_time(options_.clock_jumps, [this] { jump_clock(); });
}

void World::restart_tablet(SimTablet& tablet) {
  if (tablet.is_up()) return;
  const Status started = tablet.start();
  note("tablet " + std::to_string(tablet.index()) +
       (started.ok() ? " started" : " cannot start: " + started.error().code));
  if (!started.ok())
    oracle_.fault("I1", "tablet " + std::to_string(tablet.index()) + ": " + started.error().message);
}

void World::crash_tablet() {
  SimTablet& tablet = any_tablet();
  if (!tablet.is_up()) return;
  ++counters_["tablet crash"];
  note("tablet " + std::to_string(tablet.index()) + " crashed");
  Chance chance(rng_.next());
  tablet.crash(rng_.chance(700) ? &chance : nullptr);
  queue_.after(rng_.between(10, 20'000), [this, &tablet] { restart_tablet(tablet); });
}

void World::crash_server() {
  if (!server_.is_up()) return;
  ++counters_["server crash"];
  note("server crashed");
  Chance chance(rng_.next());
  server_.crash(rng_.chance(700) ? &chance : nullptr);
  queue_.after(rng_.between(10, 20'000), [this] {
    if (server_.is_up()) return;
    must(server_.start());
    note("server started");
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

// Faults end and everybody is there again.
void World::calm_down() {
  note("quiet");
  network_.heal();
  if (!server_.is_up()) must(server_.start());
  for (const auto& tablet : tablets_) restart_tablet(*tablet);
}

bool World::is_quiet() {
  auto reader = must(server_.district().store().read());
  for (const auto& tablet : tablets_) {
    if (oracle_.is_revoked(tablet->enrolled().identity.device)) continue;
    if (!tablet->is_up() || tablet->phase() != sync::Phase::waiting) return false;
    if (must(tablet->store().groups().unsent()).groups != 0) return false;
    wire::Cursors cursors;
    must(tablet->store().connection().query("SELECT scope, position FROM cursor", [&](const sql::Row& row) {
      cursors[std::string(row.text(0))] = row.integer(1);
      return true;
    }));
    if (must(district::has_news(*reader, tablet->enrolled().worker, cursors))) return false;
  }
  return true;
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

}  // namespace

RunResult run_seed(const BaseWorld& base, const Options& options, bool keep_trace) {
  return World(base, options, keep_trace).run();
}

}  // namespace doudi::sim
