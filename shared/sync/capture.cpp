#include "shared/sync/capture.hpp"

#include <array>
#include <string_view>

#include "shared/sync/operation.hpp"

namespace doudi::sync {
namespace {

struct Trigger {
  OperationKind kind;
  std::string_view event;  // as SQLite spells it
  std::string_view suffix;
  std::string_view row;  // NEW or OLD: where the id is read
  std::string_view when;
};

bool is_captured(const Table& table, const Column& column, OperationKind kind) {
  if (column.merge != MergeRule::server) return true;
  return kind == OperationKind::insert && column.name == table.scope_column && column.name != "id";
}

bool is_binary(ColumnType type) {
  return type == ColumnType::id || type == ColumnType::blob;
}

// hex() of null is an empty text, which is another value.
std::string side(const Column& column, std::string_view row) {
  const std::string cell = std::string(row) + ".\"" + column.name + "\"";
  return is_binary(column.type) ? "CASE WHEN " + cell + " IS NULL THEN NULL ELSE hex(" + cell + ") END"
                                : cell;
}

std::string sides(const Column& column, OperationKind kind) {
  const std::string base = kind == OperationKind::insert ? "NULL" : side(column, "OLD");
  const std::string next = kind == OperationKind::remove ? "NULL" : side(column, "NEW");
  return "SELECT '" + column.name + "' AS name, " + base + " AS base, " + next + " AS next";
}

std::string rows_of_changes(const Table& table, OperationKind kind) {
  std::string rows;
  for (const Column& column : table.columns) {
    if (!is_captured(table, column, kind)) continue;
    if (!rows.empty()) rows += "\n      UNION ALL ";
    rows += sides(column, kind);
  }
  return rows;
}

std::string trigger_text(const Table& table, const Trigger& trigger) {
  const std::string rows = rows_of_changes(table, trigger.kind);
  if (rows.empty()) return {};
  const std::string kind = std::to_string(static_cast<int>(trigger.kind));
  std::string text =
      "CREATE TRIGGER IF NOT EXISTS capture_" + table.name + "_" + std::string(trigger.suffix) + "\n";
  text += "AFTER " + std::string(trigger.event) + " ON \"" + table.name + "\"\n";
  text += "WHEN (SELECT capturing FROM capture_state) <> 0" + std::string(trigger.when) + "\nBEGIN\n";
  text += "  INSERT INTO op_log(group_seq, table_name, row_id, kind, changes)\n";
  text += "  SELECT (SELECT group_seq FROM capture_state), '" + table.name + "', " +
          std::string(trigger.row) + ".id, " + kind + ", changes\n";
  text +=
      "  FROM (SELECT json_group_object(name, json_array(base, next)) AS changes\n    FROM (" + rows + ")\n";
  text += "    WHERE base IS NOT next)\n";
  if (trigger.kind == OperationKind::update) text += "  WHERE changes <> '{}'";
  return text + ";\nEND;\n";
}

}  // namespace

std::string capture_triggers(const Catalog& catalog) {
  using enum OperationKind;
  // A row is hidden by its mark, not deleted; the edit that sets the mark is a removal and nothing else.
  static constexpr std::array<Trigger, 4> kTriggers{{
      {insert, "INSERT", "insert", "NEW", ""},
      {update, "UPDATE", "update", "NEW", " AND NEW.deleted = OLD.deleted"},
      {remove, "UPDATE OF deleted", "mark", "OLD", " AND NEW.deleted <> 0 AND OLD.deleted = 0"},
      {remove, "DELETE", "remove", "OLD", " AND OLD.deleted = 0"},
  }};
  std::string script;
  for (const Table& table : catalog.tables) {
    if (table.direction == Direction::down) continue;
    for (const Trigger& trigger : kTriggers) script += trigger_text(table, trigger);
  }
  return script;
}

}  // namespace doudi::sync
