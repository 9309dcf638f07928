// Nothing is believed of the copy until it was restored to a scratch file and compared with the running
// store.
#include "sync_server/service/backup.hpp"

#include <algorithm>

#include "shared/crypto/crypto.hpp"
#include "shared/sql/sqlcipher.hpp"
#include "sync_server/service/backup_attachments.hpp"
#include "sync_server/service/backup_file.hpp"
#include "sync_server/service/log.hpp"
#include "sync_server/store/event_log.hpp"
#include "sync_server/store/generation.hpp"

namespace doudi::district {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr int kListed = 50;
constexpr const char* kAttachments = "attachments";
constexpr const char* kAttachmentsArriving = "attachments.restored";

Error bad(const std::string& why) {
  return {"backup.bad", "备份不可用 / The backup is not good: " + why};
}

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

// A restored copy for looking at; gone at the end of its life.
class Scratch {
 public:
  Scratch(files::FileSystem& disk, const std::filesystem::path& backup) : disk_(disk), file_(backup) {
    file_ += ".scratch";
    remove();
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    connection_.reset();
    remove();
  }
  Status restore(const std::filesystem::path& backup, const Secret& key) {
    DOUDI_TRY(files::copy_file(disk_, backup, file_));
    DOUDI_ASSIGN(const auto findings, sql::check_integrity(file_, key, disk_));
    if (!findings.empty()) return bad(findings.front());
    sql::SqlcipherOptions options;
    options.file = file_;
    options.access = sql::Access::read;
    options.disk = &disk_;
    DOUDI_ASSIGN(connection_, sql::open_sqlcipher(options, key));
    std::vector<std::string> faults;
    DOUDI_TRY(verify_chains(*connection_, faults));
    if (!faults.empty()) return bad(faults.front());
    return {};
  }
  [[nodiscard]] sql::Connection& connection() { return *connection_; }

 private:
  void remove() {
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
      std::filesystem::path part = file_;
      static_cast<void>(disk_.remove(part += suffix));
    }
  }
  files::FileSystem& disk_;
  std::filesystem::path file_;
  std::unique_ptr<sql::Connection> connection_;
};

// Errors of a damaged file are findings about the backup, whatever part noticed.
Error as_bad(const Error& error) {
  return error.code == "backup.bad" ? error : bad(error.message);
}

struct SentPoint {
  std::int64_t device = 0;
  std::int64_t incarnation = 0;
  std::int64_t seq = 0;
};

Result<std::vector<SentPoint>> sent_points(sql::Connection& connection) {
  std::vector<SentPoint> points;
  DOUDI_TRY(connection.query("SELECT device, incarnation, known_seq FROM device_chain",
                             [&points](const sql::Row& row) {
                               points.push_back({row.integer(0), row.integer(1), row.integer(2)});
                               return true;
                             }));
  return points;
}

// One backup under way.
class Maker {
 public:
  Maker(District& district, std::filesystem::path target)
      : district_(district), disk_(district.store().disk()), target_(std::move(target)) {}

  Result<BackupFacts> make() {
    if (disk_.exists(target_))
      return Error{"backup.exists", "目标文件已存在 / There is already a file of this name."};
    DOUDI_TRY(begin());
    const Status made = copy_and_prove();
    const Status noted = made.ok() ? note_good() : note_fault(made.error());
    DOUDI_TRY(made);
    DOUDI_TRY(noted);
    return paper_.facts;
  }

 private:
  Status begin() {
    made_at_ = district_.now();
    return district_.writer().run([this](sql::Connection& connection) -> Status {
      DOUDI_TRY(
          plain(connection.run("INSERT INTO backup(made_at, generation, file, bytes) SELECT $1, CAST(value "
                               "AS INTEGER), $2, 0 FROM "
                               "setting WHERE key='generation'",
                               sql::params(made_at_, target_.filename().string()))));
      DOUDI_ASSIGN(number_, connection.integer("SELECT max(number) FROM backup"));
      return {};
    });
  }

  Status copy_and_prove() {
    sql::SqlcipherOptions options;
    options.file = district_.store().file();
    options.access = sql::Access::read;
    options.disk = &disk_;
    DOUDI_ASSIGN(const auto source, sql::open_sqlcipher(options, district_.store().key()));
    DOUDI_ASSIGN(const BackupPaper before, describe_store(*source));
    DOUDI_TRY(sql::copy_encrypted(*source, target_, district_.store().key(), disk_));
    DOUDI_TRY(leave_copy_behind());
    Scratch scratch(disk_, target_);
    if (const Status restored = scratch.restore(target_, district_.store().key()); !restored.ok())
      return as_bad(restored.error());
    DOUDI_TRY(take_attachments(scratch.connection()));
    DOUDI_ASSIGN(paper_, describe_store(scratch.connection()));
    DOUDI_TRY(compare(*source, before));
    DOUDI_ASSIGN(sent_, sent_points(scratch.connection()));
    paper_.facts.file = target_;
    paper_.facts.made_at = made_at_;
    DOUDI_ASSIGN(const std::uint64_t bytes, disk_.size(target_));
    paper_.facts.bytes = static_cast<std::int64_t>(bytes);
    DOUDI_ASSIGN(paper_.hash, hash_file(disk_, target_));
    return write_paper(disk_, paper_);
  }

