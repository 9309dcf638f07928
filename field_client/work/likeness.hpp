// Who on this tablet may be the same as a household or person about to be added: the ID number exactly, the
// name within a door or beside the same birth date, the address with the door.
#pragma once

#include <string>
#include <vector>

#include "field_client/include/doudi/views.hpp"
#include "shared/sql/connection.hpp"

namespace doudi::field {

Result<std::vector<Likeness>> alike_households(sql::Connection& connection, const NewHousehold& household);
// `id_number` is normalised, `person.birth` is filled in where it is known.
Result<std::vector<Likeness>> alike_people(sql::Connection& connection, const NewPerson& person,
                                           const std::string& id_number);

}  // namespace doudi::field
