#include "tests/sim/oracle.hpp"

#include <algorithm>

#include "field_client/store/catalog_file.hpp"
#include "shared/wire/request_signature.hpp"
#include "sync_server/service/tablet_service.hpp"
#include "sync_server/service/verify_store.hpp"

namespace doudi::sim {
namespace {

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

std::string name_of(const SimTablet& tablet) {
  return "tablet " + std::to_string(tablet.index());
}

// "MARK17M": what the workload writes and nothing else does.
std::vector<std::string> markers_in(std::string_view text) {
  std::vector<std::string> markers;
  for (auto at = text.find("MARK"); at != std::string_view::npos; at = text.find("MARK", at + 1)) {
    auto end = at + 4;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    if (end > at + 4 && end < text.size() && text[end] == 'M')
      markers.emplace_back(text.substr(at, end + 1 - at));
  }
  return markers;
}

bool is_refusal(sync::Verdict verdict) {
  return verdict == sync::Verdict::held || verdict == sync::Verdict::rejected;
}

}  // namespace

void Oracle::fault(const std::string& invariant, const std::string& what) {
  faults_.push_back(invariant + ": " + what);
}

std::set<std::string> Oracle::markers_of(int tablet) const {
  std::set<std::string> markers;
  for (const Save& save : saves_)
    if (save.tablet == tablet) markers.insert(save.marker);
  return markers;
}

SimNetwork::Tap Oracle::tap() {
  return [this](int tablet, const field::HttpRequest& request, const field::HttpResponse& response) {
    check_answer(*tablets_.at(tablet), request, response);
  };
}

void Oracle::check_answer(const Enrolled& tablet, const field::HttpRequest& request,
                          const field::HttpResponse& response) {
  ++counters_["answer " + std::to_string(response.status)];
  if (response.status != 200) return;
  if (revoked_.contains(tablet.identity.device))
    fault("I6", "a revoked device was answered at " + request.target);
  check_nonce(request);
  if (request.target == "/v1/sync/push") check_push(tablet, request.body, response.body);
  if (request.target == "/v1/sync/hello") {
    auto hello = wire::decode_hello(request.body, &crypto::sha256);
    const auto reply = wire::decode_hello_reply(response.body, &crypto::sha256);
    if (!hello.ok() || !reply.ok()) return fault("wire", "an answered greeting cannot be read");
    ++counters_["chain " + reply->chain];
    fold_.greeted(tablet.identity.device, std::move(*hello), reply->server_time);
  }
  if (request.target == "/v1/sync/pull") {
    const auto page = wire::decode_page(response.body, &crypto::sha256);
    if (page.ok()) check_page(tablet, *page);
  }
}

// A recorded request is worth nothing: each nonce is answered once.
void Oracle::check_nonce(const field::HttpRequest& request) {
  for (const auto& [name, value] : request.headers)
    if (name == wire::kNonceHeader && !spent_nonces_.insert(value).second)
      fault("replay", "a repeated request was answered at " + request.target);
}

void Oracle::check_push(const Enrolled& tablet, const Bytes& request, const Bytes& answer) {
  auto push = wire::decode_push(request, &crypto::sha256);
  const auto reply = wire::decode_push_reply(answer, &crypto::sha256);
  if (!push.ok() || !reply.ok() || push->groups.size() != reply->verdicts.size())
    return fault("wire", "an answered push cannot be read");
  for (std::size_t i = 0; i < push->groups.size(); ++i) {
    const auto& group = push->groups[i];
    const auto& verdict = reply->verdicts[i];
    const GroupKey key{tablet.identity.device, group.incarnation, group.seq,
                       sync::group_hash(group, &crypto::sha256)};
    const auto [known, fresh] = answered_.emplace(key, verdict);
    if (!fresh) ++counters_["stored verdict answered"];
    // A group that waited for a row may be applied later; every other verdict is final.
    if (!fresh && known->second != verdict && !is_refusal(known->second.verdict))
      fault("I4", "a group was answered " + std::to_string(static_cast<int>(known->second.verdict)) +
                      " and " + std::to_string(static_cast<int>(verdict.verdict)));
    known->second = verdict;
    note_group(tablet, group, verdict);
    if (!is_refusal(verdict.verdict)) {
      check_group_scope(tablet, group);
      note_markers(group);
    }
    ++counters_["verdict " + std::to_string(static_cast<int>(verdict.verdict)) +
                (verdict.reason.empty() ? "" : " " + verdict.reason)];
  }
  fold_.pushed(tablet.identity.device, std::move(*push), reply->server_time);
}

void Oracle::note_markers(const sync::Group& group) {
  for (const auto& operation : group.operations)
    for (const auto& change : operation.columns) {
      const auto* base = std::get_if<std::string>(&change.base);
      const auto* next = std::get_if<std::string>(&change.next);
      if (!next) continue;
      for (const std::string& marker : markers_in(*next)) {
        carried_.insert(marker);
        if (!base || base->find(marker) == std::string::npos) applied_.insert(marker);
      }
    }
}

void Oracle::note_group(const Enrolled& tablet, const sync::Group& group, const sync::GroupVerdict& verdict) {
  std::string line = "  district: " + tablet.login + " group " + std::to_string(group.incarnation) + "/" +
                     std::to_string(group.seq) + " verdict " +
                     std::to_string(static_cast<int>(verdict.verdict)) + " " + verdict.reason;
  for (const auto& operation : group.operations) {
    line += "; " + operation.table + " " + to_string(operation.row).substr(24) + " kind " +
            std::to_string(static_cast<int>(operation.kind));
    for (const auto& change : operation.columns) {
      const auto* base = std::get_if<std::string>(&change.base);
      const auto* next = std::get_if<std::string>(&change.next);
      if (next && next->find("MARK") != std::string::npos)
        line += " " + change.column + " '" + (base ? *base : "") + "' -> '" + *next + "'";
    }
  }
  std::replace(line.begin(), line.end(), '\n', '|');
  trace_.add(queue_.now_ms(), line);
}

std::set<Bytes> Oracle::grids_of(const Enrolled& tablet) {
  auto reader = must(server_.district().store().read());
  std::set<Bytes> grids;
  must(
      (*reader).query("SELECT d.grid FROM grid_duty d JOIN account a ON a.id=d.account WHERE a.login=$1 "
                      "AND d.to_version IS NULL",
                      sql::params(tablet.login), [&](const sql::Row& row) {
                        grids.insert(to_bytes(row.blob(0)));
                        return true;
                      }));
  return grids;
}

// What a group wrote stands in a grid of its worker.
void Oracle::check_group_scope(const Enrolled& tablet, const sync::Group& group) {
  const auto grids = grids_of(tablet);
  for (const auto& operation : group.operations)
    for (const auto& change : operation.columns) {
      const Bytes* grid = change.column == "grid" ? std::get_if<Bytes>(&change.next) : nullptr;
      if (grid && !grids.contains(*grid)) fault("I5", "a row was written into another worker's grid");
    }
}

// The scope at this instant, from the duties themselves.
void Oracle::check_page(const Enrolled& tablet, const wire::Page& page) {
  const auto grids = grids_of(tablet);
  for (const auto& row : page.rows) {
    const Bytes id = to_bytes(row.row.view());
    const Value* grid = field::find_value(row, "grid");
    const Bytes* held = row.table == "grid" ? &id : grid ? std::get_if<Bytes>(grid) : nullptr;
    if (!held || !grids.contains(*held)) fault("I5", "a row of " + row.table + " left its scope");
  }
}

bool Oracle::is_on_district(sql::Connection& district, const std::string& marker) {
  const auto parameters = sql::params(ByteView(as_bytes(marker)));
  if (must(district.integer("SELECT count(*) FROM device_group WHERE instr(bytes, $1) > 0", parameters)) > 0)
    return true;
  bool found = false;
  must(district.query("SELECT frame FROM forked_group", [&](const sql::Row& row) {
    const auto push = wire::decode_push(row.blob(0), &crypto::sha256);
    for (const auto& group : push.ok() ? push->groups : std::vector<sync::Group>()) {
      const Bytes bytes = sync::canonical_bytes(group);
      found = found || as_text(bytes).find(marker) != std::string_view::npos;
    }
    return !found;
  }));
  return found;
}

void Oracle::check_opened(SimTablet& tablet, bool told_loss) {
  for (Save& save : saves_) {
    if (save.tablet != tablet.index() || save.destroyed || save.moved_off) continue;
    const auto there = must(tablet.store().connection().integer(
        "SELECT count(*) FROM op_log WHERE instr(changes, $1) > 0", sql::params(save.marker)));
    if (there > 0) continue;
    if (!told_loss) {
      fault("I1", name_of(tablet) + " acknowledged " + save.marker + " and does not have it");
      continue;
    }
    ++counters_["save lost and told"];
    forget(save);
  }
}

// The district's copy is enough; without it the save is gone.
void Oracle::forget_unsent_of(SimTablet& tablet, const std::set<std::string>& kept) {
  for (Save& save : saves_)
    if (save.tablet == tablet.index() && !kept.contains(save.marker)) forget(save);
}

void Oracle::forget(Save& save) {
  save.moved_off = true;
  save.destroyed = true;
  if (!server_.is_up()) return;
  auto reader = must(server_.district().store().read());
  save.destroyed = !is_on_district(*reader, save.marker);
}

void Oracle::check_opened_district() {
  auto reader = must(server_.district().store().read());
  std::set<GroupKey> stored;
  const auto collect = [&](const char* table) {
    must((*reader).query("SELECT d.id, g.incarnation, g.seq, g.hash FROM " + std::string(table) +
                             " g JOIN device d ON d.number=g.device",
                         [&](const sql::Row& row) {
                           sync::Hash hash{};
                           const ByteView bytes = row.blob(3);
                           std::copy(bytes.begin(), bytes.end(), hash.begin());
                           stored.emplace(row.uuid(0), static_cast<std::uint32_t>(row.integer(1)),
                                          static_cast<std::uint64_t>(row.integer(2)), hash);
                           return true;
                         }));
  };
  collect("device_group");
  collect("forked_group");
  for (const auto& [key, verdict] : answered_)
    if (!stored.contains(key))
      fault("I2", "the district answered for group " + std::to_string(std::get<1>(key)) + "/" +
                      std::to_string(std::get<2>(key)) + " and does not have it");
}

void Oracle::restored(const Answered& state) {
  answered_ = state.verdicts;
  applied_ = state.applied;
  carried_ = state.carried;
  revoked_ = state.revoked;
  fold_ = state.fold;
}

void Oracle::check_end(const std::vector<std::unique_ptr<SimTablet>>& tablets) {
  check_opened_district();
  for (const auto& tablet : tablets)
    if (is_revoked(*tablet)) forget_unsent_of(*tablet, {});
  auto reader = must(server_.district().store().read());
  for (const Save& save : saves_)
    if (!save.destroyed) check_save(*reader, save);
  check_chains(*reader);
  for (const auto& tablet : tablets)
    if (!is_revoked(*tablet)) note_logged(*tablet);
  for (const auto& tablet : tablets) {
    check_plaintext(tablet->storage(), name_of(*tablet));
    if (!is_revoked(*tablet)) check_tablet(*reader, *tablet);
  }
  check_plaintext(server_.storage(), "the district");
  if (!order_known_) return;
  for (const auto& difference : fold_.differences(*reader))
    fault("I12", "not the fold of its log: " + difference);
}

// The operation is on the server, and took effect once where its rule lets it stand.
void Oracle::check_save(sql::Connection& district, const Save& save) {
  const std::string name =
      save.marker + " (" + save.table + "." + save.column + " of tablet " + std::to_string(save.tablet) + ")";
  if (!is_on_district(district, save.marker))
    return fault("I10", "the district does not have the save " + name);
  std::string text;
  must(district.query("SELECT coalesce(" + save.column + ", '') FROM " + save.table + " WHERE id=$1",
                      sql::params(save.row), [&](const sql::Row& row) {
                        text = row.text(0);
                        return false;
                      }));
  const auto effects = occurrences(text, save.marker);
  if (effects > 1) fault("I4", "the save " + name + " took effect twice");
  const bool stands = save.column == "note" || save.column == "description";
  if (applied_.contains(save.marker) && stands && effects == 0)
    fault("I10", "the save " + name + " was applied and is gone");
  if (!carried_.contains(save.marker) && order_known_ && effects > 0 &&
      !is_applied_later(district, save.marker))
    fault("atomic", "part of the refused save " + name + " took effect");
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
    fault("I15", name_of(tablet) + " still has " + std::to_string(unsent.groups) + " unsent groups");
  for (const auto& finding : must(tablet.store().groups().verify_chain()))
    fault("I3", name_of(tablet) + ": " + finding);
  const auto points = must(tablet.store().connection().integer("SELECT count(*) FROM sync_point"));
  if (points > field::kSyncPointsKept) fault("I9", name_of(tablet) + " keeps too many sync points");
  check_refused(tablet);
  for (const auto& grid : must(district::grids_of(district, tablet.enrolled().worker)))
    check_rows(district, tablet, grid.id);
  // A scope that had to be compared range by range shows that something was missed before.
  const auto mended = must(tablet.store().connection().integer(
      "SELECT count(*) FROM incident WHERE kind IN ('digest_mismatch', 'rows_changed')"));
  if (mended > 0 && !may_differ_) fault("I11", name_of(tablet) + " had to be mended");
}

// Rows of groups that the district took from a tablet which still speaks with it. What is held there, for
// example a visit whose household went with a lost tablet, is kept whole and shown, but makes no row.
void Oracle::note_logged(SimTablet& tablet) {
  for (const auto& head :
       must(tablet.store().groups().heads("WHERE verdict IS NULL OR verdict NOT IN (3, 4)")))
    for (const auto& operation : must(tablet.store().groups().read(head.id)).operations)
      still_logged_.insert(operation.row);
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
      fault("I13", name_of(tablet) + " does not show the refused group " + std::to_string(seq));
  }
}

