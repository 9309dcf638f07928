// Two values, two rows for one person, an edit of what is gone: all of it stays to be seen, and a person
// decides with one step that every tablet then follows.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/server/tablet.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

Value id_value(const Uuid& id) {
  return to_bytes(id.view());
}

sync::Operation new_person(const Uuid& grid, const Uuid& household, const std::string& name,
                           const std::string& id_number, const Uuid& id) {
  sync::Operation operation{"person", id, sync::OperationKind::insert, {}};
  const auto set = [&](const char* column, Value value) {
    operation.columns.push_back({column, {}, std::move(value)});
  };
  set("grid", id_value(grid));
  set("household", id_value(household));
  set("name", name);
  set("sex", std::int64_t{2});
  if (!id_number.empty()) set("id_number", id_number);
  set("relation", std::string("other"));
  set("is_head", std::int64_t{0});
  return operation;
}

sync::Operation new_household(const Uuid& grid, const std::string& door, const Uuid& id) {
  sync::Operation operation{"household", id, sync::OperationKind::insert, {}};
  const auto set = [&](const char* column, Value value) {
    operation.columns.push_back({column, {}, std::move(value)});
  };
  set("grid", id_value(grid));
  set("door", door);
  set("door_order", std::int64_t{99});
  set("address", "新建路" + door);
  set("enrolled_on", std::string("2026-11-18"));
  return operation;
}

Json list(Console& console, const std::string& path) {
  return Json::parse(console.get(path).body);
}

}  // namespace

TEST_CASE("one click takes the value that lost, tells the tablets and closes the conflict") {
  DistrictFixture fixture;
  Tablet first(fixture);
  Tablet second(fixture);
  const Place place(fixture);
  Console reviewer(fixture, "sun");
  const Value before = std::string("14000000001");
  first.push({first.group({change("person", place.person, "phone", before, std::string("14000000011"))})});
  second.push({second.group({change("person", place.person, "phone", before, std::string("14000000022"))})});
  const auto open = list(reviewer, "/v1/conflicts");
  REQUIRE(open.size() == 1);
  CHECK(open[0]["subject"] == "张桂兰");
  CHECK(open[0]["kept"] == "14000000022");
  const auto known = first.pull().cursors;
  const std::string path = "/v1/conflicts/" + std::to_string(open[0]["id"].get<std::int64_t>());
  CHECK(reviewer.post(path + "/take", "{}").status == 200);
  CHECK(fixture.count("SELECT count(*) FROM person WHERE phone='14000000011'") == 1);
  CHECK(first.pull(known).rows.size() == 1);
  CHECK(reviewer.post(path + "/take", "{}").status == 409);
  CHECK(reviewer.post(path + "/keep", "{}").status == 409);
  CHECK(list(reviewer, "/v1/conflicts")[0]["outcome"] == "taken");
  CHECK(fixture.count("SELECT count(*) FROM audit_log WHERE action='conflict.take'") == 1);
  CHECK(fixture.command({"verify"}).first == 0);
}

TEST_CASE("a conflict of another street is not there for a street office, and a supervisor decides nothing") {
  DistrictFixture fixture;
  fixture.add_account("elsewhere", "township", "120110002");
  fixture.add_account("watch", "supervisor", "120110");
  Tablet first(fixture);
  Tablet second(fixture);
  const Place place(fixture);
  first.push(
      {first.group({change("person", place.person, "phone", std::string("14000000001"), std::string("1"))})});
  second.push({second.group(
      {change("person", place.person, "phone", std::string("14000000001"), std::string("2"))})});
  Console elsewhere(fixture, "elsewhere");
  Console supervisor(fixture, "watch");
  CHECK(list(elsewhere, "/v1/conflicts").empty());
  CHECK(elsewhere.post("/v1/conflicts/1/take", "{}").status == 404);
  CHECK(list(supervisor, "/v1/conflicts").size() == 1);
  CHECK(supervisor.post("/v1/conflicts/1/take", "{}").status == 403);
}

