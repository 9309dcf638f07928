#include "tests/unit/field/tablet.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "shared/crypto/crypto.hpp"

namespace doudi::test {

field::DeviceClock TestClock::device() const {
  return {[at = wall] { return *at; }, [at = monotonic] { return *at; }, boot};
}

void TestClock::advance(std::int64_t ms) const {
  wall->ms += ms;
  *monotonic += ms;
}

Uuid id_number(int number) {
  Uuid id;
  id.bytes[6] = 0x70;
  id.bytes[8] = 0x80;
  id.bytes[14] = static_cast<std::uint8_t>(number >> 8);
  id.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

sync::RowState grid_row() {
  return {"grid",
          id_number(1),
          false,
          {{"code", std::string("120110001001001")},
           {"name", std::string("一网格")},
           {"community", std::string("甲社区")},
           {"street", std::string("乙街道")},
           {"duty_phone", std::string("022-00000000")}}};
}

sync::RowState household_row(int number) {
  const std::string door = std::to_string(number) + "号";
  return {"household",
          id_number(1000 + number),
          false,
          {{"grid", sql::to_value(id_number(1))},
           {"door", door},
           {"door_order", std::int64_t{number}},
           {"address", "测试路" + door},
           {"enrolled_on", std::string("2020-01-01")}}};
}

sync::RowState person_row(int number, int household, const std::string& name) {
  return {"person",
          id_number(2000 + number),
          false,
          {{"grid", sql::to_value(id_number(1))},
           {"household", sql::to_value(id_number(1000 + household))},
           {"name", name},
           {"sex", std::int64_t{2}},
           {"birth", std::string("1945-03-12")},
           {"id_number", std::string("990101194503120047")},
           {"relation", std::string("head")},
           {"is_head", std::int64_t{1}}}};
}

std::filesystem::path share_folder() {
  return DOUDI_SCHEMA_FOLDER;
}

Status fill_store(field::Store& store, int households) {
  const auto signing = crypto::make_signing_key();
  return store.apply([&](field::RowWriter& writer) -> Status {
    DOUDI_TRY(writer.put(grid_row()));
    for (int i = 1; i <= households; ++i) {
      DOUDI_TRY(writer.put(household_row(i)));
      DOUDI_TRY(writer.put(person_row(i, i, "张桂" + std::to_string(i))));
    }
    DOUDI_TRY(store.set_setting("device", sql::to_value(id_number(7))));
    DOUDI_TRY(store.set_setting("worker", Value{to_string(id_number(8))}));
    DOUDI_TRY(store.set_setting("worker_name", Value{std::string("李网格")}));
    DOUDI_TRY(store.set_setting("signing_private", Value{to_bytes(signing.private_key.view())}));
    DOUDI_TRY(store.set_setting("signing_public", sql::to_value(ByteView(signing.public_key))));
    return store.set_setting("pack", Value{std::string("dongli-2020")});
  });
}

Tablet::Tablet(int households) {
  field::KeyManager keys(folder, clock.device());
  const auto key = keys.create(kPin, kCheapCost);
  REQUIRE(key.ok());
  auto options = store_options();
  options.create = true;
  const auto store = field::Store::open(options, *key);
  REQUIRE(store.ok());
  REQUIRE(fill_store(**store, households).ok());
  // A port nobody listens on: this tablet has no network.
  std::ofstream(folder / "server.json") << R"({"url":"http://127.0.0.1:1"})";
  std::ofstream(folder / "authority.pem") << "";
}

Tablet::Tablet(const std::filesystem::path& existing, TestClock existing_clock)
    : folder(existing), clock(std::move(existing_clock)) {}

std::unique_ptr<field::Field> Tablet::open() const {
  auto opened = field::Field::open({folder, share_folder(), clock.device()});
  REQUIRE(opened.ok());
  return std::move(*opened);
}

std::unique_ptr<field::Field> Tablet::unlocked() const {
  auto opened = open();
  const Status status = opened->unlock(kPin);
  INFO((status.ok() ? std::string() : status.error().code + ": " + status.error().message));
  REQUIRE(status.ok());
  return opened;
}

field::StoreOptions Tablet::store_options() const {
  return {folder, clock.device(), false, false};
}

Secret Tablet::data_key() const {
  auto key = field::KeyManager(folder, clock.device()).unlock(kPin);
  REQUIRE(key.ok());
  return std::move(*key);
}

std::unique_ptr<field::Store> Tablet::store() const {
  auto opened = field::Store::open(store_options(), data_key());
  INFO((opened.ok() ? std::string() : opened.error().code + ": " + opened.error().message));
  REQUIRE(opened.ok());
  return std::move(*opened);
}

field::NewVisit quick_visit(int household) {
  field::NewVisit visit;
  visit.household = id_number(1000 + household);
  visit.met = "self";
  return visit;
}

}  // namespace doudi::test
