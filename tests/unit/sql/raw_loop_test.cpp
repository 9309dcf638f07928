// The yardstick for measuring shared/sql: the same rows written through the library alone, with the same
// settings. A benchmark runs this loop beside Connection::run() and compares; here only the equality of the
// rows is tested.
#define SQLITE_HAS_CODEC 1
#include <sqlcipher/sqlite3.h>

#include "tests/unit/sql/store.hpp"

namespace doudi::sql::test {
namespace {

constexpr std::string_view kKeyLiteral =
    "x'0101010101010101010101010101010101010101010101010101010101010101'";

// One transaction of `count` rows: prepare once, then bind, step, reset for each row.
bool write_raw(const std::filesystem::path& file, int count) {
  sqlite3* database = nullptr;
  sqlite3_stmt* insert = nullptr;
  bool good = sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK &&
              sqlite3_key_v2(database, "main", kKeyLiteral.data(), static_cast<int>(kKeyLiteral.size())) ==
                  SQLITE_OK &&
              sqlite3_exec(database, "PRAGMA synchronous=FULL; BEGIN IMMEDIATE", nullptr, nullptr, nullptr) ==
                  SQLITE_OK &&
              sqlite3_prepare_v2(database, "INSERT INTO note (id, body) VALUES (?1, ?2)", -1, &insert,
                                 nullptr) == SQLITE_OK;
  for (int id = 1; good && id <= count; ++id) {
    sqlite3_bind_int64(insert, 1, id);
    sqlite3_bind_text(insert, 2, "body", 4, SQLITE_STATIC);
    good = sqlite3_step(insert) == SQLITE_DONE;
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  good = good && sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK;
  sqlite3_close_v2(database);
  return good;
}

std::string all_notes(Connection& connection) {
  std::string text;
  REQUIRE(connection
              .query("SELECT id, body FROM note ORDER BY id",
                     [&text](const Row& row) {
                       text += std::to_string(row.integer(0)) + "=" + std::string(row.text(1)) + ";";
                       return true;
                     })
              .ok());
  return text;
}

TEST_CASE("the layer writes the same rows as a loop over the library itself") {
  const Store raw("raw");
  const Store layered("layered");
  raw.with_notes().reset();
  REQUIRE(write_raw(raw.file(), 500));
  const auto writer = layered.with_notes();
  auto transaction = Transaction::begin(*writer);
  for (int id = 1; id <= 500; ++id) REQUIRE(add_note(*writer, id, "body").ok());
  REQUIRE(transaction->commit().ok());
  CHECK(all_notes(*raw.writer()) == all_notes(*writer));
}

}  // namespace
}  // namespace doudi::sql::test
