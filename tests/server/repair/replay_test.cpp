// Groups that waited because the district's program was too old: its update takes them in, once, as received
// when they arrived, and leaves to people what people have to decide.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "field_client/work/problem_list.hpp"
#include "tests/server/repair/agreement.hpp"
#include "tests/support/versions.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

constexpr const char* kWaiting = "SELECT count(*) FROM quarantine WHERE closed_at IS NULL";
constexpr const char* kTakenByUpdate =
    "SELECT count(*) FROM quarantine q JOIN audit_log a ON a.device=q.device AND "
    "a.reason=q.device||'-'||q.incarnation||'-'||q.seq WHERE q.outcome='taken' AND q.closed_by IS NULL AND "
    "a.action='held.take_by_update' AND a.account IS NULL";

std::int32_t version(int versions) {
  return ahead(versions).tablet().catalog.version;
}

void save(FieldTablet& tablet, sync::Lane lane, const sync::Operation& operation) {
  field::RowValues values;
  for (const auto& change : operation.columns) values.emplace_back(change.column, change.next);
  const auto saved = tablet.store().save(
      {"edit", std::nullopt}, [lane] { return lane; },
      [&](field::RowWriter& writer) {
        return operation.kind == sync::OperationKind::insert
                   ? writer.insert(operation.table, operation.row, values)
                   : writer.update(operation.table, operation.row, values);
      });
  INFO((saved.ok() ? std::string() : saved.error().message));
  REQUIRE(saved.ok());
}

sync::Operation household_row(const Uuid& grid, const Uuid& id) {
  return {"household",
          id,
          sync::OperationKind::insert,
          {{"grid", {}, sql::to_value(grid)},
           {"door", {}, std::string("9号楼")},
           {"door_order", {}, std::int64_t{9}},
           {"address", {}, std::string("新建路9号楼")},
           {"enrolled_on", {}, std::string("2026-11-18")}}};
}

// What the tablet's session would send if the greeting had still been answered.
void send_without_greeting(FieldTablet& tablet) {
  const auto groups = tablet.store().groups().batch(false, 100, 1'000'000);
  REQUIRE((groups.ok() && !groups->empty()));
  const wire::PushReply reply = tablet.wire.push(*groups);
  REQUIRE(reply.verdicts.size() == groups->size());
  const Status told = tablet.store().apply([&](field::RowWriter&) -> Status {
    for (const auto& verdict : reply.verdicts) {
      CHECK(verdict.verdict == sync::Verdict::held);
      CHECK(verdict.reason == "sync.schema_version");
      DOUDI_TRY(tablet.store().groups().acknowledge(verdict));
    }
    return {};
  });
  REQUIRE(told.ok());
}

field::Sent told_about(FieldTablet& tablet, const std::string& table, const Uuid& row) {
  const auto sent = field::sent_state(tablet.store().connection(), table, row);
  REQUIRE(sent.ok());
  return *sent;
}

// Everything a start could change without meaning to.
std::string state_of(DistrictFixture& fixture) {
  std::string state;
  for (const char* query :
       {"SELECT count(*) FROM visit", "SELECT count(*) FROM household", "SELECT count(*) FROM lead_receipt",
        "SELECT count(*) FROM clock", "SELECT count(*) FROM ledger_event", "SELECT count(*) FROM audit_log",
        "SELECT count(*) FROM conflict", "SELECT sum(position) FROM scope",
        "SELECT sum(closed_at) FROM quarantine", kWaiting})
    state += std::to_string(fixture.count(query)) + " ";
  return state;
}

}  // namespace

