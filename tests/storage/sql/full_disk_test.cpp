// The disk fills up at every possible page: all of the work is there afterwards, or none of it.
#include "shared/sql/sqlcipher.hpp"
#include "tests/storage/sql/child.hpp"
#include "tests/support/temp_directory.hpp"

namespace doudi::sql::test {
namespace {

constexpr rlim_t kPageSize = 4'096;
constexpr int kDone = 0;
constexpr int kFull = 1;
constexpr int kOther = 2;

Secret key_of(std::uint8_t byte) {
  return Secret(Bytes(32, byte));
}

Status insert_notes(Connection& connection, int first, int count) {
  DOUDI_ASSIGN(Transaction transaction, Transaction::begin(connection));
  for (int id = first; id < first + count; ++id) {
    DOUDI_TRY(
        connection.run("INSERT INTO note (id, body) VALUES ($1, $2)", params(id, std::string(1'500, 'x'))));
  }
  return transaction.commit();
}

void create_store(const std::filesystem::path& file) {
  const auto writer = open_sqlcipher({.file = file, .create = true}, key_of(1));
  REQUIRE(writer.ok());
  REQUIRE((*writer)->script("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT").ok());
  REQUIRE(insert_notes(**writer, 1, 20).ok());
}

int outcome_of(const Status& status) {
  if (status.ok()) return kDone;
  return status.error().code == "sql.full" ? kFull : kOther;
}

// Opening counts as work: it may need room too.
int with_writer(const std::filesystem::path& file, const std::function<Status(Connection&)>& work) {
  const auto writer = open_sqlcipher({.file = file, .cache_kib = 64}, key_of(1));
  return writer.ok() ? outcome_of(work(**writer)) : outcome_of(writer.error());
}

std::int64_t count_notes(const std::filesystem::path& file, std::uint8_t key) {
  const auto connection = open_sqlcipher({.file = file}, key_of(key));
  REQUIRE(connection.ok());
  const auto count = (*connection)->integer("SELECT count(*) FROM note WHERE length(body) = 1500");
  REQUIRE(count.ok());
  return *count;
}

TEST_CASE("a transaction on a disk that fills up is whole or absent") {
  const doudi::test::TempDirectory directory("full");
  const auto file = directory / "store.db";
  create_store(file);
  std::int64_t expected = 20;
  int full = 0;
  for (rlim_t pages = 0; pages <= 60; pages += 4) {
    INFO("pages " << pages);
    const int first = static_cast<int>(expected) + 1;
    const auto outcome = run_in_child([&] {
      limit_file_size(pages * kPageSize + 100);
      return with_writer(file, [first](Connection& writer) { return insert_notes(writer, first, 30); });
    });
    REQUIRE((outcome == kDone || outcome == kFull));
    if (outcome == kDone) expected += 30;
    full += outcome == kFull ? 1 : 0;
    CHECK(count_notes(file, 1) == expected);
  }
  CHECK(full > 0);
  CHECK(expected > 20);
}

TEST_CASE("a copy under another key on a disk that fills up is whole or absent") {
  const doudi::test::TempDirectory directory("full");
  const auto file = directory / "store.db";
  create_store(file);
  const auto target = directory / "copy.db";
  int full = 0;
  int done = 0;
  for (rlim_t pages = 0; pages <= 16; ++pages) {
    INFO("pages " << pages);
    const auto outcome = run_in_child([&] {
      const auto source = open_sqlcipher({.file = file, .access = Access::read}, key_of(1));
      limit_file_size(pages * kPageSize + 100);
      return source.ok() ? outcome_of(copy_encrypted(**source, target, key_of(2))) : kOther;
    });
    REQUIRE((outcome == kDone || outcome == kFull));
    CHECK(std::filesystem::exists(target) == (outcome == kDone));
    CHECK_FALSE(std::filesystem::exists(directory / "copy.db.partial"));
    if (outcome == kDone) CHECK(count_notes(target, 2) == 20);
    CHECK(count_notes(file, 1) == 20);
    (outcome == kDone ? done : full) += 1;
    std::filesystem::remove(target);
  }
  CHECK(full > 0);
  CHECK(done > 0);
}

}  // namespace
}  // namespace doudi::sql::test
