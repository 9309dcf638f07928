// What one tablet sends and another one gets, from store to store over TLS on loopback with signatures, merge
// and durable commits on both sides: `bench_sync`. The limit beside it is a bare loop that commits as many
// rows.
#include <catch2/catch_test_macros.hpp>

#include "tests/server/repair/field_tablet.hpp"
#include "tools/bench/bare_store.hpp"
#include "tools/bench/timing.hpp"

namespace doudi::bench {
namespace {

constexpr int kVisits = 2'000;
constexpr int kRowsPerVisit = 9;

template <class Work>
double seconds(const Work& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void save_visit(test::FieldTablet& tablet, const Uuid& household, const Uuid& grid, const Uuid& worker) {
  const field::DeviceClock& clock = tablet.store().clock();
  const Uuid visit = field::new_id(clock);
  const Instant now = clock.wall();
  const auto write = [&](field::RowWriter& writer) -> Status {
    DOUDI_TRY(writer.insert("visit", visit,
                            {{"grid", sql::to_value(grid)},
                             {"household", sql::to_value(household)},
                             {"worker", sql::to_value(worker)},
                             {"seen_at", sql::to_value(now)},
                             {"monotonic_ms", Value{clock.monotonic_ms()}},
                             {"boot_id", Value{clock.boot_id}},
                             {"mode", Value{std::string("home")}},
                             {"outcome", Value{std::string("met")}},
                             {"form", Value{std::string("visit")}},
                             {"form_version", Value{std::int64_t{1}}},
                             {"leaflet_given", Value{std::int64_t{1}}},
                             {"leaflet_posted", Value{std::int64_t{0}}},
                             {"note", Value{std::string("一切正常，血压药还有两周")}}}));
    for (int question = 1; question < kRowsPerVisit; ++question)
      DOUDI_TRY(writer.insert("visit_answer", field::new_id(clock),
                              {{"grid", sql::to_value(grid)},
                               {"visit", sql::to_value(visit)},
                               {"question", Value{"V0" + std::to_string(question)}},
                               {"answer", Value{std::string(R"(["ok"])")}}}));
    return {};
  };
  REQUIRE(tablet.store()
              .save(
                  {"visit", household}, [] { return sync::Lane::ordinary; }, write)
              .ok());
}

double bare_seconds() {
  const test::TempDirectory home("bare");
  BareStore bare(home.path() / "bare.db");
  return seconds([&bare] {
    for (int visit = 0; visit < kVisits; ++visit) {
      bare.begin();
      for (int row = 0; row < kRowsPerVisit; ++row) bare.insert_row();
      bare.commit();
    }
  });
}

void print_rate(const std::string& what, double taken) {
  std::printf("%-12s %6.2f s   %7.0f visits/s   %8.0f rows/s\n", what.c_str(), taken, kVisits / taken,
              kVisits * kRowsPerVisit / taken);
}

}  // namespace

TEST_CASE("push and pull") {
  test::DistrictFixture fixture;
  const auto homes = test::add_households(fixture, 100);
  test::FieldTablet sender(fixture);
  test::FieldTablet receiver(fixture);
  REQUIRE(sender.sync().ok());
  REQUIRE(receiver.sync().ok());
  const Uuid grid = fixture.id_of("grid", "code", test::kFirstGrid);
  const Uuid worker = fixture.id_of("account", "login", "w001001001");
  for (int visit = 0; visit < kVisits; ++visit)
    save_visit(sender, homes[static_cast<std::size_t>(visit) % homes.size()], grid, worker);

  print_rate("push", seconds([&] { REQUIRE(sender.sync().ok()); }));
  print_rate("pull", seconds([&] { REQUIRE(receiver.sync().ok()); }));
  print_rate("bare commits", bare_seconds());
  REQUIRE(receiver.count("SELECT count(*) FROM visit_answer") == kVisits * (kRowsPerVisit - 1));
  REQUIRE(receiver.count("SELECT count(*) FROM incident WHERE kind <> 'new_epoch'") == 0);
}

}  // namespace doudi::bench
