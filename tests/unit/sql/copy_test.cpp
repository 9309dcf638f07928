// Copies under another key, which is the only way a key changes.
#include <atomic>
#include <thread>

#include "tests/unit/sql/store.hpp"

namespace doudi::sql::test {
namespace {

TEST_CASE("a copy opens with its new key only and holds every row") {
  const Store store("copy");
  const auto writer = store.with_notes();
  for (int id = 1; id <= 200; ++id) REQUIRE(add_note(*writer, id, std::string(500, 'n')).ok());
  const auto target = store.folder() / "copy.db";
  REQUIRE(copy_encrypted(*writer, target, key_of(2)).ok());
  CHECK(code_of(open_sqlcipher({.file = target, .access = Access::read}, key_of(1))) == "sql.key");
  const auto copy = open_sqlcipher({.file = target}, key_of(2));
  REQUIRE(copy.ok());
  CHECK(count_notes(**copy) == 200);
  CHECK(count_notes(*writer) == 200);
  CHECK_FALSE(doudi::test::any_file_contains(store.folder(), std::string(16, 'n')));
}

TEST_CASE("a copy leaves nothing beside the finished file") {
  const Store store("copy");
  const auto writer = store.with_notes();
  REQUIRE(copy_encrypted(*writer, store.folder() / "copy.db", key_of(2)).ok());
  for (const auto& entry : std::filesystem::directory_iterator(store.folder())) {
    CHECK(entry.path().filename().string().find("partial") == std::string::npos);
  }
  const auto mode = std::filesystem::status(store.folder() / "copy.db").permissions();
  CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("a copy never replaces a file") {
  const Store store("copy");
  const auto writer = store.with_notes();
  const auto target = store.folder() / "copy.db";
  doudi::test::write_file(target, "something else");
  CHECK_FALSE(copy_encrypted(*writer, target, key_of(2)).ok());
  CHECK(doudi::test::read_file(target) == "something else");
}

TEST_CASE("a copy is taken from what is committed, also while readers read") {
  const Store store("copy");
  const auto writer = store.with_notes();
  const auto reader = store.reader();
  REQUIRE(add_note(*writer, 1, "x").ok());
  auto snapshot = Transaction::read(*reader);
  REQUIRE(add_note(*writer, 2, "y").ok());
  REQUIRE(copy_encrypted(*writer, store.folder() / "copy.db", key_of(2)).ok());
  const auto copy = open_sqlcipher({.file = store.folder() / "copy.db"}, key_of(2));
  REQUIRE(copy.ok());
  CHECK(count_notes(**copy) == 2);
}

TEST_CASE("a copy taken while the writer commits is one moment of the store") {
  const Store store("copy");
  const auto writer = store.with_notes();
  const auto reader = store.reader();
  std::atomic<bool> stop = false;
  std::int64_t written = 0;
  std::thread writing([&] {
    while (!stop && add_note(*writer, written + 1, std::string(3'000, 'n')).ok()) ++written;
  });
  for (int round = 0; round < 3; ++round) {
    const auto target = store.folder() / ("copy" + std::to_string(round));
    CHECK(code_of(copy_encrypted(*reader, target, key_of(2))) == "ok");
    const auto copy = open_sqlcipher({.file = target, .access = Access::read}, key_of(2));
    CHECK(code_of(copy) == "ok");
    if (copy.ok()) CHECK(*(*copy)->integer("SELECT count(*) - coalesce(max(id), 0) FROM note") == 0);
  }
  stop = true;
  writing.join();
  CHECK(count_notes(*reader) == written);
}

}  // namespace
}  // namespace doudi::sql::test
