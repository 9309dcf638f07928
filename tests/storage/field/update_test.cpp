// An update of the program changes the store whole or not at all, wherever the power fails, and no save is
// lost.
#include <catch2/catch_test_macros.hpp>

#include "shared/sql/sqlcipher.hpp"
#include "tests/storage/field/sim_tablet.hpp"

namespace doudi::test {
namespace {

// The shipped program and its next release.
constexpr std::string_view kNextScript =
    "ALTER TABLE household ADD COLUMN key_holder TEXT; CREATE TABLE later(id BLOB PRIMARY KEY, text TEXT); "
    "CREATE INDEX later_by_text ON later(text); UPDATE household SET key_holder='x'; "
    "UPDATE household SET key_holder=NULL";

struct NextRelease {
  NextRelease() {
    const auto shipped = field::shipped_schema().migrations;
    migrations.assign(shipped.begin(), shipped.end());
    migrations.push_back({static_cast<int>(shipped.size()) + 1, "next_release", kNextScript});
    schema = {field::shipped_schema().catalog, migrations};
    ++schema.catalog.version;
  }
  NextRelease(const NextRelease&) = delete;
  std::vector<sql::Migration> migrations;
  field::Schema schema;
};

Result<std::unique_ptr<field::Store>> open_next(SimTablet& tablet, const NextRelease& next) {
  auto options = tablet.options();
  options.schema = &next.schema;
  return field::Store::open(options, tablet.key);
}

// Without any program: what the migrations have left.
std::int64_t level_of(SimTablet& tablet) {
  const auto opened =
      sql::open_sqlcipher({.file = kTabletFolder / "field.db", .disk = &tablet.storage.files}, tablet.key);
  REQUIRE(opened.ok());
  const auto level = (*opened)->integer("SELECT max(number) FROM schema_migration");
  const auto column =
      (*opened)->integer("SELECT count(*) FROM pragma_table_info('household') WHERE name='key_holder'");
  REQUIRE((level.ok() && column.ok()));
  const auto shipped = static_cast<std::int64_t>(field::shipped_schema().migrations.size());
  REQUIRE(*column == *level - shipped);
  return *level;
}

}  // namespace

TEST_CASE(
    "an update that loses its power anywhere leaves the version before it or the one after, and every save") {
  const NextRelease next;
  SimTablet tablet;
  for (int number = 1; number <= 3; ++number) REQUIRE(save_visit_row(*tablet.store(), visit_id(number)).ok());
  const sim::DiskImage start = tablet.storage.disk.image();
  std::vector<sim::DiskStep> steps;
  tablet.storage.disk.record([&](const sim::DiskStep& step) { steps.push_back(step); });
  { REQUIRE(open_next(tablet, next).ok()); }
  tablet.storage.disk.record({});
  REQUIRE(steps.size() > 20);
  sim::DiskImage device = start;
  SimTablet machine(tablet, device);
  std::set<std::int64_t> levels;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    sim::Chance chance(i + 1);
    machine.storage.disk.restore(device);
    machine.storage.disk.cut_power(chance);
    INFO("cut before step " << i << " of " << steps.size());
    levels.insert(level_of(machine));
    const auto store = open_next(machine, next);
    INFO((store.ok() ? std::string() : store.error().code + ": " + store.error().message));
    REQUIRE(store.ok());
    const auto visits = whole_visits(**store);
    REQUIRE(visits.ok());
    CHECK(visits->size() == 3);
    CHECK((*store)->groups().verify_chain()->empty());
    device.apply(steps[i]);
  }
  CHECK(levels.size() == 2);
}

TEST_CASE("the copy an update takes is the store of before with every save") {
  const NextRelease next;
  SimTablet tablet;
  REQUIRE(save_visit_row(*tablet.store(), visit_id(1)).ok());
  { REQUIRE(open_next(tablet, next).ok()); }
  auto& files = tablet.storage.files;
  REQUIRE(tablet.open().error().code == "sql.schema_newer");
  for (const char* name : {"field.db-wal", "field.db-shm"}) REQUIRE(files.remove(kTabletFolder / name).ok());
  REQUIRE(files.rename(kTabletFolder / field::kCopyBeforeUpdate, kTabletFolder / "field.db").ok());
  const auto store = tablet.store();
  CHECK(whole_visits(*store)->size() == 1);
  CHECK(store->groups().verify_chain()->empty());
}

TEST_CASE("wherever the disk is full an update happens or does not, and what was saved stays") {
  const NextRelease next;
  SimTablet tablet;
  REQUIRE(save_visit_row(*tablet.store(), visit_id(1)).ok());
  const sim::DiskImage start = tablet.storage.disk.image();
  int updated = 0;
  int without_copy = 0;
  int refused = 0;
  for (std::uint64_t room = 0; room <= 1'500'000; room += 60'000) {
    tablet.storage.disk.restore(start);
    tablet.storage.disk.limit(room);
    {
      const auto store = open_next(tablet, next);
      INFO("a disk of " << room << " bytes");
      if (store.ok()) {
        ++updated;
        without_copy += *(*store)->connection().integer(
                            "SELECT count(*) FROM incident WHERE kind='no_copy_before_update'") > 0
                            ? 1
                            : 0;
      } else {
        ++refused;
        CHECK(store.error().code == "sql.full");
      }
    }
    tablet.storage.disk.heal();
    const auto after = open_next(tablet, next);
    REQUIRE(after.ok());
    CHECK(whole_visits(**after)->size() == 1);
  }
  CHECK(updated > without_copy);
  CHECK(without_copy > 0);
  CHECK(refused > 0);
}

}  // namespace doudi::test
