// Another PIN and another key: whatever happens in between, the old or the new one opens everything.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "field_client/attachments/attachment_store.hpp"
#include "field_client/keys/key_change.hpp"
#include "field_client/rescue/rescue.hpp"
#include "field_client/store/settings_copy.hpp"
#include "shared/sql/sqlcipher.hpp"
#include "tests/storage/field/sim_tablet.hpp"
#include "tests/support/media_samples.hpp"

namespace doudi::test {
namespace {

const std::filesystem::path kDatabase = kTabletFolder / "field.db";
constexpr std::string_view kNewPin = "135790";
field::KeyManager keys_of(SimTablet& machine) {
  return {kTabletFolder, machine.clock.device(), machine.storage.files};
}

Status change_key(SimTablet& machine, std::string_view pin = kPin) {
  auto keys = keys_of(machine);
  return field::change_key(machine.options(), keys, pin);
}

// Every row of every table; the setting a key change adds is left out.
using Content = std::map<std::string, std::vector<std::vector<Value>>>;

Content content_of(field::Store& store) {
  std::vector<std::string> tables;
  REQUIRE(store.connection()
              .query("SELECT name FROM sqlite_schema WHERE type = 'table'",
                     [&](const sql::Row& row) {
                       tables.emplace_back(row.text(0));
                       return true;
                     })
              .ok());
  Content content;
  for (const std::string& table : tables) {
    const std::string where = table == "setting" ? " WHERE key <> 'former_keys'" : "";
    auto& rows = content[table];
    REQUIRE(store.connection()
                .query("SELECT * FROM \"" + table + "\"" + where,
                       [&rows](const sql::Row& row) {
                         std::vector<Value> cells;
                         for (int i = 0; i < row.size(); ++i) cells.push_back(row.value(i));
                         rows.push_back(std::move(cells));
                         return true;
                       })
                .ok());
    std::sort(rows.begin(), rows.end());
  }
  return content;
}

Status save_with_photo(field::Store& store, const Uuid& visit) {
  field::AttachmentStore photos(store, 0);
  DOUDI_ASSIGN(const auto photo, photos.stage(jpeg_with_place(3000), store.clock().wall()));
  const auto saved = store.save(
      {"visit", id_number(1001)}, [] { return sync::Lane::ordinary; },
      [&](field::RowWriter& writer) {
        return photos.bind(writer, {photo.id}, {id_number(1), id_number(1001), visit, std::nullopt});
      });
  if (!saved.ok()) return saved.error();
  return {};
}

// A tablet whose store is under the key its PIN unwraps: visits, most of them unsent, one photo, an older
// copy of before an update.
struct KeyedTablet {
  explicit KeyedTablet(std::uint64_t ballast = 0) : machine(SimTablet(0, ballast), sim::DiskImage()) {
    auto made = keys_of(machine).create(kPin, kCheapCost);
    REQUIRE(made.ok());
    machine.key = std::move(*made);
    auto options = machine.options();
    options.create = true;
    auto store = field::Store::open(options, machine.key);
    REQUIRE(store.ok());
    REQUIRE(fill_store(**store, 1).ok());
    for (int number = 1; number <= 6; ++number) REQUIRE(save_visit_row(**store, visit_id(number)).ok());
    REQUIRE((*store)->groups().acknowledge({1, 1, sync::Verdict::applied, ""}).ok());
    REQUIRE(save_with_photo(**store, visit_id(1)).ok());
    const auto copy = kTabletFolder / field::kCopyBeforeUpdate;
    REQUIRE(sql::replace_copy((*store)->connection(), copy, machine.key, machine.storage.files).ok());
    content = content_of(**store);
    REQUIRE(content.at("op_group").size() == 7);
    REQUIRE(content.at("attachment_chunk").size() == 1);
    // The log is full when the power goes: a key change begins with it.
    image = machine.storage.disk.image();
    store->reset();
    machine.storage.disk.restore(image);
  }

