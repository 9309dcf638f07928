// Memory that runs out inside the database library: an error, never a crash, a wrong answer or a lost visit.
#include <sqlcipher/sqlite3.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/storage/field/sim_tablet.hpp"

namespace doudi::test {
namespace {

// 0: no request fails; 1: the next one does.
std::uint64_t requests_until_failure = 0;
sqlite3_mem_methods library_memory;

bool request_fails() {
  return requests_until_failure > 0 && --requests_until_failure == 0;
}

void* allocate(int bytes) {
  return request_fails() ? nullptr : library_memory.xMalloc(bytes);
}

void* reallocate(void* memory, int bytes) {
  return request_fails() ? nullptr : library_memory.xRealloc(memory, bytes);
}

// Before the library starts: it takes no other memory afterwards.
bool install() {
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &library_memory) != SQLITE_OK) return false;
  sqlite3_mem_methods counting = library_memory;
  counting.xMalloc = allocate;
  counting.xRealloc = reallocate;
  return sqlite3_config(SQLITE_CONFIG_MALLOC, &counting) == SQLITE_OK;
}
const bool installed = install();

// Saves twice, reads a setting, empties the log. Memory fails only once the file is open: SQLCipher 4.6
// frees twice when it closes a file that it had no memory to open.
std::set<Uuid> run_script(SimTablet& machine, std::uint64_t k) {
  std::set<Uuid> acknowledged;
  const auto store = machine.store();
  requests_until_failure = k;
  for (int number = 1; number <= 2; ++number)
    if (save_visit_row(*store, visit_id(number)).ok()) acknowledged.insert(visit_id(number));
  const auto pack = store->setting("pack");
  if (pack.ok()) CHECK(*pack == "dongli-2020");
  static_cast<void>(store->checkpoint());
  return acknowledged;
}

}  // namespace

TEST_CASE("memory that runs out at any one moment costs no acknowledged visit and gives no wrong answer") {
  REQUIRE(installed);
  SimTablet tablet;
  const sim::DiskImage start = tablet.storage.disk.image();
  SimTablet machine(tablet, start);
  bool failed = true;
  // Every request at first, then ever fewer.
  for (std::uint64_t k = 1; failed; k += 1 + k / 20) {
    INFO("request " << k << " fails");
    machine.storage.disk.restore(start);
    const std::set<Uuid> acknowledged = run_script(machine, k);
    failed = requests_until_failure == 0;
    requests_until_failure = 0;
    machine.storage.disk.kill();
    const auto visits = whole_visits(*machine.store());
    REQUIRE(visits.ok());
    for (const Uuid& visit : acknowledged) CHECK(visits->contains(visit));
    if (!failed) CHECK(acknowledged.size() == 2);
  }
}

}  // namespace doudi::test
