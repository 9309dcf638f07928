// A small table with one column of every merge rule, and builders for its rows and operations.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "shared/sync/catalog.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::sync::test {

inline Table every_rule() {
  Table table;
  table.name = "sample";
  table.scope_column = "grid";
  const auto add = [&](std::string name, ColumnType type, MergeRule rule, bool nullable) {
    table.columns.push_back({std::move(name), type, rule, PersonalData::none, nullable, ""});
  };
  add("grid", ColumnType::id, MergeRule::server, false);
  add("door", ColumnType::text, MergeRule::latest, false);
  add("given", ColumnType::boolean, MergeRule::max, true);
  add("from_on", ColumnType::date, MergeRule::min, true);
  add("needs", ColumnType::set, MergeRule::set_union, true);
  add("note", ColumnType::text, MergeRule::append, true);
  add("grade", ColumnType::integer, MergeRule::most_urgent, true);
  add("state", ColumnType::code, MergeRule::workflow, true);
  add("due_at", ColumnType::instant, MergeRule::server, true);
  add("birth", ColumnType::date, MergeRule::review, true);
  add("worker", ColumnType::id, MergeRule::immutable, true);
  return table;
}

inline Uuid id(std::uint8_t number) {
  Uuid uuid;
  uuid.bytes[15] = number;
  return uuid;
}

inline Value blob(std::uint8_t number) {
  return to_bytes(id(number).view());
}

inline Value text(std::string value) {
  return value;
}

inline Value number(std::int64_t value) {
  return value;
}

// Columns that are not named are null.
inline RowState row(const Table& table, const std::vector<std::pair<std::string, Value>>& cells,
                    std::uint8_t name = 1) {
  RowState state{table.name, id(name), false, {}};
  for (const Column& column : table.columns) {
    Value value;
    for (const auto& [known, cell] : cells) {
      if (known == column.name) value = cell;
    }
    state.columns.emplace_back(column.name, value);
  }
  return state;
}

inline Operation operation(OperationKind kind, std::vector<ColumnChange> columns, std::uint8_t name = 1) {
  return {"sample", id(name), kind, std::move(columns)};
}

inline Value cell(const RowState& state, const std::string& column) {
  for (const auto& [name, value] : state.columns) {
    if (name == column) return value;
  }
  return {};
}

}  // namespace doudi::sync::test
