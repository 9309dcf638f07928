// Whole-file work: proving a file sound and copying it under another key. A key is never changed in place,
// because sqlite3_rekey reports success when it failed; a copy that is verified and then renamed cannot lose
// rows.
#include <fcntl.h>
#include <unistd.h>

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
  explicit PartialFile(const std::filesystem::path& target) : path_(target) {
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
      std::error_code ignored;
      std::filesystem::remove(file += suffix, ignored);
    }
  }

  std::filesystem::path path_;
};

Status sync_to_disk(const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) return Error{"sql.failed", "The copy cannot be written to the disk."};
  return {};
}

Status create_private(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return Error{"sql.failed", "The copy cannot be created."};
  ::close(descriptor);
  return {};
}

// Returns how many pages there are. The source may have a writer elsewhere: copy and count are of one
// snapshot.
Result<std::int64_t> copy_pages(Connection& source, const std::filesystem::path& file, const Secret& key) {
  DOUDI_ASSIGN(const DatabaseHandle target, open_keyed(file, SQLITE_OPEN_READWRITE, key));
  DOUDI_ASSIGN(const Transaction snapshot, Transaction::read(source));
  sqlite3_backup* backup = sqlite3_backup_init(target.get(), "main", library_handle(source), "main");
  if (backup == nullptr) return library_error(target.get(), sqlite3_errcode(target.get()));
  sqlite3_backup_step(backup, -1);
  const int code = sqlite3_backup_finish(backup);
  if (code != SQLITE_OK) return library_error(target.get(), code);
  return source.integer("PRAGMA page_count");
}

Status verify(const std::filesystem::path& file, const Secret& key, std::int64_t pages) {
  DOUDI_ASSIGN(const std::vector<std::string> findings, check_integrity(file, key));
  if (!findings.empty()) return Error{"sql.damaged", "The copy is damaged: " + findings.front()};
  DOUDI_ASSIGN(const std::unique_ptr<Connection> copy,
               open_sqlcipher({.file = file, .access = Access::read}, key));
  DOUDI_ASSIGN(const std::int64_t copied, copy->integer("PRAGMA page_count"));
  if (copied != pages) return Error{"sql.failed", "The copy is incomplete."};
  return {};
}

}  // namespace

Result<std::vector<std::string>> check_integrity(const std::filesystem::path& file, const Secret& key) {
  // The page check reads only the main file, so the log goes there first; the writer then keeps others out.
  DOUDI_ASSIGN(const std::unique_ptr<Connection> writer, open_sqlcipher({.file = file}, key));
  DOUDI_TRY(checkpoint(*writer));
  DOUDI_ASSIGN(const std::unique_ptr<Connection> fresh,
               open_sqlcipher({.file = file, .access = Access::read}, key));
  std::vector<std::string> findings;
  collect(*fresh, "PRAGMA cipher_integrity_check", findings);
  collect(*fresh, "PRAGMA integrity_check", findings);
  return findings;
}

Status copy_encrypted(Connection& source, const std::filesystem::path& target, const Secret& new_key) {
  ensure(!source.in_transaction(), "a copy is taken outside of transactions");
  if (std::filesystem::exists(target)) return Error{"sql.failed", "The target of the copy exists already."};
  const PartialFile partial(target);
  DOUDI_TRY(create_private(partial.path()));
  DOUDI_ASSIGN(const std::int64_t pages, copy_pages(source, partial.path(), new_key));
  DOUDI_TRY(verify(partial.path(), new_key, pages));
  DOUDI_TRY(sync_to_disk(partial.path(), O_RDWR));
  std::error_code failed;
  std::filesystem::rename(partial.path(), target, failed);
  if (failed) return Error{"sql.failed", "The copy cannot be given its name."};
  return sync_to_disk(std::filesystem::absolute(target).parent_path(), O_RDONLY | O_DIRECTORY);
}

}  // namespace doudi::sql
