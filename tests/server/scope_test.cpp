// A grid changes hands, a household moves: no edit is lost, nobody reads what is no longer theirs, and every
// tablet is told what to drop.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "shared/sync/digest.hpp"
#include "sync_server/service/assignments.hpp"
#include "tests/server/tablet.hpp"

namespace doudi::test {
namespace {

void hand_over(DistrictFixture& fixture, std::string_view grid = kFirstGrid,
               const std::string& to = "w002001001") {
  const auto [exit, output] =
      fixture.command({"grid", "assign", "--grid", std::string(grid), "--worker", to});
  INFO(output);
  REQUIRE(exit == 0);
}

sync::Group at_version(Tablet& tablet, std::int64_t version, std::vector<sync::Operation> operations) {
  // The version is part of what is hashed, so the chain is made here.
  tablet.assigned = version;
  return tablet.group(std::move(operations));
}

bool holds(const wire::Page& page, const Uuid& row) {
  return std::any_of(page.rows.begin(), page.rows.end(), [&](const auto& state) { return state.row == row; });
}

sync::Digest digest_of_rows(const wire::Page& page) {
  sync::Digest digest;
  for (const auto& row : page.rows) digest = digest + sync::row_digest(row, &crypto::sha256);
  return digest;
}

}  // namespace

TEST_CASE("edits of a former worker count as late when they were made before the handover") {
  DistrictFixture fixture;
  Tablet former(fixture);
  const Place place(fixture);
  const std::int64_t before = former.hello(0, {}).assignment_version;
  hand_over(fixture);
  const auto reply = former.push(
      {at_version(former, before, {visit_row(former, place.grid, place.household)}),
       at_version(former, before,
                  {change("household", place.household, "note", Value{}, std::string("交接前记的"))})});
  for (const auto& verdict : reply.verdicts) {
    CHECK(verdict.verdict == sync::Verdict::applied);
    CHECK(verdict.reason == "sync.late");
  }
  CHECK(fixture.count("SELECT count(*) FROM visit") == 1);
  CHECK(fixture.count("SELECT count(*) FROM household WHERE note='交接前记的'") == 1);
}

TEST_CASE("a group made before its worker had a grid that came and went is refused, not late") {
  DistrictFixture fixture;
  Tablet tablet(fixture, "w002001001");
  const Place place(fixture);
  const std::int64_t before = tablet.hello(0, {}).assignment_version;
  hand_over(fixture);
  hand_over(fixture, kFirstGrid, "w001001001");
  const auto reply =
      tablet.push({at_version(tablet, before, {visit_row(tablet, place.grid, place.household)})});
  CHECK(reply.verdicts.front().verdict == sync::Verdict::rejected);
  CHECK(reply.verdicts.front().reason == "sync.scope");
}

TEST_CASE("what a former worker records after the handover waits for the office, whole") {
  DistrictFixture fixture;
  Tablet former(fixture);
  const Place place(fixture);
  hand_over(fixture);
  const std::int64_t after = former.hello(0, {}).assignment_version;
  const auto reply =
      former.push({at_version(former, after, {visit_row(former, place.grid, place.household)})});
  CHECK(reply.verdicts.front().verdict == sync::Verdict::held);
  CHECK(reply.verdicts.front().reason == "sync.scope_left");
  CHECK(fixture.count("SELECT count(*) FROM visit") == 0);
  CHECK(fixture.count("SELECT count(*) FROM quarantine WHERE reason='sync.scope_left' AND length(frame)>0") ==
        1);
}

TEST_CASE("an emergency is taken in although the grid is with somebody else") {
  DistrictFixture fixture;
  Tablet former(fixture);
  const Place place(fixture);
  hand_over(fixture);
  former.assigned = former.hello(0, {}).assignment_version;
  sync::Group group =
      former.group({lead_row(former, place.grid, place.household, place.person, fixture.district().now())},
                   sync::Lane::emergency);
  const auto reply = former.push({group});
  CHECK(reply.verdicts.front().verdict == sync::Verdict::applied);
  CHECK(reply.verdicts.front().reason == "sync.late");
  CHECK(fixture.count("SELECT count(*) FROM lead_receipt") == 1);
}

TEST_CASE("after a handover the former worker reads nothing of the grid and the new one all of it") {
  DistrictFixture fixture;
  Tablet former(fixture);
  Tablet next(fixture, "w002001001");
  const Place place(fixture);
  const auto known = former.pull().cursors;
  hand_over(fixture);
  const auto greeting = former.hello(0, {});
  CHECK(greeting.scopes.empty());
  const wire::Page page = former.pull(known);
  CHECK(page.rows.empty());
  CHECK(page.cursors.empty());
  CHECK(page.assignment_version == greeting.assignment_version);
  CHECK(former.pull().rows.empty());
  CHECK(next.hello(0, {}).scopes.size() == 2);
  CHECK(holds(next.pull(), place.household));
}

TEST_CASE("the device list says which tablets still hold a grid that was handed over") {
  DistrictFixture fixture;
  Tablet former(fixture);
  const Place place(fixture);
  former.hello(0, {});
  hand_over(fixture);
  former.hello(0, {});
  Console reviewer(fixture, "sun");
  const auto left = [&] {
    const auto devices = nlohmann::json::parse(reviewer.get("/v1/devices").body);
    REQUIRE(devices.size() == 1);
    return devices[0]["left_grids"];
  };
  REQUIRE(left().size() == 1);
  CHECK(left()[0]["code"] == std::string(kFirstGrid));
  CHECK(left()[0]["purged_at"].is_null());
  former.purged = {to_string(place.grid)};
  former.hello(0, {});
  CHECK(left()[0]["purged_at"].is_string());
  hand_over(fixture, kFirstGrid, "w001001001");
  former.purged = {};
  former.hello(0, {});
  CHECK(left().empty());
}

TEST_CASE("a grid that never reached the tablet, or whose receipt was forgotten, is known to be gone") {
  DistrictFixture fixture;
  Tablet former(fixture);
  const Place place(fixture);
  const auto purged = [&] {
    return fixture.count("SELECT count(*) FROM device_scope WHERE purged_at IS NOT NULL");
  };
  former.hello(0, {});  // the answer was lost
  hand_over(fixture);
  former.holds = {to_string(place.grid)};
  former.hello(0, {});
  CHECK(purged() == 0);
  former.holds = std::vector<std::string>{"nonsense\"]"};
  former.hello(0, {});
  CHECK(purged() == 1);
}

TEST_CASE("a receipt for a grid the tablet still holds is not believed") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  tablet.purged = {to_string(place.grid)};
  tablet.hello(0, {});
  CHECK(fixture.count("SELECT count(*) FROM device_scope WHERE purged_at IS NOT NULL") == 0);
}

