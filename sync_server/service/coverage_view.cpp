// Loads one grid at a time: some 500 households.
#include "sync_server/service/coverage_view.hpp"

#include <algorithm>

#include "shared/domain/due_board.hpp"
#include "shared/domain/masking.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kMissingMax = 2000;

struct Population {
  std::vector<domain::Household> households;
  std::vector<domain::Person> persons;
  std::map<Uuid, std::size_t> household_at, person_at;
  std::map<Uuid, std::string> doors;
};

std::optional<CivilDate> date(const sql::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : parse_date(row.text(column));
}
std::optional<Uuid> id(const sql::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : uuid_from_bytes(row.blob(column));
}

Status load_people(sql::Connection& connection, const Uuid& grid, Population& population) {
  DOUDI_TRY(
      connection.query("SELECT id, address, enrolled_on, ended_on, door, door_order FROM household WHERE "
                       "grid=$1 AND deleted=0",
                       sql::params(grid), [&](const sql::Row& row) {
                         domain::Household household;
                         household.id = row.uuid(0);
                         household.address = row.text(1);
                         household.enrolled_on = date(row, 2);
                         household.ended_on = date(row, 3);
                         household.sort_key = domain::door_sort_key(row.integer(5), row.text(4));
                         population.doors[household.id] = row.text(4);
                         population.household_at[household.id] = population.households.size();
                         population.households.push_back(std::move(household));
                         return true;
                       }));
  return connection.query(
      "SELECT p.id, p.household, p.name, p.birth, h.enrolled_on, p.died_on, p.moved_on, p.self_care FROM "
      "person p JOIN household h "
      "ON h.id=p.household WHERE p.grid=$1 AND p.deleted=0 AND h.deleted=0",
      sql::params(grid), [&](const sql::Row& row) {
        domain::Person person;
        person.id = row.uuid(0);
        person.household = row.uuid(1);
        person.name = row.text(2);
        person.birth = date(row, 3);
        person.enrolled_on = date(row, 4);
        person.died_on = date(row, 5);
        person.moved_on = date(row, 6);
        if (const auto care = domain::parse_self_care(row.text(7)); care.ok()) person.self_care = *care;
        population.person_at[person.id] = population.persons.size();
        population.persons.push_back(std::move(person));
        return true;
      });
}

Status load_facts(sql::Connection& connection, const Uuid& grid, Population& population) {
  DOUDI_TRY(connection.query(
      "SELECT person, tag, from_on, to_on FROM person_tag WHERE grid=$1 AND deleted=0", sql::params(grid),
      [&](const sql::Row& row) {
        const auto person = population.person_at.find(row.uuid(0));
        const auto from = date(row, 2);
        if (person == population.person_at.end() || !from) return true;
        population.persons[person->second].tags.push_back({std::string(row.text(1)), *from, date(row, 3)});
        return true;
      }));
  return connection.query(
      "SELECT person, kind, from_on, to_on FROM absence WHERE grid=$1 AND deleted=0", sql::params(grid),
      [&](const sql::Row& row) {
        const auto person = population.person_at.find(row.uuid(0));
        const auto kind = domain::parse_absence_kind(row.text(1));
        const auto from = date(row, 2);
        if (person == population.person_at.end() || !kind.ok() || !from) return true;
        population.persons[person->second].absences.push_back({*kind, *from, date(row, 3)});
        return true;
      });
}

void add_visit(const sql::Row& row, Population& population) {
  const auto mode = domain::parse_visit_mode(row.text(3));
  const auto outcome = domain::parse_visit_outcome(row.text(4));
  if (!mode.ok() || !outcome.ok()) return;
  const domain::Visit visit{Instant{row.integer(2)}, *mode, *outcome, true, !row.is_null(6), date(row, 5)};
  const auto person = id(row, 1);
  const auto person_at = person ? population.person_at.find(*person) : population.person_at.end();
  if (person_at != population.person_at.end()) {
    population.persons[person_at->second].visits.push_back(visit);
    return;
  }
  const auto household = population.household_at.find(row.uuid(0));
  if (household != population.household_at.end())
    population.households[household->second].visits.push_back(visit);
}

// The visits the rules look at and, of the older ones, the newest contact with each person and door.
Status load_visits(sql::Connection& connection, const Uuid& grid, CivilDate since, Population& population) {
  const auto add = [&](const sql::Row& row) {
    add_visit(row, population);
    return true;
  };
  DOUDI_TRY(connection.query(
      "SELECT household, person, seen_at, mode, outcome, makeup_for, void_reason FROM visit WHERE grid=$1 "
      "AND deleted=0 AND seen_at>=$2",
      sql::params(grid, start_of(since)), add));
  return connection.query(
      "SELECT household, person, max(seen_at), mode, outcome, makeup_for, void_reason FROM visit WHERE "
      "grid=$1 AND deleted=0 AND void_reason IS NULL AND outcome IN ('met','family_met') AND seen_at<$2 "
      "GROUP BY household, person",
      sql::params(grid, start_of(since)), add);
}

