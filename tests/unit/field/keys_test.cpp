// Keys: what opens the store, and how often one may try.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "field_client/keys/key_change.hpp"
#include "tests/unit/field/tablet.hpp"

namespace doudi::test {
namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("the PIN and the device secret together open the store, and a lock closes it") {
  const Tablet tablet;
  auto field = tablet.open();
  CHECK(field->state().locked);
  CHECK(field->today().error().code == "field.locked");
  REQUIRE(field->unlock(kPin).ok());
  CHECK(field->today().ok());
  REQUIRE(field->lock().ok());
  CHECK(field->state().locked);
  CHECK(field->household(id_number(1001)).error().code == "field.locked");
  REQUIRE(field->unlock(kPin).ok());
}

TEST_CASE("the files and the PIN open nothing without the device secret, and no new secret is made") {
  const Tablet tablet;
  const fs::path copy = tablet.home / "copy";
  fs::copy(tablet.folder, copy, fs::copy_options::recursive);
  fs::remove(copy / "device.secret");
  field::KeyManager thief(copy, tablet.clock.device());
  CHECK(thief.unlock(kPin).error().code == "file.missing");
  CHECK_FALSE(fs::exists(copy / "device.secret"));
  write_file(copy / "device.secret", std::string(32, 'x'));
  CHECK(thief.unlock(kPin).error().code == "keys.damaged");
}

TEST_CASE("another device secret does not unwrap the key even with a counter made for it") {
  const Tablet tablet;
  const fs::path other = tablet.home / "other";
  field::KeyManager others(other, tablet.clock.device());
  REQUIRE(others.create(kPin, kCheapCost).ok());
  fs::copy_file(tablet.folder / "keys.json", other / "keys.json", fs::copy_options::overwrite_existing);
  CHECK(others.unlock(kPin).error().code == "keys.wrong_pin");
}

TEST_CASE("five wrong PINs are free, then each costs twice the wait, and the tenth locks") {
  const Tablet tablet;
  field::KeyManager keys(tablet.folder, tablet.clock.device());
  for (int i = 0; i < 5; ++i) CHECK(keys.unlock("000000").error().code == "keys.wrong_pin");
  std::int64_t wait = 30'000;
  for (int i = 5; i < 10; ++i) {
    CHECK(keys.attempts()->wait_ms == wait);
    CHECK(keys.unlock(kPin).error().code == "keys.wait");
    tablet.clock.advance(wait);
    CHECK(keys.unlock("000000").error().code == "keys.wrong_pin");
    wait *= 2;
  }
  tablet.clock.advance(100'000'000);
  CHECK(keys.attempts()->locked);
  CHECK(keys.unlock(kPin).error().code == "keys.locked");
}

TEST_CASE("the right PIN sets the counter back") {
  const Tablet tablet;
  field::KeyManager keys(tablet.folder, tablet.clock.device());
  for (int i = 0; i < 4; ++i) CHECK_FALSE(keys.unlock("111111").ok());
  CHECK(keys.attempts()->left == 6);
  REQUIRE(keys.unlock(kPin).ok());
  CHECK(keys.attempts()->left == 10);
}

TEST_CASE("no setting of the clock and no reboot shortens the wait") {
  Tablet tablet;
  field::KeyManager keys(tablet.folder, tablet.clock.device());
  for (int i = 0; i < 5; ++i) CHECK_FALSE(keys.unlock("000000").ok());
  tablet.clock.wall->ms += 365LL * 86'400'000;
  CHECK(keys.unlock(kPin).error().code == "keys.wait");
  tablet.clock.wall->ms -= 3650LL * 86'400'000;
  CHECK(keys.unlock(kPin).error().code == "keys.wait");
  *tablet.clock.monotonic = 10'000;
  tablet.clock.boot = "boot-2";
  field::KeyManager after_reboot(tablet.folder, tablet.clock.device());
  CHECK(after_reboot.attempts()->wait_ms == 20'000);
  tablet.clock.advance(20'000);
  CHECK(after_reboot.unlock(kPin).ok());
}

TEST_CASE("a try is on the disk before the PIN is checked") {
  const Tablet tablet;
  field::KeyManager keys(tablet.folder, tablet.clock.device());
  fs::remove(tablet.folder / "keys.json");
  CHECK_FALSE(keys.unlock(kPin).ok());
  CHECK(keys.attempts()->failures == 1);
  CHECK_FALSE(fs::exists(tablet.folder / "keys.json"));
}

TEST_CASE("a missing or changed counter gives no new tries") {
  const Tablet tablet;
  field::KeyManager keys(tablet.folder, tablet.clock.device());
  std::string counter = read_file(tablet.folder / "attempts");
  counter[0] = counter[0] == '0' ? '1' : '0';
  write_file(tablet.folder / "attempts", counter);
  CHECK(keys.unlock(kPin).error().code == "keys.damaged");
  fs::remove(tablet.folder / "attempts");
  CHECK(keys.unlock(kPin).error().code == "keys.damaged");
}

TEST_CASE("a new PIN wraps the same key and leaves the store as it was") {
  const Tablet tablet;
  const std::string before = read_file(tablet.folder / "field.db");
  field::KeyManager keys(tablet.folder, tablet.clock.device());
  const Secret old_key = tablet.data_key();
  CHECK(keys.change_pin(kPin, "12345").error().code == "keys.weak_pin");
  REQUIRE(keys.change_pin(kPin, "135791").ok());
  CHECK(read_file(tablet.folder / "field.db") == before);
  CHECK(keys.unlock(kPin).error().code == "keys.wrong_pin");
  const auto key = keys.unlock("135791");
  REQUIRE(key.ok());
  CHECK(equal_constant_time(key->view(), old_key.view()));
}

TEST_CASE("keys are never made where keys already are") {
  const Tablet tablet;
  field::KeyManager keys(tablet.folder, tablet.clock.device());
  fs::remove(tablet.folder / "keys.json");
  CHECK(keys.create(kPin, kCheapCost).error().code == "keys.exists");
}

TEST_CASE("keys.json of every version that was shipped is read, and a newer one is refused as it is") {
  const field::KeyWrap wrap{kCheapCost, Bytes(16, 1), Bytes(60, 2)};
  const field::KeyWrap other{kCheapCost, Bytes(16, 3), Bytes(60, 4)};
  const auto settled = field::parse_key_record(field::to_json({wrap, std::nullopt}));
  REQUIRE(settled.ok());
  CHECK(settled->current.wrapped == wrap.wrapped);
  CHECK_FALSE(settled->next.has_value());
  const auto changing = field::parse_key_record(field::to_json({wrap, other}));
  REQUIRE(changing.ok());
  CHECK(changing->current.salt == wrap.salt);
  REQUIRE(changing->next.has_value());
  CHECK(changing->next->wrapped == other.wrapped);

  const Tablet tablet;
  // As the first programs wrote it.
  auto document = nlohmann::json::parse(read_file(tablet.folder / "keys.json"));
  CHECK(document.at("version") == 1);
  CHECK(document.size() == 8);
  document["version"] = 3;
  write_file(tablet.folder / "keys.json", document.dump());
  field::KeyManager keys(tablet.folder, tablet.clock.device());
  CHECK(keys.unlock(kPin).error().code == "keys.newer");
  CHECK(keys.change_pin(kPin, "135791").error().code == "keys.newer");
  CHECK(field::change_key(tablet.store_options(), keys, kPin).error().code == "keys.newer");
  CHECK(read_file(tablet.folder / "keys.json") == document.dump());
  CHECK(keys.attempts()->failures == 0);
}

TEST_CASE("the next key is named only under the PIN of now, and no PIN gives the old one from then on") {
  const Tablet tablet;
  field::KeyManager keys(tablet.folder, tablet.clock.device());
  const std::string before = read_file(tablet.folder / "keys.json");
  CHECK(keys.announce("000000", Secret(Bytes(32, 5))).error().code == "keys.wrong_pin");
  CHECK(read_file(tablet.folder / "keys.json") == before);
  fs::create_directory(tablet.folder / "next-key");
  REQUIRE(keys.announce(kPin, Secret(Bytes(32, 5))).ok());
  {
    const auto writer = files::system_files().lock(tablet.folder / "field.db.lock");
    REQUIRE(writer.ok());
    CHECK(keys.unlock(kPin).error().code == "sql.in_use");
  }
  const auto key = keys.unlock(kPin);
  REQUIRE(key.ok());
  CHECK(equal_constant_time(key->view(), Bytes(32, 5)));
}

TEST_CASE("a worker's key is changed between two visits, and a wrong PIN closes nothing") {
  const Tablet tablet;
  const Bytes old_key = to_bytes(tablet.data_key().view());
  auto field = tablet.unlocked();
  REQUIRE(field->save_visit(quick_visit(1)).ok());
  CHECK(field->change_key("000000").error().code == "keys.wrong_pin");
  REQUIRE(field->save_visit(quick_visit(2)).ok());
  REQUIRE(field->change_key(kPin).ok());
  REQUIRE(field->save_visit(quick_visit(3)).ok());
  CHECK(field->verify()->empty());
  CHECK(field->device()->visits_recorded == 3);
  CHECK(field->sync_now(std::chrono::milliseconds(0)).error().code != "field.locked");
  REQUIRE(field->lock().ok());
  CHECK_FALSE(equal_constant_time(tablet.data_key().view(), old_key));
  REQUIRE(field->change_pin(kPin, "135791").ok());
  REQUIRE(field->change_key("135791").ok());
  CHECK(field->outbox()->size() == 3);
}

}  // namespace doudi::test
