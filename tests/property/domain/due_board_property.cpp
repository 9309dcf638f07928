// The board of a grid after any sequence of events is the board built anew: nothing is forgotten or kept by
// updating one door at a time.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "shared/domain/due_board.hpp"
#include "tests/property/domain/random_grid.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

std::size_t any_of_many(std::size_t count) {
  return static_cast<std::size_t>(between(0, static_cast<int>(count)));
}

DueBoard::Door door_of(const Grid& grid, const Uuid& key) {
  DueBoard::Door door{key, nullptr, {}};
  for (const Household& household : grid.households)
    if (household.id == key) door.household = &household;
  for (const Person& person : grid.persons)
    if (person.household == key) door.members.push_back(&person);
  return door;
}

DueBoard board_of(const Grid& grid) {
  std::vector<DueBoard::Door> doors;
  for (const Household& household : grid.households) doors.push_back(door_of(grid, household.id));
  return DueBoard(visit_rules(dongli()).value(), grid.today, doors);
}

// Something happens to one person; the keys of the doors it touches.
std::vector<Uuid> happen_to(Person& person, Grid& grid) {
  const Uuid before = person.household;
  switch (between(0, 8)) {
    case 0:
      person.visits.push_back(random_visit(grid.today));
      break;
    case 1:
      if (!person.visits.empty()) person.visits[any_of_many(person.visits.size())].voided = true;
      break;
    case 2:
      person.tags.push_back(
          {between(0, 2) == 0 ? "daily_check" : "lives_alone", grid.today - between(0, 9), std::nullopt});
      break;
    case 3:
      if (!person.tags.empty()) person.tags[any_of_many(person.tags.size())].to = grid.today - between(0, 5);
      break;
    case 4:
      person.absences.push_back({static_cast<AbsenceKind>(between(0, 5)), grid.today - between(0, 9),
                                 between(0, 2) == 0 ? std::optional<CivilDate>() : grid.today + 3});
      break;
    case 5:
      person.died_on = grid.today - between(0, 4);
      break;
    case 6:
      person.moved_on = grid.today - between(0, 4);
      break;
    default:
      person.household = grid.households[any_of_many(grid.households.size())].id;
      break;
  }
  return {before, person.household};
}

std::vector<Uuid> happen_to(Household& household, const Grid& grid) {
  if (between(0, 4) == 0) {
    household.ended_on = grid.today - between(0, 4);
  } else {
    household.visits.push_back(random_visit(grid.today));
    household.visits.back().makeup_for =
        between(0, 3) == 0 ? std::optional<CivilDate>(grid.today - between(1, 40)) : std::nullopt;
  }
  return {household.id};
}

void require_same_report(CoverageReport board, CoverageReport full) {
  RC_ASSERT(board.periods.size() == full.periods.size());
  for (std::size_t i = 0; i < full.periods.size(); ++i) {
    for (const auto part : {&PeriodCoverage::households, &PeriodCoverage::persons}) {
      CoverageCount& left = board.periods[i].*part;
      CoverageCount& right = full.periods[i].*part;
      std::sort(left.missing.begin(), left.missing.end());
      std::sort(right.missing.begin(), right.missing.end());
      RC_ASSERT(left.due == right.due);
      RC_ASSERT(left.on_time == right.on_time);
      RC_ASSERT(left.makeup == right.makeup);
      RC_ASSERT(left.excused == right.excused);
      RC_ASSERT(left.cancelled == right.cancelled);
      RC_ASSERT(left.missing == right.missing);
    }
    RC_ASSERT(board.periods[i].households_person_by_person == full.periods[i].households_person_by_person);
  }
}

void require_same_as_anew(const DueBoard& board, const Grid& grid) {
  RC_ASSERT(board.items() == due_list(dongli(), grid.today, grid.households, grid.persons).value());
  require_same_report(board.report(), coverage(dongli(), grid.today, grid.households, grid.persons).value());
}

}  // namespace

TEST_CASE("the board after every event of a random history is the board built anew") {
  CHECK(rc::check("incremental due list and coverage equal the full ones", [] {
    Grid grid = random_grid();
    DueBoard board = board_of(grid);
    require_same_as_anew(board, grid);
    for (int step = between(1, 12); step > 0; --step) {
      if (between(0, 8) == 0) {
        grid.today = grid.today + between(1, 9);
        board = board_of(grid);
        continue;
      }
      const bool door = grid.persons.empty() || between(0, 4) == 0;
      const auto touched = door ? happen_to(grid.households[any_of_many(grid.households.size())], grid)
                                : happen_to(grid.persons[any_of_many(grid.persons.size())], grid);
      for (const Uuid& key : touched) board.replace(door_of(grid, key));
      require_same_as_anew(board, grid);
    }
  }));
}

TEST_CASE("visits before the needed days change a list only by the day somebody was last seen") {
  CHECK(rc::check("the window of visits is wide enough", [] {
    Grid grid = random_grid();
    const VisitRules rules = visit_rules(dongli()).value();
    const CivilDate from = visits_needed_from(rules, grid.today);
    auto full = due_list(dongli(), grid.today, grid.households, grid.persons).value();
    for (Person& person : grid.persons) {
      Visit older = random_visit(grid.today);
      older.seen_at = Instant{start_of(from - between(1, 300)).ms + between(0, 86'400) * 1000LL};
      older.outcome = VisitOutcome::met;
      person.visits.push_back(older);
    }
    auto wider = due_list(dongli(), grid.today, grid.households, grid.persons).value();
    const auto plain = [](std::vector<DueItem>& items) {
      for (DueItem& item : items) item.last_seen.reset();
      std::sort(items.begin(), items.end(), due_before);
    };
    plain(full);
    plain(wider);
    for (std::size_t i = 0; i < full.size() && i < wider.size(); ++i) {
      RC_ASSERT(full[i].subject == wider[i].subject);
      RC_ASSERT(full[i].due_by == wider[i].due_by);
      RC_ASSERT(full[i].makeup_for == wider[i].makeup_for);
      RC_ASSERT(full[i].missed_before == wider[i].missed_before);
    }
    RC_ASSERT(full.size() == wider.size());
  }));
}
