// Schema changes go forward, whole or not at all.
#include "shared/sql/migrator.hpp"

#include <array>

#include "tests/unit/sql/store.hpp"

namespace doudi::sql::test {
namespace {

constexpr std::array<Migration, 3> kMigrations{
    Migration{1, "create_note", "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL)"},
    Migration{2, "add_author",
              "ALTER TABLE note ADD COLUMN author TEXT; CREATE INDEX note_author ON note (author)"},
    Migration{3, "fill_author", "UPDATE note SET author = 'nobody'"}};

TEST_CASE("migrations run forward from nothing and only once") {
  const Store store("migrator");
  const auto writer = store.writer();
  CHECK(*migrate(*writer, kMigrations) == 3);
  REQUIRE(add_note(*writer, 1, "x").ok());
  CHECK(*migrate(*writer, kMigrations) == 3);
  CHECK(count_notes(*writer) == 1);
}

TEST_CASE("an older store keeps its rows on the way forward") {
  const Store store("migrator");
  const auto writer = store.writer();
  CHECK(*migrate(*writer, std::span(kMigrations).first(1)) == 1);
  REQUIRE(add_note(*writer, 1, "x").ok());
  CHECK(*migrate(*writer, kMigrations) == 3);
  CHECK(**writer->value("SELECT author FROM note WHERE id = 1") == Value("nobody"));
}

TEST_CASE("a store of a newer program is refused untouched") {
  const Store store("migrator");
  const auto writer = store.writer();
  REQUIRE(migrate(*writer, kMigrations).ok());
  CHECK(code_of(migrate(*writer, std::span(kMigrations).first(2))) == "sql.schema_newer");
  CHECK(*writer->integer("SELECT count(*) FROM schema_migration") == 3);
}

TEST_CASE("a store with another migration under the same number is refused") {
  const Store store("migrator");
  const auto writer = store.writer();
  REQUIRE(migrate(*writer, std::span(kMigrations).first(1)).ok());
  constexpr std::array<Migration, 1> kOther{Migration{1, "create_other", "CREATE TABLE other (id INTEGER)"}};
  CHECK(code_of(migrate(*writer, kOther)) == "sql.schema_differs");
}

TEST_CASE("an update that fails half way leaves the version before it") {
  const Store store("migrator");
  const auto writer = store.writer();
  REQUIRE(migrate(*writer, std::span(kMigrations).first(1)).ok());
  auto migrations = kMigrations;
  migrations[2].script = "ALTER TABLE note ADD COLUMN read INTEGER; CREATE INDEX note_read ON missing (read)";
  const auto failed = migrate(*writer, migrations);
  CHECK(code_of(failed) == "sql.failed");
  CHECK(failed.error().message.find("fill_author") != std::string::npos);
  CHECK(*writer->integer("SELECT max(number) FROM schema_migration") == 1);
  CHECK(*writer->integer("SELECT count(*) FROM pragma_table_info('note')") == 2);
  CHECK(*migrate(*writer, kMigrations) == 3);
}

TEST_CASE("a store in use is copied before an update, and only then") {
  const Store store("migrator");
  const auto writer = store.writer();
  int copies = 0;
  const auto copy = [&copies] { return ++copies, Status{}; };
  REQUIRE(migrate(*writer, std::span(kMigrations).first(1), copy).ok());
  CHECK(copies == 0);
  const auto refused = migrate(*writer, kMigrations, [] { return Status(Error{"sql.full", "no room"}); });
  CHECK(code_of(refused) == "sql.full");
  CHECK(*writer->integer("SELECT max(number) FROM schema_migration") == 1);
  CHECK(*migrate(*writer, kMigrations, copy) == 3);
  CHECK(*migrate(*writer, kMigrations, copy) == 3);
  CHECK(copies == 1);
}

}  // namespace
}  // namespace doudi::sql::test
