#include "shared/sync/kept_columns.hpp"

#include <algorithm>
#include <limits>

#include "shared/sync/column_check.hpp"

namespace doudi::sync {
namespace {

const Value* find(const Cells& cells, std::string_view name) {
  const auto at =
      std::find_if(cells.begin(), cells.end(), [&](const auto& cell) { return cell.first == name; });
  return at == cells.end() ? nullptr : &at->second;
}

bool has_catalog_shape(const Table& table, const RowState& row) {
  return std::equal(table.columns.begin(), table.columns.end(), row.columns.begin(), row.columns.end(),
                    [](const Column& column, const auto& cell) { return column.name == cell.first; });
}

bool by_name(const std::pair<std::string, Value>& a, const std::pair<std::string, Value>& b) {
  return a.first < b.first;
}

}  // namespace

Status check_window(std::int32_t tablet, std::int32_t district) {
  const std::string versions = " (" + std::to_string(tablet) + "/" + std::to_string(district) + ")";
  if (tablet < district - kVersionsBehind)
    return Error{"sync.schema_old",
                 "平板程序太旧，请更新平板程序；记录都在平板里，可以继续离线工作，更新后自动上传。"
                 "This tablet's program is too old: update it. Nothing is lost; work goes on offline and is "
                 "sent after the update." +
                     versions};
  if (tablet > district + kVersionsAhead)
    return Error{
        "sync.schema_new",
        "平板程序比区里服务器新得太多，请区里先更新服务器；记录都在平板里，可以继续离线工作。"
        "This tablet's program is too new for the district: the district's server has to be updated. "
        "Nothing is lost; work goes on offline." +
            versions};
  return {};
}

Table unknown_table(std::string_view name) {
  Table table;
  table.name = name;
  table.scope_column = "grid";
  table.since = std::numeric_limits<std::int32_t>::max();
  Column grid;
  grid.name = "grid";
  grid.type = ColumnType::id;
  grid.merge = MergeRule::server;
  grid.nullable = false;
  grid.references = "grid";
  grid.since = table.since;
  table.columns.push_back(std::move(grid));
  return table;
}

bool is_unknown(const Table& table) {
  return table.since == std::numeric_limits<std::int32_t>::max();
}

bool is_column_name(std::string_view name) {
  if (name.empty() || name.size() > 63 || name.front() < 'a' || name.front() > 'z') return false;
  if (name == "id" || name == "deleted" || name == "extra") return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

Status check_unknown(std::string_view name, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  const auto* blob = std::get_if<Bytes>(&value);
  const bool fits = (text == nullptr || (text->size() <= kTextBytesMax && is_utf8(*text))) &&
                    (blob == nullptr || blob->size() <= kBlobBytesMax);
  if (!is_column_name(name) || !fits)
    return Error{"sync.unknown_column", "The record has a column no version of the catalog could have."};
  return {};
}

RowState in_order(const Table& table, const RowState& row) {
  if (has_catalog_shape(table, row)) return row;
  RowState ordered{row.table, row.row, row.deleted, {}};
  for (const Column& column : table.columns) {
    const Value* value = find(row.columns, column.name);
    ordered.columns.emplace_back(column.name, value == nullptr ? Value{} : *value);
  }
  Cells unknown = unknown_cells(table, row);
  const auto first = std::count_if(table.columns.begin(), table.columns.end(),
                                   [](const Column& column) { return column.since <= 1; });
  ordered.columns.insert(ordered.columns.end(), std::make_move_iterator(unknown.begin()),
                         std::make_move_iterator(unknown.end()));
  std::sort(ordered.columns.begin() + first, ordered.columns.end(), by_name);
  return ordered;
}

Cells unknown_cells(const Table& table, const RowState& row) {
  Cells unknown;
  for (const auto& cell : row.columns) {
    if (table.find(cell.first) == nullptr && !is_null(cell.second)) unknown.push_back(cell);
  }
  std::sort(unknown.begin(), unknown.end(), by_name);
  return unknown;
}

void carry_unknown(const Table& table, const RowState& before, RowState& after) {
  for (Cells unknown = unknown_cells(table, before); auto& cell : unknown) {
    if (find(after.columns, cell.first) == nullptr) after.columns.push_back(std::move(cell));
  }
}

}  // namespace doudi::sync
