// That the linked library encrypts at all: without this test a build against plain SQLite would look just as
// good.
#include <sys/stat.h>

#include <array>
#include <cstdio>

#include "tests/unit/sql/store.hpp"

namespace doudi::sql::test {
namespace {

constexpr std::string_view kMarker = "王小明 990101199003078811 home visit";

std::vector<int> numbers_of(const std::string& version) {
  std::vector<int> numbers(2, 0);
  std::sscanf(version.c_str(), "%d.%d", numbers.data(), numbers.data() + 1);
  return numbers;
}

std::string utf16_of(std::string_view ascii) {
  std::string wide;
  for (const char c : ascii) wide.append({c, '\0'});
  return wide;
}

TEST_CASE("the linked library is SQLCipher 4.6 or newer") {
  CHECK(numbers_of(sqlcipher_version()) >= std::vector<int>{4, 6});
  CHECK(numbers_of(sqlite_version()) >= std::vector<int>{3, 39});
}

TEST_CASE("no file of an open store holds what was written into it") {
  const Store store("encryption");
  const auto writer = store.with_notes();
  REQUIRE(add_note(*writer, 1, kMarker).ok());
  REQUIRE(std::filesystem::file_size(store.file().string() + "-wal") > 0);
  CHECK_FALSE(doudi::test::any_file_contains(store.folder(), kMarker));
  CHECK_FALSE(doudi::test::any_file_contains(store.folder(), "990101199003078811"));
  CHECK_FALSE(doudi::test::any_file_contains(store.folder(), utf16_of("990101199003078811")));
  CHECK_FALSE(doudi::test::any_file_contains(store.folder(), "CREATE TABLE"));
  CHECK_FALSE(doudi::test::any_file_contains(store.folder(), "SQLite format 3"));
}

TEST_CASE("a store after its checkpoint is encrypted too") {
  const Store store("encryption");
  const auto writer = store.with_notes();
  REQUIRE(add_note(*writer, 1, kMarker).ok());
  REQUIRE(checkpoint(*writer).ok());
  CHECK(std::filesystem::file_size(store.file().string() + "-wal") == 0);
  CHECK(std::filesystem::file_size(store.file()) >= 2 * 4096);
  CHECK_FALSE(doudi::test::any_file_contains(store.folder(), kMarker));
  CHECK_FALSE(doudi::test::read_file(store.file()).starts_with("SQLite format 3"));
}

TEST_CASE("large sorts stay in memory, never in a temporary file") {
  const Store store("encryption");
  const auto writer = store.with_notes();
  const auto setting = writer->integer("PRAGMA temp_store");
  REQUIRE(setting.ok());
  CHECK(*setting == 2);
}

TEST_CASE("the files of a store belong to its owner alone") {
  const Store store("encryption");
  const auto writer = store.with_notes();
  REQUIRE(add_note(*writer, 1, "x").ok());
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat status {};
    REQUIRE(::stat((store.file().string() + suffix).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
  }
}

TEST_CASE("a wrong key opens nothing and changes nothing") {
  const Store store("encryption");
  store.with_notes().reset();
  const std::string before = doudi::test::read_file(store.file());
  CHECK(code_of(store.open(Access::write, 2)) == "sql.key");
  CHECK(code_of(store.open(Access::read, 2)) == "sql.key");
  CHECK(doudi::test::read_file(store.file()) == before);
  CHECK(store.open().ok());
}

TEST_CASE("a file that is not encrypted is refused") {
  const Store store("encryption");
  doudi::test::write_file(store.file(), std::string("SQLite format 3\0", 16) + std::string(4080, '\0'));
  CHECK(code_of(store.open()) == "sql.key");
}

TEST_CASE("a missing file is said to be missing, not created") {
  const Store store("encryption");
  CHECK(code_of(open_sqlcipher({.file = store.file()}, key_of(1))) == "sql.missing");
  CHECK(code_of(store.open(Access::read)) == "sql.missing");
  CHECK(std::filesystem::is_empty(store.folder()));
}

}  // namespace
}  // namespace doudi::sql::test