  SimTablet machine;
  Content content;
  sim::DiskImage image;
};

enum class Opened { by_old, by_new };

// Unlocks as the product does and REQUIREs that nothing at all is missing.
Opened check_all_there(SimTablet& machine, const KeyedTablet& original) {
  const auto key = keys_of(machine).unlock(kPin);
  INFO((key.ok() ? std::string() : key.error().code + ": " + key.error().message));
  REQUIRE(key.ok());
  auto& files = machine.storage.files;
  // Before the opening, which would write them anew.
  REQUIRE(field::read_settings_copy(files, kTabletFolder, *key).ok());
  const auto seal = field::SealFile(files, kTabletFolder / "field.seal", *key).read();
  REQUIRE((seal.ok() && *seal && (*seal)->number == 7));
  const bool is_old = equal_constant_time(key->view(), original.machine.key.view());
  machine.key = Secret(key->view());
  const auto store = machine.store();
  REQUIRE(content_of(*store) == original.content);
  CHECK(store->groups().verify_chain()->empty());
  CHECK(files.exists(kTabletFolder / field::kCopyBeforeUpdate) == is_old);
  const auto former = store->connection().value("SELECT value FROM setting WHERE key = 'former_keys'");
  CHECK(former->has_value() == !is_old);
  for (const std::string& name : machine.storage.disk.names())
    CHECK(name.find("next-key/") == std::string::npos);
  return is_old ? Opened::by_old : Opened::by_new;
}

}  // namespace

TEST_CASE("a changed key opens everything, the old one nothing, and what was set aside stays readable") {
  KeyedTablet original;
  SimTablet machine(original.machine, original.image);
  auto& files = machine.storage.files;
  REQUIRE(change_key(machine).ok());
  CHECK(check_all_there(machine, original) == Opened::by_new);
  const auto& old_key = original.machine.key;
  CHECK(field::Store::open(machine.options(), old_key).error().code == "sql.key");
  CHECK(field::read_settings_copy(files, kTabletFolder, old_key).error().code == "crypto.forged");
  const Secret second_key(machine.key.view());
  REQUIRE(change_key(machine).ok());
  CHECK(check_all_there(machine, original) == Opened::by_new);
  CHECK_FALSE(equal_constant_time(machine.key.view(), second_key.view()));
  const auto former =
      machine.store()->connection().value("SELECT value FROM setting WHERE key = 'former_keys'");
  Bytes expected = to_bytes(second_key.view());
  expected.insert(expected.end(), old_key.view().begin(), old_key.view().end());
  CHECK(std::get<Bytes>(**former) == expected);
}

TEST_CASE(
    "what was set aside before a key change is read with the key the store keeps, also after a rescue") {
  KeyedTablet original;
  SimTablet machine(original.machine, original.image);
  machine.key = Secret(original.machine.key.view());
  auto& files = machine.storage.files;
  REQUIRE(files.remove(kTabletFolder / "field.seal").ok());
  auto options = machine.options();
  REQUIRE(field::Store::open(options, machine.key).error().code == "store.data_loss");
  const auto aside = kTabletFolder / ("damaged-" + std::to_string(machine.clock.wall->ms)) / "field.db";
  options.accept_loss = true;
  REQUIRE(field::Store::open(options, machine.key).ok());
  REQUIRE(change_key(machine).ok());
  machine.key = Secret(keys_of(machine).unlock(kPin)->view());
  machine.clock.advance(1000);
  machine.storage.disk.flip_bit(kDatabase.string(), 100, 1);
  REQUIRE(field::rescue_store(machine.options(), machine.key).ok());
  const auto former =
      machine.store()->connection().value("SELECT value FROM setting WHERE key = 'former_keys'");
  const auto found = sql::open_sqlcipher({.file = aside, .disk = &files}, Secret(std::get<Bytes>(**former)));
  REQUIRE(found.ok());
  CHECK(*(*found)->integer("SELECT count(*) FROM visit") == 6);
}

TEST_CASE("a wrong PIN changes no key and counts as a try") {
  KeyedTablet original;
  SimTablet machine(original.machine, original.image);
  CHECK(change_key(machine, "000000").error().code == "keys.wrong_pin");
  CHECK(keys_of(machine).attempts()->failures == 1);
  CHECK(check_all_there(machine, original) == Opened::by_old);
}

TEST_CASE(
    "no key is changed while another program has the store open, or when acknowledged work is missing") {
  KeyedTablet original;
  SimTablet machine(original.machine, original.image);
  machine.key = Secret(original.machine.key.view());
  {
    const auto store = machine.store();
    CHECK(change_key(machine).error().code == "sql.in_use");
  }
  CHECK(check_all_there(machine, original) == Opened::by_old);
  REQUIRE(machine.storage.files.remove(kTabletFolder / "field.seal").ok());
  CHECK(change_key(machine).error().code == "store.data_loss");
  CHECK(equal_constant_time(keys_of(machine).unlock(kPin)->view(), original.machine.key.view()));
}

TEST_CASE("a power cut at any step of changing the tablet's key leaves the old one or the new one with all") {
  KeyedTablet original;
  SimTablet machine(original.machine, original.image);
  const auto steps = steps_of(machine, [&] { REQUIRE(change_key(machine).ok()); });
  REQUIRE(steps.size() > 100);
  sim::DiskImage device = original.image;
  std::map<Opened, int> times;
  for (std::size_t i = 0; i <= steps.size(); ++i) {
    for (std::uint64_t subset = 0; subset < 3; ++subset) {
      INFO("cut before step " << i << " of " << steps.size() << ", subset " << subset);
      sim::Chance chance(i * 3 + subset);
      machine.storage.disk.restore(device);
      machine.storage.disk.cut_power(chance);
      const Opened opened = check_all_there(machine, original);
      ++times[opened];
      if (i == steps.size()) CHECK(opened == Opened::by_new);
    }
    if (i % 5 == 0) {
      REQUIRE(change_key(machine).ok());
      CHECK(check_all_there(machine, original) == Opened::by_new);
    }
    if (i < steps.size()) device.apply(steps[i]);
  }
  CHECK(times[Opened::by_old] > 100);
  CHECK(times[Opened::by_new] > 20);
}

TEST_CASE("a power cut while an interrupted key change is ended leaves the old key or the new one with all") {
  KeyedTablet original;
  SimTablet machine(original.machine, original.image);
  const auto steps = steps_of(machine, [&] { REQUIRE(change_key(machine).ok()); });
  sim::DiskImage device = original.image;
  std::size_t ends = 0;
  for (std::size_t i = 0; i < steps.size(); device.apply(steps[i++])) {
    machine.storage.disk.restore(device);
    const auto ending = steps_of(
        machine, [&] { REQUIRE(field::finish_key_change(machine.storage.files, kTabletFolder).ok()); });
    ends += ending.empty() ? 0U : 1U;
    sim::DiskImage later = device;
    for (std::size_t k = 0; k < ending.size(); later.apply(ending[k++])) {
      INFO("killed before step " << i << ", then cut before step " << k);
      sim::Chance chance(i * 100 + k);
      machine.storage.disk.restore(later);
      machine.storage.disk.cut_power(chance);
      check_all_there(machine, original);
    }
  }
  CHECK(ends > 100);
}

TEST_CASE(
    "a tablet's key change that meets a failing device keeps one key for everything, and is done again") {
  KeyedTablet original;
  SimTablet machine(original.machine, original.image);
  sim::SimDisk& disk = machine.storage.disk;
  for (const auto& [act, error] : {std::pair{sim::DiskAct::write, sim::DiskError::full},
                                   {sim::DiskAct::write, sim::DiskError::broken},
                                   {sim::DiskAct::sync, sim::DiskError::broken},
                                   {sim::DiskAct::read, sim::DiskError::broken}}) {
    bool failed = true;
    // Reads are many, and none of them changes anything. Every other fault lasts until the device is healed.
    const std::uint64_t stride = act == sim::DiskAct::read ? 7 : 1;
    for (std::uint64_t k = 1; failed; k += stride) {
      INFO("act " << static_cast<int>(act) << " number " << k);
      disk.restore(original.image);
      const std::uint64_t before = disk.failures();
      disk.fail(act, k, error, k % 2 == 0);
      const Status changed = change_key(machine);
      failed = disk.failures() > before;
      disk.heal();
      const Opened opened = check_all_there(machine, original);
      if (changed.ok()) CHECK(opened == Opened::by_new);
      if (k % 5 != 0) continue;
      REQUIRE(change_key(machine).ok());
      CHECK(check_all_there(machine, original) == Opened::by_new);
    }
  }
}

TEST_CASE("a log that a killed program left beside the old store is not read over the new one") {
  KeyedTablet original;
  SimTablet machine(original.machine, original.image);
  auto& files = machine.storage.files;
  const Bytes old_log = machine.storage.disk.content(kDatabase.string() + "-wal");
  REQUIRE(old_log.size() > 4096);
  const auto steps = steps_of(machine, [&] { REQUIRE(change_key(machine).ok()); });
  sim::DiskImage device = original.image;
  int decided = 0;
  for (std::size_t i = 0; i < steps.size(); device.apply(steps[i++])) {
    machine.storage.disk.restore(device);
    const Bytes text = machine.storage.disk.content((kTabletFolder / "keys.json").string());
    const auto record = field::parse_key_record(as_text(text));
    if (!record.ok() || !record->next || !files.exists(kTabletFolder / "next-key" / "field.db")) continue;
    ++decided;
    REQUIRE(files::write_durably(files, kDatabase.string() + "-wal", old_log).ok());
    CHECK(check_all_there(machine, original) == Opened::by_new);
  }
  CHECK(decided > 2);
}

TEST_CASE("a tablet without room for a second store says so, keeps its key and its ballast") {
  KeyedTablet original(1U << 20U);
  SimTablet machine(original.machine, original.image);
  REQUIRE(change_key(machine).ok());
  machine.storage.disk.restore(original.image);
  REQUIRE(field::Store::open(machine.options(), original.machine.key).ok());
  const sim::DiskImage settled = machine.storage.disk.image();
  const std::string ballast = (kTabletFolder / "ballast").string();
  const std::uint64_t used = settled.bytes_used();
  const std::uint64_t size = settled.content(settled.find(kDatabase.string())).size();
  int refused = 0;
  for (std::uint64_t room = 50'000; room < size; room += 30'000) {
    INFO("room for " << room << " bytes of " << size);
    machine.storage.disk.restore(settled);
    machine.storage.disk.limit(used + room);
    const Status changed = change_key(machine);
    REQUIRE_FALSE(changed.ok());
    CHECK((changed.error().code == "sql.full" || changed.error().code == "file.full"));
    CHECK(changed.error().message.starts_with("平板的存储空间不够"));
    CHECK(machine.storage.disk.content(ballast).size() == 1U << 20U);
    CHECK(check_all_there(machine, original) == Opened::by_old);
    machine.storage.disk.heal();
    ++refused;
  }
  CHECK(refused > 5);
  REQUIRE(change_key(machine).ok());
  CHECK(machine.storage.disk.content(ballast).size() == 1U << 20U);
  CHECK(check_all_there(machine, original) == Opened::by_new);
}

TEST_CASE("a power cut at any step of a PIN change leaves one PIN that gives the same key") {
  SimTablet tablet;
  auto keys = keys_of(tablet);
  const auto made = keys.create(kPin, kCheapCost);
  REQUIRE(made.ok());
  const sim::DiskImage start = tablet.storage.disk.image();
  SimTablet machine(tablet, start);
  const auto steps = steps_of(machine, [&] { REQUIRE(keys_of(machine).change_pin(kPin, kNewPin).ok()); });
  REQUIRE(steps.size() >= 15);
  sim::DiskImage device = start;
  for (std::size_t i = 0; i <= steps.size(); ++i) {
    for (std::uint64_t subset = 0; subset < 8; ++subset) {
      INFO("cut before step " << i << ", subset " << subset);
      sim::Chance chance(i * 8 + subset);
      machine.storage.disk.restore(device);
      machine.storage.disk.cut_power(chance);
      auto manager = keys_of(machine);
      auto key = manager.unlock(kPin);
      if (!key.ok()) key = manager.unlock(kNewPin);
      INFO((key.ok() ? std::string() : key.error().code));
      REQUIRE(key.ok());
      CHECK(equal_constant_time(key->view(), made->view()));
    }
    if (i < steps.size()) device.apply(steps[i]);
  }
}

}  // namespace doudi::test
