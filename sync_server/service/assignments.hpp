// Who has which grid, and since which version. Every change of hands has a version of its own, so that work
// recorded before it still counts and work recorded after it does not (sync.md, Push: scope is versioned).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/wire/messages.hpp"
#include "sync_server/service/district.hpp"

namespace doudi::district {

// The grids a worker's group may touch.
struct GridRights {
  std::set<Uuid> allowed;  // held at the version of the group
  std::set<Uuid> late;     // of those, handed over since
  std::set<Uuid> left;     // handed over before the group was made
};
struct Duty {
  Uuid grid;
  std::int64_t from_version = 0;
  std::optional<std::int64_t> to_version;
};
Result<std::vector<Duty>> duties_of(sql::Connection& connection, const Uuid& account);
GridRights rights_at(const std::vector<Duty>& duties, std::int64_t assignment_version);

// Changes whenever a grid comes to or leaves the worker.
Result<std::int64_t> assignment_version(sql::Connection& connection, const Uuid& account);
// What the device holds from now on, and what it says it has removed. A receipt that was given once may be
// forgotten again (a restore), or never be due (the answer that gave the grid was lost): what the tablet does
// not hold, it has removed.
Status record_scopes(sql::Connection& connection, const Device& device, const wire::Hello& hello,
                     const std::vector<std::string>& held, Instant now);

// The grid goes from whoever has it to the worker; `from` limits that to one of several. One version of its
// own, audited. "not_found", "assignment.unchanged", "assignment.not_holder".
struct GridHandover {
  std::string grid_code;
  std::string to_login;
  std::string from_login;  // empty: everybody who has it
  std::optional<Uuid> by;
};
struct HandoverResult {
  Uuid grid;
  std::int64_t version = 0;
};
Result<HandoverResult> hand_over_grid(District& district, const GridHandover& handover);

// One grid and who has it; tablets that were told to drop it and have not yet said so.
struct GridAssignment {
  Uuid grid;
  std::string code;
  std::string name;
  std::string street;
  std::string community;
  std::vector<std::pair<std::string, std::string>> workers;  // login, name
  std::int64_t households = 0;
  std::int64_t waiting_tablets = 0;
};
Result<std::vector<GridAssignment>> list_assignments(sql::Connection& connection, const std::string& scopes);

}  // namespace doudi::district
