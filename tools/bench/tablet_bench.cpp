// Tablet figures beside their limit in one run: saving a visit against a bare SQLCipher commit, Today with a
// full grid, search, and what a day's visits cost on the wire. The district is the real server over TLS.
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "field_client/include/doudi/field.hpp"
#include "tests/e2e/district.hpp"
#include "tools/bench/bare_store.hpp"
#include "tools/bench/byte_counter.hpp"
#include "tools/bench/timing.hpp"

namespace doudi::bench {
namespace {

constexpr int kPairs = 400;
constexpr std::int64_t kRecordsWanted = 50'000;
constexpr int kVisitsOfADay = 20;

template <class T>
T must(Result<T> result) {
  if (!result.ok()) {
    std::cerr << "bench: " << result.error().code << " " << result.error().message << "\n";
    std::exit(1);
  }
  return std::move(*result);
}
void must(const Status& status) {
  if (status.ok()) return;
  std::cerr << "bench: " << status.error().code << " " << status.error().message << "\n";
  std::exit(1);
}

std::vector<Uuid> due_households(field::Field& tablet) {
  std::vector<Uuid> households;
  for (const field::NetCell& cell : must(tablet.today()).net) households.push_back(cell.household);
  for (const field::DueRow& row : must(tablet.today()).due) households.push_back(row.household);
  return households;
}

// The full form with nothing wrong: visit and answers, as a careful worker records it.
field::NewVisit ordinary_visit(const Uuid& household) {
  field::NewVisit visit;
  visit.household = household;
  visit.met = "self";
  visit.answers = {{"V02", {"ok"}},   {"V03", {"ok"}},   {"V04", {"safe"}}, {"V05", {"none"}},
                   {"V06", {"none"}}, {"V09", {"safe"}}, {"V10", {"same"}}, {"V12", {"ok"}}};
  visit.leaflet_given = true;
  return visit;
}

void bench_save(field::Field& tablet, const std::vector<Uuid>& households,
                const std::filesystem::path& folder, const std::string& when) {
  BareStore bare(folder / ("bare-" + when + ".db"));
  Latencies bare_commit;
  Latencies save;
  for (int i = 0; i < kPairs; ++i) {
    bare_commit.time([&] {
      bare.begin();
      bare.insert_row();
      bare.commit();
    });
    const auto visit = ordinary_visit(households[static_cast<std::size_t>(i) % households.size()]);
    save.time([&] { must(tablet.save_visit(visit)); });
  }
  print_latency("bare SQLCipher commit of one row, synchronous=FULL, " + when, bare_commit);
  print_latency("save one visit with 8 answers, " + when, save);
  print_figure("  above the bare commit, p50", 1000 * (save.p50() - bare_commit.p50()), "us");
  print_figure("  above the bare commit, p99", 1000 * (save.p99() - bare_commit.p99()), "us");
}

void fill(field::Field& tablet, const std::vector<Uuid>& households) {
  const std::int64_t rows_per_visit = 9;
  for (std::int64_t i = 0; i * rows_per_visit < kRecordsWanted; ++i) {
    must(tablet.save_visit(ordinary_visit(households[static_cast<std::size_t>(i) % households.size()])));
  }
}

void bench_reads(field::Field& tablet, const std::vector<Uuid>& households) {
  Latencies after_save;
  Latencies again;
  for (int i = 0; i < 60; ++i) {
    must(tablet.save_visit(ordinary_visit(households[static_cast<std::size_t>(i) % households.size()])));
    after_save.time([&] { must(tablet.today()); });
    again.time([&] { must(tablet.today()); });
  }
  print_latency("Today after a save, " + std::to_string(households.size()) + " households, 50,000 records",
                after_save);
  print_latency("Today again", again);
  Latencies search;
  for (int i = 0; i < 60; ++i) {
    for (const std::string query : {"zhang", "wgl", "李", "3号楼"})
      search.time([&] { must(tablet.search(query)); });
  }
  print_latency("search by pinyin, initials, character, door", search);
}

void bench_wire(test::District& district, const std::string& worker) {
  const auto url = district.url();
  ByteCounter wire(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  const auto code =
      nlohmann::json::parse(district.server({"device", "code", "--worker", worker, "--json"}).out);
  auto tablet = must(field::Field::open(
      {district.root() / "wire", std::filesystem::path(std::getenv("DOUDI_BIN")) / "../share/doudi"}));
  tablet->enable_background_sync(false);
  must(tablet->enroll({"https://127.0.0.1:" + std::to_string(wire.port()), code.at("code").get<std::string>(),
                       "246810", "bench", 1U << 12U}));
  const auto households = due_households(*tablet);
  must(tablet->sync_now(std::chrono::seconds(30)));

  const auto counted = [&](const char* what, auto&& work) {
    const std::uint64_t up = wire.up();
    const std::uint64_t down = wire.down();
    work();
    must(tablet->sync_now(std::chrono::seconds(30)));
    std::printf("%-62s up %6llu B   down %6llu B\n", what, static_cast<unsigned long long>(wire.up() - up),
                static_cast<unsigned long long>(wire.down() - down));
  };
  counted("a sync with nothing to say", [] {});
  counted("a day of 20 visits, one sync", [&] {
    for (int i = 0; i < kVisitsOfADay; ++i) {
      must(tablet->save_visit(ordinary_visit(households[static_cast<std::size_t>(i) % households.size()])));
    }
  });
  counted("one emergency lead with its visit", [&] {
    auto visit = ordinary_visit(households.front());
    visit.answers["V02"] = {"none"};
    must(tablet->save_visit(visit));
  });
}

}  // namespace

int run_tablet_bench() {
  test::District district("street");
  district.serve();
  const std::string worker = district.workers().at(0);
  const auto code =
      nlohmann::json::parse(district.server({"device", "code", "--worker", worker, "--json"}).out);
  auto tablet = must(field::Field::open(
      {district.root() / "tablet", std::filesystem::path(std::getenv("DOUDI_BIN")) / "../share/doudi"}));
  tablet->enable_background_sync(false);
  must(tablet->enroll({district.url(), code.at("code").get<std::string>(), "246810", "bench", 1U << 12U}));
  const auto households = due_households(*tablet);
  bench_save(*tablet, households, district.root(), "empty store");
  fill(*tablet, households);
  bench_save(*tablet, households, district.root(), "50,000 records");
  bench_reads(*tablet, households);
  bench_wire(district, district.workers().at(1));
  return 0;
}

}  // namespace doudi::bench

int main() {
  if (std::getenv("DOUDI_BIN") == nullptr) {
    std::cerr << "set DOUDI_BIN to the folder of the built programs\n";
    return 2;
  }
  return doudi::bench::run_tablet_bench();
}
