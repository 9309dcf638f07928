#include "sync_server/service/adopt_kept.hpp"

#include "shared/sync/column_check.hpp"
#include "shared/sync/kept_columns.hpp"
#include "shared/wire/kept_cells.hpp"
#include "sync_server/service/log.hpp"
#include "sync_server/store/store.hpp"

namespace doudi::district {
namespace {

constexpr std::string_view kVersionKey = "catalog_version";

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

class Adoption {
 public:
  Adoption(sql::Connection& connection, const RowTables& tables, Instant now)
      : connection_(connection), tables_(tables), now_(now), feed_(connection, tables) {}

  Status run() {
    for (const TableStatements& table : tables_.all()) {
      DOUDI_ASSIGN(const auto rows, keeping(table));
      for (const auto& [row, extra] : rows) DOUDI_TRY(adopt(table, row, extra));
    }
    DOUDI_TRY(feed_.flush());
    for (const TableStatements* kept : tables_.kept()) {
      const TableStatements* known = table_known_now(*kept);
      if (known != nullptr) DOUDI_TRY(adopt_table(*kept, *known));
    }
    return feed_.flush();
  }
  [[nodiscard]] std::int64_t adopted() const { return adopted_; }

 private:
  Result<std::vector<std::pair<Uuid, Value>>> keeping(const TableStatements& table) {
    std::vector<std::pair<Uuid, Value>> rows;
    DOUDI_TRY(connection_.query("SELECT id, extra FROM " + table.table->name + " WHERE extra IS NOT NULL",
                                [&rows](const sql::Row& row) {
                                  rows.emplace_back(row.uuid(0), row.value(1));
                                  return true;
                                }));
    return rows;
  }

  Status adopt(const TableStatements& table, const Uuid& id, const Value& extra) {
    DOUDI_ASSIGN(const sync::Cells cells, wire::read_kept_cells(extra));
    DOUDI_ASSIGN(const auto read, tables_.read(connection_, table, id));
    if (!read) return {};
    sync::RowState kept = *read;
    for (const auto& [name, value] : cells) set_cell(kept, name, value);
    sync::RowState fitting = kept;
    for (const auto& [name, value] : cells) {
      const sync::Column* column = table.table->find(name);
      if (column == nullptr) continue;
      ++adopted_;
      if (column->merge != sync::MergeRule::server && sync::check_value(*column, value).ok()) continue;
      set_cell(fitting, name, {});
      DOUDI_TRY(note_unfit(kept, name, value));
    }
    return fitting == kept ? RowTables::write(connection_, table, kept) : feed_.put(kept, fitting);
  }

  const TableStatements* table_known_now(const TableStatements& kept) const {
    return tables_.catalog().find(kept.table->name) == nullptr ? nullptr : tables_.find(kept.table->name);
  }

  // The rows and their places in the feed move to the table that is there now.
  Status adopt_table(const TableStatements& kept, const TableStatements& known) {
    std::vector<sync::RowState> rows;
    Status read_well;
    DOUDI_TRY(connection_.query(kept.scan, [&](const sql::Row& cells) {
      auto row = RowTables::scanned(kept, cells);
      if (!row.ok()) return read_well = row.error(), false;
      rows.push_back(std::move(*row));
      return true;
    }));
    DOUDI_TRY(read_well);
    for (const char* place : {"row_feed", "scope_departure"})
      DOUDI_TRY(plain(connection_.run("UPDATE " + std::string(place) + " SET table_no=$2 WHERE table_no=$1",
                                      sql::params(kept.number, known.number))));
    for (const sync::RowState& row : rows) DOUDI_TRY(adopt_row(known, sync::in_order(*known.table, row)));
    DOUDI_TRY(
        plain(connection_.run("DELETE FROM kept_row WHERE table_name=$1", sql::params(known.table->name))));
    return tables_.forget_kept(connection_, kept);
  }

  Status adopt_row(const TableStatements& table, const sync::RowState& row) {
    bool fits = true;
    for (const sync::Column& column : table.table->columns) {
      const Value& value = cell(row, column.name);
      const bool written_by_tablet = column.merge != sync::MergeRule::server;
      const bool right = written_by_tablet || column.name == table.table->scope_column
                             ? sync::check_value(column, value).ok()
                             : is_null(value);
      fits = fits && right;
    }
    ++adopted_;
    if (fits) return RowTables::write(connection_, table, row);
    for (const auto& [name, value] : row.columns)
      if (!is_null(value)) DOUDI_TRY(note_unfit(row, name, value));
    return feed_.drop(row);
  }

  Status note_unfit(const sync::RowState& row, const std::string& column, const Value& value) {
    return plain(connection_.run(
        "INSERT INTO conflict(at, table_name, row_id, column_name, rule, next_value, reason, grid) "
        "VALUES($1,$2,$3,$4,'latest',$5,'does_not_fit',$6)",
        sql::params(now_, row.table, row.row, column, value, cell(row, "grid"))));
  }

  sql::Connection& connection_;
  const RowTables& tables_;
  Instant now_;
  FeedWriter feed_;
  std::int64_t adopted_ = 0;
};

}  // namespace

Status adopt_kept(sql::Connection& connection, const RowTables& tables, Instant now) {
  const std::string version = std::to_string(tables.catalog().version);
  DOUDI_ASSIGN(const std::string last, read_setting(connection, kVersionKey));
  if (last == version) return {};
  DOUDI_ASSIGN(sql::Transaction transaction, sql::Transaction::begin(connection));
  Adoption adoption(connection, tables, now);
  DOUDI_TRY(adoption.run());
  DOUDI_TRY(write_setting(connection, kVersionKey, version));
  DOUDI_TRY(transaction.commit());
  log(LogLevel::info, "catalog_updated", {{"values", adoption.adopted()}});
  return {};
}

}  // namespace doudi::district
