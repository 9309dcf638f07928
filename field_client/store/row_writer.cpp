#include "field_client/store/row_writer.hpp"

#include "shared/crypto/crypto.hpp"
#include "shared/sync/kept_columns.hpp"
#include "shared/wire/kept_cells.hpp"

namespace doudi::field {
namespace {

Error unknown_table(std::string_view table) {
  return {"sync.unknown_table", "no table " + std::string(table)};
}

std::string place_of(const sync::Table& table) {
  return sync::is_unknown(table) ? "kept_row" : table.name;
}

// After WHERE; the rows of unknown tables lie in one.
std::string condition_of(const sync::Table& table) {
  return sync::is_unknown(table) ? "table_name = '" + table.name + "' AND id = $1" : "id = $1";
}

std::string put_statement(const sync::Table& table) {
  std::string names = sync::is_unknown(table) ? "table_name, id" : "id";
  std::string places = sync::is_unknown(table) ? "'" + table.name + "', $1" : "$1";
  std::string updates;
  int place = 1;
  const auto add = [&](const std::string& name) {
    names += ", " + name;
    places += ", $" + std::to_string(++place);
    updates += (updates.empty() ? "" : ", ") + name + " = excluded." + name;
  };
  for (const auto& column : table.columns) add(column.name);
  add("extra");
  add("deleted");
  return "INSERT INTO " + place_of(table) + "(" + names + ") VALUES(" + places + ") ON CONFLICT(" +
         (sync::is_unknown(table) ? "table_name, id" : "id") + ") DO UPDATE SET " + updates;
}

std::vector<Value> put_parameters(const sync::Table& table, const sync::RowState& row) {
  std::vector<Value> parameters = sql::params(row.row);
  for (const auto& column : table.columns) {
    const Value* value = find_value(row, column.name);
    parameters.push_back(value ? *value : Value{});
  }
  parameters.push_back(wire::kept_cells_value(sync::unknown_cells(table, row)));
  parameters.push_back(sql::to_value(row.deleted));
  return parameters;
}

}  // namespace

std::string row_selection(const sync::Table& table) {
  std::string list = "id, deleted";
  for (const auto& column : table.columns) list += ", " + column.name;
  return list + ", extra";
}

sync::Table table_of(const sync::Catalog& catalog, std::string_view name) {
  const sync::Table* known = catalog.find(name);
  return known ? *known : sync::unknown_table(name);
}

Status visit_rows(sql::Connection& connection, const sync::Catalog& catalog,
                  const std::function<void(const sync::Table&, const sync::RowState&)>& visit) {
  std::vector<sync::Table> tables = catalog.tables;
  DOUDI_TRY(connection.query("SELECT DISTINCT table_name FROM kept_row ORDER BY table_name",
                             [&tables](const sql::Row& row) {
                               tables.push_back(sync::unknown_table(row.text(0)));
                               return true;
                             }));
  for (const sync::Table& table : tables) {
    Status read_well;
    const std::string of_table = sync::is_unknown(table) ? " WHERE table_name = '" + table.name + "'" : "";
    DOUDI_TRY(connection.query(
        "SELECT " + row_selection(table) + " FROM " + place_of(table) + of_table + " ORDER BY id",
        [&](const sql::Row& row) {
          const auto state = row_state(table, row);
          if (!state.ok()) return read_well = state.error(), false;
          visit(table, *state);
          return true;
        }));
    DOUDI_TRY(read_well);
  }
  return {};
}

Result<sync::RowState> row_state(const sync::Table& table, const sql::Row& cells) {
  sync::RowState row{table.name, cells.uuid(0), cells.integer(1) != 0, {}};
  int index = 2;
  for (const auto& column : table.columns) row.columns.emplace_back(column.name, cells.value(index++));
  if (cells.is_null(index)) return row;
  DOUDI_ASSIGN(sync::Cells extra, wire::read_kept_cells(cells.value(index)));
  std::move(extra.begin(), extra.end(), std::back_inserter(row.columns));
  return sync::in_order(table, row);
}

const Value* find_value(const sync::RowState& row, std::string_view column) {
  for (const auto& [name, value] : row.columns)
    if (name == column) return &value;
  return nullptr;
}

std::string scope_of(const sync::Table& table, const sync::RowState& row) {
  if (table.scope_column.empty()) return "all";
  if (table.scope_column == "id") return to_string(row.row);
  const Value* value = find_value(row, table.scope_column);
  const Bytes* bytes = value ? std::get_if<Bytes>(value) : nullptr;
  const auto id = bytes ? uuid_from_bytes(*bytes) : std::nullopt;
  return id ? to_string(*id) : "all";
}

Result<std::optional<sync::RowState>> RowWriter::read(std::string_view table, const Uuid& id) {
  if (!sync::is_column_name(table)) return unknown_table(table);
  const sync::Table& definition = this->table(table);
  std::optional<Result<sync::RowState>> found;
  DOUDI_TRY(connection_.query("SELECT " + row_selection(definition) + " FROM " + place_of(definition) +
                                  " WHERE " + condition_of(definition),
                              sql::params(id), [&](const sql::Row& row) {
                                found = row_state(definition, row);
                                return false;
                              }));
  if (!found) return std::optional<sync::RowState>{};
  if (!found->ok()) return found->error();
  return std::optional<sync::RowState>(std::move(**found));
}

Status RowWriter::insert(std::string_view table, const Uuid& id, const RowValues& values) {
  const sync::Table* definition = catalog_.find(table);
  if (!definition) return unknown_table(table);
  const sync::RowState row = sync::in_order(*definition, {std::string(table), id, false, values});
  std::string names = "id";
  std::string places = "$1";
  std::vector<Value> parameters = sql::params(id);
  for (const auto& [name, value] : row.columns) {
    parameters.push_back(value);
    names += ", " + name;
    places += ", $" + std::to_string(parameters.size());
  }
  const auto done = connection_.run(
      "INSERT INTO " + definition->name + "(" + names + ") VALUES(" + places + ")", parameters);
  if (!done.ok()) return done.error();
  count(std::nullopt, row);
  return {};
}

Status RowWriter::update(std::string_view table, const Uuid& id, const RowValues& values) {
  DOUDI_ASSIGN(const std::optional<sync::RowState> before, read(table, id));
  if (!before) return Error{"store.row_missing", "the record to change is not on this tablet"};
  sync::RowState after = *before;
  std::string assignments;
  std::vector<Value> parameters = sql::params(id);
  for (const auto& [name, value] : values) {
    for (auto& [column, current] : after.columns) {
      if (column != name || current == value) continue;
      current = value;
      parameters.push_back(value);
      assignments += (assignments.empty() ? "" : ", ") + name + " = $" + std::to_string(parameters.size());
    }
  }
  if (assignments.empty()) return {};
  const auto done =
      connection_.run("UPDATE " + std::string(table) + " SET " + assignments + " WHERE id = $1", parameters);
  if (!done.ok()) return done.error();
  count(before, after);
  return {};
}

const sync::Table& RowWriter::table(std::string_view name) {
  if (const sync::Table* known = catalog_.find(name)) return *known;
  const auto kept = unknown_.find(name);
  if (kept != unknown_.end()) return kept->second;
  return unknown_.emplace(name, sync::unknown_table(name)).first->second;
}

Status RowWriter::put(const sync::RowState& state) {
  if (!sync::is_column_name(state.table)) return unknown_table(state.table);
  const sync::Table& definition = table(state.table);
  DOUDI_ASSIGN(const std::optional<sync::RowState> before, read(state.table, state.row));
  const sync::RowState row = sync::in_order(definition, state);
  if (before && *before == row) return {};
  const auto done = connection_.run(put_statement(definition), put_parameters(definition, row));
  if (!done.ok()) return done.error();
  count(before, row);
  return {};
}

Status RowWriter::adopt_kept() {
  for (const sync::Table& table : catalog_.tables) {
    std::vector<sync::RowState> rows;
    Status read_well;
    DOUDI_TRY(connection_.query("SELECT id, extra FROM " + table.name + " WHERE extra IS NOT NULL",
                                [&](const sql::Row& cells) {
                                  auto extra = wire::read_kept_cells(cells.value(1));
                                  if (!extra.ok()) return read_well = extra.error(), false;
                                  rows.push_back({table.name, cells.uuid(0), false, std::move(*extra)});
                                  return true;
                                }));
    DOUDI_TRY(read_well);
    for (const sync::RowState& kept : rows) {
      DOUDI_ASSIGN(std::optional<sync::RowState> row, read(table.name, kept.row));
      for (auto& [name, value] : row->columns)
        if (const Value* found = find_value(kept, name)) value = *found;
      DOUDI_TRY(adopt_row(table, *row));
    }
    DOUDI_TRY(adopt_table(table));
  }
  return {};
}

Status RowWriter::adopt_row(const sync::Table& table, const sync::RowState& row) {
  const auto done = connection_.run(put_statement(table), put_parameters(table, row));
  if (!done.ok()) return done.error();
  return {};
}

// Rows that were kept whole. What the table cannot hold leaves, as it leaves the district, whose register has
// it.
Status RowWriter::adopt_table(const sync::Table& table) {
  const sync::Table kept = sync::unknown_table(table.name);
  std::vector<sync::RowState> rows;
  Status read_well;
  DOUDI_TRY(connection_.query("SELECT " + row_selection(kept) + " FROM kept_row WHERE table_name = $1",
                              sql::params(table.name), [&](const sql::Row& cells) {
                                auto row = row_state(kept, cells);
                                if (!row.ok()) return read_well = row.error(), false;
                                rows.push_back(sync::in_order(table, *row));
                                return true;
                              }));
  DOUDI_TRY(read_well);
  for (const sync::RowState& row : rows) {
    const Status moved = adopt_row(table, row);
    if (!moved.ok() && moved.error().code != "sql.constraint") return moved;
    if (!moved.ok()) count(row, std::nullopt);
    const auto gone = connection_.run("DELETE FROM kept_row WHERE table_name = $1 AND id = $2",
                                      sql::params(table.name, row.row));
    if (!gone.ok()) return gone.error();
  }
  return {};
}

Status RowWriter::remove(const sync::RowState& row) {
  const sync::Table& removed = table(row.table);
  const auto done = connection_.run("DELETE FROM " + place_of(removed) + " WHERE " + condition_of(removed),
                                    sql::params(row.row));
  if (!done.ok()) return done.error();
  count(row, std::nullopt);
  return {};
}

void RowWriter::count(const std::optional<sync::RowState>& before,
                      const std::optional<sync::RowState>& after) {
  if (before) {
    sync::Digest& digest = changes_[scope_of(table(before->table), *before)];
    digest = digest - sync::row_digest(*before, crypto::sha256);
  }
  if (!after) return;
  sync::Digest& digest = changes_[scope_of(table(after->table), *after)];
  digest = digest + sync::row_digest(*after, crypto::sha256);
}

Status RowWriter::store_digests() {
  for (const auto& [scope, change] : changes_) {
    const auto key = sql::params(scope);
    DOUDI_ASSIGN(const std::optional<Value> stored,
                 connection_.value("SELECT digest FROM local_digest WHERE scope = $1", key));
    const std::string* text = stored ? std::get_if<std::string>(&*stored) : nullptr;
    const sync::Digest before = text ? sync::parse_digest(*text).value_or(sync::Digest{}) : sync::Digest{};
    const auto parameters = sql::params(scope, sync::to_text(before + change));
    const auto done = connection_.run(
        "INSERT INTO local_digest(scope, digest) VALUES($1, $2) ON CONFLICT(scope) DO UPDATE SET digest = "
        "excluded.digest",
        parameters);
    if (!done.ok()) return done.error();
  }
  changes_.clear();
  return {};
}

}  // namespace doudi::field
