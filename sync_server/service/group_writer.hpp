// Applies the operations of one group inside its savepoint. A refusal names why; the caller rolls back and
// keeps the group in quarantine.
#pragma once

#include <map>
#include <set>

#include "shared/domain/time_correction.hpp"
#include "shared/sync/merge.hpp"
#include "sync_server/service/assignments.hpp"
#include "sync_server/service/ingest.hpp"

namespace doudi::district {

struct GroupContext {
  const Device& device;
  const GridRights& rights;  // the worker's, at the assignment version of the group
  std::span<const domain::SyncPoint> sync_points;
  Instant now;
};

struct GroupResult {
  sync::Verdict verdict = sync::Verdict::applied;
  std::string reason;
  std::vector<LeadAlert> alerts;
};

class GroupWriter {
 public:
  GroupWriter(sql::Connection& connection, const RowTables& tables, const Rulebook& rules,
              const GroupContext& context)
      : connection_(connection),
        tables_(tables),
        rules_(rules),
        context_(context),
        feed_(connection, tables) {}
  // Codes "sync.*" and "sql.constraint" refuse the group; every other error is the store's.
  Result<GroupResult> apply(const sync::Group& group);
  [[nodiscard]] const std::set<std::string>& touched() const { return feed_.touched(); }

 private:
  Result<const TableStatements*> table_of(const sync::Group& group, const std::string& name);
  Status apply_operation(const sync::Group& group, const sync::Operation& operation);
  Status own_server_columns(const sync::Table& table, const std::optional<sync::RowState>& current,
                            sync::RowState& row);
  Status place_row(const TableStatements& table, const sync::Operation& operation,
                   const std::optional<sync::RowState>& current, sync::RowState& row);
  // References to merged rows name the ones that stand.
  Status follow_pointers(const sync::Table& table, sync::RowState& row);
  Result<Uuid> grid_of(const sync::Table& table, const std::optional<sync::RowState>& current,
                       const sync::RowState& row);
  // May the worker write into the grid where this row stands? Notes what comes late.
  Status may_write(const Uuid& grid, std::string_view table, const Uuid& row);
  Result<bool> came_from_allowed(std::string_view table, const Uuid& row);
  Result<std::optional<Uuid>> referenced_grid(const std::string& table, const Uuid& row);
  Status receive(const std::optional<sync::RowState>& current, sync::RowState& row);
  Status receive_lead(const std::optional<sync::RowState>& current, sync::RowState& row);
  Status record_conflicts(const sync::Group& group, const std::vector<sync::Conflict>& conflicts,
                          const sync::RowState& row);
  domain::CorrectedTime corrected(const sync::RowState& row, std::string_view wall_column) const;

  sql::Connection& connection_;
  const RowTables& tables_;
  const Rulebook& rules_;
  const GroupContext& context_;
  FeedWriter feed_;
  GroupResult result_;
  std::map<Uuid, Uuid> grids_;  // row → grid, seen in this group
  bool late_ = false;           // it touches a grid that was handed over, or a row that moved away
  bool urgent_ = false;         // an emergency lead is never put aside because the grid changed hands
};

}  // namespace doudi::district
