// Backups that are proven: an online copy into an encrypted file, restored to a scratch file, both integrity
// checks, row counts and the head of the audit log compared. Only then it is called good, and only then
// tablets are told that a backup holds what they sent.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sync_server/service/district.hpp"

namespace doudi::district {

struct BackupFacts {
  std::filesystem::path file;
  Instant made_at;
  std::string district;
  std::int64_t generation = 0;
  std::int64_t bytes = 0;
  std::int64_t rows = 0;  // of all tables
};

// `target` must be new; beside it `target`.json says what must be found in it. "backup.bad" when the proof
// fails: the file stays for inspection, the fault is kept in the list of backups.
Result<BackupFacts> create_backup(District& district, const std::filesystem::path& target);
// Proves a backup again, with the key of the data folder. "backup.bad", "backup.missing".
Result<BackupFacts> verify_backup(const std::filesystem::path& file, const std::filesystem::path& data,
                                  files::FileSystem& disk = files::system_files());
// Puts a proven backup in the place of the store; the store that was there is moved into a folder beside it.
// No server may run on it. The next start needs --accept-restore.
Result<BackupFacts> restore_backup(const std::filesystem::path& file, const std::filesystem::path& data,
                                   Instant now, files::FileSystem& disk = files::system_files());

struct BackupState {
  std::optional<Instant> newest_good;
  std::int64_t hours_max = 0;  // 0: nobody asked to be warned
  [[nodiscard]] bool too_old(Instant now) const;
};
Result<BackupState> backup_state(sql::Connection& connection);
// The newest backups first.
struct BackupLine {
  Instant made_at;
  std::optional<Instant> good_at;
  std::string file;
  std::int64_t bytes = 0;
  std::string fault;
};
Result<std::vector<BackupLine>> list_backups(sql::Connection& connection);

}  // namespace doudi::district
