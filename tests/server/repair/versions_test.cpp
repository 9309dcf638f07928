// Tablets and districts of different versions over the real routes and stores: what a newer program wrote
// goes round through an older one whole, and everybody agrees on the digests all the while.
#include <catch2/catch_test_macros.hpp>

#include "sync_server/service/verify_store.hpp"
#include "tests/server/repair/agreement.hpp"
#include "tests/support/versions.hpp"

namespace doudi::test {
namespace {

void edit(FieldTablet& tablet, const Uuid& household, const std::string& column, const std::string& text) {
  const auto saved = tablet.store().save(
      {"edit", household}, [] { return sync::Lane::ordinary; },
      [&](field::RowWriter& writer) {
        return writer.update("household", household, {{column, Value(text)}});
      });
  INFO((saved.ok() ? std::string() : saved.error().message));
  REQUIRE(saved.ok());
}

std::string held(FieldTablet& tablet, const Uuid& household, const std::string& column) {
  field::RowWriter reader(tablet.store().connection(), tablet.store().catalog());
  const auto row = reader.read("household", household);
  REQUIRE((row.ok() && row->has_value()));
  const Value* value = field::find_value(**row, column);
  const auto* text = value ? std::get_if<std::string>(value) : nullptr;
  return text ? *text : "";
}

std::string in_district(DistrictFixture& fixture, const Uuid& household, const std::string& column) {
  const auto reader = fixture.district().store().read();
  REQUIRE(reader.ok());
  const auto& tables = fixture.district().tables();
  const auto row = tables.read(**reader, *tables.find("household"), household);
  REQUIRE((row.ok() && row->has_value()));
  return district::cell_text(**row, column);
}

}  // namespace

TEST_CASE(
    "what a newer tablet wrote goes through an older district and an older tablet and comes back whole") {
  DistrictFixture fixture;
  const Uuid household = add_households(fixture, 1).front();
  const std::string column = added_column(1);
  FieldTablet newer(fixture, "w001001001", ahead(1).tablet());
  FieldTablet older(fixture);
  require_synced(newer);
  edit(newer, household, column, "邻居有钥匙");
  require_synced(newer);
  CHECK(in_district(fixture, household, column) == "邻居有钥匙");
  require_synced(older);
  CHECK(held(older, household, column) == "邻居有钥匙");
  edit(older, household, "phone", "14000000077");
  require_synced(older);
  require_synced(newer);
  CHECK(held(newer, household, column) == "邻居有钥匙");
  CHECK(held(newer, household, "phone") == "14000000077");
  require_clean(fixture);

  SECTION("then the district is updated: the column has the value and nobody has to fetch anything") {
    fixture.update(ahead(1).district());
    newer.wire.reconnect();
    older.wire.reconnect();
    CHECK(fixture.count("SELECT count(*) FROM household WHERE " + column + "='邻居有钥匙'") == 1);
    CHECK(fixture.count("SELECT count(*) FROM household WHERE extra IS NOT NULL") == 0);
    require_synced(older);
    CHECK(older.traffic()["pull"].calls == 1);
    CHECK(older.traffic()["pull"].down < 400);
    edit(older, household, "phone", "14000000078");
    require_synced(older);
    edit(newer, household, column, "钥匙在居委会");
    require_synced(newer);
    require_synced(older);
    CHECK(held(older, household, column) == "钥匙在居委会");
    CHECK(fixture.count("SELECT count(*) FROM household WHERE " + column +
                        "='钥匙在居委会' AND "
                        "phone='14000000078'") == 1);
    older.update(ahead(1).tablet());
    CHECK(older.count("SELECT count(*) FROM household WHERE " + column + "='钥匙在居委会'") == 1);
    CHECK(older.count("SELECT count(*) FROM household WHERE extra IS NOT NULL") == 0);
    require_synced(older);
    CHECK(older.traffic()["pull"].down < 400);
    require_clean(fixture);
  }
}

TEST_CASE("two newer tablets that disagree about a column the district does not know leave both values") {
  DistrictFixture fixture;
  const Uuid household = add_households(fixture, 1).front();
  const std::string column = added_column(1);
  FieldTablet first(fixture, "w001001001", ahead(1).tablet());
  FieldTablet second(fixture, "w001001001", ahead(1).tablet());
  require_synced(first);
  require_synced(second);
  edit(first, household, column, "甲");
  edit(second, household, column, "乙");
  require_synced(first);
  require_synced(second);
  require_synced(first);
  CHECK(held(first, household, column) == "乙");
  CHECK(held(second, household, column) == "乙");
  CHECK(fixture.count("SELECT count(*) FROM conflict WHERE rule='latest' AND current_value='甲' AND "
                      "next_value='乙'") == 1);
  edit(first, household, column, "丙");
  require_synced(second);  // its pull carries the old value under nothing of its own
  require_synced(first);
  require_synced(second);
  CHECK(held(second, household, column) == "丙");
  require_clean(fixture);
}

TEST_CASE("an edit of a new column that is still unsent survives pages of a district that does not know it") {
  DistrictFixture fixture;
  const Uuid household = add_households(fixture, 1).front();
  FieldTablet newer(fixture, "w001001001", ahead(1).tablet());
  FieldTablet older(fixture);
  require_synced(newer);
  require_synced(older);
  edit(older, household, "phone", "14000000077");
  require_synced(older);
  edit(newer, household, added_column(1), "未上传");
  newer.on_answer = [](std::string_view target, Bytes answer) -> Result<Bytes> {
    if (target == "/v1/sync/push") return Error{"net.unreachable", "cut"};
    return answer;
  };
  CHECK_FALSE(newer.sync().ok());
  CHECK(held(newer, household, added_column(1)) == "未上传");
  newer.on_answer = nullptr;
  require_synced(newer);
  CHECK(held(newer, household, "phone") == "14000000077");
  CHECK(held(newer, household, added_column(1)) == "未上传");
  require_clean(fixture);
}

Uuid insert_note(FieldTablet& tablet, DistrictFixture& fixture, const Uuid& household,
                 const std::string& text) {
  const Uuid id = fresh_id();
  const Uuid grid = fixture.id_of("grid", "code", kFirstGrid);
  const auto saved = tablet.store().save(
      {"edit", household}, [] { return sync::Lane::ordinary; },
      [&](field::RowWriter& writer) {
        return writer.insert(
            added_table(1), id,
            {{"grid", sql::to_value(grid)}, {"household", sql::to_value(household)}, {"text", Value(text)}});
      });
  INFO((saved.ok() ? std::string() : saved.error().message));
  REQUIRE(saved.ok());
  return id;
}

TEST_CASE("rows of a table that only newer programs know are kept whole by all others") {
  DistrictFixture fixture;
  const Uuid household = add_households(fixture, 1).front();
  const std::string table = added_table(1);
  FieldTablet newer(fixture, "w001001001", ahead(1).tablet());
  FieldTablet other(fixture, "w001001001", ahead(1).tablet());
  FieldTablet older(fixture);
  require_synced(newer);
  const Uuid note = insert_note(newer, fixture, household, "门锁坏了");
  require_synced(newer);
  require_synced(older);
  require_synced(other);
  CHECK(older.count("SELECT count(*) FROM kept_row WHERE table_name='" + table + "'") == 1);
  CHECK(other.count("SELECT count(*) FROM " + table + " WHERE text='门锁坏了'") == 1);
  const auto edited = other.store().save(
      {"edit", household}, [] { return sync::Lane::ordinary; },
      [&](field::RowWriter& writer) {
        return writer.update(table, note, {{"text", Value("门锁修好了")}});
      });
  REQUIRE(edited.ok());
  require_synced(other);
  require_synced(older);
  require_synced(newer);
  CHECK(newer.count("SELECT count(*) FROM " + table + " WHERE text='门锁修好了'") == 1);
  require_clean(fixture);

  fixture.update(ahead(0).district());  // started again: the kept rows are found
  for (FieldTablet* tablet : {&newer, &other, &older}) tablet->wire.reconnect();
  require_synced(newer);
  insert_note(newer, fixture, household, "又一条");
  require_synced(newer);

  fixture.update(ahead(1).district());
  for (FieldTablet* tablet : {&newer, &other, &older}) tablet->wire.reconnect();
  CHECK(fixture.count("SELECT count(*) FROM " + table + " WHERE text='门锁修好了'") == 1);
  CHECK(fixture.count("SELECT count(*) FROM kept_row") == 0);
  CHECK(fixture.count("SELECT count(*) FROM kept_table") == 0);
  require_clean(fixture);
  require_synced(older);
  CHECK(older.count("SELECT count(*) FROM kept_row") == 2);
  older.update(ahead(1).tablet());
  CHECK(older.count("SELECT count(*) FROM kept_row") == 0);
  CHECK(older.count("SELECT count(*) FROM " + table) == 2);
  require_synced(older);
  require_synced(other);
  insert_note(older, fixture, household, "第三条");
  require_synced(older);
  require_synced(newer);
  CHECK(newer.count("SELECT count(*) FROM " + table) == 3);
  require_clean(fixture);
}

TEST_CASE("a kept row may name what was set aside, and nothing that never came") {
  DistrictFixture fixture;
  FieldTablet newer(fixture, "w001001001", ahead(1).tablet());
  require_synced(newer);
  const Uuid aside = fresh_id();
  const auto elsewhere = newer.store().save(
      {"edit", aside}, [] { return sync::Lane::ordinary; },
      [&](field::RowWriter& writer) {
        return writer.insert("household", aside,
                             {{"grid", sql::to_value(fixture.id_of("grid", "code", kSecondGrid))},
                              {"door", Value(std::string("9号楼"))},
                              {"door_order", Value(std::int64_t{9})},
                              {"address", Value(std::string("新建路9号楼"))},
                              {"enrolled_on", Value(std::string("2026-11-18"))}});
      });
  REQUIRE(elsewhere.ok());
  insert_note(newer, fixture, aside, "这一户没有收下");
  insert_note(newer, fixture, fresh_id(), "从来没有这一户");
  static_cast<void>(newer.sync());
  REQUIRE(fixture.count("SELECT count(*) FROM kept_row") == 2);
  REQUIRE(fixture.count("SELECT count(*) FROM household WHERE door='9号楼'") == 0);
  fixture.update(ahead(1).district());
  REQUIRE(fixture.count("SELECT count(*) FROM " + added_table(1)) == 2);
  const auto report = district::verify_store(fixture.district());
  REQUIRE(report.ok());
  REQUIRE(report->faults.size() == 1);
  CHECK(report->faults.front() == "1 rows of " + added_table(1) + " have no household");
}

TEST_CASE("a kept row that the new table cannot hold goes to the register and to no table") {
  DistrictFixture fixture;
  const Uuid grid = fixture.id_of("grid", "code", kFirstGrid);
  Tablet tablet(fixture);
  FieldTablet older(fixture);
  tablet.schema_version = ahead(1).tablet().catalog.version;
  const sync::Operation row{added_table(1),
                            fresh_id(),
                            sync::OperationKind::insert,
                            {{"grid", {}, sql::to_value(grid)}, {"text", {}, Value("没有户")}}};
  REQUIRE(tablet.push({tablet.group({row})}).verdicts.front().verdict == sync::Verdict::applied);
  sync::Operation elsewhere = row;
  elsewhere.row = fresh_id();
  elsewhere.columns.front().next = sql::to_value(fixture.id_of("grid", "code", kSecondGrid));
  CHECK(tablet.push({tablet.group({elsewhere})}).verdicts.front().reason == "sync.scope");
  require_synced(older);
  require_clean(fixture);
  fixture.update(ahead(1).district());
  older.wire.reconnect();
  CHECK(fixture.count("SELECT count(*) FROM conflict WHERE reason='does_not_fit' AND next_value='没有户'") ==
        1);
  CHECK(fixture.count("SELECT count(*) FROM " + added_table(1)) == 0);
  require_clean(fixture);
  older.update(ahead(1).tablet());
  require_synced(older);
}

TEST_CASE("a district works with three older versions and the next, and says what to do to all others") {
  DistrictFixture fixture(files::system_files(), ahead(4).district());
  const Uuid household = add_households(fixture, 1).front();
  const FieldTablet* last = nullptr;
  std::vector<std::unique_ptr<FieldTablet>> tablets;
  for (int version = 1; version <= 5; ++version) {
    tablets.push_back(std::make_unique<FieldTablet>(fixture, "w001001001", ahead(version).tablet()));
    require_synced(*tablets.back());
    edit(*tablets.back(), household, added_column(version), "版本" + std::to_string(version));
    require_synced(*tablets.back());
    last = tablets.back().get();
  }
  REQUIRE(last != nullptr);
  for (auto& tablet : tablets) {
    require_synced(*tablet);
    for (int version = 1; version <= 5; ++version)
      CHECK(held(*tablet, household, added_column(version)) == "版本" + std::to_string(version));
  }
  require_clean(fixture);

  FieldTablet oldest(fixture, "w001001001", ahead(0).tablet());
  const Status refused = oldest.sync();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "sync.schema_old");
  CHECK(refused.error().message.find("请更新平板程序") != std::string::npos);
  CHECK(refused.error().message.find("Nothing is lost") != std::string::npos);
  CHECK(fixture.count("SELECT count(*) FROM device WHERE last_contact_at IS NOT NULL") == 6);
  oldest.update(ahead(1).tablet());
  require_synced(oldest);

