// Which visits pay: telephone calls in turn, people who must be seen at home, short weeks.
#include <catch2/catch_test_macros.hpp>

#include "tests/unit/domain/domain_builders.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

PolicyPack by_phone() {
  PackBuilder builder{dongli()};
  builder.with("visit.phone_counts", true);
  return builder.pack;
}

// 宝鸡: one round for everybody, and a group that accepts no call.
PolicyPack hundred_days() {
  PackBuilder builder;
  builder.with("visit.full_coverage", std::string("campaign"))
      .with("visit.rounds", std::vector<Phase>{{"hundred_days", day("2020-04-01"), day("2020-07-09")}})
      .with("visit.phone_counts", true)
      .with("visit.in_person_only",
            std::vector<GroupRule>{{"unlifted_no_work_ability", std::nullopt, std::nullopt}});
  return builder.pack;
}

Visit call(std::string_view when) {
  return visit(when, VisitOutcome::met, VisitMode::phone);
}

std::vector<DueItem> due(const PolicyPack& pack, CivilDate today, const std::vector<Person>& persons,
                         const std::vector<Household>& households = {}) {
  return due_list(pack, today, households, persons).value();
}

}  // namespace

TEST_CASE("a call pays a month only where the pack says so, and never two months running") {
  Person adult = person(1, "1970-01-01");
  adult.visits = {call("2020-07-03T10:00:00")};
  CHECK(due(dongli(), day("2020-07-15"), {adult}).size() == 1);
  CHECK(due(by_phone(), day("2020-07-15"), {adult}).empty());
  adult.visits = {call("2020-06-03T10:00:00"), call("2020-07-03T10:00:00")};
  CHECK(due(by_phone(), day("2020-07-15"), {adult}).size() == 1);
  CHECK(due(by_phone(), day("2020-06-15"), {adult}).empty());
  adult.visits.insert(adult.visits.begin() + 1, visit("2020-06-20T10:00:00"));
  CHECK(due(by_phone(), day("2020-07-15"), {adult}).empty());
}

TEST_CASE("a call that did not count leaves the next one out of turn until somebody goes there") {
  Person adult = person(1, "1970-01-01");
  adult.visits = {call("2020-08-03T10:00:00"), call("2020-06-03T10:00:00"), call("2020-07-03T10:00:00")};
  CHECK(due(by_phone(), day("2020-08-15"), {adult}).size() == 1);
  adult.visits.push_back(visit("2020-07-20T10:00:00"));
  CHECK(due(by_phone(), day("2020-08-15"), {adult}).empty());
  const auto month = coverage(by_phone(), day("2020-08-31"), {}, std::vector{adult}).value().periods.back();
  CHECK(month.persons.on_time == 1);
}

TEST_CASE("T37: a visit seen in July and received in August counts for July, in time") {
  Person adult = person(1, "1970-01-01");
  adult.visits = {visit("2020-07-31T23:50:00")};
  const auto july = coverage(dongli(), day("2020-07-31"), {}, std::vector{adult}).value().periods.back();
  CHECK(july.persons.on_time == 1);
  CHECK(july.persons.makeup == 0);
  CHECK(due(dongli(), day("2020-08-03"), {adult}).size() == 1);
}

TEST_CASE("T47: the list follows the rows of the grid, whoever walks it") {
  const std::vector<Person> grid{person(1, "1945-03-12", {"lives_alone"}), person(2, "1970-01-01")};
  const auto regular = due(dongli(), day("2020-07-14"), grid);
  auto substitute = grid;
  substitute[0].visits = {visit("2020-07-15T10:00:00")};
  CHECK(regular.size() == 2);
  CHECK(due(dongli(), day("2020-07-16"), substitute).size() == 1);
  const auto week = coverage(dongli(), day("2020-07-16"), {}, substitute).value().periods[1];
  CHECK(week.persons.on_time == 1);
}