TEST_CASE("a grid assigned to the worker who has it changes nothing") {
  DistrictFixture fixture;
  const auto versions = fixture.count("SELECT count(*) FROM grid_duty");
  CHECK(fixture.command({"grid", "assign", "--grid", std::string(kFirstGrid), "--worker", "w001001001"})
            .first == 1);
  CHECK(fixture.count("SELECT count(*) FROM grid_duty") == versions);
}

TEST_CASE("the office hands a grid over in the console and everybody else is refused") {
  DistrictFixture fixture;
  fixture.add_account("watch", "supervisor", "120110");
  Console supervisor(fixture, "watch");
  Console reviewer(fixture, "sun");
  const std::string body = R"({"grid":"120110001001001","to":"w002001001"})";
  CHECK(supervisor.post("/v1/assignments", body).status == 403);
  const auto answer = reviewer.post("/v1/assignments", body);
  REQUIRE(answer.status == 200);
  CHECK(reviewer.post("/v1/assignments", body).status == 409);
  const auto list = nlohmann::json::parse(reviewer.get("/v1/assignments").body);
  CHECK(list["grids"][0]["workers"][0]["login"] == "w002001001");
  CHECK(fixture.count("SELECT count(*) FROM audit_log WHERE action='grid.assign' AND account IS NOT NULL") ==
        1);
}

