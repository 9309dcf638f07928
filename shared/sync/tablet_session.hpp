// The tablet's side of a sync as a pure state machine: events in, actions out. The driver performs the
// actions (HTTP calls, store reads and writes, timers) and feeds the results back, so a simulated crash or
// cut can fall between any two.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"

namespace doudi::sync {

enum class Phase : std::uint8_t {
  idle,
  greeting,
  pushing_emergency,
  pushing,
  pulling,
  comparing,
  uploading,
  waiting,
  backing_off,
  stopped
};

// Events.
struct Wake {
  std::int64_t jitter = 0;
};  // something was saved, the user asked, or the timer fired
struct Greeted {
  std::uint64_t server_seq = 0;
  bool news = false;
};
struct GreetingRefused {
  Error error;
};  // clone, rollback, revoked … (code decides)
struct BatchReady {
  std::uint64_t groups = 0;
};  // 0: nothing (left) in that lane
struct BatchAnswered {
  std::uint64_t groups = 0;
};
struct PageApplied {
  bool more = false;
  bool differs = false;      // the last page is in, and a scope is not as the district holds it
  bool greet_again = false;  // the worker's grids changed: ask which, and say what was removed
};
struct RangesCompared {
  bool more = false;
  bool pull = false;  // the district moved on meanwhile
};
struct PieceReady {
  bool ready = false;        // false: no photo or recording (left) to upload
  bool greet_again = false;  // with the last photo a grid left the tablet: say so
};
struct PieceSent {
  std::uint64_t bytes = 0;  // that the district did not have before
};
struct WaitEnded {
  bool news = false;
};
struct Failed {
  Error error;
  std::int64_t retry_after_ms = 0;
  std::int64_t jitter = 0;
};  // jitter: 0 … 2^31-1 from the shell
struct Stop {};
using Event = std::variant<Wake, Greeted, GreetingRefused, BatchReady, BatchAnswered, PageApplied,
                           RangesCompared, PieceReady, PieceSent, WaitEnded, Failed, Stop>;

// Actions.
struct SendHello {};
struct NextBatch {
  bool emergency = false;
};                        // read unsent groups of the lane from the store
struct SendBatch {};      // the batch just read
struct PullPage {};       // fetch a page and apply it with its cursor in one transaction
struct CompareRanges {};  // one question about the scope that differs, and its answer applied
struct NextPiece {};      // read what to upload next from the store
struct SendPiece {};      // the piece just read; a save may interrupt it
struct WaitForNews {};    // long poll
struct CancelWait {};     // a save interrupts the long poll
struct StartTimer {
  std::int64_t delay_ms = 0;
};
struct Report {
  Phase phase = Phase::idle;
  Error error;
};  // for the sync chip; empty code: no error
using Action = std::variant<SendHello, NextBatch, SendBatch, PullPage, CompareRanges, NextPiece, SendPiece,
                            WaitForNews, CancelWait, StartTimer, Report>;

struct TabletSession {
  Phase phase = Phase::idle;
  std::uint32_t failures = 0;  // in a row
  bool wake_again = false;     // something was saved while a round was under way
  bool greeted = false;
};

inline constexpr std::int64_t kRetryDelayMinMs = 1'000;
inline constexpr std::int64_t kRetryDelayMaxMs = 60'000;
// Without a network an attempt costs the district nothing, and a tablet that is back in reach must start
// within ten seconds (sync.md, Lanes).
inline constexpr std::int64_t kUnreachableDelayMaxMs = 8'000;

// Full jitter: the server's Retry-After and a delay uniformly in [0, min(max, min·2^failures)].
std::int64_t retry_delay_ms(std::uint32_t failures, std::int64_t retry_after_ms, std::int64_t jitter,
                            std::int64_t delay_max_ms = kRetryDelayMaxMs);
std::vector<Action> step(TabletSession& session, const Event& event);

}  // namespace doudi::sync
