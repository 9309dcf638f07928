// Who was seen this month, week and day, grid by grid, by the same rules the tablets use. A grid is counted
// again only when its rows or the day have changed.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "shared/domain/coverage.hpp"
#include "sync_server/auth/access.hpp"
#include "sync_server/service/district.hpp"

namespace doudi::district {

struct Count {
  std::int64_t due = 0;
  std::int64_t done = 0;
};
struct PeriodCount {
  Count households, persons;
};
struct GridCoverage {
  Uuid id;
  std::string code, name, community, street, worker;
  PeriodCount month, week, day;
  std::optional<Instant> last_sync_at;
};
struct MissingItem {
  Uuid id;
  bool is_household = false;
  std::string name;  // masked
  std::string door;
  std::string duty;
};

// The list the grid's worker walks by today, in his order.
Result<std::vector<domain::DueItem>> due_items(sql::Connection& connection, const Uuid& grid,
                                               const domain::PolicyPack& pack, CivilDate today);

class CoverageView {
 public:
  explicit CoverageView(const District& district) : district_(district) {}
  Result<std::vector<GridCoverage>> read(sql::Connection& connection, const Actor& actor);
  // "not_found" outside the scopes.
  Result<std::vector<MissingItem>> missing(sql::Connection& connection, const Actor& actor, const Uuid& grid);

 private:
  struct Counted {
    std::int64_t position = -1;
    CivilDate day;
    PeriodCount month, week, daily;
  };
  Status count(sql::Connection& connection, GridCoverage& grid);

  const District& district_;
  std::mutex mutex_;
  std::map<Uuid, Counted> counted_;
};

}  // namespace doudi::district