TEST_CASE("what a tablet two versions ahead had sent is taken in once by the update of the district") {
  DistrictFixture fixture;
  const Place place(fixture);
  FieldTablet newer(fixture, "w001001001", ahead(1).tablet());
  Tablet colleague(fixture);
  require_synced(newer);
  newer.update(ahead(2).tablet());
  CHECK(newer.sync().error().code == "sync.schema_new");

  const Uuid household = fresh_id();
  const Uuid visit = fresh_id();
  const Uuid lead = fresh_id();
  save(newer, sync::Lane::ordinary, visit_row(newer.wire, place.grid, place.household, visit));
  save(newer, sync::Lane::ordinary, household_row(place.grid, household));
  save(newer, sync::Lane::ordinary, visit_row(newer.wire, place.grid, household));
  save(newer, sync::Lane::ordinary,
       change("household", household, added_column(2), {}, std::string("钥匙在居委会")));
  save(newer, sync::Lane::emergency,
       lead_row(newer.wire, place.grid, place.household, place.person, fixture.district().now(), 1, lead));
  send_without_greeting(newer);
  CHECK(told_about(newer, "visit", visit) == field::Sent::conflict);
  // A visit of another tablet, of this version, to the household that is among what waits.
  REQUIRE(
      colleague.push({colleague.group({visit_row(colleague, place.grid, household)})}).verdicts[0].reason ==
      "sync.reference_missing");
  REQUIRE(fixture.count(kWaiting) == 6);
  fixture.advance(std::chrono::hours(20));

  fixture.update(ahead(1).district());
  newer.wire.reconnect();
  CHECK(fixture.count(kWaiting) == 0);
  CHECK(fixture.count(kTakenByUpdate) == 6);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 3);
  CHECK(fixture.count("SELECT count(*) FROM visit v JOIN quarantine q ON q.received_at=v.received_at") >= 3);
  CHECK(fixture.count("SELECT count(*) FROM household WHERE door='9号楼' AND extra IS NOT NULL") == 1);
  CHECK(fixture.count("SELECT count(*) FROM device_group WHERE verdict=3") == 0);
  CHECK(fixture.count("SELECT count(*) FROM lead l JOIN lead_receipt r ON r.lead=l.id JOIN ledger_event e ON "
                      "e.lead=l.id AND e.at=r.received_at WHERE l.state='reported' AND r.received_at IN "
                      "(SELECT received_at FROM quarantine)") == 1);
  CHECK(fixture.count("SELECT count(*) FROM clock") > 0);
  CHECK(fixture.count("SELECT count(*) FROM clock c JOIN lead_receipt r ON r.lead=c.lead WHERE "
                      "c.started_at>r.received_at") == 0);
  require_clean(fixture);
  Console office(fixture, "sun");
  const Json listed = Json::parse(office.get("/v1/held").body);
  REQUIRE(listed.size() == 6);
  CHECK(listed[0]["outcome"] == "taken");
  CHECK(listed[0]["closed_by"] == "");

  require_synced(newer);
  CHECK(told_about(newer, "visit", visit) == field::Sent::sent);
  CHECK(told_about(newer, "lead", lead) == field::Sent::sent);
  CHECK(newer.count("SELECT count(*) FROM op_group WHERE verdict IN (3, 4)") == 0);
  CHECK(newer.count("SELECT count(*) FROM lead WHERE state='reported' AND received_at IS NOT NULL") == 1);
  CHECK(newer.count("SELECT count(*) FROM visit WHERE received_at IS NOT NULL") == 3);

  const std::string after = state_of(fixture);
  fixture.update(ahead(1).district());
  CHECK(state_of(fixture) == after);
  fixture.update(ahead(2).district());
  CHECK(state_of(fixture) == after);
  CHECK(fixture.count("SELECT count(*) FROM household WHERE " + added_column(2) + "='钥匙在居委会'") == 1);
  newer.wire.reconnect();
  require_synced(newer);
  require_clean(fixture);
}

