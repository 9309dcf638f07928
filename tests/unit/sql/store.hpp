// A small encrypted store for the tests of shared/sql: one table of notes in a directory of its own.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <memory>

#include "shared/sql/sqlcipher.hpp"
#include "tests/support/temp_directory.hpp"

namespace doudi::sql::test {

inline Secret key_of(std::uint8_t byte) {
  return Secret(Bytes(32, byte));
}

class Store {
 public:
  explicit Store(std::string_view label) : directory_(label) {}
  [[nodiscard]] const std::filesystem::path& folder() const { return directory_.path(); }
  [[nodiscard]] std::filesystem::path file() const { return directory_ / "store.db"; }

  [[nodiscard]] Result<std::unique_ptr<Connection>> open(Access access = Access::write,
                                                         std::uint8_t key = 1) const {
    return open_sqlcipher({.file = file(), .access = access, .create = access == Access::write}, key_of(key));
  }
  [[nodiscard]] std::unique_ptr<Connection> writer() const { return opened(Access::write); }
  [[nodiscard]] std::unique_ptr<Connection> reader() const { return opened(Access::read); }

  // A writer on a fresh store with the table of notes.
  [[nodiscard]] std::unique_ptr<Connection> with_notes() const {
    auto connection = writer();
    REQUIRE(connection->script("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT").ok());
    return connection;
  }

 private:
  [[nodiscard]] std::unique_ptr<Connection> opened(Access access) const {
    auto connection = open(access);
    INFO((connection.ok() ? std::string() : connection.error().message));
    REQUIRE(connection.ok());
    return std::move(*connection);
  }

  doudi::test::TempDirectory directory_;
};

inline Result<std::int64_t> add_note(Connection& connection, std::int64_t id, std::string_view body) {
  return connection.run("INSERT INTO note (id, body) VALUES ($1, $2)", params(id, body));
}

inline std::int64_t count_notes(Connection& connection) {
  const auto count = connection.integer("SELECT count(*) FROM note");
  REQUIRE(count.ok());
  return *count;
}

template <class T>
std::string code_of(const Result<T>& result) {
  return result.ok() ? "ok" : result.error().code;
}

}  // namespace doudi::sql::test
