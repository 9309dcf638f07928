#include <catch2/catch_test_macros.hpp>

#include "shared/domain/clock.hpp"
#include "shared/domain/time_correction.hpp"
#include "tests/unit/domain/domain_builders.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

CalendarYear october_2020() {
  CalendarYear year{2020, 1, "", std::nullopt, "T", {}};
  for (int d = 1; d <= 8; ++d) year.days.push_back({day("2020-10-01") + (d - 1), true, "国庆"});
  year.days.push_back({day("2020-10-10"), false, "调休"});
  return year;
}

}  // namespace

TEST_CASE("T13-T15: twenty-four hours run through a holiday, the lamp turns at 80 percent") {
  const Deadline deadline = deadline_in_hours(at("2020-09-30T15:20:00"), 24);
  CHECK(deadline.due_at == at("2020-10-01T15:20:00"));
  CHECK(is_on_time(deadline, at("2020-10-01T15:20:00")));
  CHECK(overdue_ms(deadline, at("2020-10-01T15:20:01")) == 1000);
  CHECK(lamp_at(deadline, at("2020-10-01T10:31:59")) == Lamp::green);
  CHECK(lamp_at(deadline, at("2020-10-01T10:32:00")) == Lamp::yellow);
  CHECK(lamp_at(deadline, at("2020-10-01T15:20:01")) == Lamp::red);
}

TEST_CASE("T18: working days skip the holiday and count the worked Saturday") {
  const CalendarYear year = october_2020();
  const Deadline deadline =
      deadline_in_working_days(at("2020-09-30T15:20:00"), 5, WorkCalendar(std::span(&year, 1)));
  CHECK(deadline.last_day == day("2020-10-14"));
  CHECK(is_on_time(deadline, at("2020-10-14T23:59:59.999")));
  CHECK_FALSE(is_on_time(deadline, at("2020-10-15T00:00:00")));
}

TEST_CASE("T27: a newer notice moves a deadline and the old computation can be repeated") {
  CalendarYear first{2020,         1,   "",
                     std::nullopt, "T", {{day("2020-01-28"), true, ""}, {day("2020-02-01"), false, ""}}};
  CalendarYear second{2020, 2, "", day("2020-01-27"), "T", {{day("2020-01-28"), true, ""}}};
  const std::vector years{first, second};
  const auto before = known_on(years, day("2020-01-22"));
  REQUIRE(before.size() == 1);
  CHECK(WorkCalendar(before).is_working_day(day("2020-02-01")));
  CHECK_FALSE(WorkCalendar(years).is_working_day(day("2020-02-01")));
  CHECK(WorkCalendar(years).version_of(2020) == 2);
  CHECK(up_to_version(years, 1).size() == 1);
}

TEST_CASE("T27: running limits are computed again under a newer notice, the old value and the reason stay") {
  CalendarYear first{2020, 1, "", std::nullopt, "T", {{day("2020-02-01"), false, ""}}};
  for (int d = 24; d <= 30; ++d) first.days.push_back({day("2020-01-01") + (d - 1), true, "春节"});
  CalendarYear second{2020, 2, "", day("2020-01-27"), "T", {}};
  for (int d = 0; d < 10; ++d) second.days.push_back({day("2020-01-24") + d, true, "春节"});
  const std::vector years{first, second};
  const WorkCalendar before(known_on(years, day("2020-01-22")));
  const Instant start = at("2020-01-22T09:00:00");
  const std::vector<RunningDeadline> running{{"papers", deadline_in_working_days(start, 8, before), false},
                                             {"emergency", deadline_in_hours(start, 24), false},
                                             {"short", deadline_in_working_days(start, 1, before), false},
                                             {"notice", deadline_in_days(start, 9, true, before), true}};
  CHECK(running[0].deadline.last_day == day("2020-02-07"));
  const auto changes = recompute_deadlines(running, WorkCalendar(years));
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].id == "papers");
  CHECK(changes[0].before.last_day == day("2020-02-07"));
  CHECK(changes[0].after.last_day == day("2020-02-11"));
  CHECK(changes[0].reason == "calendar v2");
  CHECK(changes[1].id == "notice");
  CHECK(changes[1].after.last_day == day("2020-02-03"));
  CHECK(recompute_deadlines(running, before).empty());
}

TEST_CASE("T30: the notice of an unknown year makes its limits certain, moved or not") {
  const WorkCalendar none;
  const CalendarYear year{2027, 1, "", std::nullopt, "T", {{day("2027-03-03"), true, "放假"}}};
  const std::vector<RunningDeadline> running{
      {"same", deadline_in_working_days(at("2027-03-03T09:00:00"), 5, none), false},
      {"moved", deadline_in_working_days(at("2027-03-01T09:00:00"), 5, none), false}};
  const auto changes = recompute_deadlines(running, WorkCalendar(std::span(&year, 1)));
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].before.calendar_unconfirmed);
  CHECK_FALSE(changes[0].after.calendar_unconfirmed);
  CHECK(changes[0].after.due_at == changes[0].before.due_at);
  CHECK(changes[1].after.last_day == day("2027-03-09"));
  CHECK(changes[1].reason == "calendar v1");
}

TEST_CASE("a local holiday that is only assumed counts and leaves the limit unconfirmed") {
  const std::vector years{
      CalendarYear{2026, 1, "", std::nullopt, "T", {}},
      CalendarYear{2026, 1, "640221", std::nullopt, "T", {{day("2026-03-20"), true, "开斋节"}}, true}};
  const auto local = deadline_in_working_days(at("2026-03-19T09:00:00"), 1, WorkCalendar(years, "640221"));
  CHECK(local.last_day == day("2026-03-23"));
  CHECK(local.calendar_unconfirmed);
  const auto elsewhere = deadline_in_working_days(at("2026-03-19T09:00:00"), 1, WorkCalendar(years));
  CHECK(elsewhere.last_day == day("2026-03-20"));
  CHECK_FALSE(elsewhere.calendar_unconfirmed);
}

