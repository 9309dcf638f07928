// A tablet that is killed while a worker saves: what was acknowledged is there, whole. The parent is the
// oracle; it only believes what the child wrote into the pipe after a save returned.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <random>
#include <set>

#include "shared/sync/column_check.hpp"
#include "tests/unit/field/tablet.hpp"

namespace doudi::test {
namespace {

constexpr int kKills = 200;
constexpr std::uint32_t kSeed = 7;

Status save_one(field::Store& store, const Uuid& visit) {
  const auto grid = sql::to_value(id_number(1));
  const auto saved = store.save(
      {"visit", id_number(1001)}, [] { return sync::Lane::ordinary; },
      [&](field::RowWriter& writer) -> Status {
        DOUDI_TRY(writer.insert("visit", visit,
                                {{"grid", grid},
                                 {"household", sql::to_value(id_number(1001))},
                                 {"worker", sql::to_value(id_number(8))},
                                 {"seen_at", Value{store.clock().wall().ms}},
                                 {"monotonic_ms", Value{std::int64_t{1}}},
                                 {"boot_id", Value{std::string("boot-1")}},
                                 {"mode", Value{std::string("in_person")}},
                                 {"outcome", Value{std::string("met")}},
                                 {"form", Value{std::string("visit-v1")}},
                                 {"form_version", Value{std::int64_t{1}}},
                                 {"leaflet_given", Value{std::int64_t{1}}},
                                 {"leaflet_posted", Value{std::int64_t{0}}}}));
        return writer.insert("visit_answer", field::new_id(store.clock()),
                             {{"grid", grid},
                              {"visit", sql::to_value(visit)},
                              {"question", Value{std::string("V02")}},
                              {"answer", Value{sync::set_text({"ok"})}}});
      });
  if (!saved.ok()) return saved.error();
  return {};
}

// Saves for ever, now and then emptying the log, and says which visits are safe.
[[noreturn]] void save_until_killed(const Tablet& tablet, const Secret& key, int acknowledgements) {
  auto store = field::Store::open(tablet.store_options(), key);
  if (!store.ok()) _exit(2);
  for (int i = 0;; ++i) {
    const Uuid visit = field::new_id((*store)->clock());
    if (!save_one(**store, visit).ok()) _exit(3);
    if (write(acknowledgements, visit.bytes.data(), visit.bytes.size()) != 16) _exit(4);
    if (i % 5 == 4 && !(*store)->checkpoint().ok()) _exit(5);
  }
}

struct Child {
  pid_t process = 0;
  int acknowledgements = -1;
};

Child start_child(const Tablet& tablet, const Secret& key) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  Child child{fork(), ends[0]};
  if (child.process == 0) {
    close(ends[0]);
    save_until_killed(tablet, key, ends[1]);
  }
  close(ends[1]);
  return child;
}

std::vector<Uuid> kill_after(const Child& child, int saves, useconds_t microseconds) {
  std::vector<Uuid> acknowledged;
  Uuid id;
  const auto read_one = [&] {
    if (read(child.acknowledgements, id.bytes.data(), id.bytes.size()) != 16) return false;
    acknowledged.push_back(id);
    return true;
  };
  for (int i = 0; i < saves; ++i) read_one();
  usleep(microseconds);  // where the kill falls, not what the test waits for
  kill(child.process, SIGKILL);
  while (read_one()) {
  }
  close(child.acknowledgements);
  int status = 0;
  waitpid(child.process, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  return acknowledged;
}

// The visit with its answer, its operations and one group that holds both.
bool is_whole(field::Store& store, const Uuid& visit) {
  const auto rows =
      store.connection().integer("SELECT count(*) FROM visit WHERE id = $1", sql::params(visit));
  const auto answers =
      store.connection().integer("SELECT count(*) FROM visit_answer WHERE visit = $1", sql::params(visit));
  const auto group =
      store.connection().integer("SELECT group_seq FROM op_log WHERE row_id = $1", sql::params(visit));
  const auto operations =
      store.connection().integer("SELECT count(*) FROM op_log WHERE group_seq = $1", sql::params(*group));
  const auto sealed =
      store.connection().integer("SELECT count(*) FROM op_group WHERE id = $1", sql::params(*group));
  return *rows == 1 && *answers == 1 && *operations == 2 && *sealed == 1;
}

}  // namespace

TEST_CASE("a tablet killed at two hundred random moments keeps every acknowledged visit whole") {
  const Tablet tablet(1);
  const Secret key = tablet.data_key();
  std::mt19937 random(kSeed);
  std::vector<Uuid> acknowledged;
  INFO("seed " << kSeed);
  for (int round = 0; round < kKills; ++round) {
    const Child child = start_child(tablet, key);
    const auto saved =
        kill_after(child, static_cast<int>(random() % 4), static_cast<useconds_t>(random() % 4000));
    acknowledged.insert(acknowledged.end(), saved.begin(), saved.end());
    const auto store = field::Store::open(tablet.store_options(), key);
    INFO("round " << round);
    REQUIRE(store.ok());
    for (const Uuid& visit : saved) REQUIRE(is_whole(**store, visit));
  }
  const auto store = field::Store::open(tablet.store_options(), key);
  REQUIRE(store.ok());
  for (const Uuid& visit : acknowledged) CHECK(is_whole(**store, visit));
  CHECK((*store)->groups().verify_chain()->empty());
  CHECK(*(*store)->connection().integer("SELECT count(*) FROM op_log WHERE group_seq IS NULL") == 0);
  CHECK(*(*store)->connection().integer("SELECT count(*) FROM visit") ==
        *(*store)->connection().integer("SELECT count(*) FROM op_group"));
  CHECK(acknowledged.size() > static_cast<std::size_t>(kKills) / 2);
}

}  // namespace doudi::test
