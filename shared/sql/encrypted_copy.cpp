// Whole-file work: proving a file sound and copying it under another key. A key is never changed in place,
// because sqlite3_rekey reports success when it failed; a copy that is verified and then renamed cannot lose
// rows.
#include "shared/sql/sqlcipher.hpp"
#include "shared/sql/sqlcipher_library.hpp"

namespace doudi::sql {
namespace {

// Every row of a check is a finding, except the single "ok". A check that cannot finish is a finding too.
void collect(Connection& connection, std::string_view check, std::vector<std::string>& findings) {
  const Status done = connection.query(check, [&findings](const Row& row) {
    if (row.text(0) != "ok") findings.emplace_back(row.text(0));
    return true;
  });
  if (!done.ok()) findings.push_back(done.error().message);
}

// The unfinished copy beside its target. Removes what a killed program left of an earlier one, and in the end
// everything but the file itself if that was renamed away.
class PartialFile {
 public:
  PartialFile(files::FileSystem& disk, const std::filesystem::path& target) : disk_(disk), path_(target) {
    path_ += ".partial";
    remove_all();
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  ~PartialFile() { remove_all(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void remove_all() const {
    for (const char* suffix : {"", "-wal", "-shm", "-journal", ".lock"}) {
      std::filesystem::path file = path_;
      static_cast<void>(disk_.remove(file += suffix));
    }
  }

  files::FileSystem& disk_;
  std::filesystem::path path_;
};

Status make_empty(files::FileSystem& disk, const std::filesystem::path& file) {
  const auto made = disk.open(file, files::Open::create);
  if (!made.ok()) return made.error();
  return {};
}

Status sync_copy(files::FileSystem& disk, const std::filesystem::path& file) {
  DOUDI_ASSIGN(const std::unique_ptr<files::File> opened, disk.open(file, files::Open::change));
  return opened->sync();
}

// What is left of the steps when the pages are there and right.
Status give_name(files::FileSystem& disk, const std::filesystem::path& partial,
                 const std::filesystem::path& target) {
  DOUDI_TRY(sync_copy(disk, partial));
  DOUDI_TRY(disk.rename(partial, target));
  return disk.sync_folder(target.parent_path());
}

Status as_database_error(const Status& status) {
  if (status.ok()) return {};
  const bool full = status.error().code == "file.full";
  return Error{full ? "sql.full" : "sql.failed", "The copy cannot be written: " + status.error().message};
}

// Returns how many pages there are. The source may have a writer elsewhere: copy and count are of one
// snapshot.
Result<std::int64_t> copy_pages(Connection& source, files::FileSystem& disk,
                                const std::filesystem::path& file, const Secret& key) {
  DOUDI_ASSIGN(const DatabaseHandle target, open_keyed(file, disk.database_vfs(), key));
  DOUDI_ASSIGN(const Transaction snapshot, Transaction::read(source));
  sqlite3_backup* backup = sqlite3_backup_init(target.get(), "main", library_handle(source), "main");
  if (backup == nullptr) return library_error(target.get(), sqlite3_errcode(target.get()));
  sqlite3_backup_step(backup, -1);
  const int code = sqlite3_backup_finish(backup);
  if (code != SQLITE_OK) return library_error(target.get(), code);
  return source.integer("PRAGMA page_count");
}

Status verify(files::FileSystem& disk, const std::filesystem::path& file, const Secret& key,
              std::int64_t pages) {
  DOUDI_ASSIGN(const std::vector<std::string> findings, check_integrity(file, key, disk));
  if (!findings.empty()) return Error{"sql.damaged", "The copy is damaged: " + findings.front()};
  DOUDI_ASSIGN(const std::unique_ptr<Connection> copy,
               open_sqlcipher({.file = file, .access = Access::read, .disk = &disk}, key));
  DOUDI_ASSIGN(const std::int64_t copied, copy->integer("PRAGMA page_count"));
  if (copied != pages) return Error{"sql.failed", "The copy is incomplete."};
  return {};
}

}  // namespace

Result<std::vector<std::string>> check_integrity(const std::filesystem::path& file, const Secret& key,
                                                 files::FileSystem& disk) {
  // The page check reads only the main file, so the log goes there first; the writer then keeps others out.
  DOUDI_ASSIGN(const std::unique_ptr<Connection> writer, open_sqlcipher({.file = file, .disk = &disk}, key));
  DOUDI_TRY(checkpoint(*writer));
  DOUDI_ASSIGN(const std::unique_ptr<Connection> fresh,
               open_sqlcipher({.file = file, .access = Access::read, .disk = &disk}, key));
  std::vector<std::string> findings;
  collect(*fresh, "PRAGMA cipher_integrity_check", findings);
  collect(*fresh, "PRAGMA integrity_check", findings);
  return findings;
}

Status copy_encrypted(Connection& source, const std::filesystem::path& target, const Secret& new_key,
                      files::FileSystem& disk) {
  ensure(!source.in_transaction(), "a copy is taken outside of transactions");
  if (disk.exists(target)) return Error{"sql.failed", "The target of the copy exists already."};
  const PartialFile partial(disk, target);
  DOUDI_TRY(as_database_error(make_empty(disk, partial.path())));
  DOUDI_ASSIGN(const std::int64_t pages, copy_pages(source, disk, partial.path(), new_key));
  DOUDI_TRY(verify(disk, partial.path(), new_key, pages));
  return as_database_error(give_name(disk, partial.path(), target));
}

Status replace_copy(Connection& source, const std::filesystem::path& target, const Secret& key,
                    files::FileSystem& disk) {
  std::filesystem::path next = target;
  next += ".new";
  DOUDI_TRY(as_database_error(disk.remove(next)));
  DOUDI_TRY(copy_encrypted(source, next, key, disk));
  DOUDI_TRY(as_database_error(disk.rename(next, target)));
  return as_database_error(disk.sync_folder(target.parent_path()));
}

}  // namespace doudi::sql
