#include "field_client/sync/left_scopes.hpp"

#include <algorithm>

namespace doudi::field {
namespace {

// A refused photo holds nothing back: the district has said that it will not take it.
constexpr std::string_view kOnTheWay = "l.state IN ('waiting', 'uploading')";

Status done(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

bool has(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

Status LeftScopes::hold(const std::vector<std::string>& before, const std::vector<std::string>& now) {
  for (const std::string& scope : now)
    DOUDI_TRY(done(store_.connection().run("DELETE FROM left_scope WHERE scope = $1", sql::params(scope))));
  for (const std::string& scope : before) {
    if (has(now, scope)) continue;
    DOUDI_TRY(done(store_.connection().run(
        "INSERT INTO left_scope(scope, noticed_at) VALUES($1, $2) ON CONFLICT(scope) DO NOTHING",
        sql::params(scope, store_.clock().wall()))));
    // The district answers no question about it any more: comparing would end every round before its photos.
    DOUDI_TRY(
        done(store_.connection().run("DELETE FROM server_digest WHERE scope = $1", sql::params(scope))));
  }
  return {};
}

Result<std::vector<std::string>> LeftScopes::waiting() {
  std::vector<std::string> scopes;
  DOUDI_TRY(store_.connection().query("SELECT scope FROM left_scope WHERE purged_at IS NULL",
                                      [&scopes](const sql::Row& row) {
                                        scopes.emplace_back(row.text(0));
                                        return true;
                                      }));
  return scopes;
}

Result<std::vector<std::string>> LeftScopes::receipts() {
  std::vector<std::string> scopes;
  DOUDI_TRY(
      store_.connection().query("SELECT scope FROM left_scope WHERE purged_at IS NOT NULL ORDER BY scope",
                                [&scopes](const sql::Row& row) {
                                  scopes.emplace_back(row.text(0));
                                  return true;
                                }));
  return scopes;
}

Status LeftScopes::receipts_taken() {
  return done(store_.connection().run("DELETE FROM left_scope WHERE purged_at IS NOT NULL"));
}

Result<bool> LeftScopes::has_unsent(const std::string& scope) {
  const auto grid = parse_uuid(scope);
  for (const sync::Table& table : store_.catalog().tables) {
    if (!grid || table.scope_column.empty() || table.scope_column == "id") continue;
    DOUDI_ASSIGN(
        const std::int64_t unsent,
        store_.connection().integer(
            "SELECT count(*) FROM op_group g JOIN op_log o ON o.group_seq = g.id JOIN " + table.name +
                " t ON t.id = o.row_id WHERE g.state = 'unsent' AND o.table_name = $1 AND t." +
                table.scope_column + " = $2",
            sql::params(table.name, *grid)));
    if (unsent > 0) return true;
  }
  if (!grid) return false;
  DOUDI_ASSIGN(const std::int64_t photos,
               store_.connection().integer("SELECT count(*) FROM attachment a JOIN attachment_local l ON "
                                           "l.id = a.id WHERE a.grid = $1 AND " +
                                               std::string(kOnTheWay),
                                           sql::params(*grid)));
  return photos > 0;
}

// The content goes with the record.
Status LeftScopes::remove_photos(sql::Connection& connection, const std::string& which,
                                 const std::vector<Value>& parameters) {
  DOUDI_TRY(done(connection.run(
      "DELETE FROM attachment_local WHERE id IN (SELECT id FROM attachment WHERE " + which + ")",
      parameters)));
  return done(connection.run(
      "DELETE FROM attachment_chunk WHERE sha256 NOT IN (SELECT sha256 FROM attachment_local)"));
}

Status LeftScopes::remove_scope(RowWriter& writer, const std::string& scope) {
  const auto grid = parse_uuid(scope);
  if (!grid) return {};
  sql::Connection& connection = writer.connection();
  DOUDI_TRY(
      done(connection.run("DELETE FROM draft WHERE household IN (SELECT id FROM household WHERE grid = $1)",
                          sql::params(*grid))));
  DOUDI_TRY(remove_photos(connection, "grid = $1", sql::params(*grid)));
  for (const sync::Table& table : store_.catalog().tables) {
    if (table.scope_column.empty()) continue;
    DOUDI_TRY(done(connection.run("DELETE FROM " + table.name + " WHERE " + table.scope_column + " = $1",
                                  sql::params(*grid))));
  }
  DOUDI_TRY(done(connection.run("DELETE FROM kept_row WHERE grid = $1", sql::params(*grid))));
  for (const char* kept :
       {"cursor", "server_digest", "local_digest", "departing_row", "scope_check", "set_aside_row"})
    DOUDI_TRY(
        done(connection.run("DELETE FROM " + std::string(kept) + " WHERE scope = $1", sql::params(scope))));
  DOUDI_TRY(store_.set_setting("digest_wrong_" + scope, Value{}));
  return done(connection.run("UPDATE left_scope SET purged_at = $2 WHERE scope = $1",
                             sql::params(scope, store_.clock().wall())));
}

Status LeftScopes::depart(RowWriter& writer, const std::vector<wire::Departure>& departures) {
  for (const wire::Departure& departure : departures) {
    DOUDI_ASSIGN(const auto row, writer.read(departure.table, departure.row));
    if (!row || scope_of(table_of(store_.catalog(), departure.table), *row) != departure.scope) continue;
    DOUDI_TRY(done(writer.connection().run(
        "INSERT INTO departing_row(table_name, row_id, scope) VALUES($1, $2, $3) ON CONFLICT DO NOTHING",
        sql::params(departure.table, departure.row, departure.scope))));
  }
  return {};
}

Result<std::vector<wire::Departure>> LeftScopes::departing() {
  std::vector<wire::Departure> list;
  DOUDI_TRY(store_.connection().query(
      "SELECT scope, table_name, row_id FROM departing_row", [&list](const sql::Row& row) {
        list.push_back({std::string(row.text(0)), std::string(row.text(1)), row.uuid(2)});
        return true;
      }));
  return list;
}

// The row may have come back, or have moved to another grid this tablet holds: then it stays.
Status LeftScopes::remove_row(RowWriter& writer, const wire::Departure& departure) {
  DOUDI_ASSIGN(const auto row, writer.read(departure.table, departure.row));
  if (row && scope_of(table_of(store_.catalog(), departure.table), *row) == departure.scope) {
    if (departure.table == "attachment")
      DOUDI_TRY(remove_photos(writer.connection(), "id = $1", sql::params(departure.row)));
    DOUDI_TRY(writer.remove(*row));
    DOUDI_TRY(
        done(writer.connection().run("DELETE FROM draft WHERE household = $1", sql::params(departure.row))));
  }
  return done(writer.connection().run(
      "DELETE FROM departing_row WHERE table_name = $1 AND row_id = $2 AND scope = $3",
      sql::params(departure.table, departure.row, departure.scope)));
}

Result<bool> LeftScopes::purge(RowWriter& writer) {
  bool removed = false;
  DOUDI_ASSIGN(const std::vector<wire::Departure> rows, departing());
  for (const wire::Departure& departure : rows) {
    DOUDI_ASSIGN(const auto pending, store_.groups().pending_on(departure.table, departure.row));
    if (!pending.empty()) continue;
    DOUDI_ASSIGN(const std::int64_t photos,
                 writer.connection().integer(
                     "SELECT count(*) FROM attachment_local l WHERE l.id = $1 AND " + std::string(kOnTheWay),
                     sql::params(departure.row)));
    if (photos > 0) continue;
    DOUDI_TRY(remove_row(writer, departure));
    removed = true;
  }
  DOUDI_ASSIGN(const std::vector<std::string> scopes, waiting());
  for (const std::string& scope : scopes) {
    DOUDI_ASSIGN(const bool unsent, has_unsent(scope));
    if (unsent) continue;
    DOUDI_TRY(remove_scope(writer, scope));
    removed = true;
  }
  return removed;
}

}  // namespace doudi::field
