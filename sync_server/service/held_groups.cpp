// Taking in goes through the same writer as a push, so that merge rules, clocks and feeds are the same.
#include "sync_server/service/held_groups.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "shared/crypto/crypto.hpp"
#include "sync_server/service/console_events.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

constexpr int kHeldRowsMax = 200;
constexpr std::size_t kDoorsMax = 3;

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

std::optional<sync::Group> group_of(ByteView frame) {
  auto push = wire::decode_push(frame, &crypto::sha256);
  if (!push.ok() || push->groups.size() != 1) return std::nullopt;
  return std::move(push->groups.front());
}

// Households and people the group names, its own rows among them.
std::set<Uuid> rows_named(const sync::Group& group) {
  std::set<Uuid> rows;
  for (const sync::Operation& operation : group.operations) {
    if (operation.table == "household" || operation.table == "person") rows.insert(operation.row);
    for (const sync::ColumnChange& change : operation.columns) {
      if (change.column != "household" && change.column != "person") continue;
      const auto* bytes = std::get_if<Bytes>(&change.next);
      if (const auto id = bytes != nullptr ? uuid_from_bytes(*bytes) : std::nullopt) rows.insert(*id);
    }
  }
  return rows;
}

Result<std::vector<std::string>> doors_of(sql::Connection& connection, const sync::Group& group,
                                          const std::string& scopes) {
  std::vector<std::string> doors;
  for (const Uuid& row : rows_named(group)) {
    DOUDI_TRY(connection.query(
        "SELECT g.name || ' ' || h.door || coalesce(' ' || p.name, '') FROM (SELECT id AS household, NULL AS "
        "name FROM household WHERE id=$2 UNION ALL SELECT household, name FROM person WHERE id=$2) p JOIN "
        "household h ON h.id=p.household JOIN grid g ON g.id=h.grid WHERE " +
            std::string(kInScope),
        sql::params(scopes, row), [&doors](const sql::Row& found) {
          doors.emplace_back(found.text(0));
          return true;
        }));
  }
  // A door says nothing that a person behind it does not.
  std::erase_if(doors, [&doors](const std::string& door) {
    return std::any_of(doors.begin(), doors.end(),
                       [&](const std::string& other) { return other.starts_with(door + " "); });
  });
  doors.resize(std::min(doors.size(), kDoorsMax));
  return doors;
}

Status describe(sql::Connection& connection, ByteView frame, const std::string& scopes, HeldGroup& held) {
  const auto group = group_of(frame);
  if (!group) return {};
  std::map<std::string, std::int64_t> counts;
  for (const sync::Operation& operation : group->operations) ++counts[operation.table];
  held.content.assign(counts.begin(), counts.end());
  held.recorded_at = Instant{group->device_wall_ms};
  DOUDI_ASSIGN(held.about, doors_of(connection, *group, scopes));
  return {};
}

HeldGroup held_group(const sql::Row& row) {
  HeldGroup held;
  held.key = {row.integer(0), row.integer(1), row.integer(2)};
  held.device = row.text(3);
  held.worker = row.text(4);
  held.reason = row.text(5);
  held.rejected = row.integer(6) == static_cast<int>(sync::Verdict::rejected);
  held.received_at = Instant{row.integer(7)};
  held.outcome = row.text(9);
  held.closed_by = row.text(10);
  held.closed_reason = row.text(11);
  if (!row.is_null(12)) held.closed_at = Instant{row.integer(12)};
  return held;
}

// `d` is the device: its worker has, or had, a grid of the actor.
std::string seen_by_actor() {
  return "EXISTS(SELECT 1 FROM grid_duty y JOIN grid g ON g.id=y.grid WHERE y.account=d.account AND " +
         std::string(kInScope) + ")";
}

class HeldDecision {
 public:
  HeldDecision(District& district, sql::Connection& connection, const Actor& actor, const HeldKey& key)
      : district_(district), connection_(connection), actor_(actor), key_(key), now_(district.now()) {}

