#include "shared/domain/time_correction.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace doudi::domain {
namespace {

std::int64_t offset_of(const SyncPoint& sync) {
  return sync.device.ms - sync.server.ms;
}

std::int64_t distance(std::int64_t a, std::int64_t b) {
  return a < b ? b - a : a - b;
}

// The sync point of the same boot closest on the monotonic clock.
const SyncPoint* same_boot_sync(std::span<const SyncPoint> syncs, const RecordedTime& record) {
  const SyncPoint* best = nullptr;
  for (const SyncPoint& sync : syncs) {
    if (record.boot.empty() || sync.boot != record.boot) continue;
    if (best == nullptr || distance(sync.monotonic_ms, record.monotonic_ms) <
                               distance(best->monotonic_ms, record.monotonic_ms)) {
      best = &sync;
    }
  }
  return best;
}

const SyncPoint* nearest_sync(std::span<const SyncPoint> syncs, const RecordedTime& record) {
  const SyncPoint* best = nullptr;
  for (const SyncPoint& sync : syncs) {
    if (best == nullptr ||
        distance(sync.device.ms, record.device.ms) < distance(best->device.ms, record.device.ms)) {
      best = &sync;
    }
  }
  return best;
}

// The wall clock jumped between the sync before and the sync after.
bool offset_jumped(std::span<const SyncPoint> syncs, Instant at) {
  const SyncPoint* before = nullptr;
  const SyncPoint* after = nullptr;
  for (const SyncPoint& sync : syncs) {
    if (sync.server <= at) {
      if (before == nullptr || before->server <= sync.server) before = &sync;
    } else if (after == nullptr || sync.server < after->server) {
      after = &sync;
    }
  }
  if (before == nullptr || after == nullptr) return false;
  return distance(offset_of(*before), offset_of(*after)) > kSuspectOffsetJump.count();
}

}  // namespace

CorrectedTime corrected_time(std::span<const SyncPoint> syncs, const RecordedTime& record) {
  CorrectedTime corrected{record.device, true, "device_clock"};
  if (const SyncPoint* same = same_boot_sync(syncs, record)) {
    corrected = {Instant{same->server.ms + record.monotonic_ms - same->monotonic_ms}, false, "same_boot"};
  } else if (const SyncPoint* nearest = nearest_sync(syncs, record)) {
    corrected = {Instant{record.device.ms - offset_of(*nearest)}, false, "nearest_sync"};
  }
  corrected.clock_suspect = corrected.clock_suspect || offset_jumped(syncs, corrected.at);
  if (record.newest_in_boot && corrected.at < *record.newest_in_boot) {
    corrected.at = *record.newest_in_boot;
    corrected.clock_suspect = true;
  }
  if (record.received_at && corrected.at > *record.received_at) {
    corrected.clock_suspect |= corrected.at - *record.received_at > kClampUnsuspected;
    corrected.at = *record.received_at;
  }
  return corrected;
}

}  // namespace doudi::domain
