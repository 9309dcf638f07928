// Rows of the store as the plain facts the domain rules read, and the few texts a screen shows beside them.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/domain/population.hpp"
#include "shared/sql/connection.hpp"

namespace doudi::field {

struct HouseholdText {
  Uuid grid;
  std::string door, address, note;
  std::optional<std::string> phone;
  std::int64_t door_order = 0;
};

struct PersonText {
  Uuid household;
  int sex = 0;
  std::string relation;
  bool is_head = false;
  std::optional<std::string> phone;
  std::string id_number;
};

struct GridData {
  std::map<Uuid, domain::Household> households;
  std::map<Uuid, domain::Person> persons;
  std::map<Uuid, HouseholdText> household_texts;
  std::map<Uuid, PersonText> person_texts;
  std::map<Uuid, std::vector<Uuid>> members;
  std::set<Uuid> visited_elsewhere;  // households with a visit to somebody of another door, and theirs
};

class GridReader {
 public:
  // Visits from `since`, and of the older ones the newest contact with each person and door.
  GridReader(sql::Connection& connection, CivilDate since) : connection_(connection), since_(since) {}
  Result<GridData> read_all();
  // Reads one household again in place of what `data` holds of it. False when that is not enough, because
  // somebody moved between households: read everything.
  Result<bool> refresh(GridData& data, const Uuid& household);

 private:
  Status read_households(GridData& data, const std::string& where, const std::vector<Value>& parameters);
  Result<bool> stands_alone(const GridData& data, const Uuid& household);
  Status read_persons(GridData& data, const std::string& where, const std::vector<Value>& parameters);
  Status read_tags(GridData& data, const std::string& where, const std::vector<Value>& parameters);
  Status read_absences(GridData& data, const std::string& where, const std::vector<Value>& parameters);
  Status read_visits(GridData& data, const std::string& household, const std::vector<Value>& parameters);

  sql::Connection& connection_;
  CivilDate since_;
};

}  // namespace doudi::field
