// The grid of a row comes from what it hangs on, never from the tablet's word alone.
#include "sync_server/service/group_writer.hpp"

#include <algorithm>

#include "shared/base/planted.hpp"
#include "shared/sync/kept_columns.hpp"
#include "sync_server/service/attachments.hpp"
#include "sync_server/service/lead_receipt.hpp"
#include "sync_server/service/merge_proposals.hpp"

namespace doudi::district {
namespace {

int rank(sync::Verdict verdict) {
  switch (verdict) {
    case sync::Verdict::duplicate:
      return 0;
    case sync::Verdict::applied:
      return 1;
    case sync::Verdict::merged:
      return 2;
    case sync::Verdict::held:
      return 3;
    case sync::Verdict::rejected:
      return 4;
  }
  return 4;
}

std::string_view rule_name(sync::MergeRule rule) {
  switch (rule) {
    case sync::MergeRule::latest:
      return "latest";
    case sync::MergeRule::max:
      return "max";
    case sync::MergeRule::min:
      return "min";
    case sync::MergeRule::set_union:
      return "set_union";
    case sync::MergeRule::append:
      return "append";
    case sync::MergeRule::most_urgent:
      return "most_urgent";
    case sync::MergeRule::workflow:
      return "workflow";
    case sync::MergeRule::server:
      return "server";
    case sync::MergeRule::review:
      return "review";
    case sync::MergeRule::immutable:
      return "immutable";
  }
  return "latest";
}

bool touches_reference(const sync::Table& table, const sync::Operation& operation) {
  return std::any_of(operation.columns.begin(), operation.columns.end(),
                     [&](const sync::ColumnChange& change) {
                       const sync::Column* column = table.find(change.column);
                       return column != nullptr && !column->references.empty();
                     });
}

// A lead sent again by a tablet that started over: the district has moved its state on since, which is no
// conflict.
sync::Operation without_first_state(sync::Operation operation) {
  std::erase_if(operation.columns, [](const sync::ColumnChange& change) { return change.column == "state"; });
  return operation;
}

// Only a program newer than this one may write what its catalog does not name.
bool knows_no_more(const sync::Table& table, const sync::Operation& operation) {
  return std::all_of(operation.columns.begin(), operation.columns.end(),
                     [&](const sync::ColumnChange& change) { return table.find(change.column) != nullptr; });
}

bool is_emergency_lead(const sync::Group& group) {
  return group.lane == sync::Lane::emergency &&
         std::all_of(group.operations.begin(), group.operations.end(), [](const sync::Operation& operation) {
           return operation.table == "lead" && operation.kind == sync::OperationKind::insert;
         });
}

}  // namespace

Result<GroupResult> GroupWriter::apply(const sync::Group& group) {
  std::vector<const sync::Operation*> ordered;
  for (const sync::Operation& operation : group.operations) {
    DOUDI_ASSIGN(const TableStatements* const table, table_of(group, operation.table));
    if (table->table->direction == sync::Direction::down)
      return Error{"sync.read_only_table", "Only the district writes this table."};
    if (group.schema_version <= tables_.catalog().version && !knows_no_more(*table->table, operation))
      return Error{"sync.unknown_column", "The catalog has no such column."};
    ordered.push_back(&operation);
  }
  // Parents before children; the order of operations on one row stays.
  std::stable_sort(ordered.begin(), ordered.end(),
                   [this](const sync::Operation* a, const sync::Operation* b) {
                     return tables_.find(a->table)->number < tables_.find(b->table)->number;
                   });
  urgent_ = is_emergency_lead(group);
  for (const sync::Operation* operation : ordered) DOUDI_TRY(apply_operation(group, *operation));
  DOUDI_TRY(feed_.flush());
  if (late_ && result_.reason.empty()) result_.reason = "sync.late";
  return result_;
}

// Rows of a table that only a newer program knows are kept whole.
Result<const TableStatements*> GroupWriter::table_of(const sync::Group& group, const std::string& name) {
  const bool newer = group.schema_version > tables_.catalog().version;
  if (tables_.catalog().find(name) == nullptr) {
    if (!newer || !sync::is_column_name(name))
      return Error{"sync.unknown_table", "The catalog has no such table."};
    return tables_.keep(connection_, name);
  }
  return tables_.find(name);
}

Status GroupWriter::apply_operation(const sync::Group& group, const sync::Operation& operation) {
  const TableStatements& table = *tables_.find(operation.table);
  DOUDI_ASSIGN(const std::optional<sync::RowState> current, tables_.read(connection_, table, operation.row));
  if (current) {
    if (const auto grid = cell_id(*current, "grid"))
      DOUDI_TRY(may_write(*grid, operation.table, operation.row));
  }
  const bool again = current && operation.table == "lead" && operation.kind == sync::OperationKind::insert;
  sync::RowMerge merge = sync::merge_operation(
      *table.table, current, again ? without_first_state(operation) : operation, &tablet_may_step);
  if (merge.verdict == sync::Verdict::rejected) {
    return Error{merge.reason.empty() ? "sync.rejected" : merge.reason, "The operation cannot be applied."};
  }
  if (rank(merge.verdict) > rank(result_.verdict)) {
    result_.verdict = merge.verdict;
    result_.reason = merge.reason;
  }
  if (merge.row) {
    DOUDI_TRY(place_row(table, operation, current, *merge.row));
  }
  if (merge.conflicts.empty()) return {};
  return record_conflicts(group, merge.conflicts,
                          merge.row ? *merge.row : current.value_or(sync::RowState{}));
}

// Writes the merged row into the grid it belongs to.
Status GroupWriter::place_row(const TableStatements& table, const sync::Operation& operation,
                              const std::optional<sync::RowState>& current, sync::RowState& row) {
  const std::optional<Uuid> named = cell_id(row, "grid");
  DOUDI_TRY(follow_pointers(*table.table, row));
  DOUDI_TRY(own_server_columns(*table.table, current, row));
  if (current && !touches_reference(*table.table, operation)) {
    DOUDI_TRY(receive(current, row));
    return feed_.put(current, row);
  }
  DOUDI_ASSIGN(const Uuid grid, grid_of(*table.table, current, row));
  grids_[operation.row] = grid;
  set_cell(row, "grid", sql::to_value(grid));
  DOUDI_TRY(receive(current, row));
  std::optional<sync::RowState> before = current;
  if (!current && named && *named != grid && context_.rights.allowed.contains(*named)) {
    // The tablet has put it into the grid it knew: it stands there for a moment, so that its feed says where
    // it went.
    before = row;
    set_cell(*before, "grid", sql::to_value(*named));
    DOUDI_TRY(feed_.put(std::nullopt, *before));
  }
  DOUDI_TRY(feed_.put(before, row));
  return current ? Status{} : propose_merges(connection_, context_.device.number, row, context_.now);
}

Status GroupWriter::follow_pointers(const sync::Table& table, sync::RowState& row) {
  for (const sync::Column& column : table.columns) {
    if (column.references != "household" && column.references != "person") continue;
    const auto target = cell_id(row, column.name);
    if (!target) continue;
    DOUDI_ASSIGN(const std::optional<Uuid> standing, merged_into(connection_, *target));
    if (standing) set_cell(row, column.name, sql::to_value(*standing));
  }
  return {};
}

Status GroupWriter::own_server_columns(const sync::Table& table, const std::optional<sync::RowState>& current,
                                       sync::RowState& row) {
  for (const sync::Column& column : table.columns) {
    if (column.merge != sync::MergeRule::server || column.name == "grid") continue;
    set_cell(row, column.name, current ? cell(*current, column.name) : Value{});
  }
  if (current) set_cell(row, "grid", cell(*current, "grid"));
  return {};
}

Result<std::optional<Uuid>> GroupWriter::referenced_grid(const std::string& table, const Uuid& row) {
  if (const auto known = grids_.find(row); known != grids_.end()) return std::optional(known->second);
  std::optional<Uuid> grid;
  DOUDI_TRY(connection_.query("SELECT grid FROM " + table + " WHERE id=$1", sql::params(row),
                              [&grid](const sql::Row& found) {
                                grid = found.uuid(0);
                                return false;
                              }));
  if (grid) grids_[row] = *grid;
  return grid;
}

Result<Uuid> GroupWriter::grid_of(const sync::Table& table, const std::optional<sync::RowState>& current,
                                  const sync::RowState& row) {
  std::optional<Uuid> grid = current ? cell_id(*current, "grid") : std::nullopt;
  for (const sync::Column& column : table.columns) {
    const auto target =
        column.references.empty() || column.references == "grid" ? std::nullopt : cell_id(row, column.name);
    if (!target) continue;
    DOUDI_ASSIGN(const std::optional<Uuid> parent, referenced_grid(column.references, *target));
    // An emergency is shown even when the household it names has not arrived.
    if (!parent && table.name != "lead")
      return Error{"sync.reference_missing", "A row it refers to is not here."};
    if (parent) DOUDI_TRY(may_write(*parent, column.references, *target));
    if (parent && !grid) grid = parent;
  }
  if (grid) return *grid;
  grid = cell_id(row, "grid");
  if (!grid) return Error{"sync.scope", "The row is in no grid."};
  if (DOUDI_PLANTED("scope_from_client")) return *grid;
  DOUDI_TRY(may_write(*grid, table.name, row.row));
  return *grid;
}

// A row that moved away was edited before its tablet heard of it: the edit counts, and it is marked late.
Status GroupWriter::may_write(const Uuid& grid, std::string_view table, const Uuid& row) {
  const GridRights& rights = context_.rights;
  if (rights.allowed.contains(grid)) {
    late_ = late_ || rights.late.contains(grid);
    return {};
  }
  const bool handed_over = rights.left.contains(grid);
  DOUDI_ASSIGN(const bool moved, came_from_allowed(table, row));
  if (moved || (handed_over && urgent_)) {
    late_ = true;
    return {};
  }
  if (handed_over) return Error{"sync.scope_left", "The grid was handed over before this was recorded."};
  return Error{"sync.scope", "The worker does not have this grid."};
}

Result<bool> GroupWriter::came_from_allowed(std::string_view table, const Uuid& row) {
  bool found = false;
  DOUDI_TRY(connection_.query(
      "SELECT s.key FROM scope_departure d JOIN scope s ON s.id=d.scope WHERE d.table_no=$1 AND d.row_id=$2",
      sql::params(tables_.find(table)->number, row), [&](const sql::Row& left) {
        const auto grid = parse_uuid(left.text(0));
        found = found || (grid && context_.rights.allowed.contains(*grid));
        return !found;
      }));
  return found;
}

domain::CorrectedTime GroupWriter::corrected(const sync::RowState& row, std::string_view wall_column) const {
  domain::RecordedTime time;
  time.device = Instant{cell_integer(row, wall_column).value_or(context_.now.ms)};
  time.monotonic_ms = cell_integer(row, "monotonic_ms").value_or(0);
  time.boot = cell_text(row, "boot_id");
  time.received_at = context_.now;
  return domain::corrected_time(context_.sync_points, time);
}

Status GroupWriter::receive(const std::optional<sync::RowState>& current, sync::RowState& row) {
  if (row.table == "visit" && !current) {
    set_cell(row, "received_at", sql::to_value(context_.now));
    set_cell(row, "clock_suspect", sql::to_value(corrected(row, "seen_at").clock_suspect));
  }
  if (row.table == "attachment" && !current) {
    DOUDI_ASSIGN(const std::optional<Instant> received, bytes_received_at(connection_, row));
    set_cell(row, "received_at", sql::to_value(received));
  }
  if (row.table == "lead" && !row.deleted) return receive_lead(current, row);
  return {};
}

Status GroupWriter::receive_lead(const std::optional<sync::RowState>& current, sync::RowState& row) {
  const bool arrives = cell_text(row, "state") == "queued";
  const bool more_urgent =
      current && cell_text(row, "state") == "reported" && lead_grade(row) < lead_grade(*current);
  if (!arrives && !more_urgent) return {};
  if (arrives) {
    const domain::CorrectedTime found = corrected(row, "found_at");
    set_cell(row, "state", std::string("reported"));
    set_cell(row, "found_corrected_at", sql::to_value(found.at));
    set_cell(row, "clock_suspect", sql::to_value(found.clock_suspect));
    if (!current || is_null(cell(*current, "received_at")))
      set_cell(row, "received_at", sql::to_value(context_.now));
  }
  const auto from = current ? cell_text(*current, "state") : std::string("queued");
  const Device& device = context_.device;
  const LeadOrigin origin{device.number, device.account, device.worker_name};
  DOUDI_ASSIGN(LeadAlert alert, record_lead_receipt(connection_, rules_, origin, row, from, context_.now));
  result_.alerts.push_back(std::move(alert));
  return {};
}

Status GroupWriter::record_conflicts(const sync::Group& group, const std::vector<sync::Conflict>& conflicts,
                                     const sync::RowState& row) {
  for (sync::Conflict conflict : conflicts) {
    // An edit of a row that was merged is shown at the one that stands.
    DOUDI_ASSIGN(const std::optional<Uuid> standing, merged_into(connection_, conflict.row));
    if (standing) conflict.row = *standing;
    if (standing) conflict.reason = "row_merged";
    const auto added = connection_.run(
        "INSERT INTO conflict(at, device, incarnation, seq, table_name, row_id, column_name, rule, "
        "base_value, current_value, "
        "next_value, kept_value, reason, grid) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)",
        sql::params(context_.now, context_.device.number, static_cast<std::int64_t>(group.incarnation),
                    static_cast<std::int64_t>(group.seq), conflict.table, conflict.row, conflict.column,
                    rule_name(conflict.rule), conflict.base, conflict.current, conflict.next, conflict.kept,
                    conflict.reason, cell(row, "grid")));
    if (!added.ok()) return added.error();
  }
  return {};
}

}  // namespace doudi::district
