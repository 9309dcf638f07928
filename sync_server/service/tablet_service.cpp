// Pages hold current rows, not history: a row changed ten times is sent once, at its newest place.
#include "sync_server/service/tablet_service.hpp"

#include <algorithm>
#include <bit>
#include <set>

#include "shared/base/planted.hpp"
#include "shared/sync/group_chain.hpp"
#include "shared/sync/kept_columns.hpp"
#include "sync_server/service/assignments.hpp"
#include "sync_server/service/held_groups.hpp"
#include "sync_server/service/recovery.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

constexpr std::uint32_t kPageRowsMax = 5000;
constexpr std::size_t kPageBytesMax = 3 * 1024 * 1024;  // before compression, well below the frame's limit
constexpr int kSyncPointsKept = 64;
constexpr int kAncestorsMax = 4;
constexpr std::int64_t kNumberMax = 999'999;  // six digits in a number of the ledger

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

std::optional<sync::Hash> to_hash(const std::optional<Value>& value) {
  const auto* bytes = value ? std::get_if<Bytes>(&*value) : nullptr;
  sync::Hash hash{};
  if (bytes == nullptr || bytes->size() != hash.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

Result<std::optional<sync::Hash>> hash_at(sql::Connection& connection, std::int64_t device,
                                          std::uint32_t incarnation, std::uint64_t seq) {
  DOUDI_ASSIGN(const std::optional<Value> found,
               connection.value("SELECT hash FROM device_group WHERE device=$1 AND incarnation=$2 AND seq=$3",
                                sql::params(device, static_cast<std::int64_t>(incarnation),
                                            static_cast<std::int64_t>(seq))));
  return to_hash(found);
}

std::string_view chain_name(sync::ChainState state) {
  switch (state) {
    case sync::ChainState::in_step:
      return "in_step";
    case sync::ChainState::tablet_ahead:
      return "tablet_ahead";
    case sync::ChainState::tablet_rolled_back:
      return "tablet_rolled_back";
    case sync::ChainState::tablet_cloned:
      return "tablet_cloned";
  }
  return "in_step";
}

Status record_contact(sql::Connection& connection, const Device& device, const wire::Hello& hello,
                      Instant now) {
  const std::optional<std::int64_t> oldest =
      hello.oldest_unsent_ms > 0 ? std::optional(hello.oldest_unsent_ms) : std::nullopt;
  DOUDI_TRY(plain(
      connection.run("UPDATE device SET last_contact_at=$2, unsent=$3, oldest_unsent_at=$4, "
                     "program_version=$5, clock_offset_ms=$6, "
                     "incarnation=max(incarnation, $7) WHERE number=$1",
                     sql::params(device.number, now, static_cast<std::int64_t>(hello.unsent_groups), oldest,
                                 hello.program_version.substr(0, 64), hello.device_wall_ms - now.ms,
                                 static_cast<std::int64_t>(hello.incarnation)))));
  DOUDI_TRY(
      plain(connection.run("INSERT INTO device_sync_point(device, server_at, device_at, monotonic_ms, "
                           "boot_id) VALUES($1,$2,$3,$4,$5) "
                           "ON CONFLICT DO NOTHING",
                           sql::params(device.number, now, hello.device_wall_ms, hello.device_monotonic_ms,
                                       hello.boot_id.substr(0, 64)))));
  return plain(
      connection.run("DELETE FROM device_sync_point WHERE device=$1 AND server_at < (SELECT server_at FROM "
                     "device_sync_point WHERE device=$1 "
                     "ORDER BY server_at DESC LIMIT 1 OFFSET $2)",
                     sql::params(device.number, kSyncPointsKept)));
}

Status find_chain(sql::Connection& connection, const Device& device, const wire::Hello& hello,
                  wire::HelloReply& reply) {
  const auto key = sql::params(device.number, static_cast<std::int64_t>(hello.incarnation));
  sync::ChainPoint server;
  DOUDI_TRY(connection.query("SELECT known_seq, max_seq FROM device_chain WHERE device=$1 AND incarnation=$2",
                             key, [&](const sql::Row& row) {
                               reply.known_seq = static_cast<std::uint64_t>(row.integer(0));
                               server.seq = static_cast<std::uint64_t>(row.integer(1));
                               return false;
                             }));
  DOUDI_ASSIGN(const std::optional<sync::Hash> server_hash,
               hash_at(connection, device.number, hello.incarnation, server.seq));
  server.hash = server_hash.value_or(sync::Hash{});
  DOUDI_ASSIGN(const std::optional<sync::Hash> at_tablet,
               hash_at(connection, device.number, hello.incarnation, hello.last_seq));
  DOUDI_ASSIGN(const std::optional<sync::Hash> known_hash,
               hash_at(connection, device.number, hello.incarnation, reply.known_seq));
  reply.known_hash = known_hash.value_or(sync::Hash{});
  DOUDI_TRY(connection.query(
      "SELECT seq FROM device_group WHERE device=$1 AND incarnation=$2 AND seq>$3 ORDER BY seq LIMIT 1000",
      sql::params(device.number, static_cast<std::int64_t>(hello.incarnation),
                  static_cast<std::int64_t>(reply.known_seq)),
      [&reply](const sql::Row& row) {
        reply.known_beyond.push_back(static_cast<std::uint64_t>(row.integer(0)));
        return true;
      }));
  DOUDI_ASSIGN(const std::int64_t newest, connection.integer("SELECT incarnation FROM device WHERE number=$1",
                                                             sql::params(device.number)));
  sync::ChainState state = sync::compare_chain({hello.last_seq, hello.last_hash}, server, at_tablet);
  if (static_cast<std::int64_t>(hello.incarnation) < newest) state = sync::ChainState::tablet_rolled_back;
  reply.chain = chain_name(state);
  const bool starts_over =
      state == sync::ChainState::tablet_rolled_back || state == sync::ChainState::tablet_cloned;
  if (starts_over) reply.next_incarnation = static_cast<std::uint32_t>(newest + 1);
  return {};
}

// A mark is of a position at which the tablet had everything: here, too, a change ended there, with the same
// digest, unless the history is another one. Positions from before the kept history prove nothing.
Result<bool> is_history_lost(sql::Connection& connection, const wire::Hello& hello) {
  for (const auto& [key, mark] : hello.marks) {
    const auto cursor = hello.cursors.find(key);
    if (cursor == hello.cursors.end() || cursor->second == 0) continue;
    bool lost = false;
    DOUDI_TRY(connection.query(
        "SELECT s.position < $2 OR (h.digest_low IS NULL AND (SELECT min(position) FROM scope_history WHERE "
        "scope=s.id) <= $2) OR h.digest_low <> $3 FROM scope s LEFT JOIN scope_history h ON h.scope=s.id AND "
        "h.position=$2 WHERE s.key=$1",
        sql::params(key, cursor->second, mark), [&lost](const sql::Row& row) {
          lost = !row.is_null(0) && row.integer(0) != 0;
          return false;
        }));
    if (lost) return true;
  }
  return false;
}

// The number a tablet has seen was issued, even if this store has forgotten it: it is not given to another
// matter.
Status keep_numbers(sql::Connection& connection, const District& district, const Device& device,
                    const wire::Hello& hello, Instant now) {
  for (const auto& [prefix, highest] : hello.numbers) {
    const std::string code = district.identity().code + "-";
    if (!prefix.starts_with(code) || highest < 1 || highest > kNumberMax) continue;
    const std::int64_t year = std::strtoll(prefix.c_str() + code.size(), nullptr, 10);
    if (prefix != code + std::to_string(year) + "-") continue;
    DOUDI_ASSIGN(const std::int64_t last,
                 connection.integer("SELECT last FROM ledger_counter WHERE year=$1", sql::params(year)));
    if (highest <= last) continue;
    DOUDI_TRY(plain(
        connection.run("INSERT INTO ledger_counter(year, last) VALUES($1,$2) ON CONFLICT(year) DO UPDATE SET "
                       "last=excluded.last",
                       sql::params(year, highest))));
    DOUDI_TRY(append_audit(connection, {now, std::nullopt, device.number, "ledger.numbers_left_out",
                                        "district", std::nullopt, prefix + std::to_string(highest)}));
  }
  return {};
}

Status find_restore(sql::Connection& connection, const Device& device, const wire::Hello& hello, Instant now,
                    wire::HelloReply& reply) {
  DOUDI_ASSIGN(const std::int64_t backed_up,
               connection.integer("SELECT seq FROM device_backup WHERE device=$1 AND incarnation=$2",
                                  sql::params(device.number, static_cast<std::int64_t>(hello.incarnation))));
  reply.backed_up = static_cast<std::uint64_t>(backed_up);
  if (hello.epoch != reply.epoch) return {};
  DOUDI_ASSIGN(reply.history_lost, is_history_lost(connection, hello));
  if (!reply.history_lost) return {};
  return plain(
      connection.run("INSERT INTO sync_incident(at, device, kind, detail) VALUES($1,$2,$3,$4)",
                     sql::params(now, device.number, "history_lost", "the tablet saw another history")));
}

struct ScopeState {
  std::string key;
  std::int64_t id = 0;
  std::int64_t position = 0;
  sync::Digest digest;
};

Result<std::vector<ScopeState>> scopes_of(sql::Connection& connection, const Uuid& account) {
  DOUDI_ASSIGN(const std::vector<GridFacts> grids, grids_of(connection, account));
  std::vector<ScopeState> scopes;
  for (const GridFacts& grid : grids) {
    ScopeState scope;
    scope.key = to_string(grid.id);
    DOUDI_TRY(connection.query("SELECT id, position, digest_high, digest_low FROM scope WHERE key=$1",
                               sql::params(scope.key), [&scope](const sql::Row& row) {
                                 scope.id = row.integer(0);
                                 scope.position = row.integer(1);
                                 scope.digest = {std::bit_cast<std::uint64_t>(row.integer(2)),
                                                 std::bit_cast<std::uint64_t>(row.integer(3))};
                                 return false;
                               }));
    scopes.push_back(std::move(scope));
  }
  return scopes;
}

std::size_t weight(const sync::RowState& row) {
  std::size_t bytes = 64;
  for (const auto& [name, value] : row.columns) {
    bytes += name.size() + 4;
    if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
    if (const auto* blob = std::get_if<Bytes>(&value)) bytes += blob->size();
  }
  return bytes;
}

class PageReader {
 public:
  PageReader(sql::Connection& connection, const RowTables& tables, wire::Page& page, std::uint32_t rows_max)
      : connection_(connection), tables_(tables), page_(page), rows_max_(rows_max) {}

  Status read(const ScopeState& scope, std::int64_t cursor) {
    if (cursor > scope.position) cursor = 0;
    std::int64_t reached = cursor;
    bool all = cursor == scope.position;
    while (!all && !full()) {
      DOUDI_ASSIGN(const std::vector<Place> places, next_places(scope, reached));
      for (const Place& place : places) {
        if (full()) break;
        if (place.departed)
          page_.departures.push_back({scope.key, tables_.numbered(place.table).table->name, place.row});
        else
          DOUDI_TRY(add(place.table, place.row));
        reached = place.position;
      }
      all = places.empty() || reached >= scope.position;
      if (places.empty()) reached = scope.position;
    }
    if (!all) DOUDI_TRY(add_ancestors(scope, reached));
    if (reached != cursor || all) page_.cursors[scope.key] = reached;
    if (all) page_.digests[scope.key] = scope.digest;
    page_.more = page_.more || !all;
    return {};
  }

  void order() {
    std::stable_sort(page_.rows.begin(), page_.rows.end(),
                     [this](const sync::RowState& a, const sync::RowState& b) {
                       return tables_.find(a.table)->number < tables_.find(b.table)->number;
                     });
  }

 private:
  struct Place {
    std::int64_t table = 0;
    Uuid row;
    std::int64_t position = 0;
    bool departed = false;
  };
  [[nodiscard]] std::size_t size() const { return page_.rows.size() + page_.departures.size(); }
  [[nodiscard]] bool full() const { return size() >= rows_max_ || bytes_ >= kPageBytesMax; }

  Result<std::vector<Place>> next_places(const ScopeState& scope, std::int64_t after) {
    std::vector<Place> places;
    const auto left = static_cast<std::int64_t>(rows_max_ - size());
    DOUDI_TRY(connection_.query(
        "SELECT * FROM (SELECT table_no, row_id, position, 0 FROM row_feed WHERE scope=$1 AND position>$2 "
        "ORDER BY position LIMIT $3) UNION ALL "
        "SELECT * FROM (SELECT table_no, row_id, position, 1 FROM scope_departure WHERE scope=$1 AND "
        "position>$2 ORDER BY position LIMIT $3) ORDER BY 3 LIMIT $3",
        sql::params(scope.id, after, left), [&places](const sql::Row& row) {
          places.push_back({row.integer(0), row.uuid(1), row.integer(2), row.integer(3) != 0});
          return true;
        }));
    return places;
  }

  Status add(std::int64_t table, const Uuid& id) {
    DOUDI_ASSIGN(std::optional<sync::RowState> row, tables_.read(connection_, tables_.numbered(table), id));
    if (!row || !included_.insert(id).second) return {};
    if (DOUDI_PLANTED("tombstone_dropped") && row->deleted) return {};
    bytes_ += weight(*row);
    page_.rows.push_back(std::move(*row));
    return {};
  }

  // A parent that was changed after its children stands on a later page: it is sent along, so that no page
  // refers to a row the tablet does not have yet.
  Status add_ancestors(const ScopeState& scope, std::int64_t reached) {
    for (int round = 0; round < kAncestorsMax; ++round) {
      std::vector<std::pair<std::int64_t, Uuid>> missing;
      for (const sync::RowState& row : page_.rows) collect_parents(row, missing);
      bool added = false;
      for (const auto& [table, id] : missing) {
        DOUDI_ASSIGN(
            const std::int64_t later,
            connection_.integer(
                "SELECT count(*) FROM row_feed WHERE table_no=$1 AND row_id=$2 AND scope=$3 AND position>$4",
                sql::params(table, id, scope.id, reached)));
        if (later == 0) continue;
        DOUDI_TRY(add(table, id));
        added = true;
      }
      if (!added) return {};
    }
    return {};
  }

  void collect_parents(const sync::RowState& row, std::vector<std::pair<std::int64_t, Uuid>>& missing) const {
    for (const sync::Column& column : tables_.find(row.table)->table->columns) {
      if (column.references.empty()) continue;
      const auto parent = cell_id(row, column.name);
      if (parent && !included_.contains(*parent))
        missing.emplace_back(tables_.find(column.references)->number, *parent);
    }
  }

  sql::Connection& connection_;
  const RowTables& tables_;
  wire::Page& page_;
  std::uint32_t rows_max_;
  std::size_t bytes_ = 0;
  std::set<Uuid> included_;
};

}  // namespace

Result<std::vector<GridFacts>> grids_of(sql::Connection& connection, const Uuid& account) {
  std::vector<GridFacts> grids;
  DOUDI_TRY(connection.query(
      "SELECT g.id, g.code, g.name, g.duty_phone, g.backup_phone FROM grid_duty d JOIN grid g ON g.id=d.grid "
      "WHERE d.account=$1 AND d.to_version IS NULL AND g.deleted=0 ORDER BY g.code",
      sql::params(account), [&grids](const sql::Row& row) {
        grids.push_back({row.uuid(0), std::string(row.text(1)), std::string(row.text(2)),
                         std::string(row.text(3)), std::string(row.text(4))});
        return true;
      }));
  return grids;
}

Status greet(sql::Connection& connection, const District& district, const Device& device,
             const wire::Hello& hello, Instant now, Greeting& greeting) {
  wire::HelloReply& reply = greeting.reply;
  reply.epoch = district.identity().epoch;
  reply.server_time = now;
  DOUDI_TRY(record_contact(connection, device, hello, now));
  greeting.window = sync::check_window(hello.schema_version, district.tables().catalog().version);
  if (!greeting.window.ok()) return {};
  DOUDI_TRY(find_chain(connection, device, hello, reply));
  DOUDI_TRY(find_restore(connection, device, hello, now, reply));
  DOUDI_ASSIGN(reply.settled, settled_groups(connection, device, hello.set_aside));
  DOUDI_TRY(keep_numbers(connection, district, device, hello, now));
  DOUDI_ASSIGN(const std::vector<GridFacts> grids, grids_of(connection, device.account));
  for (const GridFacts& grid : grids) reply.scopes.push_back(to_string(grid.id));
  DOUDI_ASSIGN(reply.assignment_version, assignment_version(connection, device.account));
  DOUDI_ASSIGN(reply.recovery_key, recovery_public_key(connection));
  DOUDI_TRY(record_scopes(connection, device, hello, reply.scopes, now));
  DOUDI_ASSIGN(reply.news, has_news(connection, device.account, hello.cursors));
  return {};
}

Result<bool> has_news(sql::Connection& connection, const Uuid& account, const wire::Cursors& cursors) {
  DOUDI_ASSIGN(const std::vector<ScopeState> scopes, scopes_of(connection, account));
  return std::any_of(scopes.begin(), scopes.end(), [&](const ScopeState& scope) {
    const auto cursor = cursors.find(scope.key);
    return scope.position != (cursor == cursors.end() ? 0 : cursor->second);
  });
}

// At the same positions a restored district may stand in another history: only the epoch tells.
Result<bool> ends_wait(sql::Connection& connection, const District& district, const Uuid& account,
                       const wire::Wait& wait) {
  if (!wait.epoch.empty() && wait.epoch != district.identity().epoch) return true;
  DOUDI_ASSIGN(const std::int64_t version, assignment_version(connection, account));
  if (wait.assignment_version != 0 && wait.assignment_version != version) return true;
  return has_news(connection, account, wait.cursors);
}

Result<wire::Page> read_page(sql::Connection& connection, const District& district, const Device& device,
                             const wire::Pull& pull, Instant now) {
  wire::Page page;
  page.epoch = district.identity().epoch;
  page.server_time = now;
  const bool same_epoch = pull.epoch.empty() || pull.epoch == page.epoch;
  DOUDI_ASSIGN(const std::vector<ScopeState> scopes, scopes_of(connection, device.account));
  PageReader reader(connection, district.tables(), page,
                    std::clamp<std::uint32_t>(pull.rows_max, 1, kPageRowsMax));
  for (const ScopeState& scope : scopes) {
    const auto cursor = pull.cursors.find(scope.key);
    const bool known = same_epoch && cursor != pull.cursors.end() && cursor->second >= 0;
    DOUDI_TRY(reader.read(scope, known ? cursor->second : 0));
  }
  reader.order();
  DOUDI_ASSIGN(page.assignment_version, assignment_version(connection, device.account));
  return page;
}

}  // namespace doudi::district
