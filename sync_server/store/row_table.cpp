// Statements are built from the catalog once, so a new table needs no code here.
#include "sync_server/store/row_table.hpp"

#include <bit>

#include "shared/base/planted.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/wire/kept_cells.hpp"

namespace doudi::district {
namespace {

constexpr std::string_view kAllScope = "all";
constexpr std::int64_t kHistoryPositions = 50'000;
constexpr std::int64_t kFirstKept = 1'000;  // numbers of the catalog's tables stay below

TableStatements make_statements(const sync::Table& table, std::int64_t number) {
  TableStatements made;
  made.table = &table;
  made.number = number;
  std::string columns;
  std::string places;
  std::string updates;
  int place = 2;
  const auto add = [&](const std::string& name) {
    columns += name + ",";
    places += "$" + std::to_string(place++) + ",";
    updates += name + "=excluded." + name + ",";
  };
  for (const sync::Column& column : table.columns) add(column.name);
  add("extra");
  made.select = "SELECT " + columns + "deleted FROM " + table.name + " WHERE id=$1";
  made.scan = "SELECT " + columns + "deleted,id FROM " + table.name;
  made.upsert = "INSERT INTO " + table.name + "(id," + columns + "deleted) VALUES($1," + places + "$" +
                std::to_string(place) + ") ON CONFLICT(id) DO UPDATE SET " + updates +
                "deleted=excluded.deleted";
  return made;
}

TableStatements make_kept_statements(const sync::Table& table, std::int64_t number) {
  TableStatements made;
  made.table = &table;
  made.number = number;
  const std::string of_table = " FROM kept_row WHERE table_name='" + table.name + "'";
  made.select = "SELECT grid,extra,deleted" + of_table + " AND id=$1";
  made.scan = "SELECT grid,extra,deleted,id" + of_table;
  made.upsert = "INSERT INTO kept_row(table_name,id,grid,extra,deleted) VALUES('" + table.name +
                "',$1,$2,$3,$4) ON CONFLICT(table_name,id) DO UPDATE SET grid=excluded.grid,"
                "extra=excluded.extra,deleted=excluded.deleted";
  return made;
}

std::int64_t to_signed(std::uint64_t bits) {
  return std::bit_cast<std::int64_t>(bits);
}
std::uint64_t to_unsigned(std::int64_t bits) {
  return std::bit_cast<std::uint64_t>(bits);
}

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

// The columns of the catalog, `extra`, `deleted`.
Result<sync::RowState> row_from(const sync::Table& table, const Uuid& id, const sql::Row& cells) {
  sync::RowState row{table.name, id, false, {}};
  int index = 0;
  for (const sync::Column& column : table.columns)
    row.columns.emplace_back(column.name, cells.value(index++));
  row.deleted = cells.integer(index + 1) != 0;
  if (cells.is_null(index)) return row;
  DOUDI_ASSIGN(sync::Cells extra, wire::read_kept_cells(cells.value(index)));
  std::move(extra.begin(), extra.end(), std::back_inserter(row.columns));
  return sync::in_order(table, row);
}

// Tablets of the old scope are told to drop the row.
Status note_departure(sql::Connection& connection, const TableStatements& table, const Uuid& row,
                      std::int64_t scope, std::int64_t position) {
  return plain(
      connection.run("INSERT INTO scope_departure(scope, table_no, row_id, position) VALUES($1,$2,$3,$4) "
                     "ON CONFLICT(scope, table_no, row_id) DO UPDATE SET position=excluded.position",
                     sql::params(scope, table.number, row, position)));
}

// It may be back where it once left from.
Status forget_departure(sql::Connection& connection, const TableStatements& table, const Uuid& row,
                        std::int64_t scope) {
  return plain(connection.run("DELETE FROM scope_departure WHERE scope=$1 AND table_no=$2 AND row_id=$3",
                              sql::params(scope, table.number, row)));
}

}  // namespace

RowTables::RowTables(const sync::Catalog& catalog) : catalog_(&catalog) {
  std::int64_t number = 1;
  for (const sync::Table& table : catalog.tables) tables_.push_back(make_statements(table, number++));
}

const TableStatements* RowTables::find(std::string_view table) const {
  for (const TableStatements& candidate : tables_) {
    if (candidate.table->name == table) return &candidate;
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [number, kept] : kept_) {
    if (kept->table.name == table) return &kept->statements;
  }
  return nullptr;
}

std::vector<const TableStatements*> RowTables::kept() const {
  const std::lock_guard lock(mutex_);
  std::vector<const TableStatements*> list;
  for (const auto& [number, kept] : kept_) list.push_back(&kept->statements);
  return list;
}

void RowTables::add_kept(std::int64_t number, std::string_view name) const {
  auto kept = std::make_unique<Kept>();
  kept->table = sync::unknown_table(name);
  kept->statements = make_kept_statements(kept->table, number);
  const std::lock_guard lock(mutex_);
  kept_.emplace(number, std::move(kept));
}

Status RowTables::load_kept(sql::Connection& connection) const {
  return connection.query("SELECT number, name FROM kept_table", [this](const sql::Row& row) {
    add_kept(row.integer(0), row.text(1));
    return true;
  });
}

// The group that brought it may still be refused: its number is written with every group that needs it.
Result<const TableStatements*> RowTables::keep(sql::Connection& connection, std::string_view table) const {
  if (find(table) == nullptr) {
    std::int64_t number = kFirstKept;
    for (const TableStatements* kept : kept()) number = std::max(number, kept->number + 1);
    add_kept(number, table);
  }
  const TableStatements* statements = find(table);
  DOUDI_TRY(plain(connection.run("INSERT INTO kept_table(number, name) VALUES($1,$2) ON CONFLICT DO NOTHING",
                                 sql::params(statements->number, table))));
  return statements;
}

Status RowTables::forget_kept(sql::Connection& connection, const TableStatements& table) const {
  DOUDI_TRY(plain(connection.run("DELETE FROM kept_table WHERE number=$1", sql::params(table.number))));
  const std::lock_guard lock(mutex_);
  kept_.erase(table.number);
  return {};
}

const TableStatements& RowTables::numbered(std::int64_t number) const {
  if (number >= kFirstKept) {
    const std::lock_guard lock(mutex_);
    const auto kept = kept_.find(number);
    ensure(kept != kept_.end(), "a table the store keeps");
    return kept->second->statements;
  }
  ensure(number >= 1 && number <= static_cast<std::int64_t>(tables_.size()), "a table number of the catalog");
  return tables_[static_cast<std::size_t>(number - 1)];
}

Result<std::optional<sync::RowState>> RowTables::read(sql::Connection& connection,
                                                      const TableStatements& table, const Uuid& row) const {
  std::optional<Result<sync::RowState>> found;
  DOUDI_TRY(connection.query(table.select, sql::params(row), [&](const sql::Row& cells) {
    found = row_from(*table.table, row, cells);
    return false;
  }));
  if (!found) return std::optional<sync::RowState>{};
  if (!found->ok()) return found->error();
  return std::optional<sync::RowState>(std::move(**found));
}

Status RowTables::write(sql::Connection& connection, const TableStatements& table,
                        const sync::RowState& row) {
  std::vector<Value> values;
  values.reserve(table.table->columns.size() + 3);
  values.push_back(sql::to_value(row.row));
  for (const sync::Column& column : table.table->columns) values.push_back(cell(row, column.name));
  values.push_back(wire::kept_cells_value(sync::unknown_cells(*table.table, row)));
  values.push_back(sql::to_value(row.deleted));
  return plain(connection.run(table.upsert, values));
}

Result<sync::RowState> RowTables::scanned(const TableStatements& table, const sql::Row& cells) {
  return row_from(*table.table, cells.uuid(static_cast<int>(table.table->columns.size()) + 2), cells);
}

const Value& cell(const sync::RowState& row, std::string_view column) {
  static const Value kNothing{};
  for (const auto& [name, value] : row.columns) {
    if (name == column) return value;
  }
  return kNothing;
}

void set_cell(sync::RowState& row, std::string_view column, Value value) {
  for (auto& [name, old] : row.columns) {
    if (name == column) {
      old = std::move(value);
      return;
    }
  }
}

std::optional<Uuid> cell_id(const sync::RowState& row, std::string_view column) {
  const auto* bytes = std::get_if<Bytes>(&cell(row, column));
  return bytes == nullptr ? std::nullopt : uuid_from_bytes(*bytes);
}

std::optional<std::int64_t> cell_integer(const sync::RowState& row, std::string_view column) {
  const auto* number = std::get_if<std::int64_t>(&cell(row, column));
  return number == nullptr ? std::nullopt : std::optional(*number);
}

std::string cell_text(const sync::RowState& row, std::string_view column) {
  const auto* text = std::get_if<std::string>(&cell(row, column));
  return text == nullptr ? std::string() : *text;
}

std::string scope_key(const sync::Table& table, const sync::RowState& row) {
  if (table.scope_column.empty()) return std::string(kAllScope);
  if (table.scope_column == "id") return to_string(row.row);
  const auto grid = cell_id(row, table.scope_column);
  return grid ? to_string(*grid) : std::string(kAllScope);
}

Result<FeedWriter::Scope*> FeedWriter::scope(const std::string& key) {
  const auto known = scopes_.find(key);
  if (known != scopes_.end()) return &known->second;
  std::optional<Scope> found;
  DOUDI_TRY(connection_.query("SELECT id, position, digest_high, digest_low FROM scope WHERE key=$1",
                              sql::params(key), [&](const sql::Row& row) {
                                found = Scope{row.integer(0),
                                              row.integer(1),
                                              {to_unsigned(row.integer(2)), to_unsigned(row.integer(3))},
                                              false};
                                return false;
                              }));
  if (!found) {
    const auto added = connection_.run("INSERT INTO scope(key) VALUES($1)", sql::params(key));
    if (!added.ok()) return added.error();
    DOUDI_ASSIGN(const std::int64_t id,
                 connection_.integer("SELECT id FROM scope WHERE key=$1", sql::params(key)));
    found = Scope{id, 0, {}, false};
  }
  return &scopes_.emplace(key, *found).first->second;
}

Status FeedWriter::put(const std::optional<sync::RowState>& before, const sync::RowState& written) {
  const TableStatements* table = tables_.find(written.table);
  ensure(table != nullptr, "a row of the catalog");
  sync::RowState after = written;
  if (before) sync::carry_unknown(*table->table, *before, after);
  after = sync::in_order(*table->table, after);
  DOUDI_TRY(RowTables::write(connection_, *table, after));
  const std::string key = scope_key(*table->table, after);
  DOUDI_ASSIGN(Scope* const target, scope(key));
  if (before) {
    const std::string old_key = scope_key(*table->table, *before);
    DOUDI_ASSIGN(Scope* const source, scope(old_key));
    source->digest =
        source->digest - sync::row_digest(sync::in_order(*table->table, *before), &crypto::sha256);
    source->changed = true;
    if (old_key != key) {
      DOUDI_TRY(note_departure(connection_, *table, after.row, source->id, ++source->position));
      DOUDI_TRY(forget_departure(connection_, *table, after.row, target->id));
    }
  }
  target->digest = target->digest + sync::row_digest(after, &crypto::sha256);
  target->changed = true;
  ++target->position;
  if (DOUDI_PLANTED("cursor_by_timestamp")) {
    DOUDI_ASSIGN(target->position, connection_.integer("SELECT unixepoch() / 10"));
  }
  const auto fed = connection_.run(
      "INSERT INTO row_feed(table_no, row_id, scope, position) VALUES($1,$2,$3,$4) "
      "ON CONFLICT(table_no, row_id) DO UPDATE SET scope=excluded.scope, position=excluded.position",
      sql::params(table->number, after.row, target->id, target->position));
  if (!fed.ok()) return fed.error();
  return {};
}

Status FeedWriter::drop(const sync::RowState& before) {
  const TableStatements* table = tables_.find(before.table);
  ensure(table != nullptr, "a row of the catalog");
  DOUDI_ASSIGN(Scope* const source, scope(scope_key(*table->table, before)));
  source->digest = source->digest - sync::row_digest(before, &crypto::sha256);
  source->changed = true;
  ++source->position;
  return plain(connection_.run("DELETE FROM row_feed WHERE table_no=$1 AND row_id=$2",
                               sql::params(table->number, before.row)));
}

// What a tablet was told the scope looked like here (service/tablet_service.cpp compares).
Status FeedWriter::keep_history(const Scope& state) {
  const auto kept = connection_.run(
      "INSERT INTO scope_history(scope, position, digest_low) VALUES($1,$2,$3) ON CONFLICT(scope, position) "
      "DO "
      "UPDATE SET digest_low=excluded.digest_low",
      sql::params(state.id, state.position, to_signed(state.digest.low)));
  if (!kept.ok()) return kept.error();
  const auto pruned = connection_.run("DELETE FROM scope_history WHERE scope=$1 AND position<$2",
                                      sql::params(state.id, state.position - kHistoryPositions));
  if (!pruned.ok()) return pruned.error();
  return {};
}

Status FeedWriter::flush() {
  for (auto& [key, state] : scopes_) {
    if (!state.changed) continue;
    const auto saved = connection_.run(
        "UPDATE scope SET position=$2, digest_high=$3, digest_low=$4 WHERE id=$1",
        sql::params(state.id, state.position, to_signed(state.digest.high), to_signed(state.digest.low)));
    if (!saved.ok()) return saved.error();
    DOUDI_TRY(keep_history(state));
    state.changed = false;
    touched_.insert(key);
  }
  return {};
}

}  // namespace doudi::district
