// The generated triggers in a real encrypted store: what they write is what the codec reads.
#include "shared/sync/capture.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shared/sql/sqlcipher.hpp"
#include "shared/wire/catalog_json.hpp"
#include "shared/wire/changes.hpp"
#include "tests/support/temp_directory.hpp"

namespace doudi::wire {
namespace {

constexpr const char* kTables = R"(
CREATE TABLE capture_state(group_seq INTEGER, capturing INTEGER NOT NULL);
INSERT INTO capture_state VALUES(7, 1);
CREATE TABLE op_log(id INTEGER PRIMARY KEY, group_seq INTEGER, table_name TEXT, row_id BLOB, kind INTEGER, changes TEXT);
)";

struct Logged {
  std::int64_t group = 0;
  std::string table;
  Uuid row;
  sync::OperationKind kind = sync::OperationKind::insert;
  std::vector<sync::ColumnChange> changes;
};

class CaptureStore {
 public:
  CaptureStore() {
    REQUIRE(store_->script(kTables).ok());
    for (const sync::Table& table : catalog_.tables) REQUIRE(store_->script(table_text(table)).ok());
    REQUIRE(store_->script(sync::capture_triggers(catalog_)).ok());
  }

  void run(std::string_view statement) {
    INFO(statement);
    REQUIRE(store_->script(statement).ok());
  }

  std::vector<Logged> log() {
    std::vector<Logged> lines;
    REQUIRE(store_
                ->query("SELECT group_seq, table_name, row_id, kind, changes FROM op_log ORDER BY id",
                        [&](const sql::Row& row) {
                          const std::string table(row.text(1));
                          auto changes = read_changes(*catalog_.find(table), row.text(4));
                          REQUIRE(changes.ok());
                          lines.push_back({row.integer(0), table, row.uuid(2),
                                           static_cast<sync::OperationKind>(row.integer(3)), *changes});
                          return true;
                        })
                .ok());
    return lines;
  }

  [[nodiscard]] const sync::Catalog& catalog() const { return catalog_; }

 private:
  static std::string table_text(const sync::Table& table) {
    std::string text = "CREATE TABLE \"" + table.name + "\"(id BLOB PRIMARY KEY";
    for (const sync::Column& column : table.columns) text += ", \"" + column.name + "\"";
    return text + ", deleted INTEGER NOT NULL DEFAULT 0);";
  }

  doudi::test::TempDirectory directory_{"capture"};
  sync::Catalog catalog_ = shipped_catalog();
  std::unique_ptr<sql::Connection> store_ =
      std::move(
          sql::open_sqlcipher({directory_ / "field.db", sql::Access::write, true}, Secret(Bytes(32, 7))))
          .value();
};

constexpr const char* kInsertVisit = R"(
INSERT INTO visit(id, grid, household, worker, seen_at, note, received_at)
VALUES(x'00000000000000000000000000000001', x'00000000000000000000000000000009', x'00000000000000000000000000000002',
       x'00000000000000000000000000000003', 1795000000000, '说 "好"', 5);)";

TEST_CASE("a new row is captured with what it holds and with its scope, without the columns of the server") {
  CaptureStore store;
  store.run(kInsertVisit);
  const auto log = store.log();
  REQUIRE(log.size() == 1);
  CHECK(log[0].group == 7);
  CHECK(log[0].table == "visit");
  CHECK(log[0].row.bytes[15] == 1);
  CHECK(log[0].kind == sync::OperationKind::insert);
  REQUIRE(log[0].changes.size() == 5);
  CHECK(log[0].changes[0].column == "grid");
  CHECK(log[0].changes[1].column == "household");
  CHECK(std::get<Bytes>(log[0].changes[1].next).at(15) == 2);
  CHECK(log[0].changes[3] == sync::ColumnChange{"seen_at", {}, std::int64_t{1'795'000'000'000}});
  CHECK(log[0].changes[4] == sync::ColumnChange{"note", {}, std::string("说 \"好\"")});
}

TEST_CASE("an edit is captured with the value seen and the value written, for changed columns only") {
  CaptureStore store;
  store.run(kInsertVisit);
  store.run("UPDATE visit SET note = NULL, mode = 'door', seen_at = seen_at, received_at = 9, grid = x'00'");
  const auto log = store.log();
  REQUIRE(log.size() == 2);
  CHECK(log[1].kind == sync::OperationKind::update);
  CHECK(log[1].changes == std::vector<sync::ColumnChange>{{"mode", {}, std::string("door")},
                                                          {"note", std::string("说 \"好\""), {}}});
}

TEST_CASE("an edit that changes nothing captured writes nothing") {
  CaptureStore store;
  store.run(kInsertVisit);
  store.run("UPDATE visit SET note = note, received_at = 6, clock_suspect = 1");
  CHECK(store.log().size() == 1);
}

TEST_CASE("a removal is captured with all that was there") {
  CaptureStore store;
  store.run(kInsertVisit);
  store.run("DELETE FROM visit");
  const auto log = store.log();
  REQUIRE(log.size() == 2);
  CHECK(log[1].kind == sync::OperationKind::remove);
  CHECK(log[1].changes.size() == 4);
  for (const auto& change : log[1].changes) CHECK(is_null(change.next));
}

TEST_CASE("marking a row as deleted is captured as its removal and as nothing else") {
  CaptureStore store;
  store.run(kInsertVisit);
  store.run("UPDATE visit SET deleted = 1, note = 'changed with the mark'");
  const auto log = store.log();
  REQUIRE(log.size() == 2);
  CHECK(log[1].kind == sync::OperationKind::remove);
  REQUIRE(log[1].changes.size() == 4);
  CHECK(log[1].changes.back() == sync::ColumnChange{"note", std::string("说 \"好\""), {}});
  store.run("UPDATE visit SET deleted = 1");
  store.run("DELETE FROM visit");
  CHECK(store.log().size() == 2);
}

TEST_CASE("rows that come from the server are not captured") {
  CaptureStore store;
  store.run("UPDATE capture_state SET capturing = 0");
  store.run(kInsertVisit);
  store.run("UPDATE visit SET note = 'x'; DELETE FROM visit");
  CHECK(store.log().empty());
}

TEST_CASE("a change that is rolled back leaves no capture") {
  CaptureStore store;
  store.run("BEGIN");
  store.run(kInsertVisit);
  store.run("ROLLBACK");
  CHECK(store.log().empty());
}

TEST_CASE("every table a tablet may write is captured and no other") {
  CaptureStore store;
  std::size_t writable = 0;
  for (const sync::Table& table : store.catalog().tables) {
    store.run("INSERT INTO \"" + table.name + "\"(id) VALUES(x'00000000000000000000000000000001')");
    if (table.direction != sync::Direction::down) ++writable;
  }
  CHECK(store.log().size() == writable);
  CHECK(writable + 1 == store.catalog().tables.size());
}

}  // namespace
}  // namespace doudi::wire