TEST_CASE(
    "one person added on two tablets is two rows and one proposal, and merging brings the visits together") {
  DistrictFixture fixture;
  Tablet first(fixture);
  Tablet second(fixture);
  const Place place(fixture);
  const Uuid one = fresh_id();
  const Uuid two = fresh_id();
  const std::string number = "990101195001010010";
  for (const auto& verdict :
       first.push({first.group({new_person(place.grid, place.household, "李新来", number, one)})}).verdicts)
    CHECK(verdict.verdict == sync::Verdict::applied);
  sync::Operation visit = visit_row(second, place.grid, place.household);
  visit.columns.push_back({"person", {}, id_value(two)});
  second.push({second.group({new_person(place.grid, place.household, "李新来", number, two), visit})});
  CHECK(fixture.count("SELECT count(*) FROM person WHERE name='李新来' AND deleted=0") == 2);
  Console reviewer(fixture, "sun");
  const auto proposals = list(reviewer, "/v1/merge-proposals");
  REQUIRE(proposals.size() == 1);
  CHECK(proposals[0]["reason"] == "id_number");
  CHECK(proposals[0]["second"]["visits"] == 1);
  CHECK(proposals[0]["first"]["id_masked"].get<std::string>().find("19500101") == std::string::npos);
  const std::string path = "/v1/merge-proposals/" + std::to_string(proposals[0]["id"].get<std::int64_t>());
  CHECK(reviewer.post(path + "/merge", Json{{"winner", to_string(place.person)}}.dump()).status == 422);
  REQUIRE(reviewer.post(path + "/merge", Json{{"winner", to_string(one)}}.dump()).status == 200);
  CHECK(fixture.count("SELECT count(*) FROM person WHERE name='李新来' AND deleted=0") == 1);
  CHECK(fixture.count("SELECT count(*) FROM visit v JOIN person p ON p.id=v.person WHERE p.deleted=0") == 1);
  CHECK(reviewer.post(path + "/different", "{}").status == 409);
  CHECK(fixture.command({"verify"}).first == 0);
}

TEST_CASE("work recorded for a merged person follows to the one that stands") {
  DistrictFixture fixture;
  Tablet first(fixture);
  Tablet second(fixture);
  const Place place(fixture);
  const Uuid one = fresh_id();
  const Uuid two = fresh_id();
  const std::string number = "990101195001010010";
  first.push({first.group({new_person(place.grid, place.household, "李新来", number, one)})});
  second.push({second.group({new_person(place.grid, place.household, "李新来", number, two)})});
  Console reviewer(fixture, "sun");
  REQUIRE(reviewer.post("/v1/merge-proposals/1/merge", Json{{"winner", to_string(one)}}.dump()).status ==
          200);
  sync::Operation visit = visit_row(second, place.grid, place.household);
  visit.columns.push_back({"person", {}, id_value(two)});
  const auto reply =
      second.push({second.group({visit}),
                   second.group({change("person", two, "phone", Value{}, std::string("14000000077"))})});
  CHECK(reply.verdicts[0].verdict == sync::Verdict::applied);
  CHECK(reply.verdicts[1].verdict == sync::Verdict::held);
  CHECK(fixture.count("SELECT count(*) FROM visit v JOIN person p ON p.id=v.person WHERE p.deleted=0") == 1);
  CHECK(fixture.count("SELECT count(*) FROM conflict c JOIN person p ON p.id=c.row_id WHERE p.deleted=0 AND "
                      "c.reason='row_merged' AND c.next_value='14000000077'") == 1);
  CHECK(fixture.command({"verify"}).first == 0);
}

