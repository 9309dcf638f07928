// A sync of the tablet as events and actions: what comes first, what interrupts what, when it gives up.
#include "shared/sync/tablet_session.hpp"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

namespace doudi::sync {
namespace {

template <class A>
bool has(const std::vector<Action>& actions) {
  return std::any_of(actions.begin(), actions.end(),
                     [](const Action& action) { return std::holds_alternative<A>(action); });
}

bool asks_for(const std::vector<Action>& actions, bool emergency) {
  return std::any_of(actions.begin(), actions.end(), [&](const Action& action) {
    const auto* next = std::get_if<NextBatch>(&action);
    return next != nullptr && next->emergency == emergency;
  });
}

// A session that has nothing to send and waits for news.
TabletSession waiting_session() {
  TabletSession session;
  step(session, Wake{});
  step(session, Greeted{});
  step(session, BatchReady{0});
  step(session, BatchReady{0});
  step(session, PageApplied{false});
  step(session, PieceReady{false});
  REQUIRE(session.phase == Phase::waiting);
  return session;
}

// A session that has a piece of a photo to send.
TabletSession uploading_session() {
  TabletSession session = waiting_session();
  step(session, WaitEnded{true});
  step(session, PageApplied{false});
  REQUIRE(session.phase == Phase::uploading);
  return session;
}

TEST_CASE("a round greets, sends emergencies, then the rest, then pulls, then uploads photos, then waits") {
  TabletSession session;
  CHECK(has<SendHello>(step(session, Wake{})));
  CHECK(asks_for(step(session, Greeted{}), true));
  CHECK(has<SendBatch>(step(session, BatchReady{1})));
  CHECK(asks_for(step(session, BatchAnswered{1}), true));
  CHECK(asks_for(step(session, BatchReady{0}), false));
  CHECK(has<SendBatch>(step(session, BatchReady{3})));
  CHECK(asks_for(step(session, BatchAnswered{3}), false));
  CHECK(has<PullPage>(step(session, BatchReady{0})));
  CHECK(has<PullPage>(step(session, PageApplied{true})));
  CHECK(has<NextPiece>(step(session, PageApplied{false})));
  CHECK(has<SendPiece>(step(session, PieceReady{true})));
  CHECK(has<NextPiece>(step(session, PieceSent{1000})));
  CHECK(has<WaitForNews>(step(session, PieceReady{false})));
  CHECK(session.phase == Phase::waiting);
}

TEST_CASE("when a grid left the tablet with its last photo the district is told at once") {
  TabletSession session = uploading_session();
  CHECK(has<SendHello>(step(session, PieceReady{false, true})));
  CHECK(session.phase == Phase::greeting);
}

TEST_CASE("whatever is saved between two pieces of a photo goes before the next piece") {
  TabletSession read = uploading_session();
  CHECK(step(read, Wake{}).empty());
  CHECK(asks_for(step(read, PieceReady{true}), true));
  TabletSession sent = uploading_session();
  step(sent, PieceReady{true});
  step(sent, Wake{});
  CHECK(asks_for(step(sent, PieceSent{1000}), true));
}

TEST_CASE("an upload that a save interrupts gives way at once, without a delay or another greeting") {
  TabletSession session = uploading_session();
  step(session, PieceReady{true});
  const auto actions = step(session, Failed{{"net.cancelled", ""}, 0, INT32_MAX});
  CHECK(asks_for(actions, true));
  CHECK_FALSE(has<StartTimer>(actions));
  CHECK(session.failures == 0);
}

TEST_CASE("an upload that the network cuts is tried again later; bytes that arrived count as progress") {
  TabletSession session = uploading_session();
  session.failures = 4;
  step(session, PieceReady{true});
  step(session, PieceSent{0});
  CHECK(session.failures == 4);
  step(session, PieceReady{true});
  step(session, PieceSent{1});
  CHECK(session.failures == 0);
  CHECK(has<StartTimer>(step(session, Failed{{"net.unreachable", ""}, 0, INT32_MAX})));
  CHECK(session.phase == Phase::backing_off);
}

TEST_CASE("a save while waiting ends the wait and is sent without another greeting") {
  TabletSession session = waiting_session();
  const auto actions = step(session, Wake{});
  CHECK(has<CancelWait>(actions));
  CHECK(asks_for(actions, true));
  CHECK_FALSE(has<SendHello>(actions));
}

TEST_CASE("an emergency saved during a long push goes before the next ordinary batch") {
  TabletSession session = waiting_session();
  step(session, Wake{});
  step(session, BatchReady{0});
  step(session, BatchReady{100});
  CHECK(step(session, Wake{}).empty());
  CHECK(asks_for(step(session, BatchAnswered{100}), true));
}

TEST_CASE("an emergency saved during a long pull goes before the next page") {
  TabletSession session = waiting_session();
  CHECK(has<PullPage>(step(session, WaitEnded{true})));
  step(session, Wake{});
  CHECK(asks_for(step(session, PageApplied{true}), true));
}

TEST_CASE("a page that knows other grids is followed by a greeting before anything else") {
  TabletSession session = waiting_session();
  step(session, WaitEnded{true});
  const auto actions = step(session, PageApplied{true, false, true});
  CHECK(has<SendHello>(actions));
  CHECK_FALSE(has<PullPage>(actions));
  CHECK(session.phase == Phase::greeting);
}

TEST_CASE("a wait without news is followed by another wait") {
  TabletSession session = waiting_session();
  CHECK(has<WaitForNews>(step(session, WaitEnded{false})));
  CHECK(session.phase == Phase::waiting);
}

TEST_CASE("after a failure the tablet backs off, greets again and starts with emergencies") {
  TabletSession session = waiting_session();
  const auto actions = step(session, Failed{{"net.unreachable", ""}, 0, INT32_MAX});
  CHECK(has<StartTimer>(actions));
  CHECK(session.phase == Phase::backing_off);
  CHECK(has<SendHello>(step(session, Wake{})));
  CHECK(asks_for(step(session, Greeted{}), true));
}

TEST_CASE("a revoked tablet stops and nothing starts it again") {
  for (const char* code : {"auth.revoked", "auth.unknown_device"}) {
    TabletSession session;
    step(session, Wake{});
    CHECK(has<Report>(step(session, GreetingRefused{{code, ""}})));
    CHECK(session.phase == Phase::stopped);
    CHECK(step(session, Wake{}).empty());
    TabletSession pushing = waiting_session();
    step(pushing, Wake{});
    step(pushing, Failed{{code, ""}, 0, 0});
    CHECK(pushing.phase == Phase::stopped);
  }
}

TEST_CASE("a cloned tablet asks again after its new incarnation") {
  TabletSession session;
  step(session, Wake{});
  CHECK(has<StartTimer>(step(session, GreetingRefused{{"sync.tablet_cloned", ""}})));
  CHECK(has<SendHello>(step(session, Wake{})));
}

TEST_CASE("a stop while waiting ends the wait") {
  TabletSession session = waiting_session();
  CHECK(has<CancelWait>(step(session, Stop{})));
  CHECK(session.phase == Phase::stopped);
  CHECK(step(session, Stop{}).empty());
}

TEST_CASE("the delay grows to a minute and is spread over its whole range") {
  constexpr std::int64_t kMost = INT32_MAX;
  CHECK(retry_delay_ms(0, 0, kMost) == kRetryDelayMinMs);
  CHECK(retry_delay_ms(1, 0, kMost) == 2 * kRetryDelayMinMs);
  CHECK(retry_delay_ms(5, 0, kMost) == 32 * kRetryDelayMinMs);
  CHECK(retry_delay_ms(6, 0, kMost) == kRetryDelayMaxMs);
  CHECK(retry_delay_ms(4'000'000'000U, 0, kMost) == kRetryDelayMaxMs);
  CHECK(retry_delay_ms(6, 0, 0) == 0);
  CHECK(retry_delay_ms(6, 0, kMost / 2) < kRetryDelayMaxMs / 2 + 1);
}

TEST_CASE("tablets that were turned away together do not come back together") {
  constexpr std::int64_t kMost = INT32_MAX;
  CHECK(retry_delay_ms(0, 90'000, 0) == 90'000);
  CHECK(retry_delay_ms(0, 90'000, kMost) == 90'000 + kRetryDelayMinMs);
  CHECK(retry_delay_ms(2, 5'000, kMost / 2) > 5'000 + kRetryDelayMinMs);
}

std::int64_t last_delay_after(const char* code) {
  TabletSession session;
  std::int64_t delay_ms = 0;
  for (int round = 0; round < 12; ++round) {
    step(session, Wake{});
    for (const Action& action : step(session, Failed{{code, ""}, 0, INT32_MAX})) {
      if (const auto* timer = std::get_if<StartTimer>(&action)) delay_ms = timer->delay_ms;
    }
  }
  return delay_ms;
}

TEST_CASE(
    "a tablet back in reach starts within ten seconds, one that is refused leaves the district a minute") {
  CHECK(last_delay_after("net.unreachable") == kUnreachableDelayMaxMs);
  CHECK(kUnreachableDelayMaxMs < 10'000);
  CHECK(last_delay_after("server.busy") == kRetryDelayMaxMs);
}

TEST_CASE("failures in a row count up and progress resets them") {
  TabletSession session;
  for (std::uint32_t round = 1; round <= 3; ++round) {
    step(session, Wake{});
    step(session, Failed{{"net.unreachable", ""}, 0, 0});
    CHECK(session.failures == round);
  }
  step(session, Wake{});
  step(session, Greeted{});
  CHECK(session.failures == 3);
  step(session, BatchReady{1});
  step(session, BatchAnswered{1});
  CHECK(session.failures == 0);
}

}  // namespace
}  // namespace doudi::sync