  Status take() {
    DOUDI_TRY(find());
    DOUDI_ASSIGN(const HeldFrame held, read_held_frame(connection_, key_));
    const auto known = district_.devices().find(device_);
    if (!held.group || !known) return Error{"held.refused", "wire.frame"};
    DOUDI_ASSIGN(const std::set<Uuid> grids, own_grids());
    DOUDI_ASSIGN(const std::string refused, district_.ingest().apply_held(connection_, *known, *held.group,
                                                                          grids, held.received_at, outcome_));
    if (!refused.empty()) return Error{"held.refused", refused};
    return record_held(connection_, key_, device_, {"taken", actor_.account, "", "held.take"}, now_);
  }
  Status leave(const std::string& reason) {
    DOUDI_TRY(find());
    return record_held(connection_, key_, device_, {"closed", actor_.account, reason, "held.close"}, now_);
  }
  [[nodiscard]] const PushOutcome& outcome() const { return outcome_; }
  [[nodiscard]] const Uuid& device() const { return device_; }

 private:
  Status find() {
    bool open = false;
    DOUDI_TRY(
        connection_.query("SELECT d.id, q.closed_at IS NULL FROM quarantine q JOIN device d ON "
                          "d.number=q.device WHERE q.device=$2 AND q.incarnation=$3 AND q.seq=$4 AND " +
                              seen_by_actor(),
                          sql::params(actor_.scopes(kDeciders), key_.device, key_.incarnation, key_.seq),
                          [&](const sql::Row& row) {
                            device_ = row.uuid(0);
                            open = row.integer(1) != 0;
                            return false;
                          }));
    if (device_.is_nil()) return Error{"not_found", "There is no such group."};
    return open ? Status{} : Error{"held.closed", "Somebody has decided this already."};
  }

  Result<std::set<Uuid>> own_grids() {
    std::set<Uuid> grids;
    DOUDI_TRY(connection_.query("SELECT g.id FROM grid g WHERE " + std::string(kInScope),
                                sql::params(actor_.scopes(kDeciders)), [&grids](const sql::Row& row) {
                                  grids.insert(row.uuid(0));
                                  return true;
                                }));
    return grids;
  }

  District& district_;
  sql::Connection& connection_;
  const Actor& actor_;
  HeldKey key_;
  Instant now_;
  Uuid device_;
  PushOutcome outcome_;
};

}  // namespace

const std::set<std::string> kDeciders{"township", "township_leader", "district", "district_leader"};

std::string to_text(const HeldKey& key) {
  return std::to_string(key.device) + "-" + std::to_string(key.incarnation) + "-" + std::to_string(key.seq);
}

std::optional<HeldKey> parse_held_key(std::string_view text) {
  std::array<std::int64_t, 3> numbers{};
  for (std::size_t part = 0; part < numbers.size(); ++part) {
    const std::string_view word = text.substr(0, text.find('-'));
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), numbers[part]);
    if (failure != std::errc{} || end != word.data() + word.size()) return std::nullopt;
    const bool last = word.size() == text.size();
    if (last != (part + 1 == numbers.size())) return std::nullopt;
    if (!last) text.remove_prefix(word.size() + 1);
  }
  return HeldKey{numbers[0], numbers[1], numbers[2]};
}

