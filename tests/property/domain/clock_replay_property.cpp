// The clocks of any legal history: built again from its events they are what stepping made of them, and they
// keep the law's counting whatever order things happened in.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "tests/property/domain/random_history.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

PolicyPack pack_with_all_limits(const std::string& start, const std::string& papers_from) {
  PackBuilder builder;
  builder.with("emergency.limit", std::int64_t{24})
      .with("emergency.start", start)
      .with("first_aid.follow_up_workdays", std::int64_t{10})
      .with("first_aid.follow_up_from", papers_from)
      .with("clock.telling.workdays", std::int64_t{3})
      .with("clock.return_completion.workdays", std::int64_t{1});
  for (const char* name : {"acceptance", "dispatch", "first_contact"})
    builder.with("clock." + std::string(name) + ".grade1_hours", std::int64_t{2})
        .with("clock." + std::string(name) + ".grade2_workdays", std::int64_t{3});
  for (const char* name : {"verification", "review"})
    builder.with("clock." + std::string(name) + ".grade2_workdays", std::int64_t{5});
  builder.with("clock.decision.grade2_workdays", std::int64_t{15});
  for (const char* name : {"close_out_check", "referral_ack", "referral_result"})
    builder.with("clock." + std::string(name) + ".grade1_workdays", std::int64_t{2})
        .with("clock." + std::string(name) + ".grade2_workdays", std::int64_t{6});
  return builder.pack;
}

// The notice of the year comes in the middle of the history.
std::vector<CalendarInForce> two_calendars(Instant start) {
  CalendarYear year{2020, 1, "", std::nullopt, "T", {}};
  for (int d = 0; d < 366; ++d) {
    const CivilDate date = day("2020-01-01") + d;
    if (between(0, 12) == 0) year.days.push_back({date, between(0, 3) > 0, "T"});
  }
  return {{start, WorkCalendar{}},
          {start + std::chrono::hours(between(1, 24 * 60)), WorkCalendar(std::span(&year, 1))}};
}

Walk random_walk(const PolicyPack& pack) {
  const Instant start = at("2020-01-20T00:00:00") + std::chrono::minutes(between(0, 24 * 60 * 30));
  Walk walk(pack, two_calendars(start), start);
  const int tries = 60 + between(0, 250);
  for (int count = 0; count < tries; ++count)
    if (walk.now() < at("2020-12-01T00:00:00")) walk.step();
  return walk;
}

PolicyPack random_pack() {
  return pack_with_all_limits(std::vector<std::string>{"found", "received", "accepted"}[any_of_many(3)],
                              between(0, 2) == 0 ? "first_aid" : "emergency_over");
}

bool same(const KeptClock& a, const KeptClock& b) {
  return a.clock.kind == b.clock.kind && a.clock.deadline == b.clock.deadline &&
         a.clock.overdue_on_arrival == b.clock.overdue_on_arrival && a.round_no == b.round_no &&
         a.shifts == b.shifts && a.paused_at == b.paused_at && a.stopped_at == b.stopped_at;
}

bool same_clocks(const ClockBook& a, const ClockBook& b) {
  return a.round_no == b.round_no && a.grade == b.grade && a.moments.found_at == b.moments.found_at &&
         a.moments.received_at == b.moments.received_at && a.moments.accepted_at == b.moments.accepted_at &&
         std::equal(a.clocks.begin(), a.clocks.end(), b.clocks.begin(), b.clocks.end(), &same);
}

// Counted day by day, not the way the clocks are: the limit without what a pause or an extension moved.
bool counts_its_limit(const KeptClock& kept, const WorkCalendar& calendar) {
  const Deadline& deadline = kept.clock.deadline;
  if (deadline.basis == DeadlineBasis::hours)
    return deadline.due_at - deadline.started_at == std::chrono::hours(deadline.amount);
  if (deadline.basis != DeadlineBasis::workdays) return true;
  int counted = 0;
  for (CivilDate date = date_of(deadline.started_at) + 1; date <= deadline.last_day; date = date + 1)
    counted += calendar.is_working_day(date) ? 1 : 0;
  return counted == deadline.amount && calendar.is_working_day(deadline.last_day) &&
         deadline.due_at == start_of(deadline.last_day + 1);
}

