#include "field_client/work/grid_reader.hpp"

#include <algorithm>

namespace doudi::field {
namespace {

std::optional<CivilDate> day_at(const sql::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : parse_date(row.text(column));
}

domain::Visit read_visit(const sql::Row& row) {
  domain::Visit visit;
  visit.seen_at = Instant{row.integer(2)};
  visit.mode = [&] {
    const auto mode = domain::parse_visit_mode(row.text(3));
    return mode.ok() ? *mode : domain::VisitMode::in_person;
  }();
  const auto outcome = domain::parse_visit_outcome(row.text(4));
  visit.outcome = outcome.ok() ? *outcome : domain::VisitOutcome::nobody;
  visit.voided = !row.is_null(5);
  visit.makeup_for = day_at(row, 6);
  return visit;
}

constexpr std::string_view kVisitColumns =
    "SELECT household, person, seen_at, mode, outcome, void_reason, makeup_for FROM visit WHERE deleted = 0 ";

}  // namespace

Result<GridData> GridReader::read_all() {
  GridData data;
  DOUDI_TRY(read_households(data, "", {}));
  DOUDI_TRY(read_persons(data, "", {}));
  DOUDI_TRY(read_tags(data, "", {}));
  DOUDI_TRY(read_absences(data, "", {}));
  DOUDI_TRY(read_visits(data, "", {}));
  return data;
}

Result<bool> GridReader::refresh(GridData& data, const Uuid& household) {
  DOUDI_ASSIGN(const bool alone, stands_alone(data, household));
  if (!alone) return false;
  for (const Uuid& member : data.members[household]) {
    data.persons.erase(member);
    data.person_texts.erase(member);
  }
  data.members.erase(household);
  data.households.erase(household);
  data.household_texts.erase(household);
  const auto key = sql::params(household);
  DOUDI_TRY(read_households(data, "AND id = $1", key));
  DOUDI_TRY(read_persons(data, "AND household = $1", key));
  const std::string of_household = "AND person IN (SELECT id FROM person WHERE household = $1)";
  DOUDI_TRY(read_tags(data, of_household, key));
  DOUDI_TRY(read_absences(data, of_household, key));
  DOUDI_TRY(read_visits(data, "AND household = $1", key));
  return true;
}

// The same people as before, none of whom was visited at another door.
Result<bool> GridReader::stands_alone(const GridData& data, const Uuid& household) {
  std::vector<Uuid> now;
  DOUDI_TRY(connection_.query("SELECT id FROM person WHERE deleted = 0 AND household = $1",
                              sql::params(household), [&](const sql::Row& row) {
                                now.push_back(row.uuid(0));
                                return true;
                              }));
  const auto known = data.members.find(household);
  std::vector<Uuid> before = known == data.members.end() ? std::vector<Uuid>() : known->second;
  std::sort(before.begin(), before.end());
  std::sort(now.begin(), now.end());
  return before == now && !data.visited_elsewhere.contains(household);
}

Status GridReader::read_households(GridData& data, const std::string& where,
                                   const std::vector<Value>& parameters) {
  return connection_.query(
      "SELECT id, grid, door, door_order, address, phone, enrolled_on, ended_on, note FROM household WHERE "
      "deleted = 0 " +
          where,
      parameters, [&](const sql::Row& row) {
        const Uuid id = row.uuid(0);
        domain::Household household;
        household.id = id;
        household.sort_key = domain::door_sort_key(row.integer(3), row.text(2));
        household.address = std::string(row.text(4));
        household.enrolled_on = day_at(row, 6);
        household.ended_on = day_at(row, 7);
        HouseholdText text{row.uuid(1),
                           std::string(row.text(2)),
                           std::string(row.text(4)),
                           std::string(row.text(8)),
                           row.optional_text(5),
                           row.integer(3)};
        data.households[id] = std::move(household);
        data.household_texts[id] = std::move(text);
        data.members[id];
        return true;
      });
}

Status GridReader::read_persons(GridData& data, const std::string& where,
                                const std::vector<Value>& parameters) {
  return connection_.query(
      "SELECT id, household, name, sex, birth, id_number, relation, is_head, phone, self_care, died_on, "
      "moved_on "
      "FROM person WHERE deleted = 0 " +
          where + " ORDER BY is_head DESC, id",
      parameters, [&](const sql::Row& row) {
        domain::Person person;
        person.id = row.uuid(0);
        person.household = row.uuid(1);
        person.name = std::string(row.text(2));
        person.birth = day_at(row, 4);
        const auto self_care = domain::parse_self_care(row.text(9));
        person.self_care = self_care.ok() ? *self_care : domain::SelfCare::unknown;
        person.died_on = day_at(row, 10);
        person.moved_on = day_at(row, 11);
        const auto household = data.households.find(person.household);
        if (household != data.households.end()) person.enrolled_on = household->second.enrolled_on;
        data.person_texts[person.id] = {person.household,         static_cast<int>(row.integer(3)),
                                        std::string(row.text(6)), row.integer(7) != 0,
                                        row.optional_text(8),     std::string(row.text(5))};
        data.members[person.household].push_back(person.id);
        data.persons[person.id] = std::move(person);
        return true;
      });
}

Status GridReader::read_tags(GridData& data, const std::string& where, const std::vector<Value>& parameters) {
  return connection_.query(
      "SELECT person, tag, from_on, to_on FROM person_tag WHERE deleted = 0 " + where + " ORDER BY tag",
      parameters, [&](const sql::Row& row) {
        const auto person = data.persons.find(row.uuid(0));
        if (person == data.persons.end()) return true;
        person->second.tags.push_back(
            {std::string(row.text(1)), day_at(row, 2).value_or(CivilDate{}), day_at(row, 3)});
        return true;
      });
}

Status GridReader::read_absences(GridData& data, const std::string& where,
                                 const std::vector<Value>& parameters) {
  return connection_.query(
      "SELECT person, kind, from_on, to_on FROM absence WHERE deleted = 0 " + where, parameters,
      [&](const sql::Row& row) {
        const auto person = data.persons.find(row.uuid(0));
        if (person == data.persons.end()) return true;
        const auto kind = domain::parse_absence_kind(row.text(1));
        person->second.absences.push_back({kind.ok() ? *kind : domain::AbsenceKind::other,
                                           day_at(row, 2).value_or(CivilDate{}), day_at(row, 3)});
        return true;
      });
}

Status GridReader::read_visits(GridData& data, const std::string& household,
                               const std::vector<Value>& parameters) {
  const auto add = [&](const sql::Row& row) {
    const auto person = row.is_null(1) ? data.persons.end() : data.persons.find(row.uuid(1));
    if (person != data.persons.end()) {
      person->second.visits.push_back(read_visit(row));
      if (person->second.household == row.uuid(0)) return true;
      data.visited_elsewhere.insert({row.uuid(0), person->second.household});
      return true;
    }
    const auto door = data.households.find(row.uuid(0));
    if (door != data.households.end()) door->second.visits.push_back(read_visit(row));
    return true;
  };
  const std::string since = std::to_string(start_of(since_).ms);
  DOUDI_TRY(connection_.query(
      "SELECT household, person, max(seen_at), mode, outcome, void_reason, makeup_for FROM visit "
      "WHERE deleted = 0 AND void_reason IS NULL AND outcome IN ('met', 'family_met') AND seen_at < " +
          since + " " + household + " GROUP BY household, person",
      parameters, add));
  return connection_.query(
      std::string(kVisitColumns) + "AND seen_at >= " + since + " " + household + " ORDER BY seen_at",
      parameters, add);
}

}  // namespace doudi::field
