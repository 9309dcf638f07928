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
    "SELECT household, person, seen_at, mode, outcome, void_reason, makeup_for FROM visit ";

}  // namespace

std::string sort_key_of(std::int64_t door_order, std::string_view door) {
  const std::string number = std::to_string(std::max<std::int64_t>(0, door_order));
  return std::string(number.size() < 10 ? 10 - number.size() : 0, '0') + number + " " + std::string(door);
}

Result<GridData> GridReader::read_all(CivilDate today) {
  GridData data;
  DOUDI_TRY(read_households(data, "", {}));
  DOUDI_TRY(read_persons(data, "", {}));
  DOUDI_TRY(read_tags(data, "", {}));
  DOUDI_TRY(read_absences(data, "", {}));
  DOUDI_TRY(read_visits(data, "AND seen_at >= $1", sql::params(start_of(today - kVisitWindowDays))));
  std::vector<Uuid> unseen;
  for (const auto& [id, household] : data.households) {
    bool seen = !household.visits.empty();
    for (const Uuid& member : data.members[id]) seen = seen || !data.persons[member].visits.empty();
    if (!seen) unseen.push_back(id);
  }
  DOUDI_TRY(read_older_visits(data, unseen));
  return data;
}

Status GridReader::refresh(GridData& data, const Uuid& household, CivilDate today) {
  for (const Uuid& member : data.members[household]) {
    data.persons.erase(member);
    data.person_texts.erase(member);
  }
  data.members.erase(household);
  data.households.erase(household);
  const auto key = sql::params(household);
  DOUDI_TRY(read_households(data, "AND id = $1", key));
  DOUDI_TRY(read_persons(data, "AND household = $1", key));
  const std::string of_household = "AND person IN (SELECT id FROM person WHERE household = $1)";
  DOUDI_TRY(read_tags(data, of_household, key));
  DOUDI_TRY(read_absences(data, of_household, key));
  return read_visits(data, "AND household = $1 AND seen_at >= $2",
                     sql::params(household, start_of(today - kVisitWindowDays)));
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
        household.sort_key = sort_key_of(row.integer(3), row.text(2));
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

Status GridReader::read_visits(GridData& data, const std::string& where,
                               const std::vector<Value>& parameters) {
  return connection_.query(std::string(kVisitColumns) + "WHERE deleted = 0 " + where + " ORDER BY seen_at",
                           parameters, [&](const sql::Row& row) {
                             const auto person =
                                 row.is_null(1) ? data.persons.end() : data.persons.find(row.uuid(1));
                             if (person != data.persons.end()) {
                               person->second.visits.push_back(read_visit(row));
                               return true;
                             }
                             const auto household = data.households.find(row.uuid(0));
                             if (household != data.households.end())
                               household->second.visits.push_back(read_visit(row));
                             return true;
                           });
}

Status GridReader::read_older_visits(GridData& data, const std::vector<Uuid>& households) {
  for (const Uuid& id : households) {
    DOUDI_TRY(connection_.query(
        std::string(kVisitColumns) + "WHERE household = $1 AND deleted = 0 ORDER BY seen_at DESC LIMIT 1",
        sql::params(id), [&](const sql::Row& row) {
          data.households[id].visits.push_back(read_visit(row));
          return false;
        }));
  }
  return {};
}

}  // namespace doudi::field
