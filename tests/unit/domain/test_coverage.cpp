#include <catch2/catch_test_macros.hpp>

#include "tests/unit/domain/domain_builders.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

std::vector<DueItem> due(CivilDate today, const std::vector<Person>& persons,
                         const std::vector<Household>& households = {}) {
  return due_list(dongli(), today, households, persons).value();
}

}  // namespace

TEST_CASE("T39: the daily duty missed yesterday comes first and proposes a search") {
  Person missed = person(1, "1939-01-08", {"daily_check"});
  missed.visits = {visit("2020-07-13T10:00:00"), visit("2020-07-14T09:10:00", VisitOutcome::nobody)};
  Person seen = person(2, "1952-11-11", {"daily_check"});
  seen.visits = {visit("2020-07-14T10:00:00")};
  const auto list = due(day("2020-07-15"), {seen, missed});
  REQUIRE(list.size() == 2);
  CHECK(list[0].subject == id(1));
  CHECK(list[0].missed_before);
  REQUIRE(list[0].unreachable);
  CHECK(list[0].unreachable->grade == 1);
  CHECK_FALSE(list[1].missed_before);
  CHECK_FALSE(list[1].unreachable);
}

TEST_CASE("a visit today removes the daily duty, an attempt does not") {
  Person met = person(1, "1939-01-08", {"daily_check"});
  met.visits = {visit("2020-07-15T08:00:00")};
  Person tried = person(2, "1939-01-08", {"daily_check"});
  tried.visits = {visit("2020-07-15T08:00:00", VisitOutcome::refused)};
  const auto list = due(day("2020-07-15"), {met, tried});
  REQUIRE(list.size() == 1);
  CHECK(list[0].subject == id(2));
  CHECK(list[0].attempts_in_period == 1);
}

TEST_CASE("T40: two days of the week in scope make no weekly duty") {
  Person turns_sixty = person(1, "1960-07-18", {"lives_alone"});
  turns_sixty.visits = {visit("2020-07-02T10:00:00")};
  CHECK(due(day("2020-07-15"), {turns_sixty}).empty());
  CHECK(due(day("2020-07-18"), {turns_sixty}).empty());
  const auto next_week = due(day("2020-07-20"), {turns_sixty});
  REQUIRE(next_week.size() == 1);
  CHECK(next_week[0].due_by == day("2020-07-26"));
}

TEST_CASE("a weekly duty ends on the last day before the eighteenth birthday") {
  const auto list = due(day("2020-07-15"), {person(1, "2002-07-18", {"child_in_difficulty"})});
  REQUIRE(list.size() == 1);
  CHECK(list[0].due_by == day("2020-07-17"));
  CHECK(list[0].duty == Duty::weekly);
}

TEST_CASE("T41: the last millisecond of June counts for June") {
  Person late = person(1, "1970-01-01");
  late.visits = {visit("2020-06-30T23:59:59.999")};
  CHECK(due(day("2020-07-01"), {late}).size() == 1);
  late.visits = {visit("2020-07-01T00:00:00.000")};
  CHECK(due(day("2020-07-01"), {late}).empty());
}

TEST_CASE("T44: a visit marked as make-up for July leaves August due") {
  Person person_of_july = person(1, "1970-01-01");
  Visit makeup = visit("2020-08-03T10:00:00");
  makeup.makeup_for = day("2020-07-31");
  person_of_july.visits = {makeup};
  const auto list = due(day("2020-08-04"), {person_of_july});
  REQUIRE(list.size() == 1);
  CHECK(list[0].due_by == day("2020-08-31"));
  CHECK_FALSE(list[0].makeup_for);
  const auto july = coverage(dongli(), day("2020-07-31"), {}, std::vector{person_of_july}).value();
  CHECK(july.periods.back().persons.makeup == 1);
  CHECK(july.periods.back().persons.on_time == 0);
}

TEST_CASE("T45: without the mark July is missed and August done") {
  Person person_of_july = person(1, "1970-01-01");
  person_of_july.visits = {visit("2020-08-03T10:00:00")};
  CHECK(due(day("2020-08-04"), {person_of_july}).empty());
  const auto july = coverage(dongli(), day("2020-07-31"), {}, std::vector{person_of_july}).value();
  CHECK(july.periods.back().persons.missing == std::vector{id(1)});
}

TEST_CASE("an open make-up is offered until the fifth of the next month") {
  CHECK(due(day("2020-08-05"), {person(1, "1970-01-01")}).at(0).makeup_for == day("2020-07-31"));
  CHECK_FALSE(due(day("2020-08-06"), {person(1, "1970-01-01")}).at(0).makeup_for);
}

TEST_CASE("absence in hospital turns a daily duty into a weekly contact") {
  Person absent = person(1, "1948-06-20", {"daily_check"});
  absent.absences = {{AbsenceKind::hospital, day("2020-07-10"), day("2020-07-20")}};
  auto list = due(day("2020-07-15"), {absent});
  REQUIRE(list.size() == 1);
  CHECK(list[0].duty == Duty::weekly);
  CHECK(list[0].mode == DutyMode::contact);
  absent.visits = {visit("2020-07-14T10:00:00", VisitOutcome::met, VisitMode::phone)};
  CHECK(due(day("2020-07-15"), {absent}).empty());
}

TEST_CASE("absence for work is asked by telephone once a month") {
  Person away = person(1, "1948-06-20", {"lives_alone"});
  away.absences = {{AbsenceKind::work_away, day("2020-01-01"), std::nullopt}};
  const auto list = due(day("2020-07-15"), {away});
  REQUIRE(list.size() == 1);
  CHECK(list[0].duty == Duty::monthly);
  CHECK(list[0].mode == DutyMode::contact);
}

