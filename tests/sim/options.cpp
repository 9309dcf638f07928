#include "tests/sim/options.hpp"

#include <sstream>

#include "tests/sim/base_world.hpp"
#include "tests/sim/rng.hpp"

namespace doudi::sim {
namespace {

constexpr std::int64_t kTenYearsMs = std::int64_t{3650} * 86'400'000;

void choose_network(Options& options, Rng& rng) {
  if (rng.chance(500)) options.loss = rng.between(10, 300);
  if (rng.chance(500)) options.duplication = rng.between(10, 500);
  if (rng.chance(400)) options.damage = rng.between(5, 100);
  if (rng.chance(400)) options.late = rng.between(10, 150);
  if (rng.chance(300)) options.delay_max_ms = rng.between(1'000, 20'000);
  if (rng.chance(300)) options.partitions = static_cast<int>(rng.between(1, 3));
}

void choose_accidents(Options& options, Rng& rng) {
  if (rng.chance(400)) options.tablet_crashes = static_cast<int>(rng.between(1, 4));
  if (rng.chance(400)) options.server_crashes = static_cast<int>(rng.between(1, 3));
  if (rng.chance(300)) options.clock_jumps = static_cast<int>(rng.between(1, 3));
  if (rng.chance(200)) options.clock_offset_ms = rng.between(-kTenYearsMs, kTenYearsMs);
  if (rng.chance(150)) options.rollbacks = 1;
  if (rng.chance(150)) options.clones = 1;
  if (rng.chance(150)) options.revocations = 1;
  if (rng.chance(200)) options.restores = static_cast<int>(rng.between(1, 2));
  if (rng.chance(150)) options.rot = 1;
  if (rng.chance(200)) options.full_disks = static_cast<int>(rng.between(1, 2));
  if (rng.chance(300)) options.broken_disks = static_cast<int>(rng.between(1, 3));
  if (rng.chance(300)) options.wrong_saves = rng.between(50, 300);
}

void choose_office(Options& options, Rng& rng) {
  if (rng.chance(250)) options.handovers = static_cast<int>(rng.between(1, 3));
  if (rng.chance(250)) options.office_acts = static_cast<int>(rng.between(1, options.saves));
  if (rng.chance(120)) options.enrolments = 1;
  if (rng.chance(350)) options.photos = rng.between(100, 600);
}

}  // namespace

Options expand(std::uint64_t seed) {
  Rng rng(seed * 0x2545f4914f6cdd1dU + 1);
  Options options;
  options.seed = seed;
  const bool is_long = rng.chance(60);
  options.tablets = static_cast<int>(rng.between(2, is_long ? kTabletsMax : 3));
  options.saves = static_cast<int>(is_long ? rng.between(60, 200) : rng.between(4, 24));
  options.safety_ms = options.saves * rng.between(1'000, 8'000);
  choose_network(options, rng);
  choose_accidents(options, rng);
  choose_office(options, rng);
  if (rng.chance(250)) options.updates = static_cast<int>(rng.between(1, 3));
  if (rng.chance(200)) options.pin_changes = static_cast<int>(rng.between(1, 2));
  if (rng.chance(150)) options.key_changes = static_cast<int>(rng.between(1, 2));
  if (rng.chance(200)) options.exports = static_cast<int>(rng.between(1, 3));
  return options;
}

std::string describe(const Options& options) {
  std::ostringstream text;
  text << "seed=" << options.seed << " tablets=" << options.tablets << " saves=" << options.saves
       << " safety_ms=" << options.safety_ms << " loss=" << options.loss
       << " duplication=" << options.duplication << " damage=" << options.damage
       << " delay_max_ms=" << options.delay_max_ms << " late=" << options.late
       << " partitions=" << options.partitions << " tablet_crashes=" << options.tablet_crashes
       << " server_crashes=" << options.server_crashes << " clock_jumps=" << options.clock_jumps
       << " clock_offset_ms=" << options.clock_offset_ms << " rollbacks=" << options.rollbacks
       << " clones=" << options.clones << " revocations=" << options.revocations
       << " restores=" << options.restores << " handovers=" << options.handovers
       << " office_acts=" << options.office_acts << " enrolments=" << options.enrolments
       << " photos=" << options.photos << " updates=" << options.updates
       << " pin_changes=" << options.pin_changes << " key_changes=" << options.key_changes
       << " exports=" << options.exports << " rot=" << options.rot << " full_disks=" << options.full_disks
       << " broken_disks=" << options.broken_disks << " wrong_saves=" << options.wrong_saves;
  return text.str();
}

}  // namespace doudi::sim