  Status take_attachments(sql::Connection& copy) {
    const auto folder = attachments_beside(target_);
    Status taken = copy_attachments(disk_, copy, district_.store().folder() / kAttachments, folder);
    if (taken.ok()) taken = check_attachments(disk_, copy, folder);
    return taken.ok() ? taken : Status{as_bad(taken.error())};
  }

  Status leave_copy_behind() {
    std::int64_t generation = 0;
    const Status advanced = district_.writer().run([&generation](sql::Connection& connection) -> Status {
      DOUDI_ASSIGN(generation, advance_generation(connection));
      return {};
    });
    DOUDI_TRY(advanced);
    return record_generation(district_.store(), generation);
  }

  // The store went on meanwhile: the audit record the copy ends with must still be here, and registers that
  // only grow lie between what they were before and what they are now.
  Status compare(sql::Connection& source, const BackupPaper& before) {
    DOUDI_ASSIGN(const auto hash, source.value("SELECT hash FROM audit_log WHERE number=$1",
                                               sql::params(paper_.audit_number)));
    const auto* bytes = hash ? std::get_if<Bytes>(&*hash) : nullptr;
    if (bytes == nullptr || to_hex(*bytes) != paper_.audit_hash)
      return bad("its audit log is not that of the store");
    DOUDI_ASSIGN(const BackupPaper after, describe_store(source));
    if (before.epoch != paper_.epoch) return bad("it is of another epoch");
    for (const sync::Table& table : district_.store().catalog().tables) {
      const std::int64_t count = paper_.counts[table.name];
      if (count < before.counts.at(table.name) || count > after.counts.at(table.name))
        return bad("rows of " + table.name + " are missing");
    }
    return {};
  }

  Status note_good() {
    return district_.writer().run([this](sql::Connection& connection) -> Status {
      const Instant now = district_.now();
      DOUDI_TRY(plain(connection.run("UPDATE backup SET good_at=$2, bytes=$3, sha256=$4 WHERE number=$1",
                                     sql::params(number_, now, paper_.facts.bytes, from_hex(paper_.hash)))));
      for (const SentPoint& point : sent_) {
        DOUDI_TRY(plain(connection.run(
            "INSERT INTO device_backup(device, incarnation, seq) VALUES($1,$2,$3) ON CONFLICT(device, "
            "incarnation) DO UPDATE SET seq=max(seq, excluded.seq)",
            sql::params(point.device, point.incarnation, point.seq))));
      }
      log(LogLevel::info, "backup_good", {{"bytes", paper_.facts.bytes}});
      return append_audit(connection, {now, std::nullopt, std::nullopt, "backup.good", "district",
                                       std::nullopt, target_.filename().string()});
    });
  }

  Status note_fault(const Error& fault) {
    log(LogLevel::error, "backup_failed", {{"code", fault.code}});
    return district_.writer().run([&](sql::Connection& connection) -> Status {
      DOUDI_TRY(plain(
          connection.run("UPDATE backup SET fault=$2 WHERE number=$1", sql::params(number_, fault.message))));
      return append_audit(connection, {district_.now(), std::nullopt, std::nullopt, "backup.failed",
                                       "district", std::nullopt, fault.message});
    });
  }

  District& district_;
  files::FileSystem& disk_;
  std::filesystem::path target_;
  Instant made_at_;
  std::int64_t number_ = 0;
  BackupPaper paper_;
  std::vector<SentPoint> sent_;
};

Result<Secret> read_key(files::FileSystem& disk, const std::filesystem::path& data) {
  DOUDI_ASSIGN(Bytes key, files::read_small_file(disk, data / "district.key", 32));
  return Secret(std::move(key));
}

Status check_paper(files::FileSystem& disk, const BackupPaper& paper) {
  DOUDI_ASSIGN(const std::uint64_t bytes, disk.size(paper.facts.file));
  if (static_cast<std::int64_t>(bytes) != paper.facts.bytes) return bad("the file has another size");
  DOUDI_ASSIGN(const std::string hash, hash_file(disk, paper.facts.file));
  if (hash != paper.hash) return bad("the file was changed");
  return {};
}

