// A random grid for the laws of the due list: people with tags, absences, deaths and visits.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "tests/unit/domain/domain_builders.hpp"

namespace doudi::domain::test {

inline int between(int low, int high_exclusive) {
  return *rc::gen::inRange(low, high_exclusive);
}

inline Visit random_visit(CivilDate today) {
  Visit made;
  made.seen_at = Instant{start_of(today - between(0, 60)).ms + between(0, 86'400) * 1000LL};
  made.outcome = static_cast<VisitOutcome>(between(0, 4));
  made.mode = static_cast<VisitMode>(between(0, 3));
  made.adult_met = between(0, 4) != 0;
  return made;
}

inline Person random_person(unsigned number, unsigned households, CivilDate today) {
  Person made = person(number, "1940-01-01");
  made.birth = today - between(1, 36'000);
  made.household = id(10'000U + static_cast<unsigned>(between(0, static_cast<int>(households))));
  for (const char* tag : {"daily_check", "lives_alone", "child_in_difficulty"}) {
    if (between(0, 3) == 0) made.tags.push_back({tag, today - between(0, 40), std::nullopt});
  }
  if (between(0, 5) == 0)
    made.absences.push_back(
        {static_cast<AbsenceKind>(between(0, 5)), today - between(0, 20), today + between(0, 20)});
  if (between(0, 12) == 0) made.died_on = today - between(0, 10);
  for (int i = between(0, 4); i > 0; --i) made.visits.push_back(random_visit(today));
  return made;
}

struct Grid {
  CivilDate today;
  std::vector<Household> households;
  std::vector<Person> persons;
};

inline Grid random_grid() {
  Grid grid;
  grid.today = day("2020-01-01") + between(0, 800);
  const auto households = static_cast<unsigned>(between(1, 6));
  for (unsigned i = 0; i < households; ++i) {
    Household household;
    household.id = id(10'000U + i);
    household.sort_key = std::to_string(between(0, 4));
    if (between(0, 3) == 0) household.visits.push_back(random_visit(grid.today));
    grid.households.push_back(household);
  }
  for (unsigned i = static_cast<unsigned>(between(0, 15)); i > 0; --i)
    grid.persons.push_back(random_person(i, households, grid.today));
  return grid;
}

}  // namespace doudi::domain::test