Result<Population> load(sql::Connection& connection, const Uuid& grid, const domain::PolicyPack& pack,
                        CivilDate today) {
  DOUDI_ASSIGN(const domain::VisitRules rules, domain::visit_rules(pack));
  Population population;
  DOUDI_TRY(load_people(connection, grid, population));
  DOUDI_TRY(load_facts(connection, grid, population));
  DOUDI_TRY(load_visits(connection, grid, domain::visits_needed_from(rules, today), population));
  return population;
}

Count to_count(const domain::CoverageCount& count) {
  return {count.due, count.on_time + count.makeup};
}

}  // namespace

Result<std::vector<GridCoverage>> CoverageView::read(sql::Connection& connection, const Actor& actor) {
  std::vector<GridCoverage> grids;
  DOUDI_TRY(
      connection.query("SELECT g.id, g.code, g.name, g.community, g.street, ifnull((SELECT a.name FROM "
                       "grid_duty d JOIN account a ON a.id=d.account "
                       "WHERE d.grid=g.id AND d.to_version IS NULL LIMIT 1),''), (SELECT max(v.last_sync_at) "
                       "FROM grid_duty d JOIN device v ON "
                       "v.account=d.account WHERE d.grid=g.id AND d.to_version IS NULL) FROM grid g WHERE " +
                           std::string(kInScope) + " AND g.deleted=0 ORDER BY g.code",
                       sql::params(actor.scopes(kCaseRoles)), [&grids](const sql::Row& row) {
                         GridCoverage grid;
                         grid.id = row.uuid(0);
                         grid.code = row.text(1);
                         grid.name = row.text(2);
                         grid.community = row.text(3);
                         grid.street = row.text(4);
                         grid.worker = row.text(5);
                         if (const auto at = row.optional_integer(6)) grid.last_sync_at = Instant{*at};
                         grids.push_back(std::move(grid));
                         return true;
                       }));
  for (GridCoverage& grid : grids) DOUDI_TRY(count(connection, grid));
  return grids;
}

Status CoverageView::count(sql::Connection& connection, GridCoverage& grid) {
  const CivilDate today = date_of(district_.now());
  DOUDI_ASSIGN(const std::int64_t position, connection.integer("SELECT position FROM scope WHERE key=$1",
                                                               sql::params(to_string(grid.id))));
  const auto fill = [&grid](const Counted& counted) {
    grid.month = counted.month;
    grid.week = counted.week;
    grid.day = counted.daily;
  };
  {
    const std::lock_guard lock(mutex_);
    const auto known = counted_.find(grid.id);
    if (known != counted_.end() && known->second.position == position && known->second.day == today)
      return fill(known->second), Status();
  }
  DOUDI_ASSIGN(const Population population, load(connection, grid.id, district_.rules().pack, today));
  DOUDI_ASSIGN(const domain::CoverageReport report,
               domain::coverage(district_.rules().pack, today, population.households, population.persons));
  Counted counted{position, today, {}, {}, {}};
  for (const domain::PeriodCoverage& period : report.periods) {
    const PeriodCount sums{to_count(period.households), to_count(period.persons)};
    if (period.duty == domain::Duty::daily) counted.daily = sums;
    if (period.duty == domain::Duty::weekly) counted.week = sums;
    if (period.duty == domain::Duty::monthly || period.duty == domain::Duty::campaign) counted.month = sums;
  }
  fill(counted);
  const std::lock_guard lock(mutex_);
  counted_[grid.id] = counted;
  return {};
}

Result<std::vector<MissingItem>> CoverageView::missing(sql::Connection& connection, const Actor& actor,
                                                       const Uuid& grid) {
  const CivilDate today = date_of(district_.now());
  DOUDI_ASSIGN(const std::int64_t visible, connection.integer("SELECT count(*) FROM grid g WHERE " +
                                                                  std::string(kInScope) + " AND g.id=$2",
                                                              sql::params(actor.scopes(kCaseRoles), grid)));
  if (visible == 0) return Error{"not_found", "There is no such grid."};
  DOUDI_ASSIGN(const Population population, load(connection, grid, district_.rules().pack, today));
  DOUDI_ASSIGN(const domain::CoverageReport report,
               domain::coverage(district_.rules().pack, today, population.households, population.persons));
  std::vector<MissingItem> missing;
  for (const domain::PeriodCoverage& period : report.periods) {
    const std::string duty(domain::to_string(period.duty));
    for (const Uuid& household : period.households.missing) {
      const auto door = population.doors.find(household);
      missing.push_back({household, true, "", door == population.doors.end() ? "" : door->second, duty});
    }
    for (const Uuid& person : period.persons.missing) {
      const domain::Person& found = population.persons[population.person_at.at(person)];
      const auto door = population.doors.find(found.household);
      missing.push_back({person, false, domain::mask_name(found.name, domain::MaskLevel::staff),
                         door == population.doors.end() ? "" : door->second, duty});
    }
  }
  if (missing.size() > kMissingMax) missing.resize(kMissingMax);
  return missing;
}

Result<std::vector<domain::DueItem>> due_items(sql::Connection& connection, const Uuid& grid,
                                               const domain::PolicyPack& pack, CivilDate today) {
  DOUDI_ASSIGN(const Population population, load(connection, grid, pack, today));
  return domain::due_list(pack, today, population.households, population.persons);
}

}  // namespace doudi::district