// Row by row: a tablet keeps its own refused changes on top, everything else is the district's.
void Oracle::check_rows(sql::Connection& district, SimTablet& tablet, const Uuid& grid) {
  field::RowWriter local(tablet.store().connection(), field::shipped_schema().catalog);
  const auto& tables = server_.district().tables();
  std::set<Uuid> refused;
  for (const auto& head : must(tablet.store().groups().heads("WHERE verdict IN (3, 4)")))
    for (const auto& operation : must(tablet.store().groups().read(head.id)).operations)
      refused.insert(operation.row);
  const auto rows_of = [&](sql::Connection& store, const district::TableStatements& table) {
    std::set<Uuid> ids;
    must(store.query("SELECT id FROM " + table.table->name + " WHERE " + table.table->scope_column + "=$1",
                     sql::params(grid), [&](const sql::Row& row) {
                       ids.insert(row.uuid(0));
                       return true;
                     }));
    return ids;
  };
  for (const auto& table : tables.all()) {
    std::set<Uuid> ids = rows_of(district, table);
    ids.merge(rows_of(tablet.store().connection(), table));
    for (const Uuid& id : ids) {
      if (refused.contains(id)) continue;
      const auto there = must(tables.read(district, table, id));
      const auto here = must(local.read(table.table->name, id));
      const bool gone_here = !here || here->deleted;
      const bool gone_there = !there || there->deleted;
      if (gone_here == gone_there && (gone_here || *here == *there)) continue;
      // Lost with a restore, and no tablet is left whose log could bring it again as a row: the others keep
      // the row for a day, then set it aside (shared/decisions/0008).
      if (may_differ_ && !there && !still_logged_.contains(id)) continue;
      fault("I11", name_of(tablet) + " has another " + table.table->name + " " + to_string(id));
    }
  }
}

void Oracle::check_plaintext(const SimStorage& storage, const std::string& whose) {
  for (const auto& file : storage.disk.names()) {
    const Bytes content = storage.disk.content(file);
    if (!markers_in(as_text(content)).empty() || as_text(content).find("张桂") != std::string_view::npos)
      fault("I8", "plain text in " + file + " of " + whose);
  }
}

}  // namespace doudi::sim
