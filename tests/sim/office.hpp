// What people at the district do meanwhile, through the services behind the console and the commands: grids
// change hands, leads are decided, doubles merged, households moved, conflicts closed, tablets enrolled,
// backups made and put back.
#pragma once

#include "tests/sim/oracle.hpp"

namespace doudi::sim {

class Office {
 public:
  Office(const BaseWorld& base, EventQueue& queue, SimServer& server, Oracle& oracle, Rng rng,
         Counters& counters, Trace& trace)
      : base_(base),
        queue_(queue),
        server_(server),
        oracle_(oracle),
        rng_(rng),
        counters_(counters),
        trace_(trace) {}

  void hand_over();
  // Only a worker with a grid can be enrolled.
  void give_a_grid(const std::string& login);
  // One click of the officer.
  void act();

  // A backup that was proven good, and what the district had answered for by then.
  struct Backup {
    std::filesystem::path file;
    Oracle::Answered state;
  };
  std::optional<Backup> back_up();
  // The district must be off; it is on again afterwards, under a new epoch.
  void restore(const Backup& backup);

 private:
  using Act = std::function<Status(district::District&)>;
  Act decide();
  Act close_conflict();
  Act resolve();
  Act relocate();
  void hand_over(const std::string& grid, const std::string& login);
  void perform(const std::string& what, const Act& act);
  std::vector<Uuid> rows(const std::string& query);
  template <class T>
  const T& any(const std::vector<T>& list) {
    return list[rng_.below(list.size())];
  }
  void note(const std::string& line) { trace_.add(queue_.now_ms(), line); }

  const BaseWorld& base_;
  EventQueue& queue_;
  SimServer& server_;
  Oracle& oracle_;
  Rng rng_;
  Counters& counters_;
  Trace& trace_;
  int backups_ = 0;
};

}  // namespace doudi::sim
