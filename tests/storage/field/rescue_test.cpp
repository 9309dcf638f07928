// A store with damage anywhere is rescued: what lies outside of the damaged page is in the new store, what
// was found is kept, the tablet stays the tablet it is, and a rescue that is interrupted can be done again.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "field_client/client/parts.hpp"
#include "field_client/rescue/rescue.hpp"
#include "field_client/rescue/table_shapes.hpp"
#include "field_client/store/catalog_file.hpp"
#include "field_client/store/settings_copy.hpp"
#include "shared/wire/messages.hpp"
#include "tests/storage/field/sim_tablet.hpp"

namespace doudi::test {
namespace {

constexpr std::size_t kPageBytes = 4096;
const std::string kDatabase = (kTabletFolder / "field.db").string();

using Rows = std::map<std::pair<std::string, Uuid>, sync::RowState>;

Rows rows_of(field::Store& store) {
  Rows rows;
  for (const auto& table : field::shipped_schema().catalog.tables) {
    std::vector<Uuid> ids;
    REQUIRE(store.connection()
                .query("SELECT id FROM " + table.name,
                       [&ids](const sql::Row& row) {
                         ids.push_back(row.uuid(0));
                         return true;
                       })
                .ok());
    field::RowWriter reader(store.connection(), field::shipped_schema().catalog);
    for (const Uuid& id : ids) rows[{table.name, id}] = **reader.read(table.name, id);
  }
  return rows;
}

// Every other group acknowledged, the rest unsent.
void fill(SimTablet& tablet, int visits) {
  const auto store = tablet.store();
  for (int number = 1; number <= visits; ++number) {
    REQUIRE(save_visit_row(*store, visit_id(number)).ok());
    const sync::GroupVerdict applied{1, static_cast<std::uint64_t>(number), sync::Verdict::applied, ""};
    if (number % 2 == 0) REQUIRE(store->groups().acknowledge(applied).ok());
    if (number % 20 == 0) REQUIRE(store->checkpoint().ok());
  }
  REQUIRE(store->checkpoint().ok());
}

// Which replicated rows touch a page: those that are not found without it.
std::vector<std::set<std::pair<std::string, Uuid>>> rows_by_page(SimTablet& machine) {
  const auto copy = field::read_settings_copy(machine.storage.files, kTabletFolder, machine.key);
  REQUIRE(copy.ok());
  const auto file = field::PageFile::open(machine.storage.files, kDatabase, machine.key, copy->salt);
  REQUIRE(file.ok());
  std::vector<std::set<std::pair<std::string, Uuid>>> found(file->pages() + 1);
  const auto store = machine.store();
  const auto shapes = field::table_shapes(store->connection());
  for (std::uint32_t page = 1; page <= file->pages(); ++page) {
    const auto rows = field::leaf_rows(*file, page, *file->page(page));
    REQUIRE(rows.unreadable == 0);
    const auto* shape = field::shape_of(*shapes, rows);
    if (shape == nullptr || field::shipped_schema().catalog.find(shape->table) == nullptr) continue;
    for (const auto& row : rows.rows)
      found[page].insert({shape->table, *uuid_from_bytes(std::get<Bytes>(row.values.front()))});
  }
  return found;
}

std::string folder_of(const field::RescueFacts& report) {
  return (kTabletFolder / report.kept_in).string();
}

void is_sound(field::Store& store) {
  CHECK(store.groups().verify_chain()->empty());
  CHECK(field::verify_digests(store)->empty());
  CHECK(*store.setting("worker_name") == "李网格");
  CHECK(*store.setting("pack") == "dongli-2020");
}

}  // namespace

TEST_CASE("with one flipped bit in any of two hundred pages everything outside of that page is rescued") {
  SimTablet tablet(40);
  fill(tablet, 360);
  const Rows sound_rows = rows_of(*tablet.store());
  const std::int64_t sound_unsent = tablet.store()->groups().unsent()->groups;
  const sim::DiskImage sound = tablet.storage.disk.image();
  SimTablet machine(tablet, sound);
  const auto on_page = rows_by_page(machine);
  sim::Chance chance(9);
  std::size_t rows_found_again = 0;
  for (std::size_t page = 1; page < on_page.size(); ++page) {
    machine.storage.disk.restore(sound);
    const std::size_t at = (page - 1) * kPageBytes + chance.below(kPageBytes);
    machine.storage.disk.flip_bit(kDatabase, at, static_cast<unsigned>(at % 8));
    const Bytes damaged = machine.storage.disk.content(kDatabase);
    INFO("page " << page << ", byte " << at % kPageBytes);
    const auto report = field::rescue_store(machine.options(), machine.key);
    INFO((report.ok() ? std::string() : report.error().code + ": " + report.error().message));
    REQUIRE(report.ok());
    CHECK(report->damaged_pages == (at < crypto::kDatabaseSaltBytes ? 0 : 1));
    CHECK(machine.storage.disk.content(folder_of(*report) + "/field.db") == damaged);
    const auto store = machine.store();
    is_sound(*store);
    CHECK(*store->incarnation() == 2);
    const Rows rows = rows_of(*store);
    for (const auto& [name, row] : rows) REQUIRE(sound_rows.at(name) == row);
    for (const auto& [name, row] : sound_rows) {
      if (rows.contains(name)) continue;
      INFO(name.first);
      REQUIRE(on_page[page].contains(name));
    }
    rows_found_again += rows.size();
    const auto lost = static_cast<std::int64_t>(report->lost_groups.size());
    CHECK(store->groups().unsent()->groups >= sound_unsent - lost);
  }
  CHECK(on_page.size() > 200);
  CHECK(rows_found_again > (on_page.size() - 2) * (sound_rows.size() - 40));
}

TEST_CASE("what was only in the log when the power went is rescued too") {
  SimTablet tablet(4);
  fill(tablet, 100);
  sim::DiskImage sound;
  {
    const auto store = tablet.store();
    for (int number = 1; number <= 6; ++number) REQUIRE(save_visit_row(*store, visit_id(5000 + number)).ok());
    sound = tablet.storage.disk.image();
    REQUIRE(tablet.storage.disk.content(kDatabase + "-wal").size() > 6 * kPageBytes);
  }
  const Rows rows = rows_of(*tablet.store());
  SimTablet machine(tablet, sound);
  sim::Chance chance(3);
  machine.storage.disk.flip_bit(kDatabase, 100, 1);
  machine.storage.disk.cut_power(chance);
  const auto report = field::rescue_store(machine.options(), machine.key);
  REQUIRE(report.ok());
  CHECK(report->lost_groups.empty());
  const auto store = machine.store();
  CHECK(rows_of(*store) == rows);
  is_sound(*store);
}

TEST_CASE("unsent work whose row is damaged comes back from its operations, and is sent under new numbers") {
  SimTablet tablet(4);
  fill(tablet, 100);
  const sim::DiskImage sound = tablet.storage.disk.image();
  SimTablet machine(tablet, sound);
  const auto on_page = rows_by_page(machine);
  const Rows rows = rows_of(*machine.store());
  const auto unsent = machine.store()->groups().unsent()->groups;
  std::size_t pages = 0;
  for (std::size_t page = 1; page < on_page.size(); ++page) {
    if (on_page[page].empty() || on_page[page].begin()->first != "visit") continue;
    ++pages;
    machine.storage.disk.restore(sound);
    machine.storage.disk.flip_bit(kDatabase, (page - 1) * kPageBytes + 500, 2);
    const auto report = field::rescue_store(machine.options(), machine.key);
    REQUIRE(report.ok());
    const auto store = machine.store();
    CHECK(store->groups().unsent()->groups == unsent);
    const auto batch = store->groups().batch(false, 1000, 1'000'000);
    REQUIRE(batch.ok());
    std::uint64_t seq = 0;
    const Rows found = rows_of(*store);
    for (const auto& group : *batch) {
      CHECK(group.incarnation == 2);
      CHECK(group.seq == ++seq);
      for (const auto& operation : group.operations)
        REQUIRE(found.at({operation.table, operation.row}) == rows.at({operation.table, operation.row}));
    }
  }
  CHECK(pages > 2);
}

TEST_CASE("a rescue that is cut off at any step is done again and ends the same") {
  SimTablet tablet(2);
  fill(tablet, 8);
  const Rows rows = rows_of(*tablet.store());
  SimTablet machine(tablet, tablet.storage.disk.image());
  machine.storage.disk.flip_bit(kDatabase, 50, 1);
  const sim::DiskImage start = machine.storage.disk.image();
  std::vector<sim::DiskStep> steps;
  machine.storage.disk.record([&steps](const sim::DiskStep& step) { steps.push_back(step); });
  REQUIRE(field::rescue_store(machine.options(), machine.key).ok());
  machine.storage.disk.record({});
  REQUIRE(steps.size() > 50);
  sim::DiskImage device = start;
  for (std::size_t i = 0; i < steps.size(); device.apply(steps[i++])) {
    if (i % 3 != 0) continue;
    INFO("cut before step " << i << " of " << steps.size());
    sim::Chance chance(i);
    machine.storage.disk.restore(device);
    machine.storage.disk.cut_power(chance);
    machine.clock.advance(1000);
    REQUIRE(field::finish_rescue(machine.storage.files, kTabletFolder).ok());
    // After a power cut the log may hold the page again that was damaged in the file: then it simply opens.
    if (!machine.open().ok()) REQUIRE(field::rescue_store(machine.options(), machine.key).ok());
    const auto store = machine.store();
    REQUIRE(rows_of(*store) == rows);
    is_sound(*store);
  }
}

TEST_CASE("a rescue on a full or failing disk says so, removes nothing and can be done again") {
  SimTablet tablet(2);
  fill(tablet, 100);
  const Rows rows = rows_of(*tablet.store());
  SimTablet machine(tablet, tablet.storage.disk.image());
  sim::SimDisk& disk = machine.storage.disk;
  disk.flip_bit(kDatabase, 50, 1);
  const sim::DiskImage start = disk.image();
  for (std::uint64_t k = 1;; k += 7) {
    INFO("write " << k);
    disk.restore(start);
    const std::uint64_t before = disk.failures();
    disk.fail(sim::DiskAct::write, k, sim::DiskError::full);
    const auto report = field::rescue_store(machine.options(), machine.key);
    const bool failed = disk.failures() > before;
    disk.heal();
    if (!report.ok()) {
      machine.clock.advance(1000);
      REQUIRE(field::rescue_store(machine.options(), machine.key).ok());
    }
    REQUIRE(rows_of(*machine.store()) == rows);
    if (!failed) break;
  }
}

TEST_CASE("without the sealed settings nothing is rescued, nothing is changed and no key is made") {
  SimTablet tablet(2);
  SimTablet machine(tablet, tablet.storage.disk.image());
  REQUIRE(machine.storage.files.remove(kTabletFolder / field::kSettingsCopyName).ok());
  const auto names = machine.storage.disk.names();
  CHECK_FALSE(field::rescue_store(machine.options(), machine.key).ok());
  CHECK(machine.storage.disk.names() == names);
  CHECK_FALSE(field::rescue_store(machine.options(), Secret(Bytes(32, 1))).ok());
  CHECK(machine.storage.disk.names() == names);
}

TEST_CASE("a store of which no page can be read is left as it is") {
  SimTablet tablet(2);
  static_cast<void>(tablet.store());
  SimTablet machine(tablet, tablet.storage.disk.image());
  const std::size_t pages = machine.storage.disk.content(kDatabase).size() / kPageBytes;
  for (std::size_t page = 0; page < pages; ++page)
    machine.storage.disk.flip_bit(kDatabase, page * kPageBytes + 700, 3);
  const Bytes found = machine.storage.disk.content(kDatabase);
  const auto report = field::rescue_store(machine.options(), machine.key);
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().code == "store.unreadable");
  CHECK(machine.storage.disk.content(kDatabase) == found);
}

}  // namespace doudi::test
