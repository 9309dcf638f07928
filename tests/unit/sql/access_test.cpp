// One writer, many readers: the rule that keeps SQLite's log race out of reach.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/sql/store.hpp"

namespace doudi::sql::test {
namespace {

TEST_CASE("a second writer in the same program is refused") {
  const Store store("access");
  auto first = store.with_notes();
  CHECK(code_of(store.open()) == "sql.in_use");
  first.reset();
  CHECK(store.open().ok());
}

TEST_CASE("a second writer in another program is refused") {
  const Store store("access");
  const auto first = store.with_notes();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(code_of(store.open()) == "sql.in_use" ? 0 : 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a reader cannot write") {
  const Store store("access");
  const auto writer = store.with_notes();
  const auto reader = store.reader();
  CHECK_FALSE(add_note(*reader, 1, "x").ok());
  CHECK_FALSE(reader->begin(true).ok());
  CHECK_FALSE(reader->script("DELETE FROM note").ok());
  CHECK(count_notes(*writer) == 0);
}

TEST_CASE("a reader sees one snapshot while the writer commits") {
  const Store store("access");
  const auto writer = store.with_notes();
  const auto reader = store.reader();
  REQUIRE(add_note(*writer, 1, "before").ok());
  {
    auto snapshot = Transaction::read(*reader);
    REQUIRE(snapshot.ok());
    REQUIRE(add_note(*writer, 2, "after").ok());
    CHECK(count_notes(*reader) == 1);
    CHECK(count_notes(*writer) == 2);
  }
  CHECK(count_notes(*reader) == 2);
}

TEST_CASE("readers never checkpoint, not even when they close last") {
  const Store store("access");
  const std::string log = store.file().string() + "-wal";
  auto writer = store.with_notes();
  REQUIRE(add_note(*writer, 1, "x").ok());
  auto reader = store.reader();
  CHECK(count_notes(*reader) == 1);
  writer.reset();
  const auto size = std::filesystem::file_size(log);
  REQUIRE(size > 0);
  const auto setting = reader->integer("PRAGMA wal_autocheckpoint");
  REQUIRE(setting.ok());
  CHECK(*setting == 0);
  reader.reset();
  REQUIRE(std::filesystem::exists(log));
  CHECK(std::filesystem::file_size(log) == size);
  CHECK(count_notes(*store.writer()) == 1);
}

TEST_CASE("a reader in the middle of a snapshot delays the checkpoint, not the writer, and loses nothing") {
  const Store store("access");
  const auto writer = store.with_notes();
  const auto reader = store.reader();
  REQUIRE(add_note(*writer, 1, "x").ok());
  {
    auto snapshot = Transaction::read(*reader);
    REQUIRE(snapshot.ok());
    REQUIRE(add_note(*writer, 2, "y").ok());
    CHECK(code_of(checkpoint(*writer)) == "sql.busy");
    CHECK(add_note(*writer, 3, "z").ok());
    CHECK(count_notes(*reader) == 1);
  }
  CHECK(checkpoint(*writer).ok());
  CHECK(count_notes(*reader) == 3);
}

// Whether another program would find `file` locked by this one.
bool is_locked_for_others(const std::filesystem::path& file) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    ::_exit(::fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_CASE("opening the file a second time keeps the locks of the first connection") {
  // Closing any descriptor of a file drops the locks of the whole program on it, and SQLite counts on them.
  const Store store("access");
  const auto writer = store.with_notes();
  REQUIRE(add_note(*writer, 1, "x").ok());
  REQUIRE(is_locked_for_others(store.file()));
  const auto reader = store.reader();
  CHECK(is_locked_for_others(store.file()));
  CHECK_FALSE(store.open(Access::read, 2).ok());
  CHECK_FALSE(store.open(Access::write).ok());
  CHECK(is_locked_for_others(store.file()));
  REQUIRE(copy_encrypted(*writer, store.folder() / "copy.db", key_of(2)).ok());
  CHECK(is_locked_for_others(store.file()));
}

TEST_CASE("an open writer has the settings that make a commit durable") {
  const Store store("access");
  const auto writer = store.writer();
  const auto setting = [&writer](std::string_view pragma) {
    return std::move(writer->value(pragma).value()).value();
  };
  CHECK(setting("PRAGMA journal_mode") == Value("wal"));
  CHECK(setting("PRAGMA synchronous") == to_value(2));
  CHECK(setting("PRAGMA foreign_keys") == to_value(1));
  CHECK(setting("PRAGMA wal_autocheckpoint") == to_value(1000));
  CHECK(setting("PRAGMA cipher_page_size") == Value("4096"));
}

}  // namespace
}  // namespace doudi::sql::test
