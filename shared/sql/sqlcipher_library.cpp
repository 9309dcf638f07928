// The edge to the library: opening and keying a file, its errors in our terms, its log kept quiet.
#include "shared/sql/sqlcipher_library.hpp"

#include <array>
#include <cerrno>
#include <mutex>

#include "shared/sql/sqlcipher.hpp"

namespace doudi::sql {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::string_view kPlaintextHeader = "SQLite format 3";

bool is_disk_full(sqlite3* database, int code) {
  const int primary = code & 0xff;
  if (primary == SQLITE_FULL) return true;
  if (primary != SQLITE_IOERR && primary != SQLITE_CANTOPEN) return false;
  const int cause = sqlite3_system_errno(database);
  return cause == ENOSPC || cause == EDQUOT || cause == EFBIG;
}

const char* stable_code(sqlite3* database, int code) {
  if (is_disk_full(database, code)) return "sql.full";
  const int primary = code & 0xff;
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) return "sql.busy";
  if (primary == SQLITE_CONSTRAINT) return "sql.constraint";
  if (primary == SQLITE_INTERRUPT) return "sql.interrupted";
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) return "sql.damaged";
  return "sql.failed";
}

// x'…' is SQLCipher's form of a raw key: no key derivation, and no key text in any statement.
Secret raw_key_literal(const Secret& key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  Bytes literal;
  literal.reserve(3 + 2 * kKeySize);
  literal.push_back('x');
  literal.push_back('\'');
  for (const std::uint8_t byte : key.view()) {
    literal.push_back(static_cast<std::uint8_t>(kDigits[byte >> 4U]));
    literal.push_back(static_cast<std::uint8_t>(kDigits[byte & 15U]));
  }
  literal.push_back('\'');
  return Secret(std::move(literal));
}

// The library logs to standard error from 4.6 on; failures reach our callers as values. Its log level is of
// no use: setting the first key puts the default back.
void silence_library_log(sqlite3* database) {
  static std::once_flag once;
  std::call_once(once, [database] {
    sqlite3_exec(database, "PRAGMA cipher_log = '/dev/null'", nullptr, nullptr, nullptr);
  });
}

}  // namespace

Error library_error(sqlite3* database, int code) {
  return {stable_code(database, code),
          std::string(sqlite3_errmsg(database)) + " (" + std::to_string(code) + ")"};
}

Error step_error(sqlite3* database, int code) {
  Error error = library_error(database, code);
  // These messages may quote what was bound: a search text, a JSON path.
  if ((code & 0xff) == SQLITE_ERROR) error.message = sqlite3_errstr(code);
  return error;
}

bool is_plaintext(sqlite3* database) {
  // Through the library's own descriptor: closing another one would drop its locks.
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return false;
  std::array<char, kPlaintextHeader.size()> header{};
  const int code = file->pMethods->xRead(file, header.data(), static_cast<int>(header.size()), 0);
  return code == SQLITE_OK && std::string_view(header.data(), header.size()) == kPlaintextHeader;
}

Result<DatabaseHandle> open_keyed(const std::filesystem::path& file, const std::string& vfs,
                                  const Secret& key) {
  ensure(key.size() == kKeySize, "a database key has 32 bytes");
  sqlite3* raw = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int opened = sqlite3_open_v2(file.c_str(), &raw, kFlags, vfs.empty() ? nullptr : vfs.c_str());
  DatabaseHandle database(raw);
  if (opened != SQLITE_OK) return library_error(raw, opened);
  if (is_plaintext(raw)) return Error{"sql.key", "The database file is not encrypted."};
  silence_library_log(raw);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  const Secret literal = raw_key_literal(key);
  const int keyed = sqlite3_key_v2(raw, "main", literal.view().data(), static_cast<int>(literal.size()));
  if (keyed != SQLITE_OK) return library_error(raw, keyed);
  return database;
}

std::string sqlcipher_version() {
  sqlite3* raw = nullptr;
  sqlite3_open(":memory:", &raw);
  const DatabaseHandle database(raw);
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(raw, "PRAGMA cipher_version", -1, &statement, nullptr);
  const StatementHandle owner(statement);
  if (sqlite3_step(statement) != SQLITE_ROW) return {};
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  return text == nullptr ? std::string() : std::string(text);
}

std::string sqlite_version() {
  return sqlite3_libversion();
}

}  // namespace doudi::sql
