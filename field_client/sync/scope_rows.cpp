#include "field_client/sync/scope_rows.hpp"

#include "field_client/store/catalog_file.hpp"
#include "shared/crypto/crypto.hpp"

namespace doudi::field {
namespace {

sync::RowState read_state(const sync::Table& table, const sql::Row& row) {
  sync::RowState state{table.name, row.uuid(0), row.integer(1) != 0, {}};
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    state.columns.emplace_back(table.columns[i].name, row.value(static_cast<int>(i) + 2));
  return state;
}

}  // namespace

Result<std::map<std::string, std::vector<sync::RowMark>>> read_scope_marks(Store& store) {
  std::map<std::string, std::vector<sync::RowMark>> marks;
  std::uint32_t number = 0;
  for (const auto& table : catalog().tables) {
    std::string columns;
    for (const auto& column : table.columns) columns += ", " + column.name;
    DOUDI_TRY(store.connection().query("SELECT id, deleted" + columns + " FROM " + table.name,
                                       [&](const sql::Row& row) {
                                         const sync::RowState state = read_state(table, row);
                                         marks[scope_of(table, state)].push_back(
                                             {state.row, sync::row_digest(state, crypto::sha256), number});
                                         return true;
                                       }));
    ++number;
  }
  return marks;
}

Result<sync::Digest> local_digest(Store& store, const std::string& scope) {
  DOUDI_ASSIGN(const auto found, store.connection().value("SELECT digest FROM local_digest WHERE scope = $1",
                                                          sql::params(scope)));
  const std::string* text = found ? std::get_if<std::string>(&*found) : nullptr;
  return text ? sync::parse_digest(*text).value_or(sync::Digest{}) : sync::Digest{};
}

Status set_local_digest(Store& store, const std::string& scope, const sync::Digest& digest) {
  const auto done = store.connection().run(
      "INSERT INTO local_digest(scope, digest) VALUES($1, $2) ON CONFLICT(scope) DO UPDATE SET digest = "
      "excluded.digest",
      sql::params(scope, sync::to_text(digest)));
  if (!done.ok()) return done.error();
  return {};
}

Result<std::vector<ScopeDigest>> server_digests(Store& store) {
  std::vector<ScopeDigest> digests;
  DOUDI_TRY(store.connection().query(
      "SELECT s.scope, s.digest, s.position FROM server_digest s JOIN cursor c ON c.scope = s.scope AND "
      "c.position = s.position ORDER BY s.scope",
      [&digests](const sql::Row& row) {
        digests.push_back({std::string(row.text(0)), sync::parse_digest(row.text(1)).value_or(sync::Digest{}),
                           row.integer(2)});
        return true;
      }));
  return digests;
}

}  // namespace doudi::field
