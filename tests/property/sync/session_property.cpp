// The tablet's session under a driver that fails at random: it never comes to a stop by itself, and once
// faults end it reaches the wait with nothing left to send.
#include <deque>
#include <optional>

#include "shared/sync/tablet_session.hpp"
#include "tests/property/sync/law.hpp"

namespace doudi::test {
namespace {

using namespace sync;

// Performs actions against a store that is two counters and a server that fails when told to. It holds at
// most one thing under way, as the real driver does.
class Driver {
 public:
  void save(bool emergency) {
    ++(emergency ? emergencies_ : ordinary_);
    feed(Wake{});
  }

  // Completes what is under way; `fails` only counts for what goes over the network.
  void complete(bool fails) {
    RC_ASSERT(under_way_.has_value());
    const Action action = *under_way_;
    under_way_.reset();
    if (fails && is_request(action)) return feed(Failed{{"net.cut", ""}, 0, 1});
    feed(outcome(action));
  }

  [[nodiscard]] const TabletSession& session() const { return session_; }
  [[nodiscard]] bool is_moving() const { return under_way_.has_value(); }
  [[nodiscard]] bool has_unsent() const { return emergencies_ + ordinary_ > 0; }
  void add_pages(int pages) { pages_ += pages; }
  void add_pieces(int pieces) { pieces_ += pieces; }

 private:
  static bool is_request(const Action& action) {
    return std::holds_alternative<SendHello>(action) || std::holds_alternative<SendBatch>(action) ||
           std::holds_alternative<PullPage>(action) || std::holds_alternative<CompareRanges>(action) ||
           std::holds_alternative<WaitForNews>(action) || std::holds_alternative<SendPiece>(action);
  }

  Event outcome(const Action& action) {
    if (std::holds_alternative<SendHello>(action)) return Greeted{};
    if (const auto* next = std::get_if<NextBatch>(&action)) {
      emergency_batch_ = next->emergency;
      batch_ = next->emergency ? emergencies_ : ordinary_;
      return BatchReady{batch_};
    }
    if (std::holds_alternative<SendBatch>(action)) {
      (emergency_batch_ ? emergencies_ : ordinary_) -= batch_;
      return BatchAnswered{batch_};
    }
    if (std::holds_alternative<PullPage>(action)) {
      if (pages_ > 0) --pages_;
      return PageApplied{pages_ > 0, pages_ == 0 && ++pulls_ % 3 == 0};
    }
    if (std::holds_alternative<CompareRanges>(action)) {
      ++questions_;
      return RangesCompared{questions_ % 3 != 0, questions_ % 2 == 0};
    }
    if (std::holds_alternative<NextPiece>(action)) return PieceReady{pieces_ > 0};
    if (std::holds_alternative<SendPiece>(action)) return --pieces_, PieceSent{1};
    if (std::holds_alternative<WaitForNews>(action)) return WaitEnded{pages_ > 0};
    return Wake{};  // the timer
  }

  void feed(const Event& event) {
    for (const Action& action : step(session_, event)) {
      if (std::holds_alternative<Report>(action)) continue;
      if (std::holds_alternative<CancelWait>(action)) {
        RC_ASSERT((under_way_ && std::holds_alternative<WaitForNews>(*under_way_)));
        under_way_.reset();
        continue;
      }
      // A save may start a round before the timer fires; everything else must have ended.
      RC_ASSERT((!under_way_ || std::holds_alternative<StartTimer>(*under_way_)));
      if (const auto* next = std::get_if<NextBatch>(&action); next && !next->emergency)
        RC_ASSERT(session_.phase == Phase::pushing);
      under_way_ = action;
    }
  }

  TabletSession session_;
  std::optional<Action> under_way_;
  std::uint64_t emergencies_ = 0;
  std::uint64_t ordinary_ = 0;
  std::uint64_t batch_ = 0;
  bool emergency_batch_ = false;
  int pages_ = 0;
  int pulls_ = 0;
  int questions_ = 0;
  int pieces_ = 0;
};

void any_move(Driver& driver) {
  switch (*rc::gen::inRange(0, 7)) {
    case 0:
      return driver.save(true);
    case 1:
      return driver.save(false);
    case 2:
      return driver.add_pages(*rc::gen::inRange(1, 4));
    case 3:
      return driver.complete(true);
    case 4:
      return driver.add_pieces(*rc::gen::inRange(1, 4));
    default:
      return driver.complete(false);
  }
}

TEST_CASE("a sync never gets stuck and, once faults end, everything is sent and the tablet waits") {
  holds("the session is live", [] {
    Driver driver;
    driver.save(false);
    for (int move = *rc::gen::inRange(0, 60); move > 0; --move) {
      any_move(driver);
      RC_ASSERT(driver.is_moving());
    }
    for (int move = 0; move < 200 && (driver.session().phase != Phase::waiting || driver.has_unsent());
         ++move) {
      driver.complete(false);
      RC_ASSERT(driver.is_moving());
    }
    RC_ASSERT(driver.session().phase == Phase::waiting);
    RC_ASSERT(!driver.has_unsent());
  });
}

Event any_event() {
  const Error error{"net.cut", ""};
  const std::vector<Event> events{Wake{},
                                  Greeted{},
                                  GreetingRefused{error},
                                  BatchReady{0},
                                  BatchReady{2},
                                  BatchAnswered{2},
                                  PageApplied{true},
                                  PageApplied{false},
                                  WaitEnded{true},
                                  WaitEnded{false},
                                  Failed{error, 0, 1},
                                  PageApplied{false, true},
                                  RangesCompared{},
                                  RangesCompared{true},
                                  RangesCompared{false, true},
                                  PieceReady{true},
                                  PieceReady{false},
                                  PieceSent{0},
                                  PieceSent{7}};
  return events[*rc::gen::inRange<std::size_t>(0, events.size())];
}

// Which action leads on from a phase.
bool leads_on(Phase phase, const std::vector<Action>& actions, Phase before) {
  if (phase == before && actions.empty()) return true;  // what was under way still is
  for (const Action& action : actions) {
    if (!std::holds_alternative<Report>(action) && !std::holds_alternative<CancelWait>(action)) return true;
  }
  return false;
}

TEST_CASE("whatever event comes when, an action is under way afterwards") {
  holds("no event leaves the session without a next action", [] {
    TabletSession session;
    step(session, Wake{});
    for (int i = *rc::gen::inRange(0, 50); i > 0; --i) {
      const Phase before = session.phase;
      const auto actions = step(session, any_event());
      RC_ASSERT(session.phase != Phase::idle);
      RC_ASSERT(session.phase != Phase::stopped);
      RC_ASSERT(leads_on(session.phase, actions, before));
    }
  });
}

}  // namespace
}  // namespace doudi::test
