// Column-by-column three-way merge (sync.md, Push). Pure; the same code runs on the server when a group
// arrives and on the tablet when a pulled row meets operations it has not sent. The server orders, clocks
// never decide.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/sync/catalog.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::sync {

// Decides whether `from` → `to` of a `workflow` column is legal for a tablet; the shell passes the domain's
// rule.
using WorkflowRule = bool (*)(std::string_view table, std::string_view from, std::string_view to);

struct ColumnOutcome {
  Value value;  // what stands now
  // Base ≠ current and current ≠ next, or a value that does not stand (immutable, illegal step): it goes to
  // the register with base, both values and rule. Server-ruled columns never conflict.
  bool conflict = false;
  bool held = false;  // a person decides (review, workflow)
};
ColumnOutcome merge_column(const Column& column, std::string_view table, const Value& base,
                           const Value& current, const Value& next, WorkflowRule workflow);

struct Conflict {
  std::string table;
  Uuid row;
  std::string column;  // empty: the whole row (update against delete, base row gone)
  MergeRule rule = MergeRule::latest;
  Value base, current, next, kept;
  std::string reason;  // "both_changed", "row_deleted", "row_missing", "illegal_transition"
};

struct RowMerge {
  // The row to write with a new position; nothing when it is unchanged and the tablet holds the same. After a
  // conflict it is set even when unchanged, so that the pull brings the standing row back to the tablet that
  // lost.
  std::optional<RowState> row;
  std::vector<Conflict> conflicts;
  Verdict verdict = Verdict::applied;  // applied, merged (conflict resolved by rule), held, rejected
  std::string reason;
};
// Values of server-ruled columns for a new row, decided by the shell.
using ServerColumns = std::vector<std::pair<std::string, Value>>;

// `current` is the stored row (deleted rows included) or nothing. Server-ruled columns in the operation are
// ignored; a new row takes them from `server_columns`, and its scope column, if not given there, from the
// operation (a tablet names the grid it writes into; the shell checks that the device holds it). Columns the
// catalog does not name are merged by `latest` and stand behind the others (shared/sync/kept_columns.hpp).
// Rejected with "sync.unknown_column" (one that no catalog could bring), "sync.column_twice",
// "sync.column_type", "sync.not_null" or "sync.read_only_table".
RowMerge merge_operation(const Table& table, const std::optional<RowState>& current,
                         const Operation& operation, WorkflowRule workflow,
                         const ServerColumns& server_columns = {});

}  // namespace doudi::sync
