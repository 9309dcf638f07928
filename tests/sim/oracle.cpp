#include "tests/sim/oracle.hpp"

#include <algorithm>

#include "sync_server/service/tablet_service.hpp"

namespace doudi::sim {
namespace {

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

}  // namespace

void Oracle::fault(const std::string& invariant, const std::string& what) {
  faults_.push_back(invariant + ": " + what);
}

SimNetwork::Tap Oracle::tap(const std::vector<Enrolled>& tablets) {
  SimNetwork::Tap tap;
  tap.answer = [this, &tablets](int tablet, const field::HttpRequest& request,
                                const field::HttpResponse& response) {
    check_answer(tablets.at(static_cast<std::size_t>(tablet)), request, response);
  };
  return tap;
}

void Oracle::check_answer(const Enrolled& tablet, const field::HttpRequest& request,
                          const field::HttpResponse& response) {
  ++counters_["answer " + std::to_string(response.status)];
  if (response.status != 200) return;
  if (revoked_.contains(tablet.identity.device))
    fault("I6", "a revoked device was answered at " + request.target);
  if (request.target == "/v1/sync/pull") {
    const auto page = wire::decode_page(response.body, &crypto::sha256);
    if (page.ok()) check_page(tablet, *page);
  }
}

// The scope at this instant, from the duties themselves.
void Oracle::check_page(const Enrolled& tablet, const wire::Page& page) {
  auto reader = must(server_.district().store().read());
  std::set<Bytes> grids;
  must(
      (*reader).query("SELECT d.grid FROM grid_duty d JOIN account a ON a.id=d.account WHERE a.login=$1 AND "
                      "d.to_version IS NULL",
                      sql::params(tablet.login), [&](const sql::Row& row) {
                        grids.insert(to_bytes(row.blob(0)));
                        return true;
                      }));
  for (const auto& row : page.rows) {
    const Bytes id = to_bytes(row.row.view());
    const Value* grid = field::find_value(row, "grid");
    const Bytes* held = row.table == "grid" ? &id : grid ? std::get_if<Bytes>(grid) : nullptr;
    if (!held || !grids.contains(*held)) fault("I5", "a row of " + row.table + " left its scope");
  }
}

void Oracle::check_end(const std::vector<std::unique_ptr<SimTablet>>& tablets) {
  auto reader = must(server_.district().store().read());
  check_saves(*reader);
  for (const auto& tablet : tablets) {
    if (is_revoked(tablet->enrolled().identity.device)) continue;
    const auto unsent = must(tablet->store().groups().unsent());
    if (unsent.groups != 0)
      fault("I15", "tablet " + std::to_string(tablet->index()) + " still has " +
                       std::to_string(unsent.groups) + " unsent groups");
    check_scopes(*reader, *tablet);
  }
}

void Oracle::check_saves(sql::Connection& district) {
  for (const Save& save : saves_)
    if (!save.destroyed) check_save(district, save);
}

// The operation is on the server, and took effect once where its rule lets it stand.
void Oracle::check_save(sql::Connection& district, const Save& save) {
  const auto parameters = sql::params(ByteView(as_bytes(save.marker)));
  const auto stored =
      must(district.integer("SELECT (SELECT count(*) FROM device_group WHERE instr(bytes, $1) > 0) + "
                            "(SELECT count(*) FROM forked_group WHERE instr(frame, $1) > 0)",
                            parameters));
  const std::string name =
      save.marker + " (" + save.table + "." + save.column + " of tablet " + std::to_string(save.tablet) + ")";
  if (stored == 0) return fault("I10", "the district does not have the save " + name);
  std::string text;
  must(district.query("SELECT coalesce(" + save.column + ", '') FROM " + save.table + " WHERE id=$1",
                      sql::params(save.row), [&](const sql::Row& row) {
                        text = row.text(0);
                        return false;
                      }));
  if (occurrences(text, save.marker) > 1) fault("I4", "the save " + name + " took effect twice");
  const auto first =
      must(district.integer("SELECT min(verdict) FROM device_group WHERE instr(bytes, $1) > 0", parameters));
  const bool stands = save.column == "note" || save.column == "description";
  if (stands && first <= 2 && occurrences(text, save.marker) == 0)
    fault("I10", "the save " + name + " was applied and is gone");
}

void Oracle::check_scopes(sql::Connection& district, SimTablet& tablet) {
  const auto grids = must(district::grids_of(district, tablet.enrolled().worker));
  for (const auto& grid : grids) check_rows(district, tablet, to_string(grid.id));
}

// Row by row: a tablet keeps its own refused changes on top, everything else is the district's.
void Oracle::check_rows(sql::Connection& district, SimTablet& tablet, const std::string& scope) {
  field::RowWriter local(tablet.store().connection(), server_.district().store().catalog());
  const auto& tables = server_.district().tables();
  const Bytes grid = to_bytes(parse_uuid(scope)->view());
  std::set<Uuid> refused;
  for (const auto& head : must(tablet.store().groups().heads("WHERE verdict IN (3, 4)")))
    for (const auto& operation : must(tablet.store().groups().read(head.id)).operations)
      refused.insert(operation.row);
  for (const auto& table : tables.all()) {
    const std::string name = table.table->name;
    std::vector<Uuid> ids;
    must(district.query("SELECT id FROM " + name + " WHERE " + table.table->scope_column + "=$1",
                        sql::params(grid), [&](const sql::Row& row) {
                          ids.push_back(row.uuid(0));
                          return true;
                        }));
    for (const Uuid& id : ids) {
      if (refused.contains(id)) continue;
      const auto there = must(tables.read(district, table, id));
      const auto here = must(local.read(name, id));
      const bool equal =
          here ? here->deleted == there->deleted && (there->deleted || *here == *there) : there->deleted;
      if (!equal)
        fault("I11",
              "tablet " + std::to_string(tablet.index()) + " has another " + name + " " + to_string(id));
    }
    const auto extra = must(tablet.store().connection().integer(
        "SELECT count(*) FROM " + name + " WHERE " + table.table->scope_column + "=$1 AND deleted=0",
        sql::params(grid)));
    const auto expected = must(district.integer(
        "SELECT count(*) FROM " + name + " WHERE " + table.table->scope_column + "=$1 AND deleted=0",
        sql::params(grid)));
    if (extra != expected && refused.empty())
      fault("I11", "tablet " + std::to_string(tablet.index()) + " has " + std::to_string(extra) +
                       " rows of " + name + ", the district " + std::to_string(expected));
  }
  if (!refused.empty()) return;
  const auto text = must(tablet.store().connection().value("SELECT digest FROM local_digest WHERE scope=$1",
                                                           sql::params(scope)));
  const auto wanted = must(district.value(
      "SELECT printf('%016x%016x', digest_high, digest_low) FROM scope WHERE key=$1", sql::params(scope)));
  if (text && wanted && *text != *wanted)
    fault("I11", "tablet " + std::to_string(tablet.index()) + " has another digest");
}

}  // namespace doudi::sim
