// Who shares a transaction when many wait for the writer. Without a thread the test decides when it commits.
#include "sync_server/service/writer.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/sql/store.hpp"

namespace doudi::test {
namespace {

constexpr std::size_t kLarge = 1500;

// Every job leaves a note, and its letter when it is answered.
class Line {
 public:
  bool push(char letter, std::size_t operations) {
    return writer_.submit(
        [](sql::Connection& connection) -> Status {
          const auto added = connection.run("INSERT INTO note(body) VALUES('x')");
          if (!added.ok()) return added.error();
          return {};
        },
        [this, letter](const Status& status) { answered_ += status.ok() ? letter : '!'; }, operations);
  }
  // The letters answered by the next commit.
  std::string commit() {
    answered_.clear();
    writer_.commit_waiting();
    return answered_;
  }
  [[nodiscard]] std::size_t waiting() const { return writer_.counters().waiting; }

 private:
  sql::test::Store store_{"writer"};
  std::unique_ptr<sql::Connection> connection_ = store_.with_notes();
  std::string answered_;
  district::Writer writer_{*connection_, false};
};

}  // namespace

TEST_CASE("one visit never waits for more than one large push, and every commit takes a large one on") {
  Line line;
  for (const char large : {'A', 'B', 'C'}) REQUIRE(line.push(large, kLarge));
  REQUIRE(line.push('s', 10));
  CHECK(line.commit() == "sA");
  REQUIRE(line.push('t', 10));
  CHECK(line.commit() == "tB");
  CHECK(line.commit() == "C");
  CHECK(line.waiting() == 0);
}

TEST_CASE("small pushes share a commit up to its bound, first come first served") {
  Line line;
  std::string all;
  for (int i = 0; i < 26; ++i) {
    all += static_cast<char>('a' + i);
    REQUIRE(line.push(all.back(), 100));
  }
  const std::string first = line.commit();
  CHECK(first.size() == 10);
  const std::string second = line.commit();
  CHECK(second.size() == 10);
  CHECK(first + second + line.commit() == all);
}

}  // namespace doudi::test
