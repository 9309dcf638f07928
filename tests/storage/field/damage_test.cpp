// Bit rot: in the log, where SQLite drops what follows without a word, and in the pages, where the page codes
// notice. The tablet says so, keeps what it found, and never shows a wrong row.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "shared/sql/sqlcipher.hpp"
#include "tests/storage/field/sim_tablet.hpp"

namespace doudi::test {
namespace {

constexpr std::size_t kLogHeaderBytes = 32;
constexpr std::size_t kFrameBytes = 24 + 4096;
constexpr std::size_t kPageBytes = 4096;
const std::string kLog = (kTabletFolder / "field.db-wal").string();
const std::string kDatabase = (kTabletFolder / "field.db").string();

// The device of a tablet that lost its power after `visits` saves, before the log was emptied.
sim::DiskImage image_with_log(SimTablet& tablet, int visits) {
  const auto store = tablet.store();
  for (int number = 1; number <= visits; ++number) REQUIRE(save_visit_row(*store, visit_id(number)).ok());
  return tablet.storage.disk.image();
}

// The file of this name in the only folder of damaged copies.
Bytes kept_aside(const sim::SimDisk& disk, const std::string& name) {
  for (const std::string& file : disk.names())
    if (file.starts_with((kTabletFolder / "damaged-").string()) && file.ends_with("/" + name))
      return disk.content(file);
  return {};
}

void flip_bit(SimTablet& tablet, const std::string& file, std::size_t at) {
  tablet.storage.disk.flip_bit(file, at, static_cast<unsigned>(at % 8));
}

// Every row of every table a worker's records are in, as text; an error's code where one cannot be read.
std::vector<std::string> dump(field::Store& store) {
  std::vector<std::string> tables;
  for (const std::string table :
       {"grid", "household", "person", "visit", "visit_answer", "op_group", "op_log"}) {
    std::string text;
    const Status read =
        store.connection().query("SELECT * FROM " + table + " ORDER BY 1", [&](const sql::Row& row) {
          for (int i = 0; i < row.size(); ++i) text += to_hex(row.blob(i)) + '|';
          return true;
        });
    tables.push_back(read.ok() ? text : read.error().code);
  }
  return tables;
}

}  // namespace

TEST_CASE("one flipped bit in any frame of the log is reported with numbers, and what was found is kept") {
  SimTablet tablet;
  constexpr int kSaved = 8;
  const sim::DiskImage sound = image_with_log(tablet, kSaved);
  SimTablet machine(tablet, sound);
  const std::size_t log_bytes = machine.storage.disk.content(kLog).size();
  const std::size_t frames = (log_bytes - kLogHeaderBytes) / kFrameBytes;
  REQUIRE(frames > 40);
  sim::Chance chance(4);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    machine.storage.disk.restore(sound);
    // Half of them in the small header of the frame.
    const std::size_t within = chance.percent(50) ? chance.below(24) : chance.below(kFrameBytes);
    flip_bit(machine, kLog, kLogHeaderBytes + frame * kFrameBytes + within);
    const Bytes damaged = machine.storage.disk.content(kLog);
    const auto store = machine.open();
    INFO("frame " << frame << ", byte " << within);
    REQUIRE_FALSE(store.ok());
    REQUIRE(store.error().code == "store.data_loss");
    INFO(store.error().message);
    CHECK(store.error().message.find("expected " + std::to_string(kSaved) + " saves, found ") !=
          std::string::npos);
    CHECK(kept_aside(machine.storage.disk, "field.db-wal") == damaged);
    CHECK_FALSE(kept_aside(machine.storage.disk, "field.db").empty());
    CHECK_FALSE(kept_aside(machine.storage.disk, "field.seal").empty());
    machine.clock.advance(1000);
    CHECK(machine.open().error().code == "store.data_loss");
  }
}

TEST_CASE("a bit flipped in the header of the log, or a log cut short anywhere, is reported too") {
  SimTablet tablet;
  const sim::DiskImage sound = image_with_log(tablet, 4);
  SimTablet machine(tablet, sound);
  const std::size_t log_bytes = machine.storage.disk.content(kLog).size();
  for (std::size_t at = 0; at < kLogHeaderBytes; ++at) {
    machine.storage.disk.restore(sound);
    flip_bit(machine, kLog, at);
    INFO("byte " << at);
    CHECK(machine.open().error().code == "store.data_loss");
  }
  for (std::size_t size = 0; size < log_bytes; size += kFrameBytes / 3) {
    machine.storage.disk.restore(sound);
    machine.storage.disk.cut_short(kLog, size);
    INFO("cut to " << size);
    CHECK(machine.open().error().code == "store.data_loss");
  }
}

TEST_CASE("a sound store with a full log opens without any alarm") {
  SimTablet tablet;
  const sim::DiskImage sound = image_with_log(tablet, 4);
  SimTablet machine(tablet, sound);
  REQUIRE(machine.storage.disk.content(kLog).size() > kFrameBytes);
  CHECK(whole_visits(*machine.store())->size() == 4);
  machine.storage.disk.restore(sound);
  const auto findings = sql::check_integrity(kDatabase, tablet.key, machine.storage.files);
  REQUIRE(findings.ok());
  CHECK(findings->empty());
}

TEST_CASE("one flipped bit in any of two hundred pages never shows a wrong row and removes nothing") {
  SimTablet tablet(40);
  {
    const auto store = tablet.store();
    for (int number = 1; tablet.storage.disk.content(kDatabase).size() < 200 * kPageBytes; ++number) {
      REQUIRE(save_visit_row(*store, visit_id(number)).ok());
      if (number % 20 == 0) REQUIRE(store->checkpoint().ok());
    }
  }
  const sim::DiskImage sound = tablet.storage.disk.image();
  const auto rows = dump(*tablet.store());
  SimTablet machine(tablet, sound);
  const std::size_t size = machine.storage.disk.content(kDatabase).size();
  sim::Chance chance(9);
  std::size_t noticed = 0;
  for (std::size_t page = 0; page < size / kPageBytes; ++page) {
    machine.storage.disk.restore(sound);
    flip_bit(machine, kDatabase, page * kPageBytes + chance.below(kPageBytes));
    const auto store = machine.open();
    INFO("page " << page + 1);
    bool error = !store.ok();
    if (store.ok()) {
      const auto found = dump(**store);
      for (std::size_t table = 0; table < rows.size(); ++table) {
        if (found[table] == rows[table]) continue;
        REQUIRE(found[table] == "sql.damaged");
        error = true;
      }
    }
    noticed += error ? 1 : 0;
    CHECK(machine.storage.disk.content(kDatabase).size() >= size);
    CHECK_FALSE(machine.storage.disk.content((kTabletFolder / "field.seal").string()).empty());
  }
  // Pages that none of these tables uses can rot unseen until the whole file is checked.
  CHECK(noticed > size / kPageBytes / 2);
}

}  // namespace doudi::test
