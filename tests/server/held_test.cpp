// Groups that wait whole: a person takes one in as the district's decision, or closes it with a reason.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/server/tablet.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

// A worker whose grid went to somebody else, and a visit recorded after that.
struct HandedOver {
  HandedOver()
      : former(fixture),
        grid(fixture.id_of("grid", "code", kFirstGrid)),
        household(fixture.id_of("household", "door", "3号楼 2门 501")) {
    REQUIRE(fixture.command({"grid", "assign", "--grid", std::string(kFirstGrid), "--worker", "w002001001"})
                .first == 0);
    former.assigned = former.hello(0, {}).assignment_version;
  }
  sync::GroupVerdict push(std::vector<sync::Operation> operations) {
    return former.push({former.group(std::move(operations))}).verdicts.front();
  }
  std::int64_t visits() { return fixture.count("SELECT count(*) FROM visit"); }

  DistrictFixture fixture;
  Tablet former;
  Uuid grid, household;
};

Json held(Console& console) {
  return Json::parse(console.get("/v1/held").body);
}

std::string path_of(const Json& group, const std::string& step) {
  return "/v1/held/" + group["id"].get<std::string>() + "/" + step;
}

}  // namespace

TEST_CASE("the office takes in what a former worker recorded, once, and both workers' tablets hear of it") {
  HandedOver place;
  Tablet next(place.fixture, "w002001001");
  const auto known = next.pull().cursors;
  const Uuid visit = fresh_id();
  REQUIRE(place.push({visit_row(place.former, place.grid, place.household, visit)}).verdict ==
          sync::Verdict::held);
  Console reviewer(place.fixture, "sun");
  const Json waiting = held(reviewer);
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0]["reason"] == "sync.scope_left");
  CHECK(waiting[0]["content"][0]["table"] == "visit");
  CHECK(waiting[0]["about"][0].get<std::string>().find("3号楼 2门 501") != std::string::npos);
  CHECK(waiting[0]["outcome"] == "");

  place.former.set_aside = {{1, 1, place.former.last_hash()}, {1, 1, sync::Hash{7}}};
  CHECK(place.former.hello(1, place.former.last_hash()).settled.empty());

  place.fixture.advance(std::chrono::hours(3));
  CHECK(reviewer.post(path_of(waiting[0], "take"), "{}").status == 200);
  CHECK(place.visits() == 1);
  // Its tablet is told; a clone's group under the same number is another one.
  REQUIRE(place.former.hello(1, place.former.last_hash()).settled.size() == 1);
  const wire::Page page = next.pull(known);
  CHECK(std::any_of(page.rows.begin(), page.rows.end(), [&](const auto& row) { return row.row == visit; }));
  CHECK(place.fixture.count(
            "SELECT count(*) FROM visit v JOIN quarantine q ON q.received_at=v.received_at") == 1);
  CHECK(place.fixture.count(
            "SELECT count(*) FROM audit_log WHERE action='held.take' AND account IS NOT NULL") == 1);
  CHECK(held(reviewer)[0]["outcome"] == "taken");
  CHECK(reviewer.post(path_of(waiting[0], "take"), "{}").status == 409);
  CHECK(reviewer.post(path_of(waiting[0], "close"), R"({"reason":"x"})").status == 409);
  CHECK(place.visits() == 1);
  CHECK(place.fixture.command({"verify"}).first == 0);
}

TEST_CASE("a lead that was taken in keeps the hour it arrived and starts its clock there") {
  HandedOver place;
  const Uuid person = place.fixture.id_of("person", "name", "张桂兰");
  REQUIRE(place
              .push({lead_row(place.former, place.grid, place.household, person,
                              place.fixture.district().now(), 2)})
              .verdict == sync::Verdict::held);
  place.fixture.advance(std::chrono::hours(30));
  Console reviewer(place.fixture, "sun");
  REQUIRE(reviewer.post(path_of(held(reviewer)[0], "take"), "{}").status == 200);
  CHECK(place.fixture.count("SELECT count(*) FROM lead_receipt r JOIN quarantine q ON "
                            "q.received_at=r.received_at") == 1);
  CHECK(place.fixture.count("SELECT count(*) FROM lead WHERE state='reported'") == 1);
  CHECK(place.fixture.command({"verify"}).first == 0);
}