TEST_CASE("somebody visiting relatives stays on the ordinary list") {
  Person visiting = person(1, "1948-06-20", {"lives_alone"});
  visiting.absences = {{AbsenceKind::visiting, day("2020-07-01"), std::nullopt}};
  CHECK(due(day("2020-07-15"), {visiting}).at(0).duty == Duty::weekly);
}

TEST_CASE("death and moving end every duty from that day") {
  Person died = person(1, "1938-02-28", {"lives_alone"});
  died.died_on = day("2020-07-12");
  Person moved = person(2, "1970-02-28");
  moved.moved_on = day("2020-07-15");
  CHECK(due(day("2020-07-15"), {died, moved}).empty());
}

TEST_CASE("T50: a grandson alone at the door is an attempt, not a visit") {
  Household household;
  household.id = id(100);
  Person grandson = person(1, "2010-01-01");
  grandson.household = household.id;
  Visit child_only = visit("2020-07-10T10:00:00");
  child_only.adult_met = false;
  grandson.visits = {child_only};
  const auto list = due(day("2020-07-15"), {grandson}, {household});
  REQUIRE(list.size() == 1);
  CHECK(list[0].is_household);
  CHECK(list[0].subject == household.id);
}

TEST_CASE("an in-person visit that is due anyway stands for the door's month") {
  Household household;
  household.id = id(100);
  Person elder = person(1, "1945-03-12", {"lives_alone"});
  elder.household = household.id;
  auto list = due(day("2020-07-15"), {elder}, {household});
  REQUIRE(list.size() == 1);
  CHECK_FALSE(list[0].is_household);
  elder.visits = {visit("2020-07-14T10:00:00")};
  CHECK(due(day("2020-07-15"), {elder}, {household}).empty());
}

TEST_CASE("two weeks without contact and three attempts propose a search, one week for the very old") {
  Person weekly = person(1, "1955-03-12", {"lives_alone"});
  weekly.visits = {visit("2020-06-20T10:00:00"), visit("2020-07-06T10:00:00", VisitOutcome::nobody),
                   visit("2020-07-08T19:00:00", VisitOutcome::nobody),
                   visit("2020-07-13T10:00:00", VisitOutcome::nobody)};
  REQUIRE(due(day("2020-07-15"), {weekly}).at(0).unreachable);
  CHECK(due(day("2020-07-15"), {weekly}).at(0).unreachable->grade == 2);
  weekly.birth = day("1939-03-12");
  weekly.visits[0] = visit("2020-07-04T10:00:00");
  CHECK(due(day("2020-07-15"), {weekly}).at(0).unreachable->grade == 1);
  weekly.visits[2] = visit("2020-07-08T10:00:00", VisitOutcome::nobody);
  CHECK_FALSE(due(day("2020-07-15"), {weekly}).at(0).unreachable);
}

TEST_CASE("T48: the load of the day is spread over the working days that are left") {
  const CalendarYear year{2020, 1, "", std::nullopt, "T", {}};
  const WorkCalendar calendar(std::span(&year, 1));
  CHECK(workload(500, day("2020-07-01"), day("2020-07-31"), calendar).per_day == 22);
  CHECK(workload(310, day("2020-07-15"), day("2020-07-31"), calendar).per_day == 24);
  CHECK(workload(7, day("2020-08-01"), day("2020-08-01"), calendar).per_day == 7);
}

TEST_CASE("T93-T97: a rate is never rounded up to complete nor down to nothing") {
  CHECK(coverage_rate(674, 675).value() == "99.9");
  CHECK(coverage_rate(20318, 20319).value() == "99.9");
  CHECK(coverage_rate(1, 20319).value() == "0.1");
  CHECK(coverage_rate(0, 20319).value() == "0.0");
  CHECK(coverage_rate(675, 675).value() == "100.0");
  CHECK(coverage_rate(0, 0).value() == "—");
  CHECK(coverage_rate(2, 1).error().code == "out_of_range");
}

TEST_CASE("T99: a household is covered person by person only when everybody was seen") {
  Household household;
  household.id = id(100);
  std::vector<Person> members;
  for (unsigned i = 1; i <= 5; ++i) {
    members.push_back(person(i, "1980-01-01"));
    members.back().household = household.id;
    if (i != 5) members.back().visits = {visit("2020-07-10T10:00:00")};
  }
  auto month = coverage(dongli(), day("2020-07-31"), std::vector{household}, members).value().periods.back();
  CHECK(month.persons.on_time == 4);
  CHECK(month.persons.due == 5);
  CHECK(month.persons.missing == std::vector{id(5)});
  CHECK(month.households_person_by_person == 0);
  members.back().visits = {visit("2020-07-11T10:00:00")};
  month = coverage(dongli(), day("2020-07-31"), std::vector{household}, members).value().periods.back();
  CHECK(month.households_person_by_person == 1);
}

TEST_CASE("a pack that says nothing about visits is asked, never guessed") {
  const auto list = due_list(PolicyPack{}, day("2020-07-15"), {}, {});
  REQUIRE_FALSE(list.ok());
  CHECK(list.error().message == "visit.full_coverage");
}

TEST_CASE("T51: a pack with rounds is due by the end of the round and not outside it") {
  PackBuilder builder;
  builder.with("visit.full_coverage", std::string("campaign"))
      .with("visit.rounds", std::vector<Phase>{{"first", day("2018-07-01"), day("2018-09-15")}});
  const std::vector<Person> people{person(1, "1970-01-01")};
  const auto list = due_list(builder.pack, day("2018-09-01"), {}, people).value();
  REQUIRE(list.size() == 1);
  CHECK(list[0].duty == Duty::campaign);
  CHECK(list[0].due_by == day("2018-09-15"));
  CHECK(due_list(builder.pack, day("2018-09-16"), {}, people).value().empty());
}