  fixture.update(ahead(4).district());
  DistrictFixture behind(files::system_files(), ahead(0).district());
  FieldTablet newest(behind, "w001001001", ahead(2).tablet());
  const Status early = newest.sync();
  REQUIRE_FALSE(early.ok());
  CHECK(early.error().code == "sync.schema_new");
  behind.update(ahead(1).district());
  newest.wire.reconnect();
  require_synced(newest);
}

TEST_CASE("a column no newer program could have sent is refused") {
  DistrictFixture fixture;
  const Uuid household = add_households(fixture, 1).front();
  Tablet tablet(fixture);
  const auto shipped = ahead(0).tablet().catalog.version;
  const auto verdict_of = [&](std::int32_t version, const std::string& column) {
    tablet.schema_version = version;
    return tablet.push({tablet.group({change("household", household, column, {}, std::string("x"))})})
        .verdicts.front();
  };
  CHECK(verdict_of(shipped, "made_up").reason == "sync.unknown_column");
  CHECK(verdict_of(shipped + 2, "made_up").reason == "sync.schema_version");
  CHECK(verdict_of(shipped + 1, "deleted").reason == "sync.unknown_column");
  CHECK(fixture.count("SELECT count(*) FROM household WHERE extra IS NOT NULL") == 0);
}

TEST_CASE("a kept value that the new column cannot hold goes to the register and to no column") {
  DistrictFixture fixture;
  const Uuid household = add_households(fixture, 1).front();
  const std::string column = added_column(1);
  Tablet tablet(fixture);
  tablet.schema_version = ahead(1).tablet().catalog.version;
  REQUIRE(tablet.push({tablet.group({change("household", household, column, {}, std::int64_t{7})})})
              .verdicts.front()
              .verdict == sync::Verdict::applied);
  FieldTablet older(fixture);
  require_synced(older);
  fixture.update(ahead(1).district());
  older.wire.reconnect();
  CHECK(fixture.count("SELECT count(*) FROM conflict WHERE reason='does_not_fit' AND next_value=7") == 1);
  CHECK(fixture.count("SELECT count(*) FROM household WHERE extra IS NOT NULL OR " + column +
                      " IS NOT NULL") == 0);
  require_synced(older);
  CHECK(older.count("SELECT count(*) FROM household WHERE extra IS NOT NULL") == 0);
  require_clean(fixture);
}

}  // namespace doudi::test
