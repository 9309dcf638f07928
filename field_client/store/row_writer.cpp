#include "field_client/store/row_writer.hpp"

#include "shared/crypto/crypto.hpp"

namespace doudi::field {
namespace {

std::string column_list(const sync::Table& table) {
  std::string list;
  for (const auto& column : table.columns) list += (list.empty() ? "" : ", ") + column.name;
  return list;
}

Error unknown_table(std::string_view table) {
  return {"sync.unknown_table", "no table " + std::string(table)};
}

std::string put_statement(const sync::Table& table) {
  std::string names = "id";
  std::string places = "$1";
  std::string updates;
  int place = 1;
  for (const auto& column : table.columns) {
    names += ", " + column.name;
    places += ", $" + std::to_string(++place);
    updates += column.name + " = excluded." + column.name + ", ";
  }
  return "INSERT INTO " + table.name + "(" + names + ", deleted) VALUES(" + places + ", $" +
         std::to_string(place + 1) + ") ON CONFLICT(id) DO UPDATE SET " + updates +
         "deleted = excluded.deleted";
}

// Rows from elsewhere may lack newer columns or carry unknown ones; columns go by name, in catalog order.
sync::RowState in_catalog_order(const sync::Table& table, const sync::RowState& row) {
  sync::RowState ordered{row.table, row.row, row.deleted, {}};
  for (const auto& column : table.columns) {
    const Value* value = find_value(row, column.name);
    ordered.columns.emplace_back(column.name, value ? *value : Value{});
  }
  return ordered;
}

}  // namespace

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
  const sync::Table* definition = catalog_.find(table);
  if (!definition) return unknown_table(table);
  std::optional<sync::RowState> found;
  const auto parameters = sql::params(id);
  const std::string statement =
      "SELECT deleted, " + column_list(*definition) + " FROM " + definition->name + " WHERE id = $1";
  DOUDI_TRY(connection_.query(statement, parameters, [&](const sql::Row& row) {
    found = sync::RowState{definition->name, id, row.integer(0) != 0, {}};
    for (std::size_t i = 0; i < definition->columns.size(); ++i)
      found->columns.emplace_back(definition->columns[i].name, row.value(static_cast<int>(i) + 1));
    return false;
  }));
  return found;
}

Status RowWriter::insert(std::string_view table, const Uuid& id, const RowValues& values) {
  const sync::Table* definition = catalog_.find(table);
  if (!definition) return unknown_table(table);
  const sync::RowState row = in_catalog_order(*definition, {std::string(table), id, false, values});
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

Status RowWriter::put(const sync::RowState& state) {
  const sync::Table* definition = catalog_.find(state.table);
  if (!definition) return unknown_table(state.table);
  DOUDI_ASSIGN(const std::optional<sync::RowState> before, read(state.table, state.row));
  const sync::RowState row = in_catalog_order(*definition, state);
  if (before && *before == row) return {};
  std::vector<Value> parameters = sql::params(row.row);
  for (const auto& [name, value] : row.columns) parameters.push_back(value);
  parameters.push_back(sql::to_value(row.deleted));
  const auto done = connection_.run(put_statement(*definition), parameters);
  if (!done.ok()) return done.error();
  count(before, row);
  return {};
}

Status RowWriter::remove(const sync::RowState& row) {
  const auto done = connection_.run("DELETE FROM " + catalog_.find(row.table)->name + " WHERE id = $1",
                                    sql::params(row.row));
  if (!done.ok()) return done.error();
  count(row, std::nullopt);
  return {};
}

void RowWriter::count(const std::optional<sync::RowState>& before,
                      const std::optional<sync::RowState>& after) {
  if (before) {
    sync::Digest& digest = changes_[scope_of(*catalog_.find(before->table), *before)];
    digest = digest - sync::row_digest(*before, crypto::sha256);
  }
  if (!after) return;
  sync::Digest& digest = changes_[scope_of(*catalog_.find(after->table), *after)];
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
