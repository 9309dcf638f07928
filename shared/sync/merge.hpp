// Column-by-column three-way merge (sync.md, Push). Pure; the same code runs on the server when a group arrives and on
// the tablet when a pulled row meets operations it has not sent. The server orders, clocks never decide.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/sync/catalog.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::sync {

// Decides whether `from` → `to` of a `workflow` column is legal for a tablet; the shell passes the domain's rule.
using WorkflowRule = bool (*)(std::string_view table, std::string_view from, std::string_view to);

struct ColumnOutcome {
  Value value;            // what stands now
  bool conflict = false;  // base ≠ current and current ≠ next: goes to the register with base, both values and rule
  bool held = false;      // a person decides (review, workflow)
};
ColumnOutcome merge_column(const Column& column, std::string_view table, const Value& base, const Value& current,
                           const Value& next, WorkflowRule workflow);

struct Conflict {
  std::string table;
  Uuid row;
  std::string column;      // empty: the whole row (update against delete, base row gone)
  MergeRule rule = MergeRule::latest;
  Value base, current, next, kept;
  std::string reason;      // "both_changed", "row_deleted", "row_missing", "illegal_transition"
};

struct RowMerge {
  std::optional<RowState> row;          // the row to write, nothing when unchanged
  std::vector<Conflict> conflicts;
  Verdict verdict = Verdict::applied;   // applied, merged (conflict resolved by rule), held, rejected
  std::string reason;
};
// `current` is the stored row (deleted rows included) or nothing. Server-ruled columns in the operation are ignored unless
// the operation is an insert whose value is null or equals what the shell supplied in `server_columns`.
RowMerge merge_operation(const Table& table, const std::optional<RowState>& current, const Operation& operation,
                         WorkflowRule workflow);

}  // namespace doudi::sync