// A pause gives back exactly the working days it took: nothing is lost, and at most the day of an end on a
// rest day is won.
bool keeps_its_limit(const KeptClock& kept, const WorkCalendar& calendar) {
  const Deadline& deadline = kept.clock.deadline;
  if (deadline.basis != DeadlineBasis::workdays) return true;
  int expected = deadline.amount, slack = 0;
  for (const DeadlineShift& shift : kept.shifts) {
    const bool pause = shift.kind == DeadlineShift::Kind::pause;
    expected += pause ? calendar.working_days_between(date_of(shift.from) + 1, date_of(shift.to))
                      : (deadline.amount + 1) / 2;
    slack += pause ? 1 : 0;
  }
  const int counted = calendar.working_days_between(date_of(deadline.started_at) + 1, deadline.last_day);
  return counted >= expected - slack && counted <= expected + slack &&
         calendar.is_working_day(deadline.last_day);
}

// Only a pause that came while the shortest way to count was not over: what was over stays over.
bool was_over_at_a_pause(const KeptClock& kept) {
  const CivilDate safe = date_of(kept.clock.deadline.started_at) + kept.clock.deadline.amount;
  return std::any_of(kept.shifts.begin(), kept.shifts.end(), [safe](const DeadlineShift& shift) {
    return shift.kind == DeadlineShift::Kind::pause && date_of(shift.from) >= safe;
  });
}

}  // namespace

TEST_CASE("the histories drawn here take most steps of the table, and move limits in every way") {
  std::set<LedgerAction> taken;
  int paused = 0, extended = 0, reopened = 0, late = 0;
  CHECK(rc::check([&] {
    const PolicyPack pack = random_pack();
    const Walk walk = random_walk(pack);
    for (const ClockEvent& event : walk.events) taken.insert(event.action);
    for (const KeptClock& kept : walk.book.clocks) {
      for (const DeadlineShift& shift : kept.shifts)
        ++(shift.kind == DeadlineShift::Kind::pause ? paused : extended);
      reopened += kept.round_no > 1 ? 1 : 0;
      late += kept.clock.overdue_on_arrival ? 1 : 0;
    }
  }));
  // Of 31; capture lies on the tablet, and what ends a history is rare.
  CHECK(taken.size() >= 20);
  CHECK(std::min({paused, extended, reopened, late}) > 0);
}

TEST_CASE("clocks built again from the events are the clocks that ran, at every moment of a history") {
  CHECK(rc::check([] {
    const PolicyPack pack = random_pack();
    const Walk walk = random_walk(pack);
    for (std::size_t count = 1; count <= walk.events.size(); ++count) {
      const ClockBook rebuilt = replay(std::span(walk.events).first(count), pack, walk.calendars());
      RC_ASSERT(same_clocks(rebuilt, walk.books[count - 1]));
    }
  }));
}

TEST_CASE("a clock that stopped is never touched again, and none is taken away") {
  CHECK(rc::check([] {
    const PolicyPack pack = random_pack();
    const Walk walk = random_walk(pack);
    for (std::size_t index = 1; index < walk.books.size(); ++index) {
      const auto& before = walk.books[index - 1].clocks;
      const auto& after = walk.books[index].clocks;
      RC_ASSERT(after.size() >= before.size());
      for (std::size_t clock = 0; clock < before.size(); ++clock)
        if (!is_running(before[clock])) RC_ASSERT(same(before[clock], after[clock]));
    }
  }));
}

TEST_CASE("found, received and accepted are kept, and a merge only finds earlier") {
  CHECK(rc::check([] {
    const PolicyPack pack = random_pack();
    const Walk walk = random_walk(pack);
    Instant found = *walk.events.front().found_at;
    std::optional<Instant> accepted;
    for (std::size_t index = 0; index < walk.events.size(); ++index) {
      const ClockEvent& event = walk.events[index];
      if (event.found_at) found = std::min(found, *event.found_at);
      if (event.action == LedgerAction::accept) accepted = event.at;
      RC_ASSERT(walk.books[index].moments.found_at == found);
      RC_ASSERT(walk.books[index].moments.received_at == walk.events.front().at);
      RC_ASSERT(walk.books[index].moments.accepted_at == accepted);
    }
  }));
}

