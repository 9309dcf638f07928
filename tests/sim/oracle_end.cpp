// The checks of a world that has become quiet.
#include <algorithm>

#include "field_client/store/catalog_file.hpp"
#include "sync_server/auth/nonce_book.hpp"
#include "sync_server/service/attachments.hpp"
#include "sync_server/service/tablet_service.hpp"
#include "sync_server/service/verify_store.hpp"
#include "tests/sim/markers.hpp"
#include "tests/sim/oracle.hpp"

namespace doudi::sim {
namespace {

// What stands, wherever; what was deleted is nobody's.
StoredRows rows_of(SimTablet& tablet) {
  StoredRows rows;
  must(field::visit_rows(
      tablet.store().connection(), tablet.store().catalog(),
      [&rows](const sync::Table& table, const sync::RowState& row) {
        if (row.deleted) return;
        rows[{table.name, row.row}] = {field::scope_of(table, row), sync::row_digest(row, &crypto::sha256)};
      }));
  return rows;
}

StoredRows rows_of(sql::Connection& connection, const district::RowTables& tables) {
  StoredRows rows;
  const auto scan = [&](const district::TableStatements& table) {
    must(connection.query(table.scan, {}, [&](const sql::Row& cells) {
      const sync::RowState row = must(district::RowTables::scanned(table, cells));
      if (!row.deleted)
        rows[{table.table->name, row.row}] = {district::scope_key(*table.table, row),
                                              sync::row_digest(row, &crypto::sha256)};
      return true;
    }));
  };
  for (const auto& table : tables.all()) scan(table);
  for (const auto* table : tables.kept()) scan(*table);
  return rows;
}

}  // namespace

void Oracle::check_end(const std::vector<std::unique_ptr<SimTablet>>& tablets) {
  check_opened_district();
  auto reader = must(server_.district().store().read());
  for (const Save& save : saves_)
    if (!save.destroyed) check_save(*reader, save);
  check_chains(*reader);
  const StoredRows rows = rows_of(*reader, server_.district().tables());
  for (const auto& tablet : tablets) {
    check_plaintext(tablet->storage(), tablet->name());
    if (is_revoked(*tablet)) continue;
    check_tablet(*reader, *tablet);
    check_rows(rows, *tablet);
  }
  check_bounds(*reader);
  check_plaintext(server_.storage(), "the district");
  if (!order_known_) return;
  for (const auto& difference : fold_.differences(*reader))
    fault("I12", "not the fold of its log: " + difference);
}

// The operation is on the server, and took effect once where its rule lets it stand.
void Oracle::check_save(sql::Connection& district, const Save& save) {
  const std::string name =
      save.marker + " (" + save.table + "." + save.column + " of tablet " + std::to_string(save.tablet) + ")";
  if (!is_on_district(district, save.marker)) {
    if (!save.holders.empty() && went_with_revoked(save)) return;
    return fault("I10", "the district does not have the save " + name);
  }
  // A district that does not know the table or the column yet keeps it all the same.
  const auto& tables = server_.district().tables();
  const district::TableStatements* table = tables.find(save.table);
  const auto row = table ? must(tables.read(district, *table, save.row)) : std::nullopt;
  const std::string text = row ? district::cell_text(*row, save.column) : std::string();
  if (save.photo && applied_.contains(save.marker)) check_photo(district, save);
  const auto effects = occurrences(text, save.marker);
  if (effects > 1) fault("I4", "the save " + name + " took effect twice");
  const bool stands = save.column == "note" || save.column == "description";
  if (applied_.contains(save.marker) && stands && effects == 0)
    fault("I10", "the save " + name + " was applied and is gone");
  if (!carried_.contains(save.marker) && !by_office_.contains(save.marker) && order_known_ && effects > 0 &&
      !is_applied_later(district, save.marker))
    fault("atomic", "part of the refused save " + name + " took effect");
}

// Where a tablet is left that can send it, every photo of a visit is here, whole and the same.
void Oracle::check_photo(sql::Connection& district, const Save& save) {
  if (went_with_revoked(save)) return;
  district::Attachments photos(server_.district());
  const auto found = photos.content(district, base_.officer(), save.photo->id);
  if (!found.ok() && was_restored_ && save.let_go) {
    ++counters_["photo lost by a restore"];
    return;
  }
  if (!found.ok())
    return fault("I14", "the photo of " + save.marker + " is not at the district: " + found.error().code);
  ++counters_["photo whole at the district"];
  if (crypto::sha256(found->bytes) != save.photo->sha256)
    fault("I14", "the photo of " + save.marker + " is another one at the district");
}

// A group that was held and found what it waited for.
bool Oracle::is_applied_later(sql::Connection& district, const std::string& marker) {
  return must(district.integer(
             "SELECT count(*) FROM device_group g JOIN quarantine q USING(device, incarnation, "
             "seq) WHERE q.closed_at IS NOT NULL AND instr(g.bytes, $1) > 0",
             sql::params(ByteView(as_bytes(marker))))) > 0;
}

void Oracle::check_chains(sql::Connection& district) {
  must(
      district.query("SELECT g.device, g.incarnation, g.seq FROM device_group g JOIN device_group b ON "
                     "b.device=g.device AND "
                     "b.incarnation=g.incarnation AND b.seq=g.seq-1 WHERE b.hash<>g.previous",
                     [&](const sql::Row& row) {
                       fault("I3", "the chain of device " + std::to_string(row.integer(0)) + " breaks at " +
                                       std::to_string(row.integer(1)) + "/" + std::to_string(row.integer(2)));
                       return true;
                     }));
  const auto report = must(district::verify_store(server_.district()));
  for (const auto& found : report.faults) fault("I7", found);
}

void Oracle::check_tablet(sql::Connection& district, SimTablet& tablet) {
  const auto unsent = must(tablet.store().groups().unsent());
  if (unsent.groups != 0)
    fault("I15", tablet.name() + " still has " + std::to_string(unsent.groups) + " unsent groups");
  for (const auto& finding : must(tablet.store().groups().verify_chain()))
    fault("I3", tablet.name() + ": " + finding);
  check_bounds(tablet);
  check_left_scopes(district, tablet);
  check_refused(tablet);
  // A scope that had to be compared range by range shows that something was missed before.
  const auto mended = must(tablet.store().connection().integer(
      "SELECT count(*) FROM incident WHERE kind IN ('digest_mismatch', 'rows_changed')"));
  const auto rescued =
      must(tablet.store().connection().integer("SELECT count(*) FROM incident WHERE kind='rescued'"));
  if (mended > 0 && !was_restored_ && rescued == 0) fault("I11", tablet.name() + " had to be mended");
}

// Every group of the tablet that the district refused is there with verdict and reason.
void Oracle::check_refused(SimTablet& tablet) {
  std::set<sync::Hash> shown;
  must(tablet.store().connection().query("SELECT hash FROM op_group WHERE verdict IN (3, 4) AND reason <> ''",
                                         [&](const sql::Row& row) {
                                           sync::Hash hash{};
                                           const ByteView bytes = row.blob(0);
                                           std::copy(bytes.begin(), bytes.end(), hash.begin());
                                           shown.insert(hash);
                                           return true;
                                         }));
  for (const auto& [key, verdict] : answered_) {
    const auto& [device, incarnation, seq, hash] = key;
    if (device != tablet.enrolled().identity.device || tablet.was_split()) continue;
    if (verdict.verdict != sync::Verdict::rejected) continue;
    ++counters_["rejected save shown"];
    if (!shown.contains(hash))
      fault("I13", tablet.name() + " does not show the refused group " + std::to_string(seq));
  }
}

// Nothing of a grid that went to somebody else is left, and the district has been told.
void Oracle::check_left_scopes(sql::Connection& district, SimTablet& tablet) {
  const auto grids = grids_of(tablet.enrolled());
  std::set<Uuid> refused;  // what the tablet itself put where it must not stands there until a person decides
  for (const auto& head : must(tablet.store().groups().heads("WHERE verdict IN (3, 4)")))
    for (const auto& operation : must(tablet.store().groups().read(head.id)).operations)
      if (operation.kind == sync::OperationKind::insert) refused.insert(operation.row);
  sql::Connection& store = tablet.store().connection();
  must(field::visit_rows(
      store, tablet.store().catalog(), [&](const sync::Table& table, const sync::RowState& row) {
        const auto grid = parse_uuid(field::scope_of(table, row));
        if (grid && !grids.contains(to_bytes(grid->view())) && !refused.contains(row.row))
          fault("I16",
                tablet.name() + " still has " + table.name + " " + to_string(row.row) + " of another grid");
      }));
  if (must(store.integer("SELECT count(*) FROM left_scope WHERE purged_at IS NULL")) != 0)
    fault("I16", tablet.name() + " still holds a grid it left");
  if (must(store.integer("SELECT count(*) FROM departing_row")) != 0)
    fault("I16", tablet.name() + " still holds a row that moved away");
  if (must(district.integer("SELECT count(*) FROM device_scope s JOIN device d ON d.number=s.device WHERE "
                            "d.id=$1 AND s.left_at IS NOT NULL AND s.purged_at IS NULL",
                            sql::params(tablet.enrolled().identity.device))) != 0)
    fault("I16", tablet.name() + " gave no receipt for a grid it left");
}

// What could grow for ever does not.
void Oracle::check_bounds(SimTablet& tablet) {
  sql::Connection& store = tablet.store().connection();
  const auto check = [&](const char* what, std::int64_t most, const std::string& query) {
    const auto count = must(store.integer("SELECT count(*) FROM " + query));
    if (count > most) fault("I9", tablet.name() + " has " + std::to_string(count) + " " + what);
  };
  const auto scopes = static_cast<std::int64_t>(base_.grids().size());
  check("sync points", field::kSyncPointsKept, "sync_point");
  check("operations in no group", 0, "op_log WHERE group_seq IS NULL");
  check("cursors", scopes, "cursor");
  check("digests", scopes, "server_digest");
  check("checked scopes", scopes, "scope_check");
  check("left scopes", scopes, "left_scope");
  const auto outbox = (kTabletFolder / "outbox.sealed").string();
  std::uint64_t bytes = 0;
  if (tablet.storage().disk.find(outbox, bytes) == DiskError::none && bytes > field::kOutboxBytesMax)
    fault("I9", tablet.name() + " has an outbox of " + std::to_string(bytes) + " bytes");
}

void Oracle::check_bounds(sql::Connection& district) {
  district::District& server = server_.district();
  const auto devices = server.devices().size();
  if (server.writer().counters().waiting != 0) fault("I9", "jobs wait at the district");
  if (server_.nonces_outstanding() > devices * district::kNoncesMax)
    fault("I9", "the district keeps too many nonces");
  if (server.news().waiting() > tablets_.size()) fault("I9", "waits pile up at the district");
  const auto points = must(district.integer(
      "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM device_sync_point GROUP BY device)"));
  if (points > field::kSyncPointsKept + 1) fault("I9", "the district keeps too many sync points");
}

// Row by row: a tablet keeps its own refused changes on top, everything else is the district's.
void Oracle::check_rows(const StoredRows& there, SimTablet& tablet) {
  std::set<std::string> scopes;
  for (const Bytes& grid : grids_of(tablet.enrolled())) scopes.insert(to_string(*uuid_from_bytes(grid)));
  std::set<Uuid> refused;
  for (const auto& head : must(tablet.store().groups().heads("WHERE verdict IN (3, 4)")))
    for (const auto& operation : must(tablet.store().groups().read(head.id)).operations)
      refused.insert(operation.row);
  const StoredRows here = rows_of(tablet);
  const auto report = [&](const StoredRows& rows, const StoredRows& others) {
    for (const auto& [key, row] : rows) {
      if (!scopes.contains(row.scope) || refused.contains(key.second)) continue;
      const auto other = others.find(key);
      if (other == others.end() || other->second != row)
        fault("I11", tablet.name() + " has another " + key.first + " " + to_string(key.second));
    }
  };
  report(there, here);
  report(here, there);
}

void Oracle::check_plaintext(const SimStorage& storage, const std::string& whose) {
  for (const auto& file : storage.disk.names()) {
    const Bytes content = storage.disk.content(file);
    if (!markers_in(as_text(content)).empty() || as_text(content).find("张桂") != std::string_view::npos)
      fault("I8", "plain text in " + file + " of " + whose);
  }
}

}  // namespace doudi::sim