TEST_CASE("a household moves with everything that hangs on it and both feeds agree") {
  DistrictFixture fixture;
  Tablet first(fixture);
  Tablet second(fixture, "w002001001");
  const Place place(fixture);
  first.push({first.group({visit_row(first, place.grid, place.household)})});
  const auto known = first.pull().cursors;
  REQUIRE(fixture
              .command({"grid", "move", "--household", to_string(place.household), "--grid",
                        std::string(kSecondGrid)})
              .first == 0);
  const wire::Page left = first.pull(known);
  CHECK(left.rows.empty());
  CHECK(left.departures.size() ==
        static_cast<std::size_t>(fixture.count("SELECT count(*) FROM scope_departure")));
  CHECK(left.departures.size() >= 4);  // household, person, two tags, the visit
  const std::string old_scope = to_string(place.grid);
  const std::string new_scope = to_string(place.other_grid);
  wire::Page whole = first.pull();
  CHECK(digest_of_rows(whole) == whole.digests.at(old_scope));
  CHECK_FALSE(holds(whole, place.household));
  whole = second.pull();
  CHECK(holds(whole, place.household));
  CHECK(holds(whole, place.person));
  CHECK(digest_of_rows(whole) == whole.digests.at(new_scope));
  CHECK(fixture.command({"verify"}).first == 0);
}

TEST_CASE(
    "an unsent visit to a household that moved meanwhile lands in its new grid and leaves the old tablet") {
  DistrictFixture fixture;
  Tablet first(fixture);
  const Place place(fixture);
  const Uuid visit = fresh_id();
  const sync::Group offline = first.group(
      {visit_row(first, place.grid, place.household, visit),
       change("person", place.person, "phone", std::string("14000000001"), std::string("14000000099"))});
  const auto known = first.pull().cursors;
  REQUIRE(fixture
              .command({"grid", "move", "--household", to_string(place.household), "--grid",
                        std::string(kSecondGrid)})
              .first == 0);
  const auto reply = first.push({offline});
  CHECK(reply.verdicts.front().verdict == sync::Verdict::applied);
  CHECK(reply.verdicts.front().reason == "sync.late");
  CHECK(fixture.count("SELECT count(*) FROM visit v JOIN grid g ON g.id=v.grid WHERE g.code='" +
                      std::string(kSecondGrid) + "'") == 1);
  CHECK(fixture.count("SELECT count(*) FROM person WHERE phone='14000000099'") == 1);
  const wire::Page page = first.pull(known);
  CHECK(std::any_of(page.departures.begin(), page.departures.end(),
                    [&](const wire::Departure& departure) { return departure.row == visit; }));
  CHECK(fixture.command({"verify"}).first == 0);
}

TEST_CASE("a household that came back is no longer told to leave") {
  DistrictFixture fixture;
  Tablet first(fixture);
  const Place place(fixture);
  const auto known = first.pull().cursors;
  const auto move = [&](std::string_view grid) {
    REQUIRE(
        fixture
            .command({"grid", "move", "--household", to_string(place.household), "--grid", std::string(grid)})
            .first == 0);
  };
  move(kSecondGrid);
  move(kFirstGrid);
  const wire::Page page = first.pull(known);
  CHECK(page.departures.empty());
  CHECK(holds(page, place.household));
  CHECK(fixture.command({"verify"}).first == 0);
}

TEST_CASE("departures come in pages like rows") {
  DistrictFixture fixture;
  Tablet first(fixture);
  const Place place(fixture);
  auto cursors = first.pull().cursors;
  REQUIRE(fixture
              .command({"grid", "move", "--household", to_string(place.household), "--grid",
                        std::string(kSecondGrid)})
              .first == 0);
  const auto expected = fixture.count("SELECT count(*) FROM scope_departure");
  std::int64_t found = 0;
  for (int round = 0; round < 20; ++round) {
    const wire::Page page = first.pull(cursors, 1);
    CHECK(page.departures.size() <= 1);
    found += static_cast<std::int64_t>(page.departures.size());
    cursors = page.cursors.empty() ? cursors : page.cursors;
    if (!page.more) break;
  }
  CHECK(found == expected);
}

}  // namespace doudi::test
