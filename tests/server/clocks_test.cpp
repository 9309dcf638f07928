// The limits of a lead are what its events say: after a merge, after a new calendar, and when somebody
// changes the table by hand.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "sync_server/auth/accounts.hpp"
#include "sync_server/service/calendar_history.hpp"
#include "sync_server/service/lead_clocks.hpp"
#include "sync_server/service/verify_store.hpp"
#include "tests/server/tablet.hpp"

namespace doudi::test {
namespace {

using nlohmann::json;

Uuid report(Tablet& tablet, Instant found, int grade) {
  const Place place(tablet.fixture);
  const Uuid lead = fresh_id();
  tablet.hello(0, {});
  const auto reply = tablet.push(
      {tablet.group({lead_row(tablet, place.grid, place.household, place.person, found, grade, lead)})});
  REQUIRE(reply.verdicts.front().verdict == sync::Verdict::applied);
  return lead;
}

std::string on(const Uuid& lead) {
  return " lead=x'" + to_hex(lead.view()) + "'";
}

std::string cell_of(const wire::Page& page, const Uuid& lead, const std::string& column) {
  for (const sync::RowState& row : page.rows)
    if (row.table == "lead" && row.row == lead) return district::cell_text(row, column);
  return "no such lead";
}

void change_by_hand(DistrictFixture& fixture, const std::string& statement) {
  REQUIRE(fixture.district()
              .writer()
              .run([&](sql::Connection& connection) -> Status { return connection.script(statement); })
              .ok());
}

}  // namespace

TEST_CASE("T124: two workers report one fire offline, the merge keeps the earlier finding, both are told") {
  DistrictFixture fixture;
  Tablet first(fixture);
  Tablet second(fixture);
  const Instant now = fixture.district().now();
  // The later finding is received first and accepted.
  const Uuid later = report(second, now - std::chrono::minutes(100), 1);
  const Uuid earlier = report(first, now - std::chrono::minutes(120), 1);
  Console officer(fixture, "sun");
  const RawAnswer accepted = officer.post("/v1/leads/" + to_string(later) + "/accept", R"({"grade":1})");
  REQUIRE(accepted.status == 200);
  const json merge{{"target", to_string(later)}, {"text", "同一户同一起火灾"}};
  const RawAnswer merged = officer.post("/v1/leads/" + to_string(earlier) + "/merge", merge.dump());
  INFO(merged.body);
  REQUIRE(merged.status == 200);
  CHECK(json::parse(merged.body)["state"] == "merged");

  const std::int64_t found =
      fixture.count("SELECT found_corrected_at FROM lead WHERE id=x'" + to_hex(earlier.view()) + "'");
  CHECK(fixture.count("SELECT found_corrected_at FROM lead WHERE id=x'" + to_hex(later.view()) + "'") ==
        found);
  const std::string total = " FROM clock WHERE kind='emergency_total' AND stopped_at IS NULL AND" + on(later);
  CHECK(fixture.count("SELECT count(*)" + total) == 1);
  CHECK(fixture.count("SELECT due_at" + total) == found + 24 * 3'600'000LL);
  CHECK(fixture.count("SELECT due_at FROM ledger_entry WHERE" + on(later)) == found + 24 * 3'600'000LL);
  CHECK(fixture.count("SELECT count(*) FROM clock WHERE stopped_at IS NULL AND" + on(earlier)) == 0);

  const std::string number = json::parse(accepted.body)["entry_no"];
  CHECK(cell_of(first.pull(), earlier, "state") == "merged");
  CHECK(cell_of(first.pull(), earlier, "reply").find(number) != std::string::npos);
  CHECK(cell_of(second.pull(), later, "reply").find("并案") != std::string::npos);
  const auto [exit, output] = fixture.command({"verify"});
  INFO(output);
  CHECK(exit == 0);
}

TEST_CASE("the console offers the leads another one may be merged into, and no others") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Instant now = fixture.district().now();
  const Uuid emergency = report(tablet, now, 1);
  const Uuid ordinary = report(tablet, now, 2);
  Console officer(fixture, "sun");
  const auto targets = [&](const Uuid& lead) {
    const RawAnswer answer = officer.get("/v1/leads/" + to_string(lead) + "/merge-targets");
    REQUIRE(answer.status == 200);
    return json::parse(answer.body);
  };
  CHECK(targets(emergency).empty());
  REQUIRE(targets(ordinary).size() == 1);
  CHECK(targets(ordinary)[0]["lead_id"] == to_string(emergency));
  CHECK(targets(ordinary)[0]["grade"] == 1);
  fixture.add_account("elsewhere", "township", "120110002");
  Console elsewhere(fixture, "elsewhere");
  CHECK(elsewhere.get("/v1/leads/" + to_string(ordinary) + "/merge-targets").status == 404);
  REQUIRE(officer.post("/v1/leads/" + to_string(emergency) + "/accept", R"({"grade":1})").status == 200);
  CHECK(targets(ordinary)[0]["entry_no"].is_string());
}

