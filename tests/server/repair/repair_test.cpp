// A tablet whose rows are not the district's any more: found by ranges, mended row by row, told to the
// office.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "sync_server/service/verify_store.hpp"
#include "tests/server/repair/field_tablet.hpp"

namespace doudi::test {
namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::size_t kTrafficMax = 64 * 1024;

void ask_for_repair(FieldTablet& tablet) {
  REQUIRE(tablet.store().set_setting("repair_asked", Value{std::int64_t{1}}).ok());
}

bool agrees(FieldTablet& tablet) {
  return tablet.count(
             "SELECT count(*) FROM server_digest s JOIN local_digest l ON l.scope = s.scope AND "
             "l.digest = s.digest") == 1;
}

std::size_t whole_traffic(const FieldTablet& tablet) {
  std::size_t bytes = 0;
  for (const auto& [target, traffic] : tablet.traffic()) bytes += traffic.up + traffic.down;
  return bytes;
}

}  // namespace

TEST_CASE("one corrupt row of 50,000 is found and mended with less than 64 KB of traffic") {
  DistrictFixture fixture;
  const auto ids = add_households(fixture, 50'000);
  FieldTablet tablet(fixture);
  REQUIRE(tablet.sync().ok());
  REQUIRE(tablet.count("SELECT count(*) FROM household") == 50'001);
  REQUIRE(agrees(tablet));
  const auto key = sql::params(ids[31'337]);

  const auto mended = [&] {
    ask_for_repair(tablet);
    REQUIRE(tablet.sync().ok());
    CHECK(whole_traffic(tablet) < kTrafficMax);
    CHECK(agrees(tablet));
    CHECK(tablet.count("SELECT count(*) FROM household") == 50'001);
    CHECK(tablet.count("SELECT count(*) FROM household WHERE phone = '1'") == 0);
    CHECK(tablet.count("SELECT count(*) FROM incident WHERE kind = 'range_repair'") == 1);
    CHECK(fixture.count("SELECT count(*) FROM sync_incident WHERE kind = 'range_repair'") == 1);
    CHECK(fixture.count("SELECT count(*) FROM audit_log WHERE action = 'device.range_repair'") == 1);
    CHECK(tablet.count("SELECT count(*) FROM op_group") == 0);
    ask_for_repair(tablet);
    REQUIRE(tablet.sync().ok());
    CHECK_FALSE(tablet.traffic().contains("compare"));
  };
  SECTION("a cell that was changed behind the program") {
    tablet.tamper("UPDATE household SET phone = '1' WHERE id = $1", key);
    mended();
    CHECK(tablet.count("SELECT count(*) FROM set_aside_row WHERE reason = 'replaced'") == 1);
  }
  SECTION("a row that is missing") {
    tablet.tamper("DELETE FROM household WHERE id = $1", key);
    mended();
    CHECK(tablet.count("SELECT count(*) FROM set_aside_row") == 0);
  }
  SECTION("a row the district does not have is set aside, not lost") {
    tablet.tamper(
        "INSERT INTO household(id, grid, door, door_order, address, enrolled_on, phone) SELECT $1, grid, "
        "door, door_order, address, enrolled_on, '1' FROM household WHERE id = $2",
        sql::params(fresh_id(), ids[7]));
    mended();
    CHECK(tablet.count("SELECT count(*) FROM set_aside_row WHERE reason = 'absent'") == 1);
  }
}

TEST_CASE("a repair keeps away from a row with an edit the district has not taken over") {
  DistrictFixture fixture;
  const auto ids = add_households(fixture, 300);
  FieldTablet tablet(fixture);
  REQUIRE(tablet.sync().ok());
  const auto edit = [&](field::RowWriter& writer) {
    return writer.update("household", ids[3], {{"phone", Value{std::string("13900000001")}}});
  };
  REQUIRE(tablet.store()
              .save(
                  {"edit", ids[3]}, [] { return sync::Lane::ordinary; }, edit)
              .ok());
  // As if the district had refused it.
  REQUIRE(tablet.store()
              .connection()
              .run("UPDATE op_group SET state = 'acknowledged', verdict = 4, reason = 'sync.scope'")
              .ok());
  tablet.tamper("UPDATE household SET note = 'x' WHERE id = $1", sql::params(ids[200]));
  ask_for_repair(tablet);
  REQUIRE(tablet.sync().ok());
  CHECK(tablet.count("SELECT count(*) FROM household WHERE phone = '13900000001'") == 1);
  CHECK(tablet.count("SELECT count(*) FROM household WHERE note = 'x'") == 0);
}

TEST_CASE("nobody has to ask: the rows are counted once a day, and a scope is compared once an hour") {
  DistrictFixture fixture;
  const auto ids = add_households(fixture, 300);
  FieldTablet tablet(fixture);
  REQUIRE(tablet.sync().ok());
  tablet.tamper("UPDATE household SET phone = '1' WHERE id = $1", sql::params(ids[3]));
  REQUIRE(tablet.sync().ok());
  CHECK_FALSE(tablet.traffic().contains("compare"));
  tablet.wall->ms += 25 * kHour;
  REQUIRE(tablet.sync().ok());
  CHECK(tablet.traffic().contains("compare"));
  CHECK(agrees(tablet));
  CHECK(tablet.count("SELECT count(*) FROM incident WHERE kind = 'rows_changed'") == 1);

  // A wrong digest within the hour waits; the chip is told, the rows stay.
  tablet.tamper("UPDATE local_digest SET digest = '00000000000000000000000000000001'");
  REQUIRE(tablet.sync().ok());
  CHECK_FALSE(tablet.traffic().contains("compare"));
  CHECK(tablet.count("SELECT count(*) FROM setting WHERE key LIKE 'digest_wrong_%' AND value = 1") == 1);
  tablet.wall->ms += kHour;
  REQUIRE(tablet.sync().ok());
  CHECK(tablet.traffic().contains("compare"));
  CHECK(agrees(tablet));
  CHECK(tablet.count("SELECT count(*) FROM setting WHERE key LIKE 'digest_wrong_%' AND value = 1") == 0);
  CHECK(tablet.count("SELECT count(*) FROM household") == 301);
}

TEST_CASE("a digest of the district that is wrong is corrected by the first tablet that compares") {
  DistrictFixture fixture;
  add_households(fixture, 300);
  FieldTablet tablet(fixture);
  REQUIRE(fixture.district()
              .writer()
              .run([](sql::Connection& connection) -> Status {
                const auto changed = connection.run("UPDATE scope SET digest_low = digest_low + 1");
                if (!changed.ok()) return changed.error();
                return {};
              })
              .ok());
  REQUIRE(tablet.sync().ok());
  CHECK(agrees(tablet));
  CHECK(fixture.count("SELECT count(*) FROM sync_incident WHERE kind = 'digest_corrected'") == 1);
  CHECK(tablet.count("SELECT count(*) FROM set_aside_row") == 0);
  REQUIRE(tablet.sync().ok());
  CHECK_FALSE(tablet.traffic().contains("compare"));
}

TEST_CASE("a repair that is cut off at any answer begins again and ends well") {
  DistrictFixture fixture;
  const auto ids = add_households(fixture, 2'000);
  FieldTablet tablet(fixture);
  REQUIRE(tablet.sync().ok());
  for (int cut = 1; cut <= 4; ++cut) {
    tablet.tamper("UPDATE household SET phone = '1' WHERE id = $1", sql::params(ids[700]));
    ask_for_repair(tablet);
    int answers = 0;
    tablet.on_answer = [&](std::string_view target, Bytes answer) -> Result<Bytes> {
      if (target == "/v1/sync/compare" && ++answers == cut) return Error{"net.cut", ""};
      return answer;
    };
    static_cast<void>(tablet.sync());
    CHECK(answers == cut);
    tablet.on_answer = nullptr;
    REQUIRE(tablet.sync().ok());
    CHECK(agrees(tablet));
    CHECK(tablet.count("SELECT count(*) FROM household WHERE phone = '1'") == 0);
  }
}

TEST_CASE("a question about a grid of somebody else is refused") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  wire::Compare compare;
  compare.epoch = fixture.district().identity().epoch;
  compare.scope = to_string(fixture.id_of("grid", "code", kSecondGrid));
  compare.begins = true;
  compare.question.leaves.push_back({sync::whole_range(), {}});
  const RawAnswer answer = tablet.call("/v1/sync/compare", wire::encode(compare, &crypto::sha256));
  CHECK(answer.status == 403);
}

}  // namespace doudi::test