TEST_CASE("only grade 2 pauses and is extended, the decision once, and a pause holds all that runs") {
  CHECK(rc::check([] {
    const PolicyPack pack = random_pack();
    const Walk walk = random_walk(pack);
    for (const ClockBook& book : walk.books) {
      for (const KeptClock& kept : book.clocks) {
        const auto extensions = std::count_if(
            kept.shifts.begin(), kept.shifts.end(),
            [](const DeadlineShift& shift) { return shift.kind == DeadlineShift::Kind::extension; });
        RC_ASSERT(extensions <= (kept.clock.kind == ClockKind::decision ? 1 : 0));
        if (book.grade == 1 && is_running(kept)) RC_ASSERT(kept.shifts.empty() && !kept.paused_at);
        if (is_running(kept)) RC_ASSERT(kept.paused_at.has_value() == (book.entry == EntryState::suspended));
      }
    }
  }));
}

TEST_CASE("a reopened entry counts in a new round, and nothing runs once it is settled") {
  CHECK(rc::check([] {
    const PolicyPack pack = random_pack();
    const Walk walk = random_walk(pack);
    int round = 1;
    for (std::size_t index = 0; index < walk.events.size(); ++index) {
      const ClockBook& book = walk.books[index];
      if (walk.events[index].action == LedgerAction::reopen) ++round;
      RC_ASSERT(book.round_no == round);
      const bool over = book.entry == EntryState::closed || book.entry == EntryState::voided ||
                        book.lead == LeadState::rejected || book.lead == LeadState::merged ||
                        book.lead == LeadState::watch;
      std::map<ClockKind, int> running;
      for (const KeptClock& kept : book.clocks) {
        if (!is_running(kept)) continue;
        RC_ASSERT(!over);
        RC_ASSERT(kept.round_no == round);
        RC_ASSERT(++running[kept.clock.kind] == 1);
      }
      if (walk.events[index].action == LedgerAction::reopen)
        RC_ASSERT(running[book.grade == 1 ? ClockKind::emergency_total : ClockKind::decision] == 1);
    }
  }));
}

TEST_CASE("every limit counts its own length, after the calendar changed as well") {
  CHECK(rc::check([] {
    const PolicyPack pack = random_pack();
    const Walk walk = random_walk(pack);
    for (std::size_t index = 0; index < walk.books.size(); ++index) {
      // The program computes the limits again with its first step after the calendar came.
      const WorkCalendar& calendar = calendar_at(walk.calendars(), walk.events[index].at);
      for (const KeptClock& kept : walk.books[index].clocks) {
        if (!is_running(kept)) continue;
        if (kept.shifts.empty()) RC_ASSERT(counts_its_limit(kept, calendar));
        if (!kept.shifts.empty() && !was_over_at_a_pause(kept)) RC_ASSERT(keeps_its_limit(kept, calendar));
      }
    }
  }));
}

TEST_CASE(
    "a lamp goes from green to yellow to red and never back, and is overdue on arrival only if it was") {
  CHECK(rc::check([] {
    const PolicyPack pack = random_pack();
    const Walk walk = random_walk(pack);
    for (const KeptClock& kept : walk.book.clocks) {
      const Deadline& deadline = kept.clock.deadline;
      if (!is_running(kept) || kept.paused_at) continue;
      int before = 0;
      for (int tenth = 0; tenth <= 11; ++tenth) {
        const std::int64_t span = deadline.due_at.ms - deadline.started_at.ms;
        const int lamp = static_cast<int>(lamp_of(kept, Instant{deadline.started_at.ms + span * tenth / 10}));
        RC_ASSERT(lamp >= before);
        if (kept.shifts.empty() && tenth < 10) RC_ASSERT(lamp == (tenth < 8 ? 0 : 1));
        before = lamp;
      }
      RC_ASSERT(before == static_cast<int>(Lamp::red));
    }
    for (const KeptClock& kept : walk.book.clocks)
      if (kept.clock.overdue_on_arrival) RC_ASSERT(kept.clock.kind == ClockKind::emergency_total);
  }));
}
