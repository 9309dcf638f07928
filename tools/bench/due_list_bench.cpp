// The due list of one grid: 500 households, 2,000 persons, 13 months of visits. Built whole and after one
// visit, beside a plain scan of the same rows.
#include <cstdio>
#include <random>

#include "shared/domain/due_board.hpp"
#include "tools/bench/timing.hpp"

namespace doudi::bench {
namespace {

using namespace doudi::domain;

constexpr unsigned kHouseholds = 500;
constexpr unsigned kPersonsEach = 4;
constexpr int kDaysBack = 395;
constexpr int kBuilds = 200;
constexpr int kVisits = 5000;

Uuid number_id(unsigned number) {
  Uuid id;
  for (unsigned byte = 0; byte < 4; ++byte)
    id.bytes[12 + byte] = static_cast<std::uint8_t>(number >> (24U - 8U * byte));
  return id;
}

Visit visit_on(CivilDate day, unsigned minute) {
  Visit visit;
  visit.seen_at = Instant{start_of(day).ms + std::int64_t{minute} * 60'000};
  return visit;
}

struct Grid {
  CivilDate today = *civil_date(2026, 7, 15);
  VisitRules rules;
  std::vector<Household> households;
  std::vector<Person> persons;
  std::vector<DueBoard::Door> doors;
  std::size_t visits = 0;
};

void add_visits(Person& person, int every, CivilDate today, std::mt19937& chance) {
  for (int back = kDaysBack - static_cast<int>(chance() % static_cast<unsigned>(every)); back > 0;
       back -= every)
    person.visits.push_back(visit_on(today - back, 480 + static_cast<unsigned>(chance() % 600)));
}

// One person in 40 is seen daily, one in 8 weekly, every door monthly.
Grid make_grid() {
  Grid grid;
  grid.rules.full_coverage = "monthly";
  grid.rules.daily = {{"daily_check", std::nullopt, std::nullopt}};
  grid.rules.weekly = {{"lives_alone", 60, std::nullopt}, {"child_in_difficulty", std::nullopt, 18}};
  std::mt19937 chance(20260715);
  for (unsigned door = 0; door < kHouseholds; ++door) {
    Household household;
    household.id = number_id(1 + door);
    household.sort_key = door_sort_key(door, "1号楼");
    for (unsigned member = 0; member < kPersonsEach; ++member) {
      Person person;
      person.id = number_id(100'000 + door * kPersonsEach + member);
      person.household = household.id;
      person.birth = grid.today - static_cast<int>(chance() % 33'000);
      const auto kind = static_cast<unsigned>(chance() % 40);
      if (kind == 0) person.tags.push_back({"daily_check", grid.today - 800, std::nullopt});
      if (kind >= 1 && kind <= 5) {
        person.birth = grid.today - 27'000;
        person.tags.push_back({"lives_alone", grid.today - 800, std::nullopt});
      }
      if (member == 0 || kind <= 5)
        add_visits(person, kind == 0 ? 1 : kind <= 5 ? 7 : 30, grid.today, chance);
      grid.visits += person.visits.size();
      grid.persons.push_back(std::move(person));
    }
    grid.households.push_back(std::move(household));
  }
  for (unsigned door = 0; door < kHouseholds; ++door) {
    grid.doors.push_back({grid.households[door].id, &grid.households[door], {}});
    for (unsigned member = 0; member < kPersonsEach; ++member)
      grid.doors.back().members.push_back(&grid.persons[door * kPersonsEach + member]);
  }
  return grid;
}

// The least any list must do: look at every visit once.
std::size_t plain_scan(const Grid& grid) {
  std::size_t seen = 0;
  for (const Person& person : grid.persons)
    for (const Visit& visit : person.visits)
      seen += !visit.voided && date_of(visit.seen_at) == grid.today - 1 ? 1U : 0U;
  return seen;
}

int run_due_list_bench() {
  Grid grid = make_grid();
  Latencies scan, full, one;
  std::size_t sum = 0;
  for (int i = 0; i < kBuilds; ++i) {
    scan.time([&] { sum += plain_scan(grid); });
    full.time([&] { sum += DueBoard(grid.rules, grid.today, grid.doors).items().size(); });
  }
  DueBoard board(grid.rules, grid.today, grid.doors);
  const std::size_t due = board.items().size();
  for (int i = 0; i < kVisits; ++i) {
    // An attempt changes the row and leaves the door on the list, so that the list keeps its length.
    Person& person = grid.persons[static_cast<std::size_t>(i) * 7919 % grid.persons.size()];
    person.visits.push_back(visit_on(grid.today, 500));
    person.visits.back().outcome = VisitOutcome::nobody;
    const DueBoard::Door& door =
        grid.doors[static_cast<std::size_t>(&person - grid.persons.data()) / kPersonsEach];
    one.time([&] { board.replace(door); });
    person.visits.pop_back();
    board.replace(door);
  }
  std::printf("%u households, %zu persons, %zu visits in 13 months, %zu due (%zu)\n", kHouseholds,
              grid.persons.size(), grid.visits, due, sum % 2);
  print_latency("plain scan of the same visits", scan);
  print_latency("due list and coverage, built whole", full);
  print_latency("due list and coverage after one visit", one);
  return 0;
}

}  // namespace
}  // namespace doudi::bench

int main() {
  return doudi::bench::run_due_list_bench();
}
