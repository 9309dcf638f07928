// One simulated run: a district, its tablets, the network between them, what workers do and what goes wrong,
// in three phases: faults, quiet, check.
#pragma once

#include "tests/sim/workload.hpp"

namespace doudi::sim {

struct RunResult {
  std::vector<std::string> faults;
  std::string trace_hash;
  std::vector<std::string> trace;
  Counters counters;
};

RunResult run_seed(const BaseWorld& base, const Options& options, bool keep_trace);

}  // namespace doudi::sim
