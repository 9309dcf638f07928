#include "field_client/sync/scope_rows.hpp"

#include <algorithm>

#include "shared/crypto/crypto.hpp"

namespace doudi::field {

Result<std::vector<std::string>> table_names(Store& store) {
  std::vector<std::string> names;
  for (const auto& table : store.catalog().tables) names.push_back(table.name);
  DOUDI_TRY(store.connection().query("SELECT DISTINCT table_name FROM kept_row ORDER BY table_name",
                                     [&names](const sql::Row& row) {
                                       names.emplace_back(row.text(0));
                                       return true;
                                     }));
  return names;
}

Result<std::map<std::string, std::vector<sync::RowMark>>> read_scope_marks(Store& store) {
  DOUDI_ASSIGN(const auto names, table_names(store));
  std::map<std::string, std::vector<sync::RowMark>> marks;
  DOUDI_TRY(visit_rows(
      store.connection(), store.catalog(), [&](const sync::Table& table, const sync::RowState& row) {
        const auto number = std::find(names.begin(), names.end(), table.name) - names.begin();
        marks[scope_of(table, row)].push_back(
            {row.row, sync::row_digest(row, crypto::sha256), static_cast<std::uint32_t>(number)});
      }));
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
