// One push: every group in a savepoint of its own, then its verdict, whatever it is.
#include "sync_server/service/ingest.hpp"

#include <map>

#include "shared/base/planted.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/sync/kept_columns.hpp"
#include "shared/wire/messages.hpp"
#include "sync_server/service/assignments.hpp"
#include "sync_server/service/group_writer.hpp"

namespace doudi::district {
namespace {

struct StoredGroup {
  sync::Hash hash{};
  sync::Hash previous{};
  sync::Verdict verdict = sync::Verdict::applied;
  std::string reason;
};

sync::Hash to_hash(ByteView bytes) {
  sync::Hash hash{};
  ensure(bytes.size() == hash.size(), "a stored hash has 32 bytes");
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

Bytes frame_of(const sync::Group& group) {
  return wire::encode(wire::Push{{group}}, &crypto::sha256);
}

// The group's own fault, not the store's.
bool is_group_fault(const Error& error) {
  return error.code.starts_with("sync.") || error.code == "sql.constraint";
}
// Such a group may fit later; every other fault is final.
bool may_fit_later(const Error& error) {
  return error.code == "sync.reference_missing" || error.code == "sync.schema_version" ||
         error.code == "sync.scope_left";
}

class Push {
 public:
  Push(sql::Connection& connection, const RowTables& tables, const Rulebook& rules, const Device& device,
       Instant now, PushOutcome& outcome)
      : connection_(connection),
        tables_(tables),
        rules_(rules),
        device_(device),
        now_(now),
        outcome_(outcome) {}
  Status load();
  Status take(const PreparedGroup& prepared);
  Status replay_held();
  // Applies a group that is in quarantine; the code of why not, or nothing.
  Result<std::string> retry(const sync::Group& group, Instant received_at);
  // Grids a person has opened for this group.
  void open_grids(const std::set<Uuid>& grids) { opened_ = grids; }
  Result<std::uint64_t> known_seq(std::uint32_t incarnation);

 private:
  Result<std::optional<StoredGroup>> stored(std::uint32_t incarnation, std::uint64_t seq);
  Result<bool> forks(const PreparedGroup& prepared);
  Result<sync::GroupVerdict> take_new(const PreparedGroup& prepared);
  Result<sync::GroupVerdict> keep_fork(const PreparedGroup& prepared);
  Result<GroupResult> try_apply(const sync::Group& group, Instant received_at);
  Status remember(const PreparedGroup& prepared, const GroupResult& result, bool quarantined);
  Status advance_chain(const sync::Group& group);

  sql::Connection& connection_;
  const RowTables& tables_;
  const Rulebook& rules_;
  const Device& device_;
  Instant now_;
  PushOutcome& outcome_;
  std::vector<Duty> duties_;
  std::set<Uuid> opened_;
  std::vector<domain::SyncPoint> sync_points_;
  bool something_new_ = false;
};

Status Push::load() {
  DOUDI_ASSIGN(duties_, duties_of(connection_, device_.account));
  return connection_.query(
      "SELECT server_at, device_at, monotonic_ms, boot_id FROM device_sync_point WHERE device=$1 ORDER BY "
      "server_at",
      sql::params(device_.number), [this](const sql::Row& row) {
        sync_points_.push_back(
            {Instant{row.integer(0)}, Instant{row.integer(1)}, row.integer(2), std::string(row.text(3))});
        return true;
      });
}

Result<std::optional<StoredGroup>> Push::stored(std::uint32_t incarnation, std::uint64_t seq) {
  std::optional<StoredGroup> found;
  DOUDI_TRY(connection_.query(
      "SELECT hash, previous, verdict, reason FROM device_group WHERE device=$1 AND incarnation=$2 AND "
      "seq=$3",
      sql::params(device_.number, static_cast<std::int64_t>(incarnation), static_cast<std::int64_t>(seq)),
      [&found](const sql::Row& row) {
        found = StoredGroup{to_hash(row.blob(0)), to_hash(row.blob(1)),
                            static_cast<sync::Verdict>(row.integer(2)), std::string(row.text(3))};
        return false;
      }));
  return found;
}

Status Push::take(const PreparedGroup& prepared) {
  const sync::Group& group = prepared.group;
  DOUDI_ASSIGN(const std::optional<StoredGroup> known, stored(group.incarnation, group.seq));
  if (known && known->hash == prepared.hash && !DOUDI_PLANTED("op_id_unchecked")) {
    outcome_.verdicts.push_back({group.incarnation, group.seq, known->verdict, known->reason});
    return {};
  }
  DOUDI_ASSIGN(const bool forked,
               known && !DOUDI_PLANTED("op_id_unchecked") ? Result<bool>(true) : forks(prepared));
  DOUDI_ASSIGN(sync::GroupVerdict verdict, forked ? keep_fork(prepared) : take_new(prepared));
  outcome_.verdicts.push_back(std::move(verdict));
  return {};
}

// The links to both neighbours, where they are here already (an emergency may overtake the chain).
Result<bool> Push::forks(const PreparedGroup& prepared) {
  const sync::Group& group = prepared.group;
  if (group.seq == 1) {
    if (group.previous != sync::Hash{}) return true;
  } else {
    DOUDI_ASSIGN(const std::optional<StoredGroup> before, stored(group.incarnation, group.seq - 1));
    if (before && before->hash != group.previous) return true;
  }
  DOUDI_ASSIGN(const std::optional<StoredGroup> after, stored(group.incarnation, group.seq + 1));
  return after && after->previous != prepared.hash;
}

Result<sync::GroupVerdict> Push::keep_fork(const PreparedGroup& prepared) {
  const sync::Group& group = prepared.group;
  DOUDI_TRY(plain(connection_.run(
      "INSERT INTO forked_group(device, incarnation, seq, hash, received_at, frame) "
      "VALUES($1,$2,$3,$4,$5,$6) "
      "ON CONFLICT DO NOTHING",
      sql::params(device_.number, static_cast<std::int64_t>(group.incarnation),
                  static_cast<std::int64_t>(group.seq), ByteView(prepared.hash), now_, frame_of(group)))));
  return sync::GroupVerdict{group.incarnation, group.seq, sync::Verdict::held, "sync.chain_forked"};
}

Result<GroupResult> Push::try_apply(const sync::Group& group, Instant received_at) {
  // Recorded by an older program is always right: nothing is ever taken away.
  if (group.schema_version > tables_.catalog().version + sync::kVersionsAhead) {
    return Error{"sync.schema_version", "The tablet is newer than the district."};
  }
  GridRights rights = rights_at(duties_, group.assignment_version);
  for (const Uuid& grid : opened_)
    if (rights.allowed.insert(grid).second) rights.late.insert(grid);
  const GroupContext context{device_, rights, sync_points_, received_at};
  GroupWriter writer(connection_, tables_, rules_, context);
  DOUDI_ASSIGN(GroupResult result, writer.apply(group));
  outcome_.touched.insert(writer.touched().begin(), writer.touched().end());
  outcome_.alerts.insert(outcome_.alerts.end(), result.alerts.begin(), result.alerts.end());
  return result;
}

Result<sync::GroupVerdict> Push::take_new(const PreparedGroup& prepared) {
  const sync::Group& group = prepared.group;
  DOUDI_TRY(plain(connection_.run("SAVEPOINT group_part")));
  auto applied = try_apply(group, now_);
  if (!applied.ok() && !is_group_fault(applied.error())) return applied.error();
  GroupResult result;
  if (applied.ok()) {
    result = std::move(*applied);
    something_new_ = true;
  } else {
    if (!DOUDI_PLANTED("half_batch_applied")) DOUDI_TRY(plain(connection_.run("ROLLBACK TO group_part")));
    result.verdict = may_fit_later(applied.error()) ? sync::Verdict::held : sync::Verdict::rejected;
    result.reason = applied.error().code;
  }
  DOUDI_TRY(plain(connection_.run("RELEASE group_part")));
  DOUDI_TRY(remember(prepared, result, !applied.ok()));
  return sync::GroupVerdict{group.incarnation, group.seq, result.verdict, result.reason};
}

Status Push::remember(const PreparedGroup& prepared, const GroupResult& result, bool quarantined) {
  const sync::Group& group = prepared.group;
  const auto incarnation = static_cast<std::int64_t>(group.incarnation);
  const auto seq = static_cast<std::int64_t>(group.seq);
  const auto verdict = static_cast<std::int64_t>(result.verdict);
  if (DOUDI_PLANTED("op_id_unchecked"))
    DOUDI_TRY(plain(connection_.run("DELETE FROM device_group WHERE device=$1 AND incarnation=$2 AND seq=$3",
                                    sql::params(device_.number, incarnation, seq))));
  DOUDI_TRY(plain(connection_.run(
      "INSERT INTO device_group(device, incarnation, seq, hash, previous, verdict, reason, received_at, "
      "bytes) "
      "VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9)",
      sql::params(device_.number, incarnation, seq, ByteView(prepared.hash), ByteView(group.previous),
                  verdict, result.reason, now_, prepared.canonical))));
  if (quarantined) {
    DOUDI_TRY(plain(connection_.run(
        "INSERT INTO quarantine(device, incarnation, seq, verdict, reason, received_at, frame) "
        "VALUES($1,$2,$3,$4,$5,$6,$7)",
        sql::params(device_.number, incarnation, seq, verdict, result.reason, now_, frame_of(group)))));
  }
  return advance_chain(group);
}

Status Push::advance_chain(const sync::Group& group) {
  const auto incarnation = static_cast<std::int64_t>(group.incarnation);
  DOUDI_TRY(plain(
      connection_.run("INSERT INTO device_chain(device, incarnation, known_seq, max_seq) VALUES($1,$2,0,$3) "
                      "ON CONFLICT(device, incarnation) DO UPDATE SET max_seq=max(max_seq, excluded.max_seq)",
                      sql::params(device_.number, incarnation, static_cast<std::int64_t>(group.seq)))));
  DOUDI_ASSIGN(const std::uint64_t before, known_seq(group.incarnation));
  if (group.seq != before + 1) return {};
  std::uint64_t known = group.seq;
  while (true) {
    DOUDI_ASSIGN(const std::optional<StoredGroup> next, stored(group.incarnation, known + 1));
    if (!next) break;
    ++known;
  }
  return plain(connection_.run("UPDATE device_chain SET known_seq=$3 WHERE device=$1 AND incarnation=$2",
                               sql::params(device_.number, incarnation, static_cast<std::int64_t>(known))));
}

Result<std::uint64_t> Push::known_seq(std::uint32_t incarnation) {
  DOUDI_ASSIGN(const std::int64_t known,
               connection_.integer("SELECT known_seq FROM device_chain WHERE device=$1 AND incarnation=$2",
                                   sql::params(device_.number, static_cast<std::int64_t>(incarnation))));
  return static_cast<std::uint64_t>(known);
}

// A group that waited for a row it refers to is tried again as soon as anything new of its device is in, and
// counts as received when it came itself.
Status Push::replay_held() {
  if (!something_new_) return {};
  std::vector<std::pair<sync::Group, Instant>> held;
  DOUDI_TRY(
      connection_.query("SELECT frame, received_at FROM quarantine WHERE device=$1 AND closed_at IS NULL AND "
                        "reason='sync.reference_missing' "
                        "ORDER BY incarnation, seq LIMIT 200",
                        sql::params(device_.number), [&held](const sql::Row& row) {
                          auto push = wire::decode_push(row.blob(0), &crypto::sha256);
                          if (push.ok() && push->groups.size() == 1)
                            held.emplace_back(std::move(push->groups.front()), Instant{row.integer(1)});
                          return true;
                        }));
  for (const auto& [group, received_at] : held) {
    if (const auto applied = retry(group, received_at); !applied.ok()) return applied.error();
  }
  return {};
}

Result<std::string> Push::retry(const sync::Group& group, Instant received_at) {
  const auto incarnation = static_cast<std::int64_t>(group.incarnation);
  const auto seq = static_cast<std::int64_t>(group.seq);
  DOUDI_TRY(plain(connection_.run("SAVEPOINT group_part")));
  const auto applied = try_apply(group, received_at);
  if (!applied.ok() && !is_group_fault(applied.error())) return applied.error();
  if (!applied.ok()) DOUDI_TRY(plain(connection_.run("ROLLBACK TO group_part")));
  DOUDI_TRY(plain(connection_.run("RELEASE group_part")));
  if (!applied.ok()) return applied.error().code;
  something_new_ = true;
  DOUDI_TRY(plain(connection_.run(
      "UPDATE device_group SET verdict=$4, reason=$5 WHERE device=$1 AND incarnation=$2 AND seq=$3",
      sql::params(device_.number, incarnation, seq, static_cast<std::int64_t>(applied->verdict),
                  applied->reason))));
  DOUDI_TRY(plain(
      connection_.run("UPDATE quarantine SET closed_at=$4 WHERE device=$1 AND incarnation=$2 AND seq=$3",
                      sql::params(device_.number, incarnation, seq, now_))));
  return std::string();
}

}  // namespace

PreparedGroup prepare_group(sync::Group group) {
  PreparedGroup prepared;
  prepared.canonical = sync::canonical_bytes(group);
  prepared.hash = sync::group_hash(group, &crypto::sha256);
  prepared.group = std::move(group);
  return prepared;
}

bool tablet_may_step(std::string_view table, std::string_view from, std::string_view to) {
  if (table != "lead") return false;
  if (to == "queued") return from.empty() || from == "draft" || from == "queued" || from == "returned";
  return to == "reported" && (from == "queued" || from == "returned");
}

Status Ingest::apply(sql::Connection& connection, const Device& device, std::span<const PreparedGroup> groups,
                     Instant now, PushOutcome& outcome) const {
  Push push(connection, tables_, rules_, device, now, outcome);
  DOUDI_TRY(push.load());
  for (const PreparedGroup& group : groups) DOUDI_TRY(push.take(group));
  DOUDI_TRY(push.replay_held());
  if (groups.empty()) return {};
  DOUDI_ASSIGN(outcome.known_seq, push.known_seq(groups.back().group.incarnation));
  return {};
}

Result<std::string> Ingest::apply_held(sql::Connection& connection, const Device& device,
                                       const sync::Group& group, const std::set<Uuid>& grids, Instant now,
                                       PushOutcome& outcome) const {
  Push push(connection, tables_, rules_, device, now, outcome);
  DOUDI_TRY(push.load());
  push.open_grids(grids);
  DOUDI_ASSIGN(const std::string refused, push.retry(group, now));
  push.open_grids({});
  DOUDI_TRY(push.replay_held());
  return refused;
}

Result<std::string> Ingest::replay(sql::Connection& connection, const Device& device,
                                   const sync::Group& group, Instant received_at,
                                   PushOutcome& outcome) const {
  Push push(connection, tables_, rules_, device, received_at, outcome);
  DOUDI_TRY(push.load());
  return push.retry(group, received_at);
}

}  // namespace doudi::district
