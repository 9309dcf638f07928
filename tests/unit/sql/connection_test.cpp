// Statements, parameters, rows and transactions, against a real encrypted file.
#include "tests/unit/sql/store.hpp"

namespace doudi::sql::test {
namespace {

TEST_CASE("parameters bind by their number, wherever and however often they stand") {
  const Store store("connection");
  const auto writer = store.writer();
  const auto row = params("one", "two", "three");
  const auto joined = writer->value("SELECT $3 || $1 || $2 || $1", row);
  REQUIRE(joined.ok());
  CHECK(**joined == Value("threeonetwoone"));
}

TEST_CASE("every kind of value comes back as it was bound") {
  const Store store("connection");
  const auto writer = store.writer();
  REQUIRE(writer->script("CREATE TABLE cell (id INTEGER PRIMARY KEY, value)").ok());
  const std::vector<Value> values{Value{},       std::int64_t{-7},    std::int64_t{0x7fffffffffffffff},
                                  std::string(), std::string("中文"), std::string("a\0b", 3),
                                  Bytes{},       Bytes{0, 255, 1}};
  std::int64_t id = 0;
  for (const Value& value : values) {
    const std::vector<Value> row{++id, value};
    REQUIRE(writer->run("INSERT INTO cell (id, value) VALUES ($1, $2)", row).ok());
  }
  std::vector<Value> found;
  REQUIRE(writer
              ->query("SELECT value FROM cell ORDER BY id",
                      [&found](const Row& row) {
                        found.push_back(row.value(0));
                        return true;
                      })
              .ok());
  CHECK(found == values);
}

TEST_CASE("a row gives identities, optional cells and column names") {
  const Store store("connection");
  const auto writer = store.writer();
  const Uuid id = make_uuid_v7(Instant{1'700'000'000'000}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  int rows = 0;
  REQUIRE(writer
              ->query("SELECT $1 AS id, $2 AS body, $3 AS day, $4 AS gone",
                      params(id, "text", *civil_date(2021, 2, 28), std::nullopt),
                      [&](const Row& row) {
                        CHECK(row.size() == 4);
                        CHECK(row.name(0) == "id");
                        CHECK(row.uuid(0) == id);
                        CHECK(row.optional_text(1) == "text");
                        CHECK(row.text(2) == "2021-02-28");
                        CHECK(row.is_null(3));
                        CHECK(row.optional_integer(3) == std::nullopt);
                        CHECK(row.optional_text(3) == std::nullopt);
                        ++rows;
                        return true;
                      })
              .ok());
  CHECK(rows == 1);
}

TEST_CASE("run() tells how many rows changed") {
  const Store store("connection");
  const auto writer = store.with_notes();
  for (int id = 1; id <= 3; ++id) CHECK(*add_note(*writer, id, "x") == 1);
  CHECK(*writer->run("UPDATE note SET body = $1 WHERE id > $2", params("y", 1)) == 2);
  CHECK(*writer->run("DELETE FROM note WHERE id = $1", params(99)) == 0);
  CHECK(*writer->run("CREATE TABLE other (id INTEGER)") == 0);
  CHECK(*writer->run("INSERT INTO note (id, body) VALUES ($1, $2) RETURNING id", params(9, "z")) == 1);
}

TEST_CASE("the same statement runs inside its own rows") {
  const Store store("connection");
  const auto writer = store.with_notes();
  for (int id = 1; id <= 3; ++id) REQUIRE(add_note(*writer, id, "x").ok());
  constexpr std::string_view kNext = "SELECT id FROM note WHERE id > $1 ORDER BY id";
  std::vector<std::int64_t> pairs;
  REQUIRE(writer
              ->query(kNext, params(0),
                      [&](const Row& outer) {
                        const std::int64_t left = outer.integer(0);
                        return writer
                            ->query(kNext, params(left),
                                    [&](const Row& inner) {
                                      pairs.push_back(left * 10 + inner.integer(0));
                                      return true;
                                    })
                            .ok();
                      })
              .ok());
  CHECK(pairs == std::vector<std::int64_t>{12, 13, 23});
}

TEST_CASE("a statement stopped early leaves no lock behind") {
  const Store store("connection");
  const auto writer = store.with_notes();
  for (int id = 1; id <= 3; ++id) REQUIRE(add_note(*writer, id, "x").ok());
  REQUIRE(writer->query("SELECT id FROM note", [](const Row&) { return false; }).ok());
  CHECK(writer->script("DROP TABLE note").ok());
}

TEST_CASE("a cached statement follows a change of the schema") {
  const Store store("connection");
  const auto writer = store.with_notes();
  REQUIRE(add_note(*writer, 1, "x").ok());
  int columns = 0;
  const RowVisitor count_columns = [&columns](const Row& row) {
    columns = row.size();
    return true;
  };
  REQUIRE(writer->query("SELECT * FROM note", count_columns).ok());
  CHECK(columns == 2);
  REQUIRE(writer->script("ALTER TABLE note ADD COLUMN extra TEXT").ok());
  REQUIRE(writer->query("SELECT * FROM note", count_columns).ok());
  CHECK(columns == 3);
}

TEST_CASE("more statements than the cache keeps still run") {
  const Store store("connection");
  const auto writer = store.with_notes();
  std::int64_t sum = 0;
  for (int i = 0; i < 1'200; ++i) sum += *writer->integer("SELECT " + std::to_string(i));
  CHECK(sum == 1'199 * 600);
  CHECK(count_notes(*writer) == 0);
}

TEST_CASE("wrong statements are errors without the values they carried") {
  const Store store("connection");
  const auto writer = store.with_notes();
  REQUIRE(add_note(*writer, 1, "secret words").ok());
  const auto twice = add_note(*writer, 1, "secret words");
  CHECK(code_of(twice) == "sql.constraint");
  CHECK(twice.error().message.find("secret") == std::string::npos);
  CHECK(code_of(writer->run("SELECT nothing FROM nowhere")) == "sql.failed");
  CHECK(code_of(writer->run("DELETE FROM note; DELETE FROM note")) == "sql.failed");
  CHECK(code_of(writer->run("DELETE FROM note WHERE id = $1")) == "sql.failed");
  CHECK(code_of(writer->run("DELETE FROM note WHERE id = ?", params(1))) == "sql.failed");
  CHECK(code_of(writer->run("")) == "sql.failed");
  CHECK(count_notes(*writer) == 1);
}

TEST_CASE("a statement that fails while running does not quote what was bound") {
  const Store store("connection");
  const auto writer = store.writer();
  const auto failed = writer->value("SELECT json_extract('{}', $1)", params("secret words"));
  CHECK(code_of(failed) == "sql.failed");
  CHECK(failed.error().message.find("secret") == std::string::npos);
}

TEST_CASE("foreign keys are enforced") {
  const Store store("connection");
  const auto writer = store.with_notes();
  REQUIRE(writer->script("CREATE TABLE reply (note INTEGER REFERENCES note (id))").ok());
  CHECK(code_of(writer->run("INSERT INTO reply (note) VALUES ($1)", params(5))) == "sql.constraint");
}

TEST_CASE("value() and integer() read the first cell of the first row") {
  const Store store("connection");
  const auto writer = store.with_notes();
  CHECK_FALSE(writer->value("SELECT body FROM note")->has_value());
  CHECK(*writer->integer("SELECT id FROM note") == 0);
  REQUIRE(add_note(*writer, 4, "x").ok());
  CHECK(**writer->value("SELECT body FROM note") == Value("x"));
  CHECK(*writer->integer("SELECT id FROM note") == 4);
}

TEST_CASE("a script runs triggers and stops at the first error") {
  const Store store("connection");
  const auto writer = store.with_notes();
  REQUIRE(writer
              ->script("CREATE TRIGGER copy AFTER INSERT ON note WHEN NEW.id < 100 BEGIN\n"
                       "  INSERT INTO note (id, body) VALUES (NEW.id + 100, NEW.body); -- the copy\n"
                       "END; -- done\n")
              .ok());
  REQUIRE(add_note(*writer, 1, "x").ok());
  CHECK(count_notes(*writer) == 2);
  CHECK(code_of(writer->script("DELETE FROM note WHERE id = 1; BROKEN; DELETE FROM note")) == "sql.failed");
  CHECK(count_notes(*writer) == 1);
}

TEST_CASE("a transaction that is not committed leaves nothing") {
  const Store store("connection");
  const auto writer = store.with_notes();
  {
    auto transaction = Transaction::begin(*writer);
    REQUIRE(transaction.ok());
    REQUIRE(add_note(*writer, 1, "x").ok());
    CHECK(writer->in_transaction());
  }
  CHECK_FALSE(writer->in_transaction());
  CHECK(count_notes(*writer) == 0);
}

TEST_CASE("a committed transaction is there after the store is opened again") {
  const Store store("connection");
  {
    const auto writer = store.with_notes();
    auto transaction = Transaction::begin(*writer);
    REQUIRE(transaction.ok());
    REQUIRE(add_note(*writer, 1, "x").ok());
    REQUIRE(transaction->commit().ok());
  }
  CHECK(count_notes(*store.writer()) == 1);
}

TEST_CASE("a connection that closes in a transaction rolls it back") {
  const Store store("connection");
  {
    const auto writer = store.with_notes();
    REQUIRE(writer->begin(true).ok());
    REQUIRE(add_note(*writer, 1, "x").ok());
  }
  CHECK(count_notes(*store.writer()) == 0);
}

TEST_CASE("a transaction that the engine gave up accepts no further rows") {
  const Store store("connection");
  const auto writer = store.with_notes();
  REQUIRE(add_note(*writer, 1, "x").ok());
  auto transaction = Transaction::begin(*writer);
  REQUIRE(transaction.ok());
  REQUIRE(add_note(*writer, 2, "x").ok());
  REQUIRE_FALSE(writer->run("INSERT OR ROLLBACK INTO note (id, body) VALUES (1, 'x')").ok());
  CHECK(code_of(add_note(*writer, 3, "x")) == "sql.failed");
  CHECK_FALSE(transaction->commit().ok());
  writer->rollback();
  CHECK(count_notes(*writer) == 1);
}

}  // namespace
}  // namespace doudi::sql::test