TEST_CASE("an update takes in nothing that people have to decide and nothing it still does not understand") {
  DistrictFixture fixture;
  const Place place(fixture);
  Tablet tablet(fixture);
  const auto reason_of = [&](std::int32_t made_by, const sync::Operation& operation) {
    tablet.schema_version = made_by;
    return tablet.push({tablet.group({operation})}).verdicts.front().reason;
  };
  const auto visit = [&] { return visit_row(tablet, place.grid, place.household); };
  REQUIRE(reason_of(version(4), visit()) == "sync.schema_version");
  REQUIRE(reason_of(version(2), visit_row(tablet, fixture.id_of("grid", "code", kSecondGrid),
                                          fixture.id_of("household", "door", "1号楼 1门 101"))) ==
          "sync.schema_version");
  REQUIRE(reason_of(version(0), visit_row(tablet, place.grid, fresh_id())) == "sync.reference_missing");
  REQUIRE(reason_of(version(0), change("household", place.household, added_column(1), {},
                                       std::string("邻居有钥匙"))) == "sync.unknown_column");
  REQUIRE(fixture.command({"grid", "assign", "--grid", std::string(kFirstGrid), "--worker", "w002001001"})
              .first == 0);
  REQUIRE(reason_of(version(2), visit()) == "sync.schema_version");  // before it heard of the handover
  tablet.assigned = tablet.hello(0, {}).assignment_version;
  REQUIRE(reason_of(version(0), visit()) == "sync.scope_left");
  REQUIRE(reason_of(version(2), visit()) == "sync.schema_version");
  const auto waiting_for = [&](const std::string& reason) {
    return fixture.count(std::string(kWaiting) + " AND reason='" + reason + "'");
  };

  fixture.update(ahead(1).district());
  CHECK(fixture.count(kTakenByUpdate) == 2);
  CHECK(fixture.count("SELECT count(*) FROM household WHERE " + added_column(1) + "='邻居有钥匙'") == 1);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 1);
  CHECK(fixture.count("SELECT count(*) FROM device_group WHERE reason='sync.late'") == 2);
  CHECK(waiting_for("sync.schema_version") == 1);
  CHECK(waiting_for("sync.reference_missing") == 1);
  CHECK(waiting_for("sync.scope") == 1);  // why it waits now, no longer the version
  CHECK(waiting_for("sync.scope_left") == 2);
  fixture.update(ahead(3).district());
  CHECK(fixture.count(kTakenByUpdate) == 3);
  CHECK(fixture.count(kWaiting) == 4);
  require_clean(fixture);

  Console office(fixture, "sun");
  for (const Json& group : Json::parse(office.get("/v1/held").body)) {
    if (group["reason"] != "sync.scope_left") continue;
    CHECK(office.post("/v1/held/" + group["id"].get<std::string>() + "/take", "{}").status == 200);
  }
  CHECK(waiting_for("sync.scope_left") == 0);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 4);
  require_clean(fixture);
}

TEST_CASE(
    "a waiting group that the store cannot take keeps neither the others nor the district from starting") {
  DistrictFixture fixture;
  const Place place(fixture);
  Tablet tablet(fixture);
  tablet.schema_version = version(2);
  const Uuid household = fresh_id();
  tablet.push({tablet.group({household_row(place.grid, household)}),
               tablet.group({visit_row(tablet, place.grid, household)}),
               tablet.group({change("household", household, "phone", {}, std::string("14000000077"))}),
               tablet.group({visit_row(tablet, place.grid, place.household)})});
  REQUIRE(fixture.count(kWaiting) == 4);
  const auto change_store = [&](const char* statement) {
    REQUIRE(fixture.district()
                .writer()
                .run([&](sql::Connection& connection) -> Status {
                  const auto changed = connection.run(statement);
                  return changed.ok() ? Status{} : changed.error();
                })
                .ok());
  };
  // Bytes that nobody can read any more, and a table into which nothing can be written.
  change_store("UPDATE quarantine SET frame=x'00' WHERE seq=4");
  change_store("CREATE TRIGGER faulty BEFORE INSERT ON visit BEGIN INSERT INTO nowhere VALUES(1); END");
  fixture.update(ahead(1).district());
  CHECK(fixture.count(kTakenByUpdate) == 2);
  CHECK(fixture.count("SELECT count(*) FROM household WHERE phone='14000000077'") == 1);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 0);
  CHECK(fixture.count(kWaiting) == 2);
  require_clean(fixture);

  change_store("DROP TRIGGER faulty");
  fixture.update(ahead(1).district());  // the next start goes on
  CHECK(fixture.count(kTakenByUpdate) == 3);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 1);
  CHECK(fixture.count(std::string(kWaiting) + " AND seq=4") == 1);
  require_clean(fixture);
}

}  // namespace doudi::test
