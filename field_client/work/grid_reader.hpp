// Rows of the store as the plain facts the domain rules read, and the few texts a screen shows beside them.
#pragma once

#include <map>
#include <optional>
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
  std::map<Uuid, std::vector<Uuid>> members;  // by household, head first, then as enrolled
};

// The rules look back three months at most; older visits only matter as the day somebody was last seen.
inline constexpr int kVisitWindowDays = 100;

class GridReader {
 public:
  explicit GridReader(sql::Connection& connection) : connection_(connection) {}
  Result<GridData> read_all(CivilDate today);
  // Reads one household again in place of what `data` holds of it.
  Status refresh(GridData& data, const Uuid& household, CivilDate today);

 private:
  Status read_households(GridData& data, const std::string& where, const std::vector<Value>& parameters);
  Status read_persons(GridData& data, const std::string& where, const std::vector<Value>& parameters);
  Status read_tags(GridData& data, const std::string& where, const std::vector<Value>& parameters);
  Status read_absences(GridData& data, const std::string& where, const std::vector<Value>& parameters);
  Status read_visits(GridData& data, const std::string& where, const std::vector<Value>& parameters);
  Status read_older_visits(GridData& data, const std::vector<Uuid>& households);

  sql::Connection& connection_;
};

// Zero-padded so that the order by bytes is the order of the doors.
std::string sort_key_of(std::int64_t door_order, std::string_view door);

}  // namespace doudi::field
