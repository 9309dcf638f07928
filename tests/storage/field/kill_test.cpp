// A tablet that is killed while a worker saves: what was acknowledged is there, whole. The parent is the
// oracle; it only believes what the child wrote into the pipe after a save returned.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <random>
#include <set>

#include "tests/storage/field/visits.hpp"

namespace doudi::test {
namespace {

constexpr int kKills = 200;
constexpr std::uint32_t kSeed = 7;

// Saves for ever, now and then emptying the log, and says which visits are safe.
[[noreturn]] void save_until_killed(const Tablet& tablet, const Secret& key, int acknowledgements) {
  auto store = field::Store::open(tablet.store_options(), key);
  if (!store.ok()) _exit(2);
  for (int i = 0;; ++i) {
    const Uuid visit = field::new_id((*store)->clock());
    if (!save_visit_row(**store, visit).ok()) _exit(3);
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