TEST_CASE("a call never pays a weekly or a daily duty") {
  Person elder = person(1, "1945-03-12", {"lives_alone"});
  elder.visits = {call("2020-07-14T10:00:00")};
  CHECK(due(by_phone(), day("2020-07-15"), {elder}).at(0).duty == Duty::weekly);
}

TEST_CASE("whoever the plan wants seen at home is not covered by a call, at home or in hospital") {
  Person weak = person(1, "1970-01-01", {"unlifted_no_work_ability"});
  Person other = person(2, "1970-01-01");
  weak.visits = other.visits = {call("2020-05-03T10:00:00")};
  auto list = due(hundred_days(), day("2020-06-01"), {weak, other});
  REQUIRE(list.size() == 1);
  CHECK(list[0].subject == id(1));
  CHECK(list[0].mode == DutyMode::in_person);
  weak.absences = {{AbsenceKind::hospital, day("2020-05-01"), std::nullopt}};
  CHECK(due(hundred_days(), day("2020-06-01"), {weak}).at(0).mode == DutyMode::in_person);
  const auto round = coverage(hundred_days(), day("2020-06-01"), {}, std::vector{weak, other}).value();
  CHECK(round.periods.back().persons.missing == std::vector{id(1)});
  weak.visits.push_back(visit("2020-05-20T10:00:00"));
  CHECK(due(hundred_days(), day("2020-06-01"), {weak}).empty());
}

TEST_CASE("a door reached by telephone still leaves the member who must be seen") {
  Household household;
  household.id = id(100);
  household.visits = {call("2020-05-03T10:00:00")};
  Person weak = person(1, "1970-01-01", {"unlifted_no_work_ability"});
  weak.household = household.id;
  auto list = due(hundred_days(), day("2020-06-01"), {weak}, {household});
  REQUIRE(list.size() == 1);
  CHECK(list[0].subject == id(1));
  household.visits.push_back(visit("2020-05-04T10:00:00"));
  CHECK(due(hundred_days(), day("2020-06-01"), {weak}, {household}).empty());
}

TEST_CASE("a duty without its number of days is asked for, a make-up nobody granted is not accepted") {
  const auto without = [](const std::string& key) {
    PolicyPack pack = dongli();
    std::erase_if(pack.parameters, [&](const Parameter& parameter) { return parameter.key == key; });
    return pack;
  };
  CHECK(visit_rules(without("visit.min_days_week")).error().message == "visit.min_days_week");
  CHECK(visit_rules(without("visit.min_days_month")).error().message == "visit.min_days_month");
  const Person adult = person(1, "1970-01-01");
  CHECK(due(dongli(), day("2020-08-05"), {adult}).at(0).makeup_for == day("2020-07-31"));
  CHECK_FALSE(due(without("visit.makeup_month_day"), day("2020-08-05"), {adult}).at(0).makeup_for);
}

TEST_CASE("a week too short for its duty leaves the month's") {
  const Person leaves_on_wednesday = person(1, "2002-07-15", {"child_in_difficulty"});
  auto list = due(dongli(), day("2020-07-13"), {leaves_on_wednesday});
  REQUIRE(list.size() == 1);
  CHECK(list[0].duty == Duty::monthly);
  CHECK(list[0].due_by == day("2020-07-31"));
  Person turns_sixty = person(2, "1960-07-18", {"lives_alone"});
  list = due(dongli(), day("2020-07-18"), {turns_sixty});
  REQUIRE(list.size() == 1);
  CHECK(list[0].duty == Duty::monthly);
}

TEST_CASE("without full coverage a week too short leaves nothing") {
  PackBuilder builder;
  builder.with("visit.full_coverage", std::string("none"))
      .with("visit.min_days_week", std::int64_t{3})
      .with("visit.weekly", std::vector<GroupRule>{{"lives_alone", 60, std::nullopt}});
  CHECK(due(builder.pack, day("2020-07-18"), {person(1, "1960-07-18", {"lives_alone"})}).empty());
}
