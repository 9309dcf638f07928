#include "shared/sync/merge.hpp"

#include <algorithm>

#include "shared/sync/column_check.hpp"
#include "shared/sync/kept_columns.hpp"

namespace doudi::sync {
namespace {

std::string text_of(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string() : *text;
}

// Null is the least for `max`, the most for `min` and the least urgent: it always gives way to a value.
Value extreme(const Value& a, const Value& b, bool larger) {
  if (is_null(a)) return b;
  if (is_null(b)) return a;
  return (a < b) == larger ? b : a;
}

// Not a set (an older program wrote it): the later value stands, the other one is in the register.
Value united(const Value& current, const Value& next) {
  auto both = parse_set(is_null(current) ? "[]" : text_of(current));
  const auto added = parse_set(is_null(next) ? "[]" : text_of(next));
  if (!both || !added) return next;
  if (is_null(current) && is_null(next)) return {};
  both->insert(both->end(), added->begin(), added->end());
  return set_text(std::move(*both));
}

bool contains_paragraph(std::string_view text, std::string_view paragraph) {
  for (std::size_t at = text.find(paragraph); at != std::string_view::npos;
       at = text.find(paragraph, at + 1)) {
    const std::size_t end = at + paragraph.size();
    if ((at == 0 || text[at - 1] == '\n') && (end == text.size() || text[end] == '\n')) return true;
  }
  return false;
}

// What the writer put below the text that was there; a text rewritten from its start is new as a whole.
std::string written_below(const std::string& base, std::string next) {
  const bool below =
      !base.empty() && next.size() > base.size() && next.starts_with(base) && next[base.size()] == '\n';
  return below ? next.substr(base.size() + 1) : next;
}

// Both notes are kept, what both grew from once; if that would outgrow the column, the one that stood stays
// and the other is in the register.
Value appended(const Value& base, const Value& current, const Value& next) {
  const std::string standing = text_of(current);
  if (contains_paragraph(text_of(next), standing)) return next;
  const std::string added = written_below(text_of(base), text_of(next));
  if (added.empty() || contains_paragraph(standing, added)) return current;
  if (standing.empty()) return next;
  if (standing.size() + 1 + added.size() > kTextBytesMax) return current;
  return standing + "\n" + added;
}

// What stands when both sides changed the column.
Value resolved(MergeRule rule, const Value& base, const Value& current, const Value& next) {
  switch (rule) {
    case MergeRule::latest:
    case MergeRule::workflow:
      return next;
    case MergeRule::max:
      return extreme(current, next, true);
    case MergeRule::min:
    case MergeRule::most_urgent:
      return extreme(current, next, false);
    case MergeRule::set_union:
      return united(current, next);
    case MergeRule::append:
      return appended(base, current, next);
    case MergeRule::server:
    case MergeRule::review:
    case MergeRule::immutable:
      return current;
  }
  return current;
}

const Value& value_in(const std::vector<std::pair<std::string, Value>>& columns, std::string_view name) {
  static const Value kNull;
  const auto at =
      std::find_if(columns.begin(), columns.end(), [&](const auto& entry) { return entry.first == name; });
  return at == columns.end() ? kNull : at->second;
}

const ColumnChange* change_of(const Operation& operation, std::string_view column) {
  const auto at = std::find_if(operation.columns.begin(), operation.columns.end(),
                               [&](const ColumnChange& change) { return change.column == column; });
  return at == operation.columns.end() ? nullptr : &*at;
}

// A column of a newer catalog: what it means is not known here, so the later value stands and the other one
// is in the register.
Column unknown_column(const std::string& name) {
  Column column;
  column.name = name;
  return column;
}

Column column_of(const Table& table, const std::string& name) {
  const Column* known = table.find(name);
  return known == nullptr ? unknown_column(name) : *known;
}

// Columns the catalog does not name, of the row as it stands and of the operation, each once.
std::vector<Column> unknown_columns(const Table& table, const RowState* current, const Operation& operation) {
  std::vector<std::string> names;
  if (current != nullptr) {
    for (const auto& [name, value] : current->columns) names.push_back(name);
  }
  for (const ColumnChange& change : operation.columns) names.push_back(change.column);
  std::erase_if(names, [&](const std::string& name) { return table.find(name) != nullptr; });
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<Column> columns;
  for (const std::string& name : names) columns.push_back(unknown_column(name));
  return columns;
}

RowMerge rejected(std::string reason) {
  RowMerge merge;
  merge.verdict = Verdict::rejected;
  merge.reason = std::move(reason);
  return merge;
}

// The whole row waits for a person; nothing of the operation is applied, all of it is in the register.
RowMerge held_row(const Table& table, const std::optional<RowState>& current, const Operation& operation,
                  const std::string& reason) {
  RowMerge merge;
  merge.row = current;
  merge.verdict = Verdict::held;
  merge.reason = reason;
  Conflict whole{table.name, operation.row, "", MergeRule::review, {}, {}, {}, {}, reason};
  merge.conflicts.push_back(std::move(whole));
  for (const ColumnChange& change : operation.columns) {
    const Column column = column_of(table, change.column);
    if (column.merge == MergeRule::server || change.base == change.next) continue;
    const Value standing = current ? value_in(current->columns, change.column) : Value{};
    merge.conflicts.push_back({table.name, operation.row, change.column, column.merge, change.base, standing,
                               change.next, standing, reason});
  }
  return merge;
}

// Empty when every column is named once and holds what its type allows.
std::string fault_in(const Table& table, const std::optional<RowState>& current, const Operation& operation) {
  if (table.direction == Direction::down) return "sync.read_only_table";
  if (unknown_columns(table, current ? &*current : nullptr, operation).size() > kUnknownColumnsMax)
    return "sync.unknown_column";
  for (const ColumnChange& change : operation.columns) {
    const Column* column = table.find(change.column);
    if (change_of(operation, change.column) != &change) return "sync.column_twice";
    if (column == nullptr) {
      if (const Status checked = check_unknown(change.column, change.next); !checked.ok())
        return checked.error().code;
      continue;
    }
    if (operation.kind == OperationKind::remove) continue;
    const bool scope = column->name == table.scope_column && operation.kind == OperationKind::insert;
    if (column->merge == MergeRule::server && !scope) continue;
    if (const Status checked = check_value(*column, change.next); !checked.ok()) return checked.error().code;
  }
  return {};
}

// A new row must fill every column that may not be empty; server-ruled ones are the shell's to fill.
bool is_incomplete(const Table& table, const Operation& operation) {
  return std::any_of(table.columns.begin(), table.columns.end(), [&](const Column& column) {
    return !column.nullable && column.merge != MergeRule::server &&
           change_of(operation, column.name) == nullptr;
  });
}

Value first_value(const Table& table, const Column& column, const Operation& operation,
                  const ServerColumns& server_columns) {
  const ColumnChange* change = change_of(operation, column.name);
  if (column.merge != MergeRule::server) return change == nullptr ? Value{} : change->next;
  const Value& given = value_in(server_columns, column.name);
  if (is_null(given) && column.name == table.scope_column && change != nullptr) return change->next;
  return given;
}

RowMerge new_row(const Table& table, const Operation& operation, const ServerColumns& server_columns) {
  if (is_incomplete(table, operation)) return rejected("sync.not_null");
  RowMerge merge;
  merge.row = RowState{table.name, operation.row, false, {}};
  for (const Column& column : table.columns) {
    merge.row->columns.emplace_back(column.name, first_value(table, column, operation, server_columns));
  }
  for (const Column& column : unknown_columns(table, nullptr, operation))
    merge.row->columns.emplace_back(column.name, change_of(operation, column.name)->next);
  return merge;
}

std::string reason_for(const ColumnOutcome& outcome, MergeRule rule) {
  return outcome.held && rule == MergeRule::workflow ? "illegal_transition" : "both_changed";
}

// Stronger verdicts win: one held column makes the operation held although its other columns are applied.
void note(RowMerge& merge, const Column& column, const Uuid& row, const ColumnChange& change,
          const Value& current, const ColumnOutcome& outcome) {
  if (outcome.conflict) {
    merge.conflicts.push_back({merge.row->table, row, column.name, column.merge, change.base, current,
                               change.next, outcome.value, reason_for(outcome, column.merge)});
    if (merge.verdict == Verdict::applied) merge.verdict = Verdict::merged;
  }
  if (outcome.held) {
    merge.verdict = Verdict::held;
    merge.reason = reason_for(outcome, column.merge);
  }
}

// One column of a row that is here, with the edit of it if there is one.
void merge_cell(RowMerge& merge, const Column& column, const RowState& current, const Operation& operation,
                WorkflowRule workflow) {
  const Value& standing = value_in(current.columns, column.name);
  const ColumnChange* change = change_of(operation, column.name);
  if (change == nullptr) {
    merge.row->columns.emplace_back(column.name, standing);
    return;
  }
  ColumnChange seen = *change;
  if (operation.kind == OperationKind::insert) seen.base = Value{};  // whoever inserts has seen nothing
  ColumnOutcome outcome = merge_column(column, operation.table, seen.base, standing, seen.next, workflow);
  note(merge, column, current.row, seen, standing, outcome);
  merge.row->columns.emplace_back(column.name, std::move(outcome.value));
}

RowMerge merged_row(const Table& table, const RowState& current, const Operation& operation,
                    WorkflowRule workflow) {
  RowMerge merge;
  merge.row = RowState{table.name, current.row, false, {}};
  for (const Column& column : table.columns) merge_cell(merge, column, current, operation, workflow);
  for (const Column& column : unknown_columns(table, &current, operation))
    merge_cell(merge, column, current, operation, workflow);
  const bool unchanged =
      std::all_of(merge.row->columns.begin(), merge.row->columns.end(),
                  [&](const auto& entry) { return entry.second == value_in(current.columns, entry.first); });
  if (unchanged && merge.conflicts.empty()) merge.row.reset();
  return merge;
}

// Only a row that still is what the remover saw may go. A column the removal does not name was empty for the
// remover, or his program does not know it: what it holds he has not seen either.
bool edited_since(const Table& table, const RowState& current, const Operation& removal) {
  const auto differs = [&](const Column& column) {
    if (column.merge == MergeRule::server) return false;
    const ColumnChange* change = change_of(removal, column.name);
    return (change == nullptr ? Value{} : change->base) != value_in(current.columns, column.name);
  };
  const std::vector<Column> unknown = unknown_columns(table, &current, removal);
  return std::any_of(table.columns.begin(), table.columns.end(), differs) ||
         std::any_of(unknown.begin(), unknown.end(), differs);
}

RowMerge removed_row(const Table& table, const RowState& current, const Operation& operation) {
  if (current.deleted) return {};
  if (edited_since(table, current, operation)) return held_row(table, current, operation, "both_changed");
  RowMerge merge;
  merge.row = current;
  merge.row->deleted = true;
  return merge;
}

}  // namespace

ColumnOutcome merge_column(const Column& column, std::string_view table, const Value& base,
                           const Value& current, const Value& next, WorkflowRule workflow) {
  if (current == next || column.merge == MergeRule::server) return {current, false, false};
  if (column.merge == MergeRule::immutable) return {current, true, false};
  const bool both_changed = base != current;
  if (column.merge == MergeRule::workflow) {
    const bool legal = workflow != nullptr && workflow(table, text_of(current), text_of(next));
    if (!legal) return {current, true, true};
  }
  if (!both_changed) return {next, false, false};
  return {resolved(column.merge, base, current, next), true, column.merge == MergeRule::review};
}

RowMerge merge_operation(const Table& table, const std::optional<RowState>& current,
                         const Operation& operation, WorkflowRule workflow,
                         const ServerColumns& server_columns) {
  ensure(operation.table == table.name, "an operation is merged with its own table");
  if (std::string fault = fault_in(table, current, operation); !fault.empty())
    return rejected(std::move(fault));
  if (!current) {
    if (operation.kind == OperationKind::insert) return new_row(table, operation, server_columns);
    return held_row(table, current, operation, "row_missing");
  }
  if (operation.kind == OperationKind::remove) return removed_row(table, *current, operation);
  if (current->deleted) return held_row(table, current, operation, "row_deleted");
  return merged_row(table, *current, operation, workflow);
}

}  // namespace doudi::sync
