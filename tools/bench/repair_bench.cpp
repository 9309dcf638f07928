// First load of 50,000 records and the repair of one corrupt row, over TLS on loopback with signatures and
// two encrypted stores: `bench_repair`. The limit beside it is the bare insertion of as many rows.
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdio>

#include "shared/sql/sqlcipher.hpp"
#include "tests/server/repair/field_tablet.hpp"

namespace doudi::test {
namespace {

constexpr int kHouseholds = 50'000;

template <class Work>
double milliseconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

std::size_t traffic_of(const FieldTablet& tablet) {
  std::size_t bytes = 0;
  for (const auto& [target, traffic] : tablet.traffic()) bytes += traffic.up + traffic.down;
  return bytes;
}

// The same columns into a fresh encrypted store, 2,000 rows a transaction, without digests and positions.
double bare_insertion(FieldTablet& tablet) {
  const TempDirectory home("bare");
  const Secret key(Bytes(32, 9));
  auto bare = sql::open_sqlcipher({.file = home.path() / "bare.db", .create = true}, key);
  REQUIRE(bare.ok());
  REQUIRE(
      (*bare)
          ->script("CREATE TABLE household(id BLOB PRIMARY KEY, grid BLOB, door TEXT, door_order INTEGER, "
                   "address TEXT, enrolled_on TEXT)")
          .ok());
  std::vector<std::vector<Value>> rows;
  REQUIRE(tablet.store()
              .connection()
              .query("SELECT id, grid, door, door_order, address, enrolled_on FROM household",
                     [&rows](const sql::Row& row) {
                       rows.emplace_back();
                       for (int i = 0; i < row.size(); ++i) rows.back().push_back(row.value(i));
                       return true;
                     })
              .ok());
  return milliseconds([&] {
    for (std::size_t at = 0; at < rows.size();) {
      auto transaction = sql::Transaction::begin(**bare);
      REQUIRE(transaction.ok());
      for (int i = 0; i < 2'000 && at < rows.size(); ++i, ++at)
        REQUIRE((*bare)->run("INSERT INTO household VALUES($1,$2,$3,$4,$5,$6)", rows[at]).ok());
      REQUIRE(transaction->commit().ok());
    }
  });
}

}  // namespace

TEST_CASE("first load and repair") {
  DistrictFixture fixture;
  const auto ids = add_households(fixture, kHouseholds);
  FieldTablet tablet(fixture);
  const double load = milliseconds([&] { REQUIRE(tablet.sync().ok()); });
  REQUIRE(tablet.count("SELECT count(*) FROM household") == kHouseholds + 1);
  std::printf(
      "first load of %d records: %.0f ms, %zu bytes, %zu pages; bare insertion of the rows: %.0f ms\n",
      kHouseholds, load, traffic_of(tablet), tablet.traffic().at("pull").calls, bare_insertion(tablet));

  const double nothing = milliseconds([&] { REQUIRE(tablet.sync().ok()); });
  tablet.tamper("UPDATE household SET phone = '1' WHERE id = $1", sql::params(ids[31'337]));
  REQUIRE(tablet.store().set_setting("repair_asked", Value{std::int64_t{1}}).ok());
  const double repair = milliseconds([&] { REQUIRE(tablet.sync().ok()); });
  REQUIRE(tablet.count("SELECT count(*) FROM household WHERE phone = '1'") == 0);
  std::printf(
      "one corrupt row of %d found and mended: %.0f ms, %zu bytes in %zu questions; a sync without news: "
      "%.0f ms\n",
      kHouseholds, repair, traffic_of(tablet), tablet.traffic().at("compare").calls, nothing);
  field::RangeRepair count(tablet.store());
  REQUIRE(tablet.store().set_setting("repair_asked", Value{std::int64_t{1}}).ok());
  const double counted = milliseconds([&] { REQUIRE_FALSE(*count.begin()); });
  std::printf("counting %d rows anew on the tablet: %.0f ms\n", kHouseholds, counted);
}

}  // namespace doudi::test
