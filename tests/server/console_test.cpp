// From the tablet's lead to a numbered entry, and who may see or do what.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "tests/server/tablet.hpp"

namespace doudi::test {
namespace {

using nlohmann::json;

struct Emergency {
  explicit Emergency(DistrictFixture& fixture, std::chrono::hours ago = std::chrono::hours(0))
      : tablet(fixture), lead(fresh_id()) {
    const Uuid grid = fixture.id_of("grid", "code", kFirstGrid);
    const Uuid household = fixture.id_of("household", "door", "3号楼 2门 501");
    const Uuid person = fixture.id_of("person", "name", "张桂兰");
    tablet.hello(0, {});
    found_at = fixture.district().now() - ago;
    verdict = tablet.push({tablet.group({lead_row(tablet, grid, household, person, found_at, 1, lead)})})
                  .verdicts.front();
  }
  Tablet tablet;
  Uuid lead;
  Instant found_at;
  sync::GroupVerdict verdict;
};

}  // namespace

TEST_CASE(
    "an accepted emergency becomes a numbered entry due 24 hours after it was found, and the tablet learns "
    "it") {
  DistrictFixture fixture;
  Emergency emergency(fixture);
  REQUIRE(emergency.verdict.verdict == sync::Verdict::applied);
  Console reviewer(fixture, "sun");
  const json board = json::parse(reviewer.get("/v1/duty").body);
  REQUIRE(board["items"].size() == 1);
  CHECK(board["counts"]["grade1_open"] == 1);
  CHECK(board["items"][0]["state"] == "reported");
  CHECK(board["items"][0]["person_masked"] == "张**");
  CHECK(reviewer.get("/v1/duty").body.find("桂兰") == std::string::npos);

  const RawAnswer accepted =
      reviewer.post("/v1/leads/" + to_string(emergency.lead) + "/accept", R"({"grade":1})");
  INFO(accepted.body);
  REQUIRE(accepted.status == 200);
  const std::string number = json::parse(accepted.body)["entry_no"];
  const int year = year_month_day(date_of(fixture.district().now())).year;
  CHECK(number == "120110-" + std::to_string(year) + "-000001");
  const RawAnswer twice =
      reviewer.post("/v1/leads/" + to_string(emergency.lead) + "/accept", R"({"grade":1})");
  CHECK(twice.status == 409);
  CHECK(json::parse(twice.body)["code"] == "ledger.already_accepted");

  const json entry = json::parse(reviewer.get("/v1/ledger/" + number).body);
  CHECK(entry["timeline"].size() == 2);
  CHECK(entry["timeline"][1]["action"] == "accept");
  const auto due = parse_instant(entry["item"]["due_at"].get<std::string>());
  const auto found = parse_instant(entry["item"]["found_at"].get<std::string>());
  CHECK(*due - *found == std::chrono::hours(24));
  CHECK(entry["person"]["name"] == "张桂兰");

  const wire::Page page = emergency.tablet.pull();
  const auto lead = std::find_if(page.rows.begin(), page.rows.end(),
                                 [](const sync::RowState& row) { return row.table == "lead"; });
  REQUIRE(lead != page.rows.end());
  CHECK(std::find(lead->columns.begin(), lead->columns.end(),
                  std::pair<std::string, Value>("entry_no", number)) != lead->columns.end());
  CHECK(fixture.command({"ledger", "show", number}).first == 0);
  CHECK(fixture.command({"verify"}).first == 0);
}

TEST_CASE("a lead found 30 hours ago arrives overdue and says so") {
  DistrictFixture fixture;
  Emergency emergency(fixture, std::chrono::hours(30));
  Console reviewer(fixture, "sun");
  const json item = json::parse(reviewer.get("/v1/duty").body)["items"][0];
  CHECK(item["overdue_on_arrival"] == true);
  CHECK(item["lamp"] == "red");
  CHECK(item["upload_delay_min"].get<int>() >= 30 * 60);
}

TEST_CASE("an open console page gets the alert of a lead") {
  DistrictFixture fixture;
  Console reviewer(fixture, "sun");
  RawClient stream = fixture.connect();
  REQUIRE(stream.send(raw_request("GET", "/v1/events", {}, {"Cookie: " + reviewer.cookie})));
  REQUIRE(stream.read_head().has_value());
  REQUIRE(stream.read_until("event: hello").has_value());
  Emergency emergency(fixture);
  const auto alert = stream.read_until(to_string(emergency.lead));
  REQUIRE(alert.has_value());
  CHECK(alert->find("event: alert") != std::string::npos);
  CHECK(alert->find("桂兰") == std::string::npos);
}

// A page reads the board when it has heard the hello: nothing may happen unheard in between.
TEST_CASE("what happens right after the hello of the events is heard") {
  DistrictFixture fixture;
  Console reviewer(fixture, "sun");
  for (int streams = 1; streams <= 50; ++streams) {
    RawClient stream = fixture.connect();
    REQUIRE(stream.send(raw_request("GET", "/v1/events", {}, {"Cookie: " + reviewer.cookie})));
    REQUIRE(stream.read_until("event: hello").has_value());
    fixture.district().news().publish({"sync", "{}", ""});
    REQUIRE(stream.read_until("event: sync").has_value());
  }
}

TEST_CASE("what lies outside a scope does not exist, and each role does only its part") {
  DistrictFixture fixture;
  Emergency emergency(fixture);
  fixture.add_account("here", "township", "120110001");
  fixture.add_account("elsewhere", "township", "120110002");
  fixture.add_account("watcher", "supervisor", "120110");
  const std::string lead = "/v1/leads/" + to_string(emergency.lead);
  const std::string reject = R"({"code":"RJ02","text":"经核实情况与上报内容完全不符"})";

  Console elsewhere(fixture, "elsewhere");
  CHECK(json::parse(elsewhere.get("/v1/duty").body)["items"].empty());
  CHECK(elsewhere.get(lead).status == 404);
  CHECK(elsewhere.post(lead + "/accept", R"({"grade":1})").status == 404);
  CHECK(json::parse(elsewhere.get("/v1/coverage").body)["streets"].size() == 1);
  CHECK(json::parse(elsewhere.get("/v1/devices").body).empty());

  Console here(fixture, "here");
  CHECK(here.get(lead).status == 200);
  const RawAnswer refused = here.post(lead + "/reject", reject);
  CHECK(refused.status == 403);
  CHECK(json::parse(refused.body)["code"] == "ledger.district_only");

  Console watcher(fixture, "watcher");
  CHECK(watcher.get(lead).status == 200);
  CHECK(watcher.post(lead + "/accept", R"({"grade":1})").status == 403);

  Console admin(fixture, "admin");
  for (const char* route : {"/v1/duty", "/v1/ledger", "/v1/coverage", "/v1/conflicts"})
    CHECK(admin.get(route).status == 403);
  CHECK(admin.get("/v1/devices").status == 200);
  for (const char* route : {"/v1/duty", "/v1/ledger", "/v1/coverage", "/v1/conflicts", "/v1/devices",
                            "/v1/session", "/v1/events"}) {
    CHECK(ask(fixture, "GET", route).status == 401);
  }
  CHECK(ask(fixture, "POST", lead + "/accept", "{}", {"Cookie: " + here.cookie}).status ==
        403);  // without the page's token
  CHECK(fixture.count("SELECT count(*) FROM ledger_entry") == 0);
}

TEST_CASE("five wrong passwords lock a login, known or unknown alike") {
  DistrictFixture fixture;
  for (const std::string login : {"sun", "nobody"}) {
    const std::string body = json{{"login", login}, {"password", "wrong-password"}}.dump();
    for (int guess = 0; guess < 5; ++guess) CHECK(ask(fixture, "POST", "/v1/session", body).status == 401);
    CHECK(ask(fixture, "POST", "/v1/session", body).status == 429);
  }
}

TEST_CASE("an event changed by hand is found by verify") {
  DistrictFixture fixture;
  Emergency emergency(fixture);
  const Status changed = fixture.district().writer().run([](sql::Connection& connection) -> Status {
    DOUDI_TRY(connection.script("DROP TRIGGER ledger_event_fixed; UPDATE ledger_event SET at=at-1"));
    return {};
  });
  REQUIRE(changed.ok());
  const auto [exit, output] = fixture.command({"verify"});
  CHECK(exit == 1);
  CHECK(output.find("ledger event 1") != std::string::npos);
}

TEST_CASE("five failures lock a login for a quarter of an hour, whatever restarts meanwhile") {
  DistrictFixture fixture;
  const auto status = [&](district::RunningServer& server, const std::string& login,
                          const std::string& password) {
    RawOptions options;
    options.ca_pem = read_file(fixture.folder() / "data" / "ca.pem");
    options.timeout = std::chrono::seconds(60);
    auto client = RawClient::connect("127.0.0.1", server.port(), options);
    REQUIRE(client.ok());
    const json body{{"login", login}, {"password", password}};
    REQUIRE(client->send(raw_request("POST", "/v1/session", body.dump(), {})));
    return client->read_answer()->status;
  };
  const std::string good(kPassword);
  const auto again = [&] {
    auto server = district::RunningServer::start(fixture.district(), {"127.0.0.1:0", false, {}});
    REQUIRE(server.ok());
    return std::move(*server);
  };
  for (int guess = 0; guess < 5; ++guess) CHECK(status(fixture.server(), "sun", "wrong-password") == 401);
  CHECK(status(fixture.server(), "sun", good) == 429);
  for (int guess = 0; guess < 4; ++guess) CHECK(status(fixture.server(), "admin", "wrong-password") == 401);
  CHECK(status(fixture.server(), "admin", good) == 200);  // a right one clears the count
  CHECK(fixture.count("SELECT count(*) FROM sign_in_failure") == 1);
  const auto restarted = again();
  CHECK(status(*restarted, "sun", good) == 429);
  CHECK(status(*restarted, "admin", good) == 200);
  fixture.advance(std::chrono::minutes(16));
  const auto later = again();
  CHECK(status(*later, "sun", good) == 200);
}

}  // namespace doudi::test
