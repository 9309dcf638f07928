// Whoever is not in the roster is added at the door, and whoever looks alike is named before anything is
// saved.
#include <catch2/catch_test_macros.hpp>

#include "tests/unit/field/tablet.hpp"

namespace doudi::test {
namespace {

field::NewPerson newcomer(int household = 1) {
  field::NewPerson person;
  person.household = id_number(1000 + household);
  person.name = "王新来";
  return person;
}

}  // namespace

TEST_CASE("a new household with a new person is saved, shown and waits for upload") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  const auto household = field->add_household({"77号", "测试路77号", "", "", false});
  REQUIRE(household.ok());
  REQUIRE(household->id);
  auto person = newcomer();
  person.household = *household->id;
  const auto added = field->add_person(person);
  REQUIRE(added.ok());
  REQUIRE(added->id);
  const auto view = field->household(*household->id);
  REQUIRE(view.ok());
  REQUIRE(view->members.size() == 1);
  CHECK(view->members[0].is_head);
  CHECK(field->chip().unsent == 2);
  field::NewVisit visit;
  visit.household = *household->id;
  visit.met = "self";
  CHECK(field->save_visit(visit).ok());
  CHECK(field->verify()->empty());
}

TEST_CASE("the same ID number is named before anything is saved") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  auto person = newcomer();
  person.id_number = "990101194503120047";  // of people in the roster of this test
  const auto asked = field->add_person(person);
  REQUIRE(asked.ok());
  CHECK_FALSE(asked->id);
  REQUIRE_FALSE(asked->alike.empty());
  CHECK(asked->alike[0].reason == "id_number");
}

TEST_CASE("the same name behind one door is named and can be confirmed") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  auto person = newcomer();
  person.name = "张桂1";
  const auto asked = field->add_person(person);
  REQUIRE(asked.ok());
  CHECK_FALSE(asked->id);
  REQUIRE(asked->alike.size() == 1);
  CHECK(asked->alike[0].reason == "name");
  CHECK(field->chip().unsent == 0);
  person.confirmed = true;
  CHECK(field->add_person(person)->id.has_value());
  CHECK(field->chip().unsent == 1);
}

TEST_CASE("the same door is named before a household is added twice") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  const auto asked = field->add_household({"1号", "", "", "", false});
  REQUIRE(asked.ok());
  CHECK_FALSE(asked->id);
  CHECK(asked->alike.size() == 1);
  CHECK(field->add_household({"", "", "", "", false}).error().code == "field.door_needed");
}

TEST_CASE("a wrong ID number is refused and an unknown household too") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  auto person = newcomer();
  person.id_number = "990101194503120000";
  CHECK(field->add_person(person).error().code == "field.id_number");
  person.id_number.clear();
  person.household = id_number(4242);
  CHECK(field->add_person(person).error().code == "field.unknown_household");
  person = newcomer();
  person.name.clear();
  CHECK(field->add_person(person).error().code == "field.name_needed");
}

}  // namespace doudi::test
