// The district the tablets come back to: grids, households and enrolled devices written by the server's own
// functions, then the real program serving them.
#pragma once

#include <filesystem>
#include <vector>

#include "tests/e2e/process.hpp"
#include "tools/load/tablet.hpp"

namespace doudi::load {

struct Plan {
  int tablets = 1000;
  int households = 20;  // in each grid
  int visits = 3;       // waiting on each tablet
  int answers = 8;
  int heavy = 20;            // of the tablets, with …
  int heavy_visits = 200;    // … this many visits
  int emergency_every = 50;  // visits
  int spread_ms = 0;         // 0: all at the same moment
  int patience_s = 120;
};

// Grids, households, workers and devices in a new store below `folder`.
std::vector<TabletFacts> make_district(const std::filesystem::path& folder,
                                       const std::filesystem::path& share, const Plan& plan);

class Server {
 public:
  Server(const std::filesystem::path& program, const std::filesystem::path& folder);
  [[nodiscard]] Target target() const { return target_; }
  // Largest resident memory so far, in MiB, and CPU seconds used.
  [[nodiscard]] double peak_memory() const;
  [[nodiscard]] double cpu_seconds() const;
  void stop();

 private:
  test::Process process_;
  Target target_;
};

}  // namespace doudi::load
