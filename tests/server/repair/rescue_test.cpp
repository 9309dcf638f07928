// A damaged tablet against a real district: after the rescue the next sync brings back what its page held,
// everything it had not sent arrives once, and both hold the same rows. Nobody enrols anything again.
#include <catch2/catch_test_macros.hpp>

#include "field_client/client/parts.hpp"
#include "tests/server/repair/field_tablet.hpp"

namespace doudi::test {
namespace {

constexpr std::size_t kPageBytes = 4096;

void save_visit(FieldTablet& tablet, const Uuid& grid, const Uuid& household) {
  auto& store = tablet.store();
  const auto saved = store.save(
      {"visit", household}, [] { return sync::Lane::ordinary; },
      [&](field::RowWriter& writer) {
        field::RowValues values;
        for (const auto& change : visit_row(tablet.wire, grid, household).columns)
          values.emplace_back(change.column, change.next);
        return writer.insert("visit", field::new_id(store.clock()), values);
      });
  REQUIRE(saved.ok());
}

void same_as_the_district(DistrictFixture& fixture, FieldTablet& tablet) {
  CHECK(tablet.store().groups().unsent()->groups == 0);
  CHECK(field::verify_digests(tablet.store())->empty());
  CHECK(tablet.store().groups().verify_chain()->empty());
  const std::string of_grid =
      " WHERE grid=(SELECT id FROM grid WHERE code='" + std::string(kFirstGrid) + "')";
  for (const char* table : {"household", "person", "visit"}) {
    INFO(table);
    CHECK(tablet.count("SELECT count(*) FROM " + std::string(table)) ==
          fixture.count("SELECT count(*) FROM " + std::string(table) + of_grid));
  }
  CHECK(tablet.count("SELECT count(*) FROM set_aside_row") == 0);
}

}  // namespace

TEST_CASE(
    "after a rescue the district gives back what the damaged page held and gets what was unsent, once") {
  DistrictFixture fixture;
  const Uuid grid = fixture.id_of("grid", "code", kFirstGrid);
  const auto households = add_households(fixture, 300);
  FieldTablet tablet(fixture);
  REQUIRE(tablet.sync().ok());
  int visits = 0;
  for (; visits < 60; ++visits) save_visit(tablet, grid, households[static_cast<std::size_t>(visits)]);
  REQUIRE(tablet.sync().ok());
  for (; visits < 80; ++visits) save_visit(tablet, grid, households[static_cast<std::size_t>(visits)]);
  REQUIRE(tablet.store().checkpoint().ok());
  const auto pages = tablet.store_pages(kPageBytes);
  REQUIRE(pages > 60);
  for (std::size_t page = 1; page <= pages; page += 7) {
    INFO("page " << page << " of " << pages);
    const field::RescueFacts report = tablet.damage_and_rescue((page - 1) * kPageBytes + 900);
    CHECK(report.damaged_pages == 1);
    const std::int64_t lost = static_cast<std::int64_t>(report.lost_groups.size());
    const Status synced = tablet.sync();
    INFO((synced.ok() ? std::string() : synced.error().code + ": " + synced.error().message));
    REQUIRE(synced.ok());
    CHECK(fixture.count("SELECT count(*) FROM visit") >= visits - lost);
    CHECK(fixture.count("SELECT count(*) FROM visit") <= visits);
    same_as_the_district(fixture, tablet);
    save_visit(tablet, grid, households[static_cast<std::size_t>(++visits)]);
    REQUIRE(tablet.sync().ok());
  }
  CHECK(fixture.count("SELECT count(*) FROM conflict") == 0);
  CHECK(fixture.command({"verify"}).first == 0);
}

}  // namespace doudi::test
