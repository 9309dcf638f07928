// What one seed does: its size and which faults are switched on. Every seed has a random subset of the
// faults, so that no fault hides another.
#pragma once

#include <cstdint>
#include <string>

namespace doudi::sim {

struct Options {
  std::uint64_t seed = 0;
  int tablets = 3;
  int saves = 20;
  std::int64_t safety_ms = 120'000;
  // Chances per message, in thousandths.
  std::int64_t loss = 0;
  std::int64_t duplication = 0;
  std::int64_t damage = 0;
  std::int64_t delay_max_ms = 200;
  std::int64_t late = 0;  // arrives after the caller gave up
  // How often each happens in the safety phase.
  int partitions = 0;
  int tablet_crashes = 0;
  int server_crashes = 0;
  int clock_jumps = 0;
  int rollbacks = 0;
  int clones = 0;
  int revocations = 0;
  int restores = 0;     // of the district, from an earlier backup
  int handovers = 0;    // of a grid to another worker
  int office_acts = 0;  // decisions, merges, moves, conflicts closed
  int enrolments = 0;   // tablets that join meanwhile
  int updates = 0;      // of one side's program to the next version
  int pin_changes = 0;
  int key_changes = 0;
  int exports = 0;
  int rot = 0;  // a bit of a tablet's log flips while it is off
  int full_disks = 0;
  int broken_disks = 0;          // writes fail from some act on, then the power goes
  std::int64_t photos = 0;       // visits with one, in thousandths
  std::int64_t wrong_saves = 0;  // outside the scope, or referring to what does not exist
  std::int64_t clock_offset_ms = 0;
};

Options expand(std::uint64_t seed);
std::string describe(const Options& options);

}  // namespace doudi::sim