TEST_CASE("a group is closed only with a reason, its bytes stay and nothing is applied") {
  HandedOver place;
  place.push({visit_row(place.former, place.grid, place.household)});
  Console reviewer(place.fixture, "sun");
  const Json waiting = held(reviewer)[0];
  CHECK(reviewer.post(path_of(waiting, "close"), "{}").status == 422);
  CHECK(reviewer.post(path_of(waiting, "close"), R"({"reason":"  "})").status == 422);
  CHECK(reviewer.post(path_of(waiting, "close"), R"({"reason":"新网格员已走访"})").status == 200);
  CHECK(place.visits() == 0);
  CHECK(place.fixture.count("SELECT count(*) FROM quarantine WHERE outcome='closed' AND length(frame)>0") ==
        1);
  const Json closed = held(reviewer)[0];
  CHECK(closed["closed_reason"] == "新网格员已走访");
  CHECK(closed["closed_by"] == "sun");
  CHECK(place.fixture.count("SELECT count(*) FROM audit_log WHERE action='held.close' AND reason LIKE "
                            "'%新网格员已走访'") == 1);
}

TEST_CASE("only who decides over the grid takes a group in") {
  HandedOver place;
  place.push({visit_row(place.former, place.grid, place.household)});
  place.fixture.add_account("watch", "supervisor", "120110");
  place.fixture.add_account("elsewhere", "township", "120110003");
  place.fixture.add_account("second", "township", "120110002");
  place.fixture.add_account("here", "township", "120110001");
  Console supervisor(place.fixture, "watch");
  const Json waiting = held(supervisor)[0];
  CHECK(supervisor.post(path_of(waiting, "take"), "{}").status == 403);
  Console elsewhere(place.fixture, "elsewhere");
  CHECK(held(elsewhere).empty());
  CHECK(elsewhere.post(path_of(waiting, "take"), "{}").status == 404);
  CHECK(elsewhere.post("/v1/held/nonsense/take", "{}").status == 404);
  CHECK(elsewhere.post("/v1/held/1-1/take", "{}").status == 404);
  Console second(place.fixture, "second");
  CHECK(second.post(path_of(waiting, "take"), "{}").status == 404);
  CHECK(place.visits() == 0);
  Console here(place.fixture, "here");
  CHECK(here.post(path_of(waiting, "take"), "{}").status == 200);
  CHECK(place.visits() == 1);
}

TEST_CASE("a group that needs another one is refused until that one is in") {
  HandedOver place;
  const Uuid household = fresh_id();
  sync::Operation added{"household", household, sync::OperationKind::insert, {}};
  const auto set = [&](const char* column, Value value) {
    added.columns.push_back({column, {}, std::move(value)});
  };
  set("grid", to_bytes(place.grid.view()));
  set("door", std::string("9号楼"));
  set("door_order", std::int64_t{9});
  set("address", std::string("新建路9号楼"));
  set("enrolled_on", std::string("2026-11-18"));
  REQUIRE(place.push({added}).reason == "sync.scope_left");
  const auto visit = place.push({visit_row(place.former, place.grid, household)});
  REQUIRE(visit.reason == "sync.reference_missing");
  Console reviewer(place.fixture, "sun");
  const Json waiting = held(reviewer);
  REQUIRE(waiting.size() == 2);
  const auto with = [&](const std::string& table) {
    return waiting[0]["content"][0]["table"] == table ? waiting[0] : waiting[1];
  };
  const RawAnswer early = reviewer.post(path_of(with("visit"), "take"), "{}");
  CHECK(early.status == 409);
  CHECK(Json::parse(early.body)["code"] == "held.refused");
  CHECK(place.visits() == 0);
  CHECK(reviewer.post(path_of(with("household"), "take"), "{}").status == 200);
  CHECK(place.fixture.count("SELECT count(*) FROM household WHERE door='9号楼'") == 1);
  CHECK(reviewer.post(path_of(with("visit"), "take"), "{}").status == 200);
  CHECK(place.visits() == 1);
  CHECK(place.fixture.command({"verify"}).first == 0);
}

}  // namespace doudi::test
