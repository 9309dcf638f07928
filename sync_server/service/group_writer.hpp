// Applies the operations of one group inside its savepoint. A refusal names why; the caller rolls back and
// keeps the group in quarantine.
#pragma once

#include <map>
#include <set>

#include "shared/domain/time_correction.hpp"
#include "shared/sync/merge.hpp"
#include "sync_server/service/ingest.hpp"

namespace doudi::district {

struct GroupContext {
  const Device& device;
  const std::set<Uuid>& grids;  // the worker's, at the assignment version of the group
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
  Status apply_operation(const sync::Group& group, const sync::Operation& operation);
  Status own_server_columns(const sync::Table& table, const std::optional<sync::RowState>& current,
                            sync::RowState& row);
  Result<Uuid> grid_of(const sync::Table& table, const std::optional<sync::RowState>& current,
                       const sync::RowState& row);
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
};

}  // namespace doudi::district
