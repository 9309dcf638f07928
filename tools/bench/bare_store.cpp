#include "tools/bench/bare_store.hpp"

#include <array>
#include <cstring>
#include <stdexcept>

#include "shared/sql/sqlcipher_library.hpp"

namespace doudi::bench {
namespace {

void check(int code, int expected, const char* what) {
  if (code != expected) throw std::runtime_error(std::string(what) + " failed with " + std::to_string(code));
}

}  // namespace

BareStore::BareStore(const std::filesystem::path& file) {
  check(sqlite3_open(file.c_str(), &database_), SQLITE_OK, "open");
  const std::string key = "x'" + std::string(64, '5') + "'";
  check(sqlite3_key_v2(database_, "main", key.data(), static_cast<int>(key.size())), SQLITE_OK, "key");
  execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
      "CREATE TABLE visit(id BLOB PRIMARY KEY, grid BLOB, household BLOB, worker BLOB, seen_at INTEGER, "
      "outcome TEXT, form TEXT,"
      " note TEXT) WITHOUT ROWID");
  check(sqlite3_prepare_v3(database_, "INSERT INTO visit VALUES($1,$2,$3,$4,$5,$6,$7,$8)", -1,
                           SQLITE_PREPARE_PERSISTENT, &insert_, nullptr),
        SQLITE_OK, "prepare");
}

BareStore::~BareStore() {
  sqlite3_finalize(insert_);
  sqlite3_close(database_);
}

void BareStore::begin() {
  execute("BEGIN IMMEDIATE");
}

void BareStore::commit() {
  execute("COMMIT");
}

void BareStore::insert_row() {
  std::array<unsigned char, 16> id{};
  ++next_;
  for (std::size_t i = 0; i < 8; ++i) id[i] = static_cast<unsigned char>(next_ >> (56U - 8U * i));
  for (int column = 1; column <= 4; ++column) {
    sqlite3_bind_blob(insert_, column, id.data(), static_cast<int>(id.size()), SQLITE_TRANSIENT);
  }
  sqlite3_bind_int64(insert_, 5, static_cast<std::int64_t>(next_));
  sqlite3_bind_text(insert_, 6, "met", -1, SQLITE_STATIC);
  sqlite3_bind_text(insert_, 7, "visit", -1, SQLITE_STATIC);
  sqlite3_bind_text(insert_, 8, "一切正常，明白纸已发。", -1, SQLITE_STATIC);
  check(sqlite3_step(insert_), SQLITE_DONE, "insert");
  sqlite3_reset(insert_);
}

void BareStore::execute(const char* statement) {
  check(sqlite3_exec(database_, statement, nullptr, nullptr, nullptr), SQLITE_OK, statement);
}

}  // namespace doudi::bench
