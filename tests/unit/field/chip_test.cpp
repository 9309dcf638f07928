// The sync sign may be late, but never too kind.
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "field_client/client/parts.hpp"
#include "tests/unit/field/tablet.hpp"

namespace doudi::test {
namespace {

struct Model {
  field::UnsentCount unsent;
  std::optional<Instant> last_success;
  bool attention = false;
  std::optional<field::SyncStatus> sync;
};

void take_step(Model& model, std::uint32_t choice) {
  switch (choice % 8) {
    case 0:
      ++model.unsent.groups, model.unsent.oldest_ms = model.unsent.oldest_ms.value_or(1000);
      break;
    case 1:
      ++model.unsent.groups, ++model.unsent.emergencies, model.unsent.oldest_ms = 500;
      break;
    case 2:
      model.unsent = {};
      break;
    case 3:
      model.last_success = Instant{2000};
      break;
    case 4:
      model.sync = field::SyncStatus{static_cast<sync::Phase>(choice / 8 % 8), {}};
      break;
    case 5:
      model.sync = field::SyncStatus{sync::Phase::backing_off, {"net.unreachable", ""}};
      break;
    case 6:
      model.attention = !model.attention;
      break;
    default:
      model.sync.reset();
      break;
  }
}

}  // namespace

TEST_CASE("in twenty thousand random steps the chip never says synced while something is unsent") {
  constexpr std::uint32_t kSeed = 20261118;
  std::mt19937 random(kSeed);
  Model model;
  int synced = 0;
  bool honest = true;
  for (int i = 0; i < 20'000; ++i) {
    take_step(model, static_cast<std::uint32_t>(random()));
    const auto chip =
        field::make_chip(model.unsent, model.last_success, model.attention, model.sync, Instant{600'000});
    honest = honest && (chip.state != field::ChipState::synced ||
                        (model.unsent.groups == 0 && model.last_success && !model.attention));
    honest = honest && chip.unsent == model.unsent.groups && !chip.reason.empty() && !chip.reason_en.empty();
    synced += chip.state == field::ChipState::synced ? 1 : 0;
  }
  CHECK(honest);
  CHECK(synced > 0);
}

TEST_CASE("what trying again does not mend asks for a person, with the way to go on") {
  const auto chip_after = [](const char* code) {
    const field::SyncStatus status{sync::Phase::backing_off, {code, ""}};
    return field::make_chip({}, Instant{1000}, false, status, Instant{2000});
  };
  CHECK(chip_after("net.timeout").state == field::ChipState::offline);
  CHECK(chip_after("auth.unknown_device").state == field::ChipState::attention);
  CHECK(chip_after("sql.damaged").state == field::ChipState::attention);
  CHECK(chip_after("sql.damaged").reason_code == "store.damaged");
}

TEST_CASE("a tablet without a network says so and counts what is unsent") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  CHECK(field->chip().state == field::ChipState::never);
  REQUIRE(field->save_visit(quick_visit(1)).ok());
  const Status synced = field->sync_now(std::chrono::milliseconds(0));
  REQUIRE_FALSE(synced.ok());
  CHECK(synced.error().code == "net.unreachable");
  tablet.clock.advance(10 * 60'000);
  const auto chip = field->chip();
  CHECK(chip.state == field::ChipState::offline);
  CHECK(chip.unsent == 1);
  CHECK(chip.oldest_age_min == 10);
  CHECK(chip.reason_code == "net.unreachable");
}

TEST_CASE("a tablet of a version the district does not take says what to do and that nothing is lost") {
  for (const char* code : {"sync.schema_old", "sync.schema_new"}) {
    const field::SyncStatus refused{sync::Phase::backing_off, {code, ""}};
    const auto chip = field::make_chip({3, 0, 1000}, Instant{2000}, false, refused, Instant{600'000});
    CHECK(chip.state == field::ChipState::attention);
    CHECK(chip.reason_code == code);
    CHECK(chip.reason.find("更新") != std::string::npos);
    CHECK(chip.reason.find("记录都在平板里") != std::string::npos);
    CHECK(chip.reason_en.find("safe") != std::string::npos);
    CHECK(chip.unsent == 3);
  }
}

}  // namespace doudi::test
