#include "tests/sim/oracle.hpp"

#include <algorithm>

#include "field_client/client/parts.hpp"
#include "shared/wire/request_signature.hpp"
#include "tests/sim/markers.hpp"

namespace doudi::sim {
namespace {

bool is_refusal(sync::Verdict verdict) {
  return verdict == sync::Verdict::held || verdict == sync::Verdict::rejected;
}

}  // namespace

void Oracle::fault(const std::string& invariant, const std::string& what) {
  faults_.push_back(invariant + ": " + what);
}

void Oracle::saved(Save save) {
  save.holders.insert(save.tablet);
  saves_.push_back(std::move(save));
}

std::set<std::string> Oracle::held_by(const SimTablet& tablet) const {
  std::set<std::string> markers;
  for (const Save& save : saves_)
    if (save.holders.contains(tablet.index())) markers.insert(save.marker);
  return markers;
}

void Oracle::went_back(const SimTablet& tablet, const std::set<std::string>& held) {
  for (Save& save : saves_) {
    if (held.contains(save.marker))
      save.holders.insert(tablet.index());
    else
      save.holders.erase(tablet.index());
  }
  note_destroyed();
}

Oracle::Line Oracle::line_of(const std::string& table, const Uuid& id) {
  auto reader = must(server_.district().store().read());
  Line line;
  must((*reader).query("SELECT * FROM " + table + " WHERE id=$1", sql::params(id), [&](const sql::Row& row) {
    for (int column = 0; column < row.size(); ++column) {
      line.first.push_back(row.value(column));
      line.second += (column > 0 ? ",$" : "$") + std::to_string(column + 1);
    }
    return false;
  }));
  return line;
}

// The identity was drawn by chance: the fold takes the district's own line.
void Oracle::enrolled(const Enrolled& tablet) {
  const Line line = line_of("device", tablet.identity.device);
  fold_.acted(server_.now(), [line](SimServer& again) -> Status {
    const auto added =
        again.district().store().writer().run("INSERT INTO device VALUES(" + line.second + ")", line.first);
    if (!added.ok()) return added.error();
    again.crash();
    return again.start();
  });
}

// The last piece of a photo has arrived: from then on its row says when. The key was drawn by chance.
void Oracle::note_photo(const field::HttpRequest& request, const field::HttpResponse& response) {
  const auto header = [&response](const std::string& name) {
    const auto found = response.headers.find(name);
    return found == response.headers.end() ? std::string() : found->second;
  };
  const std::string place = request.method == "POST" ? header("location") : request.target;
  if (header("upload-offset").empty() || header("upload-offset") != header("upload-length")) return;
  const auto id = parse_uuid(place.substr(place.rfind('/') + 1));
  if (!id || !photos_.insert(*id).second) return;
  const Line line = line_of("attachment_upload", *id);
  const Instant at = server_.now();
  fold_.acted(at, [line, photo = *id, at](SimServer& again) {
    return again.district().writer().run([&](sql::Connection& connection) -> Status {
      const auto added =
          connection.run("INSERT OR REPLACE INTO attachment_upload VALUES(" + line.second + ")", line.first);
      if (!added.ok()) return added.error();
      const auto& tables = again.district().tables();
      DOUDI_ASSIGN(const auto before, tables.read(connection, *tables.find("attachment"), photo));
      if (!before) return {};
      sync::RowState after = *before;
      district::set_cell(after, "received_at", sql::to_value(at));
      district::FeedWriter feed(connection, tables);
      DOUDI_TRY(feed.put(before, after));
      return feed.flush();
    });
  });
  note_let_go();
}

void Oracle::office_did(Instant at, Fold::Act act) {
  fold_.acted(at, std::move(act));
  note_let_go();
}

// A grid or a row that went to somebody else takes its photos from the tablet, once the district has them.
void Oracle::note_let_go() {
  auto reader = must(server_.district().store().read());
  for (Save& save : saves_) {
    if (!save.photo || save.let_go || !photos_.contains(save.photo->id)) continue;
    Bytes grid;
    must((*reader).query("SELECT grid FROM attachment WHERE id=$1", sql::params(save.photo->id),
                         [&grid](const sql::Row& row) {
                           grid = to_bytes(row.blob(0));
                           return false;
                         }));
    save.let_go = std::none_of(save.holders.begin(), save.holders.end(),
                               [&](int tablet) { return grids_of(*tablets_.at(tablet)).contains(grid); });
  }
}

void Oracle::cloned(const SimTablet& from, const SimTablet& to) {
  for (Save& save : saves_)
    if (save.holders.contains(from.index())) save.holders.insert(to.index());
}

void Oracle::office_may_write(std::string_view text) {
  for (const std::string& marker : markers_in(text)) by_office_.insert(marker);
}

SimNetwork::Tap Oracle::tap() {
  return [this](int tablet, const field::HttpRequest& request, const field::HttpResponse& response) {
    check_answer(*tablets_.at(tablet), request, response);
  };
}

void Oracle::check_answer(const Enrolled& tablet, const field::HttpRequest& request,
                          const field::HttpResponse& response) {
  ++counters_["answer " + std::to_string(response.status)];
  if (response.status < 200 || response.status > 299) return;
  if (revoked_.contains(tablet.identity.device))
    fault("I6", "a revoked device was answered at " + request.target);
  check_nonce(request);
  if (request.target.starts_with("/v1/attachments")) note_photo(request, response);
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
      // A stored verdict is of the duties as they were then.
      if (fresh) check_group_scope(tablet, group);
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

// Those the worker had when the group was made, and has had since.
std::set<Bytes> Oracle::grids_at(const Enrolled& tablet, std::int64_t assignment_version) {
  auto reader = must(server_.district().store().read());
  std::set<Bytes> grids;
  must(
      (*reader).query("SELECT d.grid FROM grid_duty d JOIN account a ON a.id=d.account WHERE a.login=$1 "
                      "AND (d.to_version IS NULL OR $2 < 0 OR (d.from_version <= $2 AND d.to_version > $2))",
                      sql::params(tablet.login, assignment_version), [&](const sql::Row& row) {
                        grids.insert(to_bytes(row.blob(0)));
                        return true;
                      }));
  return grids;
}

// What a group wrote stands in a grid its worker had when it was made; an emergency is taken from anybody who
// ever had the grid.
void Oracle::check_group_scope(const Enrolled& tablet, const sync::Group& group) {
  const bool urgent = group.lane == sync::Lane::emergency;
  const auto grids = grids_at(tablet, urgent ? -1 : group.assignment_version);
  for (const auto& operation : group.operations)
    for (const auto& change : operation.columns) {
      const Bytes* grid = change.column == "grid" ? std::get_if<Bytes>(&change.next) : nullptr;
      if (!grid || grids.contains(*grid)) continue;
      // What hangs on a household stands in the household's grid, whatever the tablet called it.
      const auto& tables = server_.district().tables();
      const auto row = must(
          tables.read(server_.district().store().writer(), *tables.find(operation.table), operation.row));
      if (row && district::cell(*row, "grid") == change.next)
        fault("I5", "a row was written into another worker's grid");
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

Status Oracle::check_opened(SimTablet& tablet, bool told_loss) {
  for (Save& save : saves_) {
    if (!save.holders.contains(tablet.index())) continue;
    DOUDI_ASSIGN(const auto there,
                 tablet.store().connection().integer(
                     "SELECT count(*) FROM op_log WHERE instr(changes, $1) > 0", sql::params(save.marker)));
    if (there > 0) continue;
    if (!told_loss) {
      fault("I1", tablet.name() + " acknowledged " + save.marker + " and does not have it");
      continue;
    }
    ++counters_["save lost and told"];
    save.holders.erase(tablet.index());
  }
  note_destroyed();
  return {};
}

Status Oracle::check_export(SimTablet& tablet) {
  std::string lines;
  DOUDI_TRY(field::export_store(tablet.store(), [&lines](const std::string& line) { lines += line + "\n"; }));
  return tablet.store().connection().query(
      "SELECT changes FROM op_log JOIN op_group ON op_group.id = group_seq WHERE state = 'unsent' AND "
      "table_name IN ('visit', 'lead') AND op_log.kind = 1",
      [&](const sql::Row& row) {
        for (const std::string& marker : markers_in(row.text(0))) {
          ++counters_["unsent save exported"];
          if (lines.find(marker) == std::string::npos)
            fault("I1", tablet.name() + " exported without " + marker);
        }
        return true;
      });
}

// Once no tablet has it any more, the district's copy is the last. A district that is off is asked when it
// comes back.
void Oracle::note_destroyed() {
  if (!server_.is_up()) return;
  auto reader = must(server_.district().store().read());
  for (Save& save : saves_)
    if (save.holders.empty() && !save.destroyed) save.destroyed = !is_on_district(*reader, save.marker);
}

// The tablets that still have it may not speak any more.
bool Oracle::went_with_revoked(const Save& save) {
  return std::all_of(save.holders.begin(), save.holders.end(),
                     [this](int tablet) { return revoked_.contains(tablets_.at(tablet)->identity.device); });
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
  note_destroyed();
}

void Oracle::restored(const Answered& state) {
  was_restored_ = true;
  answered_ = state.verdicts;
  applied_ = state.applied;
  carried_ = state.carried;
  by_office_ = state.by_office;
  photos_ = state.photos;
  fold_ = state.fold;
}

}  // namespace doudi::sim
