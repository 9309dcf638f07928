// Migrations and key changes are killed before each of their steps in turn: the old state or the new one.
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "shared/sql/migrator.hpp"
#include "shared/sql/sqlcipher.hpp"
#include "tests/storage/sql/child.hpp"
#include "tests/support/temp_directory.hpp"

namespace doudi::sql::test {
namespace {

constexpr std::array<Migration, 2> kMigrations{
    Migration{1, "create_note",
              "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL);"
              "INSERT INTO note (id, body) VALUES (1, 'x')"},
    Migration{2, "add_author",
              "ALTER TABLE note ADD COLUMN author TEXT;"
              "UPDATE note SET author = 'nobody';"
              "CREATE INDEX note_author ON note (author);"
              "CREATE TABLE author (name TEXT PRIMARY KEY)"}};

Secret key_of(std::uint8_t byte) {
  return Secret(Bytes(32, byte));
}

// A real connection that kills its own program before step number `last`; a script counts by its statements.
class KillingConnection final : public Connection {
 public:
  KillingConnection(Connection& real, int last) : real_(real), left_(last) {}
  using Connection::query;
  Result<std::int64_t> run(std::string_view statement, std::span<const Value> parameters) override {
    step();
    return real_.run(statement, parameters);
  }
  Status query(std::string_view statement, std::span<const Value> parameters,
               const RowVisitor& visit) override {
    step();
    return real_.query(statement, parameters, visit);
  }
  Status script(std::string_view statements) override {
    while (!statements.empty()) {
      const std::size_t end = std::min(statements.find(';'), statements.size() - 1) + 1;
      step();
      DOUDI_TRY(real_.script(statements.substr(0, end)));
      statements.remove_prefix(end);
    }
    return {};
  }
  Status begin(bool write) override {
    step();
    return real_.begin(write);
  }
  Status commit() override {
    step();
    return real_.commit();
  }
  void rollback() noexcept override { real_.rollback(); }
  [[nodiscard]] bool in_transaction() const override { return real_.in_transaction(); }

 private:
  void step() {
    if (left_-- == 0) ::kill(::getpid(), SIGKILL);
  }

  Connection& real_;
  int left_;
};

// Asserts that tables and version agree; returns the version.
std::int64_t check_version(const std::filesystem::path& file) {
  const auto writer = open_sqlcipher({.file = file, .create = true}, key_of(1));
  REQUIRE(writer.ok());
  const auto number = [&writer](std::string_view statement) {
    const auto result = (*writer)->integer(statement);
    REQUIRE(result.ok());
    return *result;
  };
  const bool recorded = number("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migration'") == 1;
  const std::int64_t version = recorded ? number("SELECT coalesce(max(number), 0) FROM schema_migration") : 0;
  CHECK(number("SELECT count(*) FROM sqlite_schema WHERE name = 'note'") == (version >= 1 ? 1 : 0));
  CHECK(number("SELECT count(*) FROM pragma_table_info('note') WHERE name = 'author'") ==
        (version >= 2 ? 1 : 0));
  CHECK(number("SELECT count(*) FROM sqlite_schema WHERE name IN ('note_author', 'author')") ==
        (version >= 2 ? 2 : 0));
  if (version == 1) CHECK(number("SELECT count(*) FROM note") == 1);
  if (version == 2) CHECK(number("SELECT count(*) FROM note WHERE author = 'nobody'") == 1);
  return version;
}

TEST_CASE("an update killed before any of its steps leaves the old version or the new one") {
  std::array<int, 3> seen{};
  int steps = 0;
  for (bool finished = false; !finished; ++steps) {
    REQUIRE(steps < 100);
    INFO("killed before step " << steps);
    const doudi::test::TempDirectory directory("step");
    const auto file = directory / "store.db";
    const auto outcome = run_in_child([&] {
      const auto writer = open_sqlcipher({.file = file, .create = true}, key_of(1));
      if (!writer.ok()) return 1;
      KillingConnection killing(**writer, steps);
      return migrate(killing, kMigrations).ok() ? 0 : 2;
    });
    finished = outcome.has_value();
    CHECK(outcome.value_or(0) == 0);
    ++seen.at(static_cast<std::size_t>(check_version(file)));
    const auto writer = open_sqlcipher({.file = file}, key_of(1));
    REQUIRE(writer.ok());
    CHECK(*migrate(**writer, kMigrations) == 2);
  }
  CHECK(steps > 10);
  CHECK(seen[0] > 0);
  CHECK(seen[1] == 0);
  CHECK(seen[2] > 0);
}

void create_notes(const std::filesystem::path& file, int count) {
  const auto writer = open_sqlcipher({.file = file, .create = true}, key_of(1));
  REQUIRE(writer.ok());
  REQUIRE((*writer)->script("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT").ok());
  auto transaction = Transaction::begin(**writer);
  REQUIRE(transaction.ok());
  for (int id = 1; id <= count; ++id) {
    REQUIRE((*writer)
                ->run("INSERT INTO note (id, body) VALUES ($1, $2)", params(id, std::string(2'000, 'x')))
                .ok());
  }
  REQUIRE(transaction->commit().ok());
}

std::int64_t count_notes(const std::filesystem::path& file, std::uint8_t key) {
  const auto connection = open_sqlcipher({.file = file}, key_of(key));
  REQUIRE(connection.ok());
  const auto count = (*connection)->integer("SELECT count(*) FROM note WHERE length(body) = 2000");
  REQUIRE(count.ok());
  return *count;
}

// True if the copy was finished before the kill.
bool copy_and_kill(const std::filesystem::path& file, const std::filesystem::path& target,
                   std::chrono::microseconds after) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto source = open_sqlcipher({.file = file}, key_of(1));
    ::_exit(source.ok() && copy_encrypted(**source, target, key_of(2)).ok() ? 0 : 1);
  }
  const timespec duration{0, static_cast<long>(after.count() * 1'000)};
  ::ppoll(nullptr, 0, &duration, nullptr);
  ::kill(child, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
  return WIFEXITED(status);
}

TEST_CASE("a key change killed at any moment leaves all rows under the old key, and a whole copy or none") {
  const doudi::test::TempDirectory directory("step");
  const auto file = directory / "store.db";
  const auto target = directory / "copy.db";
  create_notes(file, 300);
  for (int step = 0; step < 40; ++step) {
    INFO("killed after " << step * 700 << " microseconds");
    const bool finished = copy_and_kill(file, target, std::chrono::microseconds{step * 700});
    CHECK(count_notes(file, 1) == 300);
    if (finished) CHECK(std::filesystem::exists(target));
    if (std::filesystem::exists(target)) CHECK(count_notes(target, 2) == 300);
    std::filesystem::remove(target);
  }
  const auto source = open_sqlcipher({.file = file}, key_of(1));
  REQUIRE(source.ok());
  CHECK(copy_encrypted(**source, target, key_of(2)).ok());
  CHECK_FALSE(std::filesystem::exists(directory / "copy.db.partial"));
}

}  // namespace
}  // namespace doudi::sql::test
