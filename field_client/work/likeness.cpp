#include "field_client/work/likeness.hpp"

namespace doudi::field {

Result<std::vector<Likeness>> alike_households(sql::Connection& connection, const NewHousehold& household) {
  std::vector<Likeness> alike;
  DOUDI_TRY(
      connection.query("SELECT id, address, door FROM household WHERE deleted = 0 AND ended_on IS NULL AND "
                       "door = $1 AND (address = $2 OR $2 = '') ORDER BY id LIMIT 8",
                       sql::params(household.door, household.address), [&alike](const sql::Row& row) {
                         alike.push_back({row.uuid(0), std::nullopt, std::string(row.text(1)),
                                          std::string(row.text(2)), "address"});
                         return true;
                       }));
  return alike;
}

Result<std::vector<Likeness>> alike_people(sql::Connection& connection, const NewPerson& person,
                                           const std::string& id_number) {
  std::vector<Likeness> alike;
  const std::string birth = person.birth ? format_date(*person.birth) : std::string();
  DOUDI_TRY(connection.query(
      "SELECT p.id, p.household, p.name, coalesce(h.door, ''), $1 <> '' AND p.id_number = $1 FROM person p "
      "LEFT JOIN "
      "household h ON h.id = p.household WHERE p.deleted = 0 AND (($1 <> '' AND p.id_number = $1) OR (p.name "
      "= $2 "
      "AND (p.household = $3 OR ($4 <> '' AND p.birth = $4)))) ORDER BY 5 DESC, p.id LIMIT 8",
      sql::params(id_number, person.name, person.household, birth), [&alike](const sql::Row& row) {
        alike.push_back({row.uuid(1), row.uuid(0), std::string(row.text(2)), std::string(row.text(3)),
                         row.integer(4) != 0 ? "id_number" : "name"});
        return true;
      }));
  return alike;
}

}  // namespace doudi::field
