#include "sync_server/service/relocation.hpp"

#include <map>

#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

// Rows of `table` that refer to one of the rows found so far, by table name.
Result<std::set<Uuid>> children(sql::Connection& connection, const sync::Table& table,
                                const std::map<std::string, std::set<Uuid>>& parents) {
  std::set<Uuid> found;
  for (const sync::Column& column : table.columns) {
    const auto of = parents.find(column.references);
    if (column.references.empty() || of == parents.end()) continue;
    for (const Uuid& parent : of->second) {
      DOUDI_TRY(connection.query("SELECT id FROM " + table.name + " WHERE " + column.name + "=$1",
                                 sql::params(parent), [&found](const sql::Row& row) {
                                   found.insert(row.uuid(0));
                                   return true;
                                 }));
    }
  }
  return found;
}

Result<bool> move_row(sql::Connection& connection, const RowTables& tables, FeedWriter& feed,
                      const TableStatements& table, const Uuid& row, const Uuid& grid) {
  DOUDI_ASSIGN(const std::optional<sync::RowState> before, tables.read(connection, table, row));
  if (!before || cell_id(*before, "grid") == grid) return false;
  sync::RowState after = *before;
  set_cell(after, "grid", sql::to_value(grid));
  DOUDI_TRY(feed.put(before, after));
  return true;
}

}  // namespace

Result<std::int64_t> move_dependents(sql::Connection& connection, const RowTables& tables, FeedWriter& feed,
                                     const TableStatements& table, const Uuid& row, const Uuid& grid) {
  std::map<std::string, std::set<Uuid>> moved;
  moved[table.table->name].insert(row);
  std::int64_t count = 0;
  // Parents come before children in the catalog.
  for (const TableStatements& next : tables.all()) {
    if (next.number <= table.number || next.table->scope_column != "grid") continue;
    DOUDI_ASSIGN(std::set<Uuid> found, children(connection, *next.table, moved));
    for (const Uuid& id : found) {
      DOUDI_ASSIGN(const bool changed, move_row(connection, tables, feed, next, id, grid));
      count += changed ? 1 : 0;
    }
    if (!found.empty()) moved[next.table->name] = std::move(found);
  }
  return count;
}

Result<std::int64_t> relocate(District& district, const Relocation& relocation) {
  const TableStatements* table = district.tables().find(relocation.table);
  if (table == nullptr || (relocation.table != "household" && relocation.table != "person"))
    return Error{"request.field", "A household or a person moves."};
  std::int64_t count = 0;
  std::set<std::string> touched;
  const Status stored = district.writer().run([&](sql::Connection& connection) -> Status {
    Uuid grid;
    DOUDI_TRY(connection.query("SELECT id FROM grid WHERE code=$1 AND deleted=0",
                               sql::params(relocation.grid_code), [&grid](const sql::Row& row) {
                                 grid = row.uuid(0);
                                 return false;
                               }));
    if (grid.is_nil()) return Error{"not_found", "There is no grid " + relocation.grid_code + "."};
    FeedWriter feed(connection, district.tables());
    DOUDI_ASSIGN(const bool moved,
                 move_row(connection, district.tables(), feed, *table, relocation.row, grid));
    if (!moved) return Error{"relocation.unchanged", "There is no such row outside that grid."};
    DOUDI_ASSIGN(count, move_dependents(connection, district.tables(), feed, *table, relocation.row, grid));
    DOUDI_TRY(feed.flush());
    touched = feed.touched();
    return append_audit(connection, {district.now(), relocation.by, std::nullopt, relocation.table + ".move",
                                     relocation.table, relocation.row, relocation.grid_code});
  });
  DOUDI_TRY(stored);
  district.announce(touched);
  return count + 1;
}

}  // namespace doudi::district