TEST_CASE("a lead merges only into an open one of the same household, the same matter, as urgent as itself") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Instant now = fixture.district().now();
  const Uuid emergency = report(tablet, now, 1);
  const Uuid ordinary = report(tablet, now, 2);
  Console officer(fixture, "sun");
  const auto merge = [&](const Uuid& lead, const std::string& target) {
    return officer.post("/v1/leads/" + to_string(lead) + "/merge", json{{"target", target}}.dump());
  };
  CHECK(json::parse(merge(emergency, to_string(ordinary)).body)["code"] == "ledger.target");
  CHECK(json::parse(merge(emergency, to_string(emergency)).body)["code"] == "ledger.target");
  CHECK(json::parse(merge(emergency, to_string(fresh_id())).body)["code"] == "ledger.target");
  CHECK(merge(emergency, "no id").status == 422);
  CHECK(merge(ordinary, to_string(emergency)).status == 200);
  CHECK(merge(ordinary, to_string(emergency)).status == 409);
  CHECK(fixture.count("SELECT count(*) FROM lead WHERE state='merged'") == 1);
}

TEST_CASE("a clock changed, added or taken away by hand is found by verify") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Uuid lead = report(tablet, fixture.district().now(), 1);
  CHECK(fixture.command({"verify"}).first == 0);
  for (const std::string& harm : {std::string("UPDATE clock SET due_at=due_at+1 WHERE kind='acceptance'"),
                                  std::string("UPDATE clock SET stopped_at=1 WHERE kind='acceptance'"),
                                  std::string("DELETE FROM clock WHERE kind='emergency_total'")}) {
    change_by_hand(fixture, "CREATE TABLE IF NOT EXISTS kept AS SELECT * FROM clock;" + harm);
    const auto [exit, output] = fixture.command({"verify"});
    INFO(harm << "\n" << output);
    CHECK(exit == 1);
    CHECK(output.find(to_string(lead)) != std::string::npos);
    change_by_hand(fixture, "DELETE FROM clock; INSERT INTO clock SELECT * FROM kept");
    CHECK(fixture.command({"verify"}).first == 0);
  }
}

TEST_CASE("never: an event is changed or removed, the store itself refuses") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  report(tablet, fixture.district().now(), 1);
  for (const char* harm : {"UPDATE ledger_event SET reason='x'", "DELETE FROM ledger_event",
                           "INSERT OR REPLACE INTO ledger_event SELECT * FROM ledger_event"}) {
    const Status refused = fixture.district().writer().run(
        [harm](sql::Connection& connection) -> Status { return connection.script(harm); });
    INFO(harm);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message.find("never") != std::string::npos);
  }
  CHECK(fixture.count("SELECT count(*) FROM ledger_event WHERE reason=''") == 1);
  CHECK(fixture.command({"verify"}).first == 0);
}

}  // namespace doudi::test