Result<std::vector<HeldGroup>> read_held_groups(sql::Connection& connection, const Actor& actor) {
  const std::string scopes = actor.scopes(kCaseRoles);
  std::vector<std::pair<HeldGroup, Bytes>> found;
  DOUDI_TRY(connection.query(
      "SELECT q.device, q.incarnation, q.seq, d.label, a.name, q.reason, q.verdict, q.received_at, q.frame, "
      "coalesce(q.outcome,''), coalesce(b.name,''), coalesce(q.closed_reason,''), q.closed_at FROM "
      "quarantine "
      "q JOIN device d ON d.number=q.device JOIN account a ON a.id=d.account LEFT JOIN account b ON "
      "b.id=q.closed_by WHERE (q.closed_at IS NULL OR q.outcome IS NOT NULL) AND " +
          seen_by_actor() + " ORDER BY q.closed_at IS NOT NULL, q.received_at DESC, q.seq LIMIT $2",
      sql::params(scopes, kHeldRowsMax), [&found](const sql::Row& row) {
        found.emplace_back(held_group(row), to_bytes(row.blob(8)));
        return true;
      }));
  std::vector<HeldGroup> list;
  for (auto& [held, frame] : found) {
    DOUDI_TRY(describe(connection, frame, scopes, held));
    list.push_back(std::move(held));
  }
  return list;
}

Result<HeldFrame> read_held_frame(sql::Connection& connection, const HeldKey& key) {
  HeldFrame held;
  DOUDI_TRY(connection.query(
      "SELECT d.id, q.received_at, q.frame FROM quarantine q JOIN device d ON d.number=q.device WHERE "
      "q.device=$1 AND q.incarnation=$2 AND q.seq=$3",
      sql::params(key.device, key.incarnation, key.seq), [&held](const sql::Row& row) {
        held = {row.uuid(0), Instant{row.integer(1)}, group_of(row.blob(2))};
        return false;
      }));
  return held;
}

Status record_held(sql::Connection& connection, const HeldKey& key, const Uuid& device, const HeldEnd& end,
                   Instant now) {
  DOUDI_TRY(plain(connection.run(
      "UPDATE quarantine SET closed_at=$4, outcome=$5, closed_by=$6, closed_reason=$7 WHERE device=$1 AND "
      "incarnation=$2 AND seq=$3",
      sql::params(key.device, key.incarnation, key.seq, now, end.outcome, end.by, end.reason))));
  return append_audit(connection, {now, end.by, key.device, end.action, "device", device,
                                   to_text(key) + (end.reason.empty() ? "" : " " + end.reason)});
}

// The hash tells a group from that of a clone under the same number.
Result<std::vector<sync::GroupVerdict>> settled_groups(sql::Connection& connection, const Device& device,
                                                       const std::vector<wire::SetAside>& set_aside) {
  std::vector<sync::GroupVerdict> settled;
  for (const wire::SetAside& group : set_aside) {
    DOUDI_TRY(connection.query(
        "SELECT verdict, reason FROM device_group WHERE device=$1 AND incarnation=$2 AND seq=$3 AND hash=$4 "
        "AND verdict NOT IN(3, 4)",
        sql::params(device.number, static_cast<std::int64_t>(group.incarnation),
                    static_cast<std::int64_t>(group.seq), ByteView(group.hash)),
        [&](const sql::Row& row) {
          settled.push_back({group.incarnation, group.seq, static_cast<sync::Verdict>(row.integer(0)),
                             std::string(row.text(1))});
          return false;
        }));
  }
  return settled;
}

Status take_held_group(District& district, const Actor& actor, const HeldKey& key) {
  PushOutcome outcome;
  Uuid device;
  const Status stored = district.writer().run([&](sql::Connection& connection) -> Status {
    HeldDecision decision(district, connection, actor, key);
    DOUDI_TRY(decision.take());
    outcome = decision.outcome();
    device = decision.device();
    return {};
  });
  DOUDI_TRY(stored);
  announce_push(district, *district.devices().find(device), outcome, district.now());
  return {};
}

Status close_held_group(District& district, const Actor& actor, const HeldKey& key,
                        const std::string& reason) {
  if (reason.find_first_not_of(" \n\t") == std::string::npos)
    return Error{"request.field", "Say why it is not taken in."};
  return district.writer().run([&](sql::Connection& connection) {
    return HeldDecision(district, connection, actor, key).leave(reason);
  });
}

}  // namespace doudi::district