TEST_CASE("T30: a year without a notice is computed and marked unconfirmed") {
  const WorkCalendar empty;
  const Deadline deadline = deadline_in_working_days(at("2027-03-01T09:00:00"), 5, empty);
  CHECK(deadline.last_day == day("2027-03-08"));
  CHECK(deadline.calendar_unconfirmed);
  CHECK_FALSE(empty.is_working_day(day("2027-10-01")));
}

TEST_CASE("a district's own holiday counts in that district only") {
  const std::vector years{
      CalendarYear{2026, 1, "", std::nullopt, "T", {}},
      CalendarYear{2026, 1, "640221", std::nullopt, "T", {{day("2026-03-20"), true, "开斋节"}}}};
  CHECK_FALSE(WorkCalendar(years, "640221").is_working_day(day("2026-03-20")));
  CHECK(WorkCalendar(years, "120110").is_working_day(day("2026-03-20")));
}

TEST_CASE("months end on the last day when the day is missing") {
  CHECK(add_months(day("2020-08-31"), 6) == day("2021-02-28"));
  CHECK(add_months(day("2020-01-31"), 1) == day("2020-02-29"));
  CHECK(add_months(day("2020-03-31"), -1) == day("2020-02-29"));
  CHECK(add_months(day("2020-01-15"), -13) == day("2018-12-15"));
}

TEST_CASE("T91: born on 29 February, the age changes on 1 March of a common year") {
  CHECK(age_on(day("1960-02-29"), day("2021-02-28")) == 60);
  CHECK(age_on(day("1960-02-29"), day("2021-03-01")) == 61);
  CHECK(birthday(day("1960-02-29"), 60) == day("2020-02-29"));
}

TEST_CASE(
    "T36: an emergency that arrives after its limit is overdue on arrival, with a second line from receipt") {
  const Moments moments{at("2020-07-15T10:00:00"), at("2020-07-16T16:00:00"), std::nullopt};
  const auto clocks = clocks_on_receipt(1, moments, dongli(), WorkCalendar{});
  REQUIRE(clocks.size() == 3);
  CHECK(clocks[0].kind == ClockKind::emergency_total);
  CHECK(clocks[0].deadline.due_at == at("2020-07-16T10:00:00"));
  CHECK(clocks[0].overdue_on_arrival);
  CHECK(clocks[1].deadline.due_at == at("2020-07-17T16:00:00"));
  CHECK_FALSE(clocks[1].overdue_on_arrival);
  CHECK(clocks[2].deadline.due_at == at("2020-07-16T17:00:00"));
}

TEST_CASE("T120: the papers of first aid are due ten working days later") {
  const CalendarYear year = october_2020();
  const auto clock =
      paperwork_clock(at("2020-09-30T18:00:00"), std::nullopt, dongli(), WorkCalendar(std::span(&year, 1)));
  REQUIRE(clock.ok());
  CHECK(clock->deadline.last_day == day("2020-10-21"));
  CHECK(clock->assumed);
}

TEST_CASE("warnings are reached one after the other") {
  const Deadline deadline = deadline_in_hours(at("2020-07-15T00:00:00"), 24);
  CHECK(warnings_reached(deadline, at("2020-07-15T11:59:00")).empty());
  CHECK(warnings_reached(deadline, at("2020-07-15T12:00:00")) == std::vector<std::string>{"50%"});
  CHECK(warnings_reached(deadline, at("2020-07-15T23:50:00")).back() == "T-15");
  CHECK(warnings_reached(deadline, at("2020-07-16T00:00:01")).back() == "overdue");
}

TEST_CASE("T33: after a reboot the nearest sync point decides and small drift is not suspect") {
  const std::vector<SyncPoint> syncs{{at("2020-07-15T08:00:00"), at("2020-07-15T08:00:05"), 1'000'000, "a"},
                                     {at("2020-07-15T12:00:00"), at("2020-07-15T12:00:07"), 500'000, "c"}};
  const auto early =
      corrected_time(syncs, {at("2020-07-15T09:00:05"), 100'000, "b", std::nullopt, std::nullopt});
  CHECK(early.at == at("2020-07-15T09:00:00"));
  CHECK_FALSE(early.clock_suspect);
  const auto late =
      corrected_time(syncs, {at("2020-07-15T11:00:07"), 100'000, "b", std::nullopt, std::nullopt});
  CHECK(late.at == at("2020-07-15T11:00:00"));
}

TEST_CASE("T35: a record is never later than its receipt nor earlier than the one before it") {
  const std::vector<SyncPoint> syncs{{at("2020-07-15T08:00:00"), at("2020-07-15T08:00:00"), 0, "a"}};
  const auto clamped = corrected_time(
      syncs, {at("2020-07-15T09:00:40"), 3'640'000, "a", at("2020-07-15T09:00:00"), std::nullopt});
  CHECK(clamped.at == at("2020-07-15T09:00:00"));
  CHECK(clamped.clock_suspect);
  const auto raised = corrected_time(
      syncs, {at("2020-07-15T08:10:00"), 600'000, "a", std::nullopt, at("2020-07-15T08:20:00")});
  CHECK(raised.at == at("2020-07-15T08:20:00"));
}
