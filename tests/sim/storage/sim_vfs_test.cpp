// The simulated device itself: SQLite behaves on it as on the system's, and what was synced survives.
#include <catch2/catch_test_macros.hpp>

#include "shared/sql/sqlcipher.hpp"
#include "tests/sim/storage/seeded_randomness.hpp"
#include "tests/sim/storage/sim_storage.hpp"
#include "tests/support/temp_directory.hpp"

namespace doudi::sim {
namespace {

const std::filesystem::path kFile = "/device/store.db";

Secret store_key() {
  return Secret(Bytes(32, 7));
}

Result<std::unique_ptr<sql::Connection>> open_store(SimStorage& storage,
                                                    sql::Access access = sql::Access::write) {
  return sql::open_sqlcipher(
      {.file = kFile, .access = access, .create = access == sql::Access::write, .disk = &storage.files},
      store_key());
}

std::unique_ptr<sql::Connection> opened(SimStorage& storage) {
  auto connection = open_store(storage);
  INFO((connection.ok() ? std::string() : connection.error().code + ": " + connection.error().message));
  REQUIRE(connection.ok());
  return std::move(*connection);
}

constexpr std::string_view kTables =
    "CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, body TEXT NOT NULL, size INTEGER);"
    "CREATE INDEX IF NOT EXISTS note_size ON note(size)";

// One random statement; both databases get the same ones.
std::string random_statement(Chance& chance) {
  const std::string id = std::to_string(chance.below(60));
  const std::string size = std::to_string(chance.below(3000));
  switch (chance.below(8)) {
    case 0:
      return "DELETE FROM note WHERE id = " + id;
    case 1:
      return "UPDATE note SET body = hex(zeroblob(" + size + ")), size = " + size + " WHERE id > " + id;
    case 2:
      return "BEGIN; DELETE FROM note WHERE id < " + id + "; ROLLBACK";
    case 3:
      return "PRAGMA wal_checkpoint(TRUNCATE)";
    case 4:
      return "BEGIN; INSERT OR REPLACE INTO note VALUES(" + id +
             ", 'a', 1); SAVEPOINT s; DELETE FROM note; "
             "ROLLBACK TO s; COMMIT";
    default:
      return "INSERT OR REPLACE INTO note VALUES(" + id + ", hex(zeroblob(" + size + ")), " + size + ")";
  }
}

std::string dump(sql::Connection& connection) {
  std::string text;
  const Status read =
      connection.query("SELECT id, body, size FROM note ORDER BY size, id", [&](const sql::Row& row) {
        text += std::to_string(row.integer(0)) + ':' + std::string(row.text(1)) + '\n';
        return true;
      });
  return read.ok() ? text : read.error().code;
}

}  // namespace

TEST_CASE("a random script does the same on the simulated device as on the system's") {
  const test::TempDirectory folder("vfs");
  SimStorage storage;
  Chance chance(11);
  auto real = sql::open_sqlcipher({.file = folder / "store.db", .create = true}, store_key());
  REQUIRE(real.ok());
  auto simulated = opened(storage);
  REQUIRE((*real)->script(kTables).ok());
  REQUIRE(simulated->script(kTables).ok());
  for (int step = 0; step < 400; ++step) {
    const std::string statement = random_statement(chance);
    INFO("step " << step << ": " << statement);
    REQUIRE((*real)->script(statement).ok());
    REQUIRE(simulated->script(statement).ok());
    if (step % 20 == 0) {
      simulated.reset();
      simulated = opened(storage);
    }
    if (step % 10 == 0) REQUIRE(dump(**real) == dump(*simulated));
  }
  CHECK(dump(**real) == dump(*simulated));
  simulated.reset();
  const auto findings = sql::check_integrity(kFile, store_key(), storage.files);
  REQUIRE(findings.ok());
  CHECK(findings->empty());
}

TEST_CASE("readers and a writer of one simulated device see whole transactions") {
  SimStorage storage;
  auto writer = opened(storage);
  REQUIRE(writer->script(kTables).ok());
  const auto reader = open_store(storage, sql::Access::read);
  REQUIRE(reader.ok());
  REQUIRE((*reader)->begin(false).ok());
  REQUIRE(writer->script("INSERT INTO note VALUES(1, 'one', 3)").ok());
  CHECK(*(*reader)->integer("SELECT count(*) FROM note") == 0);
  CHECK(sql::checkpoint(*writer).error().code == "sql.busy");
  (*reader)->rollback();
  CHECK(*(*reader)->integer("SELECT count(*) FROM note") == 1);
  CHECK(sql::checkpoint(*writer).ok());
  CHECK(open_store(storage).error().code == "sql.in_use");
}

TEST_CASE("the same seed writes the same bytes to the device, another seed does not") {
  const auto content = [](std::uint64_t seed) {
    const SeededRandomness randomness(seed);
    SimStorage storage(seed);
    auto store = opened(storage);
    REQUIRE(store->script(kTables).ok());
    REQUIRE(store->script("INSERT INTO note VALUES(1, hex(randomblob(40)), 80)").ok());
    store.reset();
    return storage.disk.content(kFile.string());
  };
  const Bytes first = content(5);
  CHECK(first == content(5));
  CHECK(first != content(6));
}

TEST_CASE("what a stopped process still tries does not reach the device") {
  SimStorage storage;
  auto store = opened(storage);
  REQUIRE(store->script(kTables).ok());
  storage.disk.kill();
  CHECK_FALSE(store->script("INSERT INTO note VALUES(1, 'late', 4)").ok());
  const auto next = opened(storage);
  store.reset();
  CHECK(*next->integer("SELECT count(*) FROM note") == 0);
  REQUIRE(next->script("INSERT INTO note VALUES(2, 'next', 4)").ok());
}

}  // namespace doudi::sim
