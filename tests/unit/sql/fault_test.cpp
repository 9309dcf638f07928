// Full disks and damaged files: an error and the rows from before, never half of something.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "tests/unit/sql/store.hpp"

namespace doudi::sql::test {
namespace {

constexpr std::int64_t kPageSize = 4096;

// Runs `work` in a child whose files cannot grow past `limit` bytes; returns what it returned.
int with_file_size_limit(rlim_t limit, const std::function<int()>& work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit size{limit, RLIM_INFINITY};
    ::_exit(::setrlimit(RLIMIT_FSIZE, &size) == 0 ? work() : 99);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

// One transaction of many large rows: the first error, or "ok".
std::string add_many_notes(Connection& connection, int count) {
  auto transaction = Transaction::begin(connection);
  if (!transaction.ok()) return transaction.error().code;
  for (int id = 1'000; id < 1'000 + count; ++id) {
    if (const auto added = add_note(connection, id, std::string(2'000, 'x')); !added.ok())
      return added.error().code;
  }
  return code_of(transaction->commit());
}

void store_with_pages(const Store& store, int rows) {
  const auto writer = store.with_notes();
  REQUIRE(add_many_notes(*writer, rows) == "ok");
  REQUIRE(checkpoint(*writer).ok());
}

void flip_bit(const std::filesystem::path& file, std::size_t offset) {
  std::string content = doudi::test::read_file(file);
  REQUIRE(offset < content.size());
  content[offset] = static_cast<char>(content[offset] ^ 1);
  doudi::test::write_file(file, content);
}

TEST_CASE("a disk that fills up at the commit is an error and keeps the rows from before") {
  const Store store("fault");
  REQUIRE(add_note(*store.with_notes(), 1, "before").ok());
  const int outcome = with_file_size_limit(64 * 1024, [&store] {
    const auto writer = store.open();
    if (!writer.ok()) return 2;
    if (add_many_notes(**writer, 200) != "sql.full") return 3;
    const auto left = (*writer)->integer("SELECT count(*) FROM note");
    return left.ok() && *left == 1 && !(*writer)->in_transaction() ? 0 : 4;
  });
  CHECK(outcome == 0);
  CHECK(count_notes(*store.writer()) == 1);
}

TEST_CASE("a disk that fills up in the middle of a transaction is an error and keeps the rows from before") {
  const Store store("fault");
  REQUIRE(add_note(*store.with_notes(), 1, "before").ok());
  const int outcome = with_file_size_limit(64 * 1024, [&store] {
    // A small cache spills into the log before the commit.
    const auto writer = open_sqlcipher({.file = store.file(), .cache_kib = 32}, key_of(1));
    if (!writer.ok()) return 2;
    return add_many_notes(**writer, 200) == "sql.full" ? 0 : 3;
  });
  CHECK(outcome == 0);
  CHECK(count_notes(*store.writer()) == 1);
}

TEST_CASE("a writer goes on by itself when the disk has room again") {
  const Store store("fault");
  store.with_notes().reset();
  const int outcome = with_file_size_limit(64 * 1024, [&store] {
    const auto writer = store.open();
    if (!writer.ok() || add_many_notes(**writer, 200) != "sql.full") return 2;
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &unlimited) != 0) return 3;
    return add_many_notes(**writer, 200) == "ok" ? 0 : 4;
  });
  CHECK(outcome == 0);
  CHECK(count_notes(*store.writer()) == 200);
}

TEST_CASE("a copy onto a full disk is an error and leaves no file") {
  const Store store("fault");
  store_with_pages(store, 200);
  const int outcome = with_file_size_limit(64 * 1024, [&store] {
    const auto source = store.open(Access::read);
    if (!source.ok()) return 2;
    return code_of(copy_encrypted(**source, store.folder() / "copy.db", key_of(2))) == "sql.full" ? 0 : 3;
  });
  CHECK(outcome == 0);
  CHECK_FALSE(std::filesystem::exists(store.folder() / "copy.db"));
  CHECK_FALSE(std::filesystem::exists(store.folder() / "copy.db.partial"));
}

TEST_CASE("a sound store has no findings") {
  const Store store("fault");
  store_with_pages(store, 200);
  const auto findings = check_integrity(store.file(), key_of(1));
  REQUIRE(findings.ok());
  CHECK(findings->empty());
}

TEST_CASE("the integrity check moves the log into the file first") {
  const Store store("fault");
  {
    auto writer = store.with_notes();
    auto reader = store.reader();
    REQUIRE(add_many_notes(*writer, 50) == "ok");
    writer.reset();  // the reader keeps the log from being folded in
  }
  const auto findings = check_integrity(store.file(), key_of(1));
  REQUIRE(findings.ok());
  CHECK(findings->empty());
  CHECK(count_notes(*store.reader()) == 50);
}

TEST_CASE("one flipped bit in any page is found, and no wrong row is read") {
  const Store store("fault");
  store_with_pages(store, 60);
  const std::string sound = doudi::test::read_file(store.file());
  const auto pages = static_cast<std::int64_t>(sound.size()) / kPageSize;
  REQUIRE(pages > 20);
  for (std::int64_t page = 0; page < pages; page += 7) {
    INFO("page " << page + 1);
    flip_bit(store.file(), static_cast<std::size_t>(page * kPageSize + 1'000));
    const auto findings = check_integrity(store.file(), key_of(1));
    CHECK((findings.ok() ? !findings->empty() : findings.error().code == "sql.key"));
    if (const auto reader = store.open(Access::read); reader.ok()) {
      const Status read = (*reader)->query("SELECT body FROM note", [](const Row& row) {
        CHECK(row.text(0) == std::string(2'000, 'x'));
        return true;
      });
      CHECK((read.ok() || read.error().code == "sql.damaged"));
    }
    doudi::test::write_file(store.file(), sound);
  }
}

TEST_CASE("a damaged page is reported as damage, not as a wrong statement") {
  const Store store("fault");
  store_with_pages(store, 60);
  flip_bit(store.file(), 10 * kPageSize + 5);
  const auto reader = store.reader();
  CHECK(code_of(reader->query("SELECT body FROM note", [](const Row&) { return true; })) == "sql.damaged");
}

TEST_CASE("a damaged store is not copied") {
  const Store store("fault");
  store_with_pages(store, 60);
  flip_bit(store.file(), 10 * kPageSize + 5);
  const auto reader = store.reader();
  CHECK_FALSE(copy_encrypted(*reader, store.folder() / "copy.db", key_of(2)).ok());
  CHECK_FALSE(std::filesystem::exists(store.folder() / "copy.db"));
}

}  // namespace
}  // namespace doudi::sql::test
