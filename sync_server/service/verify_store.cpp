// Everything is recomputed from the rows; nothing stored is believed.
#include "sync_server/service/verify_store.hpp"

#include <bit>
#include <map>
#include <set>

#include "shared/crypto/crypto.hpp"
#include "shared/sync/digest.hpp"
#include "shared/wire/messages.hpp"
#include "sync_server/service/lead_clocks.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

Status add_table(sql::Connection& connection, const TableStatements& table,
                 std::map<std::string, sync::Digest>& digests, VerifyReport& report) {
  return connection.query(table.scan, [&](const sql::Row& cells) {
    const auto row = RowTables::scanned(table, cells);
    if (!row.ok()) return report.faults.push_back(table.table->name + ": " + row.error().message), true;
    auto& digest = digests[scope_key(*table.table, *row)];
    digest = digest + sync::row_digest(*row, &crypto::sha256);
    ++report.rows;
    if (row->table == "visit") ++report.visits;
    return true;
  });
}

Status check_digests(sql::Connection& connection, const RowTables& tables, VerifyReport& report) {
  std::map<std::string, sync::Digest> computed;
  for (const TableStatements& table : tables.all()) DOUDI_TRY(add_table(connection, table, computed, report));
  for (const TableStatements* table : tables.kept())
    DOUDI_TRY(add_table(connection, *table, computed, report));
  return connection.query("SELECT key, digest_high, digest_low FROM scope", [&](const sql::Row& row) {
    const sync::Digest stored{std::bit_cast<std::uint64_t>(row.integer(1)),
                              std::bit_cast<std::uint64_t>(row.integer(2))};
    if (computed[std::string(row.text(0))] != stored)
      report.faults.push_back("the digest of scope " + std::string(row.text(0)) + " is wrong");
    ++report.scopes;
    return true;
  });
}

// Rows that groups set aside would have brought.
Result<std::set<Uuid>> rows_set_aside(sql::Connection& connection) {
  std::set<Uuid> rows;
  DOUDI_TRY(connection.query("SELECT frame FROM quarantine UNION ALL SELECT frame FROM forked_group",
                             [&rows](const sql::Row& row) {
                               const auto push = wire::decode_push(row.blob(0), &crypto::sha256);
                               for (const auto& group : push.ok() ? push->groups : std::vector<sync::Group>())
                                 for (const sync::Operation& operation : group.operations)
                                   if (operation.kind == sync::OperationKind::insert)
                                     rows.insert(operation.row);
                               return true;
                             }));
  return rows;
}

// What this program learned after others used it was kept before anybody could see that it is a reference: it
// may name a row of a group that was set aside meanwhile (shared/decisions/0014).
Status check_reference(sql::Connection& connection, const sync::Table& table, const sync::Column& column,
                       VerifyReport& report) {
  std::vector<Uuid> missing;
  DOUDI_TRY(connection.query("SELECT c." + column.name + " FROM " + table.name + " c WHERE c." + column.name +
                                 " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM " + column.references +
                                 " p WHERE p.id=c." + column.name + ")",
                             [&missing](const sql::Row& row) {
                               missing.push_back(row.uuid(0));
                               return true;
                             }));
  if (!missing.empty() && column.since > 1) {
    DOUDI_ASSIGN(const std::set<Uuid> aside, rows_set_aside(connection));
    std::erase_if(missing, [&aside](const Uuid& row) { return aside.contains(row); });
  }
  if (!missing.empty())
    report.faults.push_back(std::to_string(missing.size()) + " rows of " + table.name + " have no " +
                            column.name);
  return {};
}

// Leads may name rows that have not arrived; everything else must find its parent.
Status check_references(sql::Connection& connection, const RowTables& tables, VerifyReport& report) {
  for (const TableStatements& table : tables.all()) {
    for (const sync::Column& column : table.table->columns) {
      if (column.references.empty() || (table.table->name == "lead" && column.name != "grid")) continue;
      DOUDI_TRY(check_reference(connection, *table.table, column, report));
    }
    DOUDI_ASSIGN(const std::int64_t unfed,
                 connection.integer("SELECT count(*) FROM " + table.table->name +
                                        " c WHERE NOT EXISTS (SELECT 1 FROM row_feed f "
                                        "WHERE f.table_no=$1 AND f.row_id=c.id)",
                                    sql::params(table.number)));
    if (unfed > 0)
      report.faults.push_back(std::to_string(unfed) + " rows of " + table.table->name + " are in no feed");
  }
  return {};
}

// Stored bytes hash to the stored hash, neighbours are linked, every group has a verdict.
Status check_groups(sql::Connection& connection, VerifyReport& report) {
  std::int64_t device = 0, incarnation = 0, seq = 0;
  Bytes last_hash;
  return connection.query(
      "SELECT device, incarnation, seq, hash, previous, verdict, bytes FROM device_group ORDER BY device, "
      "incarnation, seq",
      [&](const sql::Row& row) {
        const std::string name = std::to_string(row.integer(0)) + "/" + std::to_string(row.integer(1)) + "/" +
                                 std::to_string(row.integer(2));
        const Bytes hash = to_bytes(row.blob(3));
        const crypto::Hash computed = crypto::sha256(row.blob(6));
        if (hash != Bytes(computed.begin(), computed.end()))
          report.faults.push_back("group " + name + " does not have its hash");
        const bool follows =
            row.integer(0) == device && row.integer(1) == incarnation && row.integer(2) == seq + 1;
        if (follows && to_bytes(row.blob(4)) != last_hash)
          report.faults.push_back("group " + name + " does not follow the one before");
        if (row.integer(5) < 1 || row.integer(5) > 5)
          report.faults.push_back("group " + name + " has no verdict");
        device = row.integer(0);
        incarnation = row.integer(1);
        seq = row.integer(2);
        last_hash = hash;
        ++report.groups;
        return true;
      });
}

Status check_entries(sql::Connection& connection, VerifyReport& report) {
  DOUDI_ASSIGN(
      const std::int64_t loose,
      connection.integer(
          "SELECT count(*) FROM ledger_entry e WHERE NOT EXISTS (SELECT 1 FROM lead l WHERE l.id=e.lead "
          "AND l.entry_no=e.number AND l.state='accepted')"));
  if (loose > 0) report.faults.push_back(std::to_string(loose) + " ledger entries do not match their lead");
  return {};
}

}  // namespace

Result<VerifyReport> verify_content(sql::Connection& connection, const District& district) {
  VerifyReport report;
  DOUDI_TRY(check_digests(connection, district.tables(), report));
  DOUDI_TRY(check_references(connection, district.tables(), report));
  DOUDI_TRY(check_groups(connection, report));
  DOUDI_TRY(check_entries(connection, report));
  DOUDI_TRY(verify_chains(connection, report.faults));
  DOUDI_ASSIGN(report.leads, verify_clocks(connection, district.rules(), report.faults));
  return report;
}

Result<VerifyReport> verify_store(District& district) {
  // One snapshot for all of it, so that a running server does not disturb the comparison.
  DOUDI_ASSIGN(const Store::Reader reader, district.store().read());
  DOUDI_ASSIGN(VerifyReport report, verify_content(*reader, district));
  DOUDI_TRY(reader->query("PRAGMA integrity_check", [&report](const sql::Row& row) {
    if (row.text(0) != "ok") report.faults.push_back("integrity: " + std::string(row.text(0)));
    return true;
  }));
  return report;
}

}  // namespace doudi::district
