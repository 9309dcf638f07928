#include "sync_server/service/replay_after_update.hpp"

#include "sync_server/service/console_events.hpp"
#include "sync_server/service/held_groups.hpp"
#include "sync_server/service/log.hpp"

namespace doudi::district {
namespace {

constexpr std::string_view kVersionKey = "replayed_version";

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

struct Waiting {
  HeldKey key;
  bool depends = false;  // on a row that was not here, perhaps one of another waiting group
};

class Replay {
 public:
  explicit Replay(District& district)
      : district_(district), connection_(district.store().writer()), now_(district.now()) {}

  // Nothing else changes between two passes, so one that takes nothing in is the last.
  Status run() {
    DOUDI_ASSIGN(std::vector<Waiting> waiting, read_waiting());
    std::int64_t before = -1;
    while (before != taken_) {
      before = taken_;
      std::erase_if(waiting, [this](const Waiting& one) { return is_done(one); });
    }
    waiting_ = static_cast<std::int64_t>(waiting.size());
    return {};
  }
  [[nodiscard]] std::int64_t taken() const { return taken_; }
  [[nodiscard]] std::int64_t waiting() const { return waiting_; }
  [[nodiscard]] std::int64_t failed() const { return failed_; }

 private:
  // What people have to decide about (who had the grid) is none of it.
  Result<std::vector<Waiting>> read_waiting() {
    std::vector<Waiting> waiting;
    DOUDI_TRY(connection_.query(
        "SELECT device, incarnation, seq, reason='sync.reference_missing' FROM quarantine WHERE closed_at IS "
        "NULL AND reason IN('sync.schema_version','sync.unknown_table','sync.unknown_column',"
        "'sync.reference_missing') ORDER BY device, incarnation, seq",
        {}, [&waiting](const sql::Row& row) {
          waiting.push_back({{row.integer(0), row.integer(1), row.integer(2)}, row.integer(3) != 0});
          return true;
        }));
    return waiting;
  }

  // The update itself brings no row: only a group that was taken in does.
  bool is_done(const Waiting& one) {
    if (one.depends && taken_ == 0) return false;
    const auto applied = attempt(one.key);
    if (applied.ok()) {
      taken_ += *applied ? 1 : 0;
      return *applied;
    }
    ++failed_;
    log(LogLevel::error, "held_replay_failed", {{"group", to_text(one.key)}, {"code", applied.error().code}});
    return true;
  }

  Result<bool> attempt(const HeldKey& key) {
    DOUDI_ASSIGN(sql::Transaction transaction, sql::Transaction::begin(connection_));
    DOUDI_ASSIGN(const HeldFrame held, read_held_frame(connection_, key));
    const auto known = district_.devices().find(held.device);
    if (!held.group || !known) return false;
    PushOutcome outcome;
    DOUDI_ASSIGN(const std::string refused,
                 district_.ingest().replay(connection_, *known, *held.group, held.received_at, outcome));
    if (refused.empty()) {
      DOUDI_TRY(record_held(connection_, key, held.device, {"taken", std::nullopt, "", "held.take_by_update"},
                            now_));
    } else {
      DOUDI_TRY(note_reason(key, refused));
    }
    DOUDI_TRY(transaction.commit());
    if (refused.empty()) announce_push(district_, *known, outcome, now_);
    return refused.empty();
  }

  // Why it waits now is what the console shows and what decides whether it is tried again.
  Status note_reason(const HeldKey& key, const std::string& reason) {
    for (const char* table : {"quarantine", "device_group"})
      DOUDI_TRY(plain(
          connection_.run("UPDATE " + std::string(table) +
                              " SET reason=$4 WHERE device=$1 AND incarnation=$2 AND seq=$3 AND reason<>$4",
                          sql::params(key.device, key.incarnation, key.seq, reason))));
    return {};
  }

  District& district_;
  sql::Connection& connection_;
  Instant now_;
  std::int64_t taken_ = 0;
  std::int64_t waiting_ = 0;
  std::int64_t failed_ = 0;
};

Status replay(District& district) {
  sql::Connection& connection = district.store().writer();
  const std::string version = std::to_string(district.tables().catalog().version);
  DOUDI_ASSIGN(const std::string last, read_setting(connection, kVersionKey));
  if (last == version) return {};
  Replay replay(district);
  DOUDI_TRY(replay.run());
  if (replay.taken() + replay.waiting() + replay.failed() > 0)
    log(LogLevel::info, "held_replayed",
        {{"taken", replay.taken()}, {"waiting", replay.waiting()}, {"failed", replay.failed()}});
  return replay.failed() == 0 ? write_setting(connection, kVersionKey, version) : Status{};
}

}  // namespace

void replay_after_update(District& district) {
  const Status done = replay(district);
  if (!done.ok()) log(LogLevel::error, "held_replay_failed", {{"code", done.error().code}});
}

}  // namespace doudi::district
