#include "shared/sync/tablet_session.hpp"

#include <algorithm>

namespace doudi::sync {
namespace {

constexpr std::int64_t kJitterRange = std::int64_t{1} << 31;

// No retry can mend these: the office has to act first.
bool is_final(const Error& error) {
  return error.code == "auth.revoked" || error.code == "auth.unknown_device";
}

std::int64_t delay_max_ms(const Error& error) {
  return error.code == "net.unreachable" ? kUnreachableDelayMaxMs : kRetryDelayMaxMs;
}

// One event against one session; each handler leaves a phase in which some action is under way.
class Step {
 public:
  explicit Step(TabletSession& session) : session_(session) {}
  std::vector<Action> take() { return std::move(actions_); }

  void operator()(const Wake&) {
    switch (session_.phase) {
      case Phase::idle:
      case Phase::backing_off:
        return start_round();
      case Phase::waiting:
        actions_.emplace_back(CancelWait{});
        return start_round();
      case Phase::greeting:
      case Phase::pushing_emergency:
      case Phase::pushing:
      case Phase::pulling:
      case Phase::comparing:
      case Phase::uploading:
        session_.wake_again = true;
        return;
      case Phase::stopped:
        return;
    }
  }

  void operator()(const Greeted&) {
    if (session_.phase != Phase::greeting) return;
    session_.greeted = true;
    push_emergency();
  }

  // A clone or a rollback is mended by the driver (new incarnation); the next greeting shows whether it was.
  void operator()(const GreetingRefused& refused) {
    if (session_.phase == Phase::greeting) retry_or_stop(refused.error, kRetryDelayMinMs, 0);
  }

  void operator()(const BatchReady& batch) {
    const bool emergency = session_.phase == Phase::pushing_emergency;
    if (!emergency && session_.phase != Phase::pushing) return;
    if (batch.groups > 0) {
      actions_.emplace_back(SendBatch{});
    } else if (emergency) {
      enter(Phase::pushing);
      actions_.emplace_back(NextBatch{false});
    } else {
      enter(Phase::pulling);
      actions_.emplace_back(PullPage{});
    }
  }

  void operator()(const BatchAnswered& answered) {
    const bool emergency = session_.phase == Phase::pushing_emergency;
    if (!emergency && session_.phase != Phase::pushing) return;
    if (answered.groups > 0) session_.failures = 0;
    if (session_.wake_again) return start_round();
    actions_.emplace_back(NextBatch{emergency});
  }

  // What was saved meanwhile goes before the next page: it may be an emergency. The cursor is in the store.
  void operator()(const PageApplied& page) {
    if (session_.phase != Phase::pulling) return;
    session_.failures = 0;
    if (page.greet_again) session_.greeted = false;
    if (session_.wake_again || page.greet_again) return start_round();
    if (page.more) return actions_.emplace_back(PullPage{}), void();
    if (page.differs) return enter(Phase::comparing), actions_.emplace_back(CompareRanges{}), void();
    upload();
  }

  void operator()(const RangesCompared& compared) {
    if (session_.phase != Phase::comparing) return;
    session_.failures = 0;
    if (session_.wake_again) return start_round();
    if (compared.more) return actions_.emplace_back(CompareRanges{}), void();
    if (!compared.pull) return upload();
    enter(Phase::pulling);
    actions_.emplace_back(PullPage{});
  }

  // Between any two pieces everything else goes first.
  void operator()(const PieceReady& piece) {
    if (session_.phase != Phase::uploading) return;
    if (piece.greet_again) session_.greeted = false;
    if (session_.wake_again || piece.greet_again) return start_round();
    if (piece.ready) return actions_.emplace_back(SendPiece{}), void();
    wait();
  }

  void operator()(const PieceSent& piece) {
    if (session_.phase != Phase::uploading) return;
    if (piece.bytes > 0) session_.failures = 0;
    if (session_.wake_again) return start_round();
    actions_.emplace_back(NextPiece{});
  }

  void operator()(const WaitEnded& ended) {
    if (session_.phase != Phase::waiting) return;
    if (!ended.news) return actions_.emplace_back(WaitForNews{}), void();
    enter(Phase::pulling);
    actions_.emplace_back(PullPage{});
  }

  // Nobody but a save interrupts an upload: what was saved goes at once.
  void operator()(const Failed& failed) {
    if (session_.phase == Phase::uploading && failed.error.code == "net.cancelled") return start_round();
    switch (session_.phase) {
      case Phase::greeting:
      case Phase::pushing_emergency:
      case Phase::pushing:
      case Phase::pulling:
      case Phase::comparing:
      case Phase::uploading:
      case Phase::waiting:
        return retry_or_stop(failed.error, failed.retry_after_ms, failed.jitter);
      case Phase::idle:
      case Phase::backing_off:
      case Phase::stopped:
        return;
    }
  }

  void operator()(const Stop&) {
    if (session_.phase == Phase::stopped) return;
    if (session_.phase == Phase::waiting) actions_.emplace_back(CancelWait{});
    session_.greeted = false;
    enter(Phase::stopped);
  }

 private:
  void enter(Phase phase, const Error& error = {}) {
    session_.phase = phase;
    actions_.emplace_back(Report{phase, error});
  }

  void start_round() {
    session_.wake_again = false;
    if (session_.greeted) return push_emergency();
    enter(Phase::greeting);
    actions_.emplace_back(SendHello{});
  }

  // Photos and recordings go last.
  void upload() {
    enter(Phase::uploading);
    actions_.emplace_back(NextPiece{});
  }

  void wait() {
    enter(Phase::waiting);
    actions_.emplace_back(WaitForNews{});
  }

  void push_emergency() {
    enter(Phase::pushing_emergency);
    actions_.emplace_back(NextBatch{true});
  }

  // After a failure the server may be another one (restored, restarted): the next round greets again.
  void retry_or_stop(const Error& error, std::int64_t retry_after_ms, std::int64_t jitter) {
    session_.greeted = false;
    session_.wake_again = false;
    if (is_final(error)) return enter(Phase::stopped, error);
    const std::int64_t delay_ms =
        retry_delay_ms(session_.failures, retry_after_ms, jitter, delay_max_ms(error));
    ++session_.failures;
    enter(Phase::backing_off, error);
    actions_.emplace_back(StartTimer{delay_ms});
  }

  TabletSession& session_;
  std::vector<Action> actions_;
};

}  // namespace

std::int64_t retry_delay_ms(std::uint32_t failures, std::int64_t retry_after_ms, std::int64_t jitter,
                            std::int64_t delay_max_ms) {
  // Six doublings pass the longest delay.
  const std::int64_t ceiling = std::min(delay_max_ms, kRetryDelayMinMs << std::min(failures, 6U));
  const std::int64_t bounded = std::clamp<std::int64_t>(jitter, 0, kJitterRange - 1);
  // On top of what the server asked for: tablets it turned away together must not come back together.
  return retry_after_ms + ceiling * bounded / (kJitterRange - 1);
}

std::vector<Action> step(TabletSession& session, const Event& event) {
  Step handler(session);
  std::visit(handler, event);
  return handler.take();
}

}  // namespace doudi::sync
