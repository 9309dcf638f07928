// Forward-only schema changes. Migrations and their rows commit together, so a crash leaves the version
// before the update or the one after it and never something between.
#include "shared/sql/migrator.hpp"

namespace doudi::sql {
namespace {

constexpr std::string_view kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL)";
constexpr std::string_view kSelectApplied = "SELECT number, name FROM schema_migration ORDER BY number";
constexpr std::string_view kInsertApplied = "INSERT INTO schema_migration (number, name) VALUES ($1, $2)";

void ensure_numbered_without_gaps(std::span<const Migration> migrations) {
  int expected = 1;
  for (const Migration& migration : migrations)
    ensure(migration.number == expected++, "migrations count 1, 2, 3");
}

// How many of `migrations` the store already has.
Result<int> applied_count(Connection& connection, std::span<const Migration> migrations) {
  std::optional<Error> mismatch;
  std::size_t count = 0;
  DOUDI_TRY(connection.query(kSelectApplied, [&](const Row& row) {
    if (count >= migrations.size()) {
      mismatch = Error{"sql.schema_newer", "The store was written by a newer program. Update this program."};
    } else if (row.integer(0) != migrations[count].number || row.text(1) != migrations[count].name) {
      mismatch = Error{"sql.schema_differs", "The store has another migration in place of number " +
                                                 std::to_string(migrations[count].number) + "."};
    }
    ++count;
    return !mismatch.has_value();
  }));
  if (mismatch) return *mismatch;
  return static_cast<int>(count);
}

Status apply(Connection& connection, const Migration& migration) {
  DOUDI_TRY(connection.script(migration.script));
  const auto recorded = connection.run(kInsertApplied, params(migration.number, migration.name));
  if (!recorded.ok()) return recorded.error();
  return {};
}

}  // namespace

Result<int> migrate(Connection& connection, std::span<const Migration> migrations,
                    const std::function<Status()>& before_update) {
  ensure_numbered_without_gaps(migrations);
  ensure(!connection.in_transaction(), "migrations run in a transaction of their own");
  DOUDI_TRY(connection.script(kCreateTable));
  DOUDI_ASSIGN(const int applied, applied_count(connection, migrations));
  const auto missing = migrations.subspan(static_cast<std::size_t>(applied));
  if (missing.empty()) return applied;
  if (applied > 0 && before_update) DOUDI_TRY(before_update());
  DOUDI_ASSIGN(Transaction transaction, Transaction::begin(connection));
  for (const Migration& migration : missing) {
    if (const Status done = apply(connection, migration); !done.ok()) {
      return Error{done.error().code, "Migration " + std::to_string(migration.number) + " " +
                                          std::string(migration.name) + ": " + done.error().message};
    }
  }
  DOUDI_TRY(transaction.commit());
  return static_cast<int>(migrations.size());
}

}  // namespace doudi::sql
