#include "field_client/rescue/table_shapes.hpp"

#include <algorithm>
#include <array>

namespace doudi::field {
namespace {

constexpr std::array<std::string_view, 14> kLearnedAgain{
    "schema_migration", "sqlite_sequence", "capture_state", "seal_state",  "cursor",
    "server_digest",    "local_digest",    "setting",       "sync_point",  "scope_check",
    "entry_number",     "left_scope",      "departing_row", "sqlite_stat1"};
constexpr std::size_t kIdBytes = 16;

bool fits(const ShapeColumn& column, const Value& value) {
  if (column.is_number) return is_null(value);
  if (is_null(value)) return !column.filled;
  if (column.type == "TEXT") return std::holds_alternative<std::string>(value);
  if (column.type == "INTEGER") return std::holds_alternative<std::int64_t>(value);
  if (column.type != "BLOB") return true;
  const auto* bytes = std::get_if<Bytes>(&value);
  return bytes != nullptr && (column.name != "id" || bytes->size() == kIdBytes);
}

// A row written before a column was added ends earlier.
bool fits(const TableShape& shape, const StoredRow& row) {
  if (row.values.empty() || row.values.size() > shape.columns.size()) return false;
  for (std::size_t i = 0; i < row.values.size(); ++i)
    if (!fits(shape.columns[i], row.values[i])) return false;
  return true;
}

bool fits(const TableShape& shape, const LeafRows& rows) {
  return std::all_of(rows.rows.begin(), rows.rows.end(),
                     [&shape](const StoredRow& row) { return fits(shape, row); });
}

// How many columns more than the row has: the nearest table is the right one.
std::size_t distance(const TableShape& shape, const LeafRows& rows) {
  return shape.columns.size() - rows.rows.front().values.size();
}

}  // namespace

Result<std::vector<TableShape>> table_shapes(sql::Connection& connection) {
  std::vector<TableShape> shapes;
  DOUDI_TRY(connection.query(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%WITHOUT ROWID%'",
      [&shapes](const sql::Row& row) {
        const std::string name(row.text(0));
        if (std::find(kLearnedAgain.begin(), kLearnedAgain.end(), name) == kLearnedAgain.end())
          shapes.push_back({name, {}});
        return true;
      }));
  for (TableShape& shape : shapes) {
    DOUDI_TRY(connection.query(
        "SELECT name, type, \"notnull\", pk FROM pragma_table_info('" + shape.table + "') ORDER BY cid",
        [&shape](const sql::Row& row) {
          const std::string type(row.text(1));
          const bool is_number = type == "INTEGER" && row.integer(3) == 1;
          shape.columns.push_back({std::string(row.text(0)), type, row.integer(2) != 0, is_number});
          return true;
        }));
  }
  return shapes;
}

const TableShape* shape_of(const std::vector<TableShape>& shapes, const LeafRows& rows) {
  if (rows.rows.empty()) return nullptr;
  const TableShape* nearest = nullptr;
  bool only = true;
  for (const TableShape& shape : shapes) {
    if (!fits(shape, rows)) continue;
    const bool nearer = nearest == nullptr || distance(shape, rows) < distance(*nearest, rows);
    only = nearer || (only && distance(shape, rows) != distance(*nearest, rows));
    if (nearer) nearest = &shape;
  }
  return only ? nearest : nullptr;
}

}  // namespace doudi::field
