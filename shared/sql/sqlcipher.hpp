// SQLCipher driver. WAL, synchronous=FULL, temp_store=MEMORY, foreign_keys=ON, 4 KiB pages, raw 256-bit key.
// SQLite before 3.51.3 has the WAL-reset race: exactly one writing and checkpointing connection per file
// (taken under a process lock), readers never checkpoint.
#pragma once

#include <filesystem>
#include <memory>

#include "shared/base/bytes.hpp"
#include "shared/files/files.hpp"
#include "shared/sql/connection.hpp"

namespace doudi::sql {

enum class Access { write, read };

struct SqlcipherOptions {
  std::filesystem::path file;
  Access access = Access::write;  // write also takes `<file>.lock`; a second writer gets "sql.in_use"
  bool create = false;            // otherwise a missing file is "sql.missing"
  int cache_kib = 16 * 1024;
  files::FileSystem* disk = &files::system_files();
};

// `key` is 32 bytes. A wrong key or a damaged header is "sql.key".
Result<std::unique_ptr<Connection>> open_sqlcipher(const SqlcipherOptions& options, const Secret& key);
// PRAGMA cipher_version of the linked library; empty if it does not encrypt.
std::string sqlcipher_version();
std::string sqlite_version();
// wal_checkpoint(TRUNCATE) on the writing connection; the number of frames left is 0 when it succeeded. Never
// waits: while a reader needs the log it moves what it can and says "sql.busy".
Status checkpoint(Connection& writer);
// From any thread, while the connection lives: the statement that runs on it ends with "sql.interrupted".
void interrupt(Connection& connection);
// checkpoint(TRUNCATE), then cipher_integrity_check and integrity_check on a fresh connection, all rows read.
Result<std::vector<std::string>> check_integrity(const std::filesystem::path& file, const Secret& key,
                                                 files::FileSystem& disk = files::system_files());
// Copies into a new file under `new_key` by the backup API, verifies, fsyncs. Never rekeys in place.
Status copy_encrypted(Connection& source, const std::filesystem::path& target, const Secret& new_key,
                      files::FileSystem& disk = files::system_files());
// The same in place of an older copy, which stays until the new one is whole.
Status replace_copy(Connection& source, const std::filesystem::path& target, const Secret& key,
                    files::FileSystem& disk = files::system_files());

}  // namespace doudi::sql
