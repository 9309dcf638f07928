// The world of one seed: what is planned, what goes wrong, and when all is quiet again.
#pragma once

#include <deque>

#include "tests/sim/office.hpp"
#include "tests/sim/storage/seeded_randomness.hpp"
#include "tests/sim/world.hpp"

namespace doudi::sim {

class World {
 public:
  World(const BaseWorld& base, const Options& options, bool keep_trace)
      : base_(base),
        options_(options),
        rng_(options.seed ^ 0x5eed5eed5eedU),
        randomness_(options.seed),
        server_(queue_, base.district(), rng_.next()),
        network_(queue_, server_, options, rng_.fork(), counters_),
        oracle_(base, queue_, server_, counters_, trace_),
        workload_(base, oracle_, rng_.fork(), counters_, trace_, queue_, options.photos),
        office_(base, queue_, server_, oracle_, rng_.fork(), counters_, trace_) {
    trace_.keep_lines(keep_trace);
    network_.watch(oracle_.tap());
  }

  RunResult run() {
    must(server_.start());
    start_tablets();
    plan();
    queue_.run_until(options_.safety_ms);
    calm_down();
    if (oracle_.faults().empty() && become_quiet() && stay_quiet() && day_after_restore())
      oracle_.check_end(tablets_);
    for (const auto& fault : oracle_.faults()) note("FAULT " + fault);
    return {oracle_.faults(), trace_.hash(), trace_.lines(), counters_};
  }

 private:
  void note(const std::string& line) { trace_.add(queue_.now_ms(), line); }
  void start_tablets();
  void plan();
  void at_some_time(int times, const std::function<void()>& work);
  // How long from now, before the faults end.
  std::int64_t later() {
    return rng_.between(1, std::max<std::int64_t>(options_.safety_ms - queue_.now_ms() - 1, 1));
  }
  void crash_tablet();
  void crash_server();
  void cut_link();
  void jump_clock();
  void roll_back();
  void clone_tablet();
  void revoke();
  void back_up_and_restore();
  void enrol();
  void update();
  void update_district();
  // `acts`: about how many writes, or syncs, the work has.
  bool breaks_off(const std::string& what, std::uint64_t acts, SimDisk& disk,
                  const std::function<Status()>& work);
  void change_pin();
  void change_key();
  void export_records();
  void let_rot();
  void fill_disk();
  void break_disk();
  void start_district();
  void crash_tablet(SimTablet& tablet, bool power);
  void calm_down();
  bool become_quiet();
  bool stay_quiet();
  bool day_after_restore();
  void note_told_revocations();
  void enrol_forgotten();
  [[nodiscard]] bool is_quiet();
  void restart_tablet(SimTablet& tablet);
  [[nodiscard]] bool is_damaged(const SimTablet& tablet, const Status& opened) const;
  void rescue(SimTablet& tablet);
  void rescue_damaged();
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
  Office office_;
  std::deque<Enrolled> enrolled_;  // meanwhile
  std::vector<std::unique_ptr<SimTablet>> tablets_;
  std::set<int> rotten_;  // tablets whose disk lost something by itself
};

}  // namespace doudi::sim
