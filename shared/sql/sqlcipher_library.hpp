// Private to this folder: the one place that includes SQLCipher's header and turns its codes into ours.
#pragma once

#define SQLITE_HAS_CODEC 1
#include <sqlcipher/sqlite3.h>

#include <filesystem>
#include <memory>

#include "shared/base/result.hpp"
#include "shared/sql/connection.hpp"

namespace doudi::sql {

// How long a connection waits for a lock that another one holds.
inline constexpr int kBusyTimeoutMs = 5'000;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// The error of the last call on `database`, other than a running statement's. Names tables and columns, no
// values.
Error library_error(sqlite3* database, int code);
// The same for a statement that was running, whose message may quote bound values: it says less.
Error step_error(sqlite3* database, int code);
// Whether the file of `database` is plain SQLite.
bool is_plaintext(sqlite3* database);
// The library's handle behind `connection`, which must be one of open_sqlcipher().
sqlite3* library_handle(Connection& connection);
// An opened and keyed database; nothing has been read from it yet. `vfs` is empty for the system's.
Result<DatabaseHandle> open_keyed(const std::filesystem::path& file, const std::string& vfs,
                                  const Secret& key);

}  // namespace doudi::sql