Status prove(files::FileSystem& disk, const BackupPaper& paper, const Secret& key) {
  DOUDI_TRY(check_paper(disk, paper));
  Scratch scratch(disk, paper.facts.file);
  if (const Status restored = scratch.restore(paper.facts.file, key); !restored.ok())
    return as_bad(restored.error());
  const auto found = describe_store(scratch.connection());
  if (!found.ok()) return as_bad(found.error());
  const std::string differs = difference(paper, *found);
  if (!differs.empty()) return bad(differs);
  const Status whole = check_attachments(disk, scratch.connection(), attachments_beside(paper.facts.file));
  return whole.ok() ? whole : Status{as_bad(whole.error())};
}

// What was there stays, under a name that says when.
Status move_aside(files::FileSystem& disk, const std::filesystem::path& data, Instant now) {
  const auto aside = data / ("before-restore-" + std::to_string(now.ms));
  DOUDI_TRY(disk.make_private_folder(aside));
  for (const char* name : {"district.db", "district.db-wal", kAttachments}) {
    if (disk.exists(data / name)) DOUDI_TRY(disk.rename(data / name, aside / name));
  }
  DOUDI_TRY(disk.remove(data / "district.db-shm"));
  return disk.sync_folder(aside);
}

// A restore that was interrupted left files of the same content: they are written again.
Status bring_attachments(files::FileSystem& disk, const std::filesystem::path& backup,
                         const std::filesystem::path& data) {
  DOUDI_ASSIGN(const Secret key, read_key(disk, data));
  Scratch scratch(disk, backup);
  DOUDI_TRY(scratch.restore(backup, key));
  return copy_attachments(disk, scratch.connection(), attachments_beside(backup),
                          data / kAttachmentsArriving);
}

}  // namespace

Result<BackupFacts> create_backup(District& district, const std::filesystem::path& target) {
  return Maker(district, target).make();
}

Result<BackupFacts> verify_backup(const std::filesystem::path& file, const std::filesystem::path& data,
                                  files::FileSystem& disk) {
  DOUDI_ASSIGN(const BackupPaper paper, read_paper(disk, file));
  DOUDI_ASSIGN(const Secret key, read_key(disk, data));
  DOUDI_TRY(prove(disk, paper, key));
  return paper.facts;
}

Result<BackupFacts> restore_backup(const std::filesystem::path& file, const std::filesystem::path& data,
                                   Instant now, files::FileSystem& disk) {
  DOUDI_ASSIGN(const BackupFacts facts, verify_backup(file, data, disk));
  DOUDI_ASSIGN(const auto alone, disk.lock(data / "district.db.lock"));
  const auto arriving = data / "district.db.restored";
  DOUDI_TRY(disk.remove(arriving));
  DOUDI_TRY(files::copy_file(disk, file, arriving));
  DOUDI_TRY(bring_attachments(disk, file, data));
  DOUDI_TRY(move_aside(disk, data, now));
  DOUDI_TRY(disk.rename(data / kAttachmentsArriving, data / kAttachments));
  DOUDI_TRY(disk.rename(arriving, data / "district.db"));
  DOUDI_TRY(disk.sync_folder(data));
  return facts;
}

bool BackupState::too_old(Instant now) const {
  return hours_max > 0 && (!newest_good || now.ms - newest_good->ms > hours_max * kHourMs);
}

Result<BackupState> backup_state(sql::Connection& connection) {
  BackupState state;
  DOUDI_ASSIGN(const std::int64_t newest,
               connection.integer("SELECT coalesce(max(made_at), 0) FROM backup WHERE good_at IS NOT NULL"));
  if (newest > 0) state.newest_good = Instant{newest};
  DOUDI_ASSIGN(const std::string hours, read_setting(connection, "backup_hours_max"));
  state.hours_max = std::strtoll(hours.c_str(), nullptr, 10);
  return state;
}

Result<std::vector<BackupLine>> list_backups(sql::Connection& connection) {
  std::vector<BackupLine> lines;
  DOUDI_TRY(connection.query(
      "SELECT made_at, good_at, file, bytes, fault FROM backup ORDER BY number DESC LIMIT $1",
      sql::params(kListed), [&lines](const sql::Row& row) {
        BackupLine line;
        line.made_at = Instant{row.integer(0)};
        if (!row.is_null(1)) line.good_at = Instant{row.integer(1)};
        line.file = std::string(row.text(2));
        line.bytes = row.integer(3);
        line.fault = std::string(row.text(4));
        lines.push_back(std::move(line));
        return true;
      }));
  return lines;
}

}  // namespace doudi::district
