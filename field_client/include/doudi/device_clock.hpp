// What the device says about time: wall clock, time since boot, and which boot. Evidence for the district,
// and the one seam through which the client reads clocks, so that a test can move them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "shared/base/ids.hpp"
#include "shared/base/instant.hpp"

namespace doudi::field {

struct DeviceClock {
  std::function<Instant()> wall;
  std::function<std::int64_t()> monotonic_ms;  // since boot, suspended time included
  std::string boot_id;
  static DeviceClock system();
};

// A new row or device identity, random from the system.
Uuid new_id(const DeviceClock& clock);

}  // namespace doudi::field
