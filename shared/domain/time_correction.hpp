// A tablet's clock can be wrong, set back, or reset by a reboot. Each record keeps wall time, boot and
// monotonic time; the sync points before and after give its true time (domain.md 3.4.6).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "shared/base/instant.hpp"

namespace doudi::domain {

struct SyncPoint {
  Instant server;
  Instant device;
  std::int64_t monotonic_ms = 0;
  std::string boot;
};

struct RecordedTime {
  Instant device;
  std::int64_t monotonic_ms = 0;
  std::string boot;
  std::optional<Instant> received_at;
  std::optional<Instant>
      newest_in_boot;  // corrected time of the device's newest earlier record in the same boot
};

struct CorrectedTime {
  Instant at;
  bool clock_suspect = false;
  std::string method;  // "same_boot", "nearest_sync", "device_clock"
};

inline constexpr std::chrono::milliseconds kSuspectOffsetJump = std::chrono::minutes{5};
// A sync point is as exact as its round trip: a record that comes out this little late is clamped, not
// suspected.
inline constexpr std::chrono::milliseconds kClampUnsuspected = std::chrono::seconds{2};

CorrectedTime corrected_time(std::span<const SyncPoint> syncs, const RecordedTime& record);

}  // namespace doudi::domain
