// Looking at the whole store: digests recomputed from the rows, and everything written out for rescue.
#include <nlohmann/json.hpp>

#include "field_client/client/parts.hpp"
#include "shared/crypto/crypto.hpp"

namespace doudi::field {
namespace {

nlohmann::json cell_of(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* bytes = std::get_if<Bytes>(&value)) {
    const auto id = uuid_from_bytes(*bytes);
    return id ? to_string(*id) : to_hex(*bytes);
  }
  return nullptr;
}

Result<std::map<std::string, std::string>> stored_digests(Store& store, const std::string& table) {
  std::map<std::string, std::string> digests;
  DOUDI_TRY(store.connection().query("SELECT scope, digest FROM " + table, [&](const sql::Row& row) {
    digests[std::string(row.text(0))] = std::string(row.text(1));
    return true;
  }));
  return digests;
}

}  // namespace

Result<std::vector<std::string>> verify_digests(Store& store) {
  std::map<std::string, sync::Digest> computed;
  DOUDI_TRY(visit_rows(store.connection(), store.catalog(),
                       [&](const sync::Table& table, const sync::RowState& row) {
                         sync::Digest& digest = computed[scope_of(table, row)];
                         digest = digest + sync::row_digest(row, crypto::sha256);
                       }));
  DOUDI_ASSIGN(const auto local, stored_digests(store, "local_digest"));
  DOUDI_ASSIGN(const auto server, stored_digests(store, "server_digest"));
  DOUDI_ASSIGN(const auto own_only,
               store.connection().integer(
                   "SELECT count(*) FROM op_group WHERE state = 'unsent' OR verdict IN (3, 4)"));
  std::vector<std::string> findings;
  for (const auto& [scope, digest] : computed) {
    const auto kept = local.find(scope);
    if (kept == local.end() || kept->second != sync::to_text(digest))
      findings.push_back("digest not kept for scope " + scope);
    const auto theirs = server.find(scope);
    if (own_only == 0 && theirs != server.end() && theirs->second != sync::to_text(digest))
      findings.push_back("rows differ from the district in scope " + scope);
  }
  return findings;
}

Status export_store(Store& store, const std::function<void(const std::string&)>& line) {
  return visit_rows(
      store.connection(), store.catalog(), [&](const sync::Table& table, const sync::RowState& row) {
        nlohmann::json document{{"table", table.name}, {"id", to_string(row.row)}, {"deleted", row.deleted}};
        for (const auto& [name, value] : row.columns) document[name] = cell_of(value);
        line(document.dump());
      });
}

}  // namespace doudi::field
