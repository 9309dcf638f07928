// One connection to one encrypted file. Every rule that keeps acknowledged rows safe is set and then read
// back here: encryption, write-ahead log, full synchronisation, one writing process, readers that never
// checkpoint.
#include "shared/sql/sqlcipher.hpp"

#include "shared/sql/statement_cache.hpp"

namespace doudi::sql {
namespace {

class SqlcipherRow final : public Row {
 public:
  explicit SqlcipherRow(sqlite3_stmt* statement) : statement_(statement) {}
  [[nodiscard]] int size() const override { return sqlite3_column_count(statement_); }
  [[nodiscard]] std::string_view name(int column) const override {
    return sqlite3_column_name(statement_, column);
  }
  [[nodiscard]] bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  [[nodiscard]] std::int64_t integer(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }
  [[nodiscard]] std::string_view text(int column) const override {
    const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (start == nullptr) return {};
    return {start, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  [[nodiscard]] ByteView blob(int column) const override {
    const auto* start = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    if (start == nullptr) return {};
    return {start, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  [[nodiscard]] Value value(int column) const override {
    const int type = sqlite3_column_type(statement_, column);
    if (type == SQLITE_NULL) return {};
    if (type == SQLITE_INTEGER) return integer(column);
    if (type == SQLITE_BLOB) return to_bytes(blob(column));
    return std::string(text(column));
  }

 private:
  sqlite3_stmt* statement_;
};

class SqlcipherConnection final : public Connection {
 public:
  SqlcipherConnection(std::unique_ptr<files::Lock> lock, DatabaseHandle database, Access access)
      : lock_(std::move(lock)),
        database_(std::move(database)),
        statements_(database_.get()),
        access_(access) {}
  ~SqlcipherConnection() override { rollback(); }

  using Connection::query;
  Result<std::int64_t> run(std::string_view statement, std::span<const Value> parameters) override;
  Status query(std::string_view statement, std::span<const Value> parameters,
               const RowVisitor& visit) override;
  Status script(std::string_view statements) override;
  Status begin(bool write) override;
  Status commit() override;
  void rollback() noexcept override;
  [[nodiscard]] bool in_transaction() const override { return sqlite3_get_autocommit(database_.get()) == 0; }
  [[nodiscard]] sqlite3* handle() const { return database_.get(); }
  [[nodiscard]] Access access() const { return access_; }

 private:
  // After a full disk the library may roll back by itself: what follows must not commit row by row.
  [[nodiscard]] bool transaction_was_lost() const { return began_ && !in_transaction(); }
  static Error lost_transaction() {
    return {"sql.failed", "The transaction was rolled back after an earlier error."};
  }
  Status command(std::string_view statement);
  [[nodiscard]] Status values_were_given() const;

  std::unique_ptr<files::Lock> lock_;  // released last, after the database is closed
  DatabaseHandle database_;
  StatementCache statements_;
  Access access_;
  bool began_ = false;
};

Result<std::int64_t> SqlcipherConnection::run(std::string_view statement, std::span<const Value> parameters) {
  if (transaction_was_lost()) return lost_transaction();
  auto lent = statements_.lend(statement);
  if (!lent.ok()) return lent.error();
  DOUDI_TRY(lent->bind(parameters));
  const sqlite3_int64 before = sqlite3_total_changes64(handle());
  int code = lent->step();
  while (code == SQLITE_ROW) code = lent->step();
  if (code != SQLITE_DONE) return step_error(handle(), code);
  // The library keeps the last count when a statement changes nothing by nature (CREATE, PRAGMA).
  return sqlite3_total_changes64(handle()) == before ? std::int64_t{0} : sqlite3_changes64(handle());
}

Status SqlcipherConnection::query(std::string_view statement, std::span<const Value> parameters,
                                  const RowVisitor& visit) {
  if (transaction_was_lost()) return lost_transaction();
  auto lent = statements_.lend(statement);
  if (!lent.ok()) return lent.error();
  DOUDI_TRY(lent->bind(parameters));
  const SqlcipherRow row(lent->get());
  int code = lent->step();
  while (code == SQLITE_ROW) {
    if (!visit(row)) return values_were_given();
    code = lent->step();
  }
  if (code != SQLITE_DONE) return step_error(handle(), code);
  return {};
}

// Without memory the library gives an empty text for one that is not, and tells only afterwards.
Status SqlcipherConnection::values_were_given() const {
  if (sqlite3_errcode(handle()) == SQLITE_NOMEM) return library_error(handle(), SQLITE_NOMEM);
  return {};
}

Status SqlcipherConnection::script(std::string_view statements) {
  if (transaction_was_lost()) return lost_transaction();
  while (!statements.empty()) {
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    int code =
        sqlite3_prepare_v3(handle(), statements.data(), static_cast<int>(statements.size()), 0, &raw, &tail);
    const StatementHandle statement(raw);
    if (code != SQLITE_OK) return library_error(handle(), code);
    if (raw != nullptr) {
      do code = sqlite3_step(raw);
      while (code == SQLITE_ROW);
      if (code != SQLITE_DONE) return library_error(handle(), code);
    }
    statements.remove_prefix(static_cast<std::size_t>(tail - statements.data()));
  }
  return {};
}

Status SqlcipherConnection::command(std::string_view statement) {
  auto lent = statements_.lend(statement);
  if (!lent.ok()) return lent.error();
  const int code = lent->step();
  if (code != SQLITE_DONE && code != SQLITE_ROW) return library_error(handle(), code);
  return {};
}

Status SqlcipherConnection::begin(bool write) {
  if (write && access_ == Access::read) return Error{"sql.failed", "This connection only reads."};
  DOUDI_TRY(command(write ? "BEGIN IMMEDIATE" : "BEGIN"));
  began_ = true;
  if (write) return {};
  // A deferred transaction gets its snapshot at the first read: take it now.
  if (const Status first_read = command("SELECT 1 FROM sqlite_schema LIMIT 1"); !first_read.ok()) {
    rollback();
    return first_read.error();
  }
  return {};
}

Status SqlcipherConnection::commit() {
  if (transaction_was_lost()) return lost_transaction();
  DOUDI_TRY(command("COMMIT"));
  began_ = false;
  return {};
}

void SqlcipherConnection::rollback() noexcept {
  began_ = false;
  if (in_transaction()) sqlite3_exec(handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Error file_error(const Error& error) {
  if (error.code == "file.missing") return {"sql.missing", "The database file or its folder does not exist."};
  if (error.code == "file.full") return {"sql.full", "No space is left for the database."};
  if (error.code == "file.in_use")
    return {"sql.in_use", "Another program is writing this database. Close it first."};
  return {"sql.failed", "The database file cannot be opened."};
}

Result<std::unique_ptr<files::Lock>> take_writer_lock(const SqlcipherOptions& options) {
  std::filesystem::path name = options.file;
  name += ".lock";
  auto lock = options.disk->lock(name);
  if (!lock.ok()) return file_error(lock.error());
  return lock;
}

// The file exists afterwards, for the owner only; the log and index files inherit its mode. A file that
// exists is not opened here: closing it again would drop every lock that this program holds on it.
Status prepare_file(const SqlcipherOptions& options) {
  const auto size = options.disk->size(options.file);
  if (!options.create && (!size.ok() || *size == 0))
    return Error{"sql.missing", "There is no database in this place."};
  if (!size.ok()) {
    if (const auto made = options.disk->open(options.file, files::Open::create); !made.ok())
      return file_error(made.error());
  }
  if (options.access == Access::write && !options.disk->make_private(options.file).ok())
    return Error{"sql.failed", "The database file belongs to another user."};
  return {};
}

Status require(Connection& connection, std::string_view pragma, std::string_view expected) {
  DOUDI_ASSIGN(const std::optional<Value> found, connection.value(pragma));
  const auto* text = found ? std::get_if<std::string>(&*found) : nullptr;
  const auto* number = found ? std::get_if<std::int64_t>(&*found) : nullptr;
  const std::string actual = text != nullptr     ? *text
                             : number != nullptr ? std::to_string(*number)
                                                 : std::string();
  if (actual == expected) return {};
  return Error{"sql.failed",
               std::string(pragma) + " is '" + actual + "', not '" + std::string(expected) + "'."};
}

Status configure(Connection& connection, const SqlcipherOptions& options) {
  const bool writes = options.access == Access::write;
  DOUDI_TRY(connection.script(
      "PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA cache_size=-" +
      std::to_string(options.cache_kib)));
  DOUDI_TRY(connection.script(writes ? "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=1000"
                                     : "PRAGMA wal_autocheckpoint=0; PRAGMA query_only=ON"));
  DOUDI_TRY(require(connection, "PRAGMA journal_mode", "wal"));
  DOUDI_TRY(require(connection, "PRAGMA synchronous", "2"));
  DOUDI_TRY(require(connection, "PRAGMA temp_store", "2"));
  return require(connection, "PRAGMA foreign_keys", "1");
}

Status require_encryption(Connection& connection, sqlite3* database) {
  DOUDI_ASSIGN(const std::optional<Value> version, connection.value("PRAGMA cipher_version"));
  if (version && !is_null(*version) && !is_plaintext(database)) return {};
  return Error{"sql.failed", "The linked database library does not encrypt."};
}

}  // namespace

sqlite3* library_handle(Connection& connection) {
  auto* driver = dynamic_cast<SqlcipherConnection*>(&connection);
  ensure(driver != nullptr, "the connection comes from open_sqlcipher");
  return driver->handle();
}

Result<std::unique_ptr<Connection>> open_sqlcipher(const SqlcipherOptions& options, const Secret& key) {
  ensure(options.access == Access::write || !options.create, "only a writer creates a database");
  std::unique_ptr<files::Lock> lock;
  if (options.access == Access::write) {
    if (!options.create && !options.disk->exists(options.file)) {
      return Error{"sql.missing", "There is no database in this place."};
    }
    DOUDI_ASSIGN(lock, take_writer_lock(options));
  }
  DOUDI_TRY(prepare_file(options));
  DOUDI_ASSIGN(DatabaseHandle database, open_keyed(options.file, options.disk->database_vfs(), key));
  sqlite3_db_config(database.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (options.access == Access::read)
    sqlite3_db_config(database.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  auto connection =
      std::make_unique<SqlcipherConnection>(std::move(lock), std::move(database), options.access);
  if (const auto first_read = connection->integer("SELECT count(*) FROM sqlite_schema"); !first_read.ok()) {
    const bool unreadable = first_read.error().code == "sql.damaged";
    return unreadable ? Error{"sql.key", "The key does not open this database, or its first page is damaged."}
                      : first_read.error();
  }
  DOUDI_TRY(configure(*connection, options));
  DOUDI_TRY(require_encryption(*connection, connection->handle()));
  return std::unique_ptr<Connection>(std::move(connection));
}

void interrupt(Connection& connection) {
  sqlite3_interrupt(library_handle(connection));
}

Status checkpoint(Connection& writer) {
  const auto* driver = dynamic_cast<const SqlcipherConnection*>(&writer);
  ensure(driver != nullptr && driver->access() == Access::write, "only the writer checkpoints");
  bool complete = false;
  // What readers still need can wait for the next time; saving cannot wait for readers.
  sqlite3_busy_timeout(driver->handle(), 0);
  const Status done = writer.query("PRAGMA wal_checkpoint(TRUNCATE)", [&complete](const Row& row) {
    complete = row.integer(0) == 0 && row.integer(1) == row.integer(2);
    return true;
  });
  sqlite3_busy_timeout(driver->handle(), kBusyTimeoutMs);
  DOUDI_TRY(done);
  if (!complete) return Error{"sql.busy", "A reader still needs the write-ahead log."};
  return {};
}

}  // namespace doudi::sql