TEST_CASE("one household added twice is merged with its people, and different ones stay apart for good") {
  DistrictFixture fixture;
  Tablet first(fixture);
  Tablet second(fixture);
  const Place place(fixture);
  const Uuid one = fresh_id();
  const Uuid two = fresh_id();
  const Uuid three = fresh_id();
  first.push({first.group(
      {new_household(place.grid, "9门 101", one), new_person(place.grid, one, "王甲", "", fresh_id())})});
  second.push({second.group(
      {new_household(place.grid, "9门 101", two), new_person(place.grid, two, "王乙", "", fresh_id())})});
  Console reviewer(fixture, "sun");
  REQUIRE(reviewer.post("/v1/merge-proposals/1/merge", Json{{"winner", to_string(two)}}.dump()).status ==
          200);
  CHECK(fixture.count(
            "SELECT count(*) FROM person p JOIN household h ON h.id=p.household WHERE h.door='9门 101' AND "
            "h.deleted=0") == 2);
  first.push({first.group({new_household(place.grid, "9门 101", three)})});
  REQUIRE(reviewer.post("/v1/merge-proposals/2/different", "{}").status == 200);
  CHECK(fixture.count("SELECT count(*) FROM household WHERE door='9门 101' AND deleted=0") == 2);
  CHECK(fixture.count("SELECT count(*) FROM merge_proposal WHERE closed_at IS NULL") == 0);
  CHECK(fixture.command({"verify"}).first == 0);
}

TEST_CASE("an edit of a removed row waits for a person, and taking it brings the row back") {
  DistrictFixture fixture;
  Tablet first(fixture);
  Tablet second(fixture);
  const Place place(fixture);
  const Uuid absence = fresh_id();
  sync::Operation insert{"absence", absence, sync::OperationKind::insert, {}};
  insert.columns = {{"grid", {}, id_value(place.grid)},
                    {"person", {}, id_value(place.person)},
                    {"kind", {}, std::string("hospital")},
                    {"from_on", {}, std::string("2026-11-01")}};
  first.push({first.group({insert})});
  sync::Operation remove{"absence", absence, sync::OperationKind::remove, {}};
  remove.columns = {{"person", id_value(place.person), {}},
                    {"kind", std::string("hospital"), {}},
                    {"from_on", std::string("2026-11-01"), {}}};
  CHECK(first.push({first.group({remove})}).verdicts[0].verdict == sync::Verdict::applied);
  fixture.advance(std::chrono::hours(24 * 180));
  const auto late =
      second.push({second.group({change("absence", absence, "to_on", Value{}, std::string("2026-11-20"))})});
  CHECK(late.verdicts[0].verdict == sync::Verdict::held);
  CHECK(fixture.count("SELECT count(*) FROM absence WHERE deleted=0") == 0);
  // The same id again does not bring it back either.
  CHECK(second.push({second.group({insert})}).verdicts[0].verdict == sync::Verdict::held);
  CHECK(fixture.count("SELECT count(*) FROM absence WHERE deleted=0") == 0);
  CHECK(fixture.count(
            "SELECT count(*) FROM conflict WHERE reason='row_deleted' AND next_value='2026-11-20'") == 1);
  Console reviewer(fixture, "sun");
  const auto open = list(reviewer, "/v1/conflicts");
  const auto whole =
      std::find_if(open.begin(), open.end(), [](const Json& one) { return one["column"] == ""; });
  REQUIRE(whole != open.end());
  const auto number = std::to_string((*whole)["id"].get<std::int64_t>());
  REQUIRE(reviewer.post("/v1/conflicts/" + number + "/take", "{}").status == 200);
  CHECK(fixture.count("SELECT count(*) FROM absence WHERE deleted=0") == 1);
  CHECK(fixture.command({"verify"}).first == 0);
}

TEST_CASE("what was set aside whole is listed with its reason and what it holds") {
  DistrictFixture fixture;
  Tablet former(fixture);
  const Place place(fixture);
  REQUIRE(fixture.command({"grid", "assign", "--grid", std::string(kFirstGrid), "--worker", "w002001001"})
              .first == 0);
  former.assigned = former.hello(0, {}).assignment_version;
  former.push({former.group({visit_row(former, place.grid, place.household)})});
  Console reviewer(fixture, "sun");
  const auto held = list(reviewer, "/v1/held");
  REQUIRE(held.size() == 1);
  CHECK(held[0]["reason"] == "sync.scope_left");
  CHECK(held[0]["content"][0] == Json{{"table", "visit"}, {"count", 1}});
}

}  // namespace doudi::test
