// A full disk: the save in hand fails with a clear code and leaves nothing, what was saved stays, and work
// goes on when there is room again. The ballast lets the sync and an emergency through meanwhile.
#include <catch2/catch_test_macros.hpp>

#include "tests/storage/field/sim_tablet.hpp"

namespace doudi::test {
namespace {

constexpr int kScriptVisits = 4;
constexpr std::uint64_t kSmallBallast = 256 * 1024;
const std::string kBallast = (kTabletFolder / "ballast").string();

bool is_kept(const SimTablet& tablet) {
  return tablet.storage.disk.content(kBallast).size() == kSmallBallast;
}

// Saves until the disk is full; the number of visits that were acknowledged.
int fill_up(field::Store& store) {
  for (int number = 1;; ++number) {
    const Status saved = save_visit_row(store, visit_id(number));
    if (saved.ok()) continue;
    INFO(saved.error().message);
    REQUIRE(saved.error().code == "sql.full");
    return number - 1;
  }
}

// What a worker's program opens, on a simulated device.
field::FieldOptions enrolled_on(sim::SimStorage& storage, const TestClock& clock) {
  const auto key = field::KeyManager(kTabletFolder, clock.device(), storage.files).create(kPin, kCheapCost);
  REQUIRE(key.ok());
  field::StoreOptions options{kTabletFolder, clock.device(), true};
  options.disk = &storage.files;
  const auto made = field::Store::open(options, *key);
  REQUIRE(made.ok());
  REQUIRE(fill_store(**made, 1).ok());
  for (const auto& [name, text] :
       {std::pair{"server.json", R"({"url":"http://127.0.0.1:1"})"}, {"authority.pem", "-"}})
    REQUIRE(files::write_durably(storage.files, kTabletFolder / name, as_bytes(text)).ok());
  return {kTabletFolder, share_folder(), clock.device(), &storage.files};
}

}  // namespace

TEST_CASE(
    "wherever the disk is full the save fails clearly, nothing is partial, and work goes on afterwards") {
  SimTablet tablet;
  const sim::DiskImage start = tablet.storage.disk.image();
  SimTablet machine(tablet, start);
  sim::SimDisk& disk = machine.storage.disk;
  std::uint64_t failures = 1;
  std::uint64_t refused = 0;
  for (std::uint64_t k = 1; failures > 0; ++k) {
    INFO("full from write " << k << " on");
    disk.restore(start);
    std::set<Uuid> acknowledged;
    {
      const auto store = machine.store();
      const std::uint64_t before = disk.failures();
      disk.fail(sim::DiskAct::write, k, sim::DiskError::full, true);
      for (int number = 1; number <= kScriptVisits; ++number) {
        const Status saved = save_visit_row(*store, visit_id(number));
        if (saved.ok())
          acknowledged.insert(visit_id(number));
        else
          REQUIRE(saved.error().code == "sql.full");
        if (!saved.ok()) ++refused;
        if (number == 2) static_cast<void>(store->checkpoint());
      }
      failures = disk.failures() - before;
      disk.heal();
      REQUIRE(save_visit_row(*store, visit_id(99)).ok());
      acknowledged.insert(visit_id(99));
    }
    disk.kill();
    const auto visits = whole_visits(*machine.store());
    REQUIRE(visits.ok());
    CHECK(*visits == acknowledged);
  }
  CHECK(refused > 100);
}

TEST_CASE("a full disk gives the ballast to the sync and to emergencies until there is room again") {
  SimTablet tablet(1, kSmallBallast);
  REQUIRE(is_kept(tablet));
  sim::SimDisk& disk = tablet.storage.disk;
  const auto store = tablet.store();
  disk.limit(disk.image().bytes_used() + 300 * 1024);
  const int saved = fill_up(*store);
  REQUIRE(saved > 0);
  CHECK_FALSE(is_kept(tablet));

  CHECK(save_visit_row(*store, visit_id(500)).error().code == "sql.full");
  CHECK(save_visit_row(*store, visit_id(501), sync::Lane::emergency).ok());
  CHECK(store->apply([&](field::RowWriter& writer) { return writer.put(household_row(2)); }).ok());
  CHECK(whole_visits(*store)->size() == static_cast<std::size_t>(saved) + 1);

  disk.heal();
  CHECK(save_visit_row(*store, visit_id(502)).ok());
  CHECK(is_kept(tablet));
}

TEST_CASE("a pull that meets a full disk leaves everything as it was, gets the ballast and goes on") {
  SimTablet tablet(1, kSmallBallast);
  REQUIRE(is_kept(tablet));
  sim::SimDisk& disk = tablet.storage.disk;
  const auto store = tablet.store();
  REQUIRE(is_kept(tablet));
  disk.limit(disk.image().bytes_used());
  const auto page = [](field::RowWriter& writer) -> Status {
    for (int number = 2; number < 30; ++number) DOUDI_TRY(writer.put(household_row(number)));
    return {};
  };
  const Status refused = store->apply(page);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "sql.full");
  CHECK(*store->connection().integer("SELECT count(*) FROM household") == 1);
  CHECK_FALSE(is_kept(tablet));
  CHECK(store->apply(page).ok());
  CHECK(*store->connection().integer("SELECT count(*) FROM household") == 29);
}

TEST_CASE("the ballast comes back when the log is emptied, and is not made where there is no room for it") {
  SimTablet tablet(1, kSmallBallast);
  sim::SimDisk& disk = tablet.storage.disk;
  {
    const auto store = tablet.store();
    disk.limit(disk.image().bytes_used() + 300 * 1024);
    REQUIRE(fill_up(*store) > 0);
    disk.heal();
    REQUIRE(store->checkpoint().ok());
    CHECK(is_kept(tablet));
  }
  REQUIRE(disk.remove(kBallast) == sim::DiskError::none);
  disk.limit(disk.image().bytes_used() + kSmallBallast);
  {
    const auto store = tablet.store();
    CHECK_FALSE(is_kept(tablet));
    CHECK(save_visit_row(*store, visit_id(600)).ok());
  }
  disk.heal();
  static_cast<void>(tablet.store());
  CHECK(is_kept(tablet));
}

TEST_CASE("an unlocked tablet keeps sixteen megabytes in reserve") {
  const Tablet tablet;
  const auto field = tablet.unlocked();
  CHECK(std::filesystem::file_size(tablet.folder / "ballast") == field::kBallastBytes);
}

TEST_CASE("a full disk locks nobody out, and what it gives then is for the sync and for emergencies") {
  sim::SimStorage storage;
  const TestClock clock;
  const field::FieldOptions options = enrolled_on(storage, clock);
  REQUIRE((*field::Field::open(options))->unlock(kPin).ok());
  REQUIRE(storage.disk.content(kBallast).size() == field::kBallastBytes);

  storage.disk.limit(storage.disk.image().bytes_used());
  const auto field = *field::Field::open(options);
  const Status wrong = field->unlock("000000");
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().code == "keys.wrong_pin");
  CHECK(field->state().attempts_left == field::kTriesMax - 1);
  const Status unlocked = field->unlock(kPin);
  INFO((unlocked.ok() ? std::string() : unlocked.error().code));
  REQUIRE(unlocked.ok());
  CHECK(storage.disk.content(kBallast).empty());
  CHECK(field->save_visit(quick_visit(1)).error().code == "sql.full");
  storage.disk.heal();
  CHECK(field->save_visit(quick_visit(1)).ok());
  CHECK(storage.disk.content(kBallast).size() == field::kBallastBytes);
}

TEST_CASE("a tablet is locked also when its log cannot be emptied any more") {
  sim::SimStorage storage;
  const TestClock clock;
  const auto field = *field::Field::open(enrolled_on(storage, clock));
  REQUIRE(field->unlock(kPin).ok());
  REQUIRE(field->save_visit(quick_visit(1)).ok());
  storage.disk.fail(sim::DiskAct::write, 1, sim::DiskError::broken, true);
  CHECK_FALSE(field->lock().ok());
  CHECK(field->state().locked);
  storage.disk.heal();
  REQUIRE(field->unlock(kPin).ok());
  CHECK(field->outbox()->size() == 1);
}

TEST_CASE("the log is emptied thirty seconds after a save even if saves never pause that long") {
  SimTablet tablet;
  const auto store = tablet.store();
  const std::string log = (kTabletFolder / "field.db-wal").string();
  REQUIRE(save_visit_row(*store, visit_id(1)).ok());
  tablet.clock.advance(20'000);
  REQUIRE(save_visit_row(*store, visit_id(2)).ok());
  const std::size_t two_saves = tablet.storage.disk.content(log).size();
  tablet.clock.advance(10'000);
  REQUIRE(save_visit_row(*store, visit_id(3)).ok());
  // Emptied, then one save.
  CHECK(tablet.storage.disk.content(log).size() < two_saves);
  REQUIRE(store->checkpoint().ok());
  CHECK(tablet.storage.disk.content(log).empty());
  CHECK_FALSE(store->needs_checkpoint());
}

}  // namespace doudi::test
