// Acknowledged means durable. A writing program is killed 100 times at points it cannot choose, also while it
// creates the store and while it checkpoints; the parent remembers every acknowledgement and looks for the
// rows.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <optional>
#include <random>

#include "shared/sql/sqlcipher.hpp"
#include "tests/support/temp_directory.hpp"

namespace doudi::sql::test {
namespace {

constexpr int kStores = 10;
constexpr int kKillsPerStore = 10;
constexpr std::int64_t kRowsMax = 100'000;
constexpr std::int64_t kCommitsPerCheckpoint = 7;
constexpr std::string_view kSchema =
    "BEGIN;"
    "CREATE TABLE IF NOT EXISTS visit (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS outbox (visit_id INTEGER PRIMARY KEY REFERENCES visit (id)) STRICT;"
    "COMMIT";

Secret store_key() {
  return Secret(Bytes(32, 3));
}

// Sizes from nothing to several pages, so that rows break across pages in many ways.
std::string body_of(std::int64_t id) {
  const auto size = static_cast<std::size_t>(id * 7'919 % 9'000);
  return std::string(size, static_cast<char>('a' + id % 26));
}

Result<std::unique_ptr<Connection>> open_store(const std::filesystem::path& file) {
  auto connection = open_sqlcipher({.file = file, .create = true}, store_key());
  if (connection.ok()) DOUDI_TRY((*connection)->script(kSchema));
  return connection;
}

// A visit and its outbox entry: both or neither.
Status save_visit(Connection& connection, std::int64_t id) {
  DOUDI_ASSIGN(Transaction transaction, Transaction::begin(connection));
  DOUDI_TRY(connection.run("INSERT INTO visit (id, body) VALUES ($1, $2)", params(id, body_of(id))));
  DOUDI_TRY(connection.run("INSERT INTO outbox (visit_id) VALUES ($1)", params(id)));
  return transaction.commit();
}

// The program that gets killed: saves visits and acknowledges each on `acks`.
int write_until_killed(const std::filesystem::path& file, int acks) {
  const auto connection = open_store(file);
  if (!connection.ok()) return 2;
  const auto last = (*connection)->integer("SELECT coalesce(max(id), 0) FROM visit");
  if (!last.ok()) return 3;
  for (std::int64_t id = *last + 1; id < *last + kRowsMax; ++id) {
    if (!save_visit(**connection, id).ok()) return 4;
    if (::write(acks, &id, sizeof id) != sizeof id) return 5;
    if (id % kCommitsPerCheckpoint == 0 && !checkpoint(**connection).ok()) return 6;
  }
  return 7;
}

class Victim {
 public:
  explicit Victim(const std::filesystem::path& file) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    process_ = ::fork();
    REQUIRE(process_ >= 0);
    if (process_ == 0) ::_exit(write_until_killed(file, ends[1]));
    ::close(ends[1]);
    acks_ = ends[0];
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;
  ~Victim() { ::close(acks_); }

  // Nothing when the program is gone.
  std::optional<std::int64_t> next_ack() const {
    std::int64_t id = 0;
    return ::read(acks_, &id, sizeof id) == sizeof id ? std::optional(id) : std::nullopt;
  }
  // True if it was still working.
  [[nodiscard]] bool kill() const {
    ::kill(process_, SIGKILL);
    int status = 0;
    return ::waitpid(process_, &status, 0) == process_ && WIFSIGNALED(status);
  }

 private:
  pid_t process_ = -1;
  int acks_ = -1;
};

// Moves the moment of the kill; nothing depends on how long it really takes.
void linger(std::chrono::microseconds span) {
  const timespec duration{0, static_cast<long>(span.count() * 1'000)};
  ::ppoll(nullptr, 0, &duration, nullptr);
}

// The last acknowledged visit of a program that is killed somewhere on its way; `found` if there was none.
std::int64_t run_and_kill(const std::filesystem::path& file, std::int64_t found, std::mt19937_64& random) {
  std::int64_t last_ack = found;
  const Victim victim(file);
  const auto acks_before_kill = random() % 25;
  for (std::uint64_t count = 0; count < acks_before_kill; ++count)
    last_ack = victim.next_ack().value_or(last_ack);
  linger(std::chrono::microseconds{random() % 4'000});
  REQUIRE(victim.kill());
  while (const auto id = victim.next_ack()) last_ack = *id;
  return last_ack;
}

// Every acknowledged visit is whole and has its outbox entry; at most the one in flight came through besides.
// Returns the last visit found: from now on it has to stay as well.
std::int64_t check_store(const std::filesystem::path& file, std::int64_t last_ack) {
  const auto connection = open_store(file);
  REQUIRE(connection.ok());
  std::int64_t expected = 0;
  const Status read = (*connection)
                          ->query(
                              "SELECT visit.id, body, visit_id FROM visit FULL JOIN outbox ON visit_id = "
                              "visit.id ORDER BY visit.id",
                              [&expected](const Row& row) {
                                ++expected;
                                return row.integer(0) == expected && row.text(1) == body_of(expected) &&
                                       row.integer(2) == expected;
                              });
  REQUIRE(read.ok());
  const auto visits = (*connection)->integer("SELECT count(*) FROM visit");
  REQUIRE(visits.ok());
  CHECK(expected == *visits);
  CHECK(*visits >= last_ack);
  CHECK(*visits <= last_ack + 1);
  return *visits;
}

TEST_CASE("every acknowledged visit survives a hundred kills") {
  INFO("replay with --rng-seed " << Catch::getSeed());
  std::mt19937_64 random(Catch::getSeed());
  std::int64_t acknowledged = 0;
  for (int store = 0; store < kStores; ++store) {
    const doudi::test::TempDirectory directory("kill");
    const auto file = directory / "store.db";
    std::int64_t found = 0;
    for (int kill = 0; kill < kKillsPerStore; ++kill) {
      INFO("store " << store << ", kill " << kill);
      const std::int64_t last_ack = run_and_kill(file, found, random);
      acknowledged += last_ack - found;
      found = check_store(file, last_ack);
    }
    const auto findings = check_integrity(file, store_key());
    REQUIRE(findings.ok());
    CHECK(findings->empty());
  }
  CHECK(acknowledged > kStores * kKillsPerStore);  // else the kills came too early to mean anything
}

}  // namespace
}  // namespace doudi::sql::test
