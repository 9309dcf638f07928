// The real programs with a hostile network between them, the wrong time, a full disk and images put back:
// nothing acknowledged is lost, nothing arrives twice, and everything settles once the faults end.
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "tests/e2e/district.hpp"
#include "tests/support/fault_proxy.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

constexpr int kRoundsMin = 15, kRoundsMax = 150;
constexpr std::uint64_t kFaultsMin = 6;

Finished visit(const Tablet& tablet, const std::string& household, const std::string& note) {
  return tablet.field({"visit", "--household", household, "--met", "self", "--note", note, "--no-sync"});
}

int visits_on(const Tablet& tablet) {
  return Json::parse(tablet.status()).at("device").at("visits_recorded").get<int>();
}

int unsent_on(const Tablet& tablet) {
  return Json::parse(tablet.status()).at("chip").at("unsent").get<int>();
}

// Visits the district holds; its own check of everything must find no fault.
int visits_in(District& district) {
  const Finished verified = district.server({"verify", "--json"});
  INFO(verified.out << verified.err);
  REQUIRE(verified.exit_code == 0);
  return Json::parse(verified.out).at("visits").get<int>();
}

void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

std::string address_of(const FaultProxy& relay) {
  return "https://127.0.0.1:" + std::to_string(relay.port());
}

}  // namespace

TEST_CASE("a network that delays, cuts, doubles and damages loses nothing and doubles nothing") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  District district;
  district.serve();
  FaultProxy relay(static_cast<std::uint16_t>(district.port()));
  Tablet tablet(district, "tablet");
  tablet.enroll(district.workers().at(0), address_of(relay));
  const auto households = tablet.due_households();
  REQUIRE(households.size() > 3);

  FaultPlan hostile;
  hostile.seed = seed;
  hostile.faulty_percent = 80;
  hostile.cut_after_max = 6'000;  // what a sync of one visit takes
  relay.set_plan(hostile);
  // Chance may spare many connections: it goes on until the network was hostile enough.
  int rounds = 0;
  for (; rounds < kRoundsMin || (relay.faults() < kFaultsMin && rounds < kRoundsMax); ++rounds) {
    const auto& household = households[static_cast<std::size_t>(rounds) % households.size()];
    REQUIRE(visit(tablet, household, "round " + std::to_string(rounds)).exit_code == 0);
    tablet.field({"sync", "--timeout", "2"});  // may fail: that is the point
  }
  CHECK(relay.faults() >= kFaultsMin);

  relay.set_plan({});
  tablet.sync();
  CHECK(unsent_on(tablet) == 0);
  CHECK(tablet.field({"verify"}).exit_code == 0);
  district.stop_server();
  CHECK(visits_in(district) == rounds);
}

TEST_CASE("a clock wrong by ten years either way keeps nobody out and loses nothing") {
  District district;
  district.serve();
  Tablet tablet(district, "tablet");
  tablet.enroll(district.workers().at(0));
  const auto households = tablet.due_households();
  REQUIRE(households.size() > 3);
  std::size_t next = 0;
  for (const char* shift : {"+3650d", "-3650d", "+0d"}) {
    tablet.run_under({"/usr/bin/faketime", "--exclude-monotonic", "-f", shift});
    INFO("clock " << shift);
    REQUIRE(visit(tablet, households[next++], "at another time").exit_code == 0);
    tablet.sync();
    CHECK(unsent_on(tablet) == 0);
  }
  const auto leads = tablet.field({"lead", "--household", households[0], "--category", "急难·断粮", "--grade",
                                   "1", "--description", "家中已经没有吃的"});
  INFO(leads.out << leads.err);
  CHECK(leads.exit_code == 0);
  tablet.sync();
  district.stop_server();
  CHECK(visits_in(district) == 3);
}

TEST_CASE("a tablet that was away for a year sends what it holds and gets what it missed") {
  const std::vector<std::string> a_year_ago{"/usr/bin/faketime", "--exclude-monotonic", "-f", "-365d"};
  District district;
  district.serve();
  Tablet away(district, "away");
  Tablet here(district, "here");
  away.run_under(a_year_ago);
  away.enroll(district.workers().at(0));
  here.enroll(district.workers().at(0));
  const auto households = here.due_households();
  REQUIRE(households.size() > 3);
  REQUIRE(visit(away, households[0], "before the year").exit_code == 0);
  REQUIRE(visit(here, households[1], "meanwhile").exit_code == 0);
  here.sync();
  away.run_under({});
  away.sync();
  CHECK(unsent_on(away) == 0);
  CHECK(visits_on(away) == 2);
  here.sync();
  CHECK(visits_on(here) == 2);
  district.stop_server();
  CHECK(visits_in(district) == 2);
}

TEST_CASE("a tablet put back to an older image keeps both histories") {
  District district;
  district.serve();
  Tablet tablet(district, "tablet");
  tablet.enroll(district.workers().at(0));
  const auto households = tablet.due_households();
  REQUIRE(households.size() > 4);
  REQUIRE(visit(tablet, households[0], "one").exit_code == 0);
  tablet.sync();
  const auto image = district.root() / "image";
  copy_folder(tablet.directory(), image);
  REQUIRE(visit(tablet, households[1], "after the image, sent").exit_code == 0);
  tablet.sync();
  copy_folder(image, tablet.directory());
  REQUIRE(visit(tablet, households[2], "after the rollback").exit_code == 0);
  tablet.sync();
  tablet.sync();
  CHECK(unsent_on(tablet) == 0);
  CHECK(visits_on(tablet) == 3);
  CHECK(tablet.field({"verify"}).exit_code == 0);
  district.stop_server();
  CHECK(visits_in(district) == 3);
}

TEST_CASE("of a cloned tablet both branches arrive") {
  District district;
  district.serve();
  Tablet original(district, "original");
  original.enroll(district.workers().at(0));
  const auto households = original.due_households();
  REQUIRE(households.size() > 4);
  REQUIRE(visit(original, households[0], "common").exit_code == 0);
  original.sync();
  Tablet clone(district, "clone");
  copy_folder(original.directory(), clone.directory());
  REQUIRE(visit(original, households[1], "of the original").exit_code == 0);
  REQUIRE(visit(clone, households[2], "of the clone").exit_code == 0);
  original.sync();
  clone.sync();
  original.sync();
  clone.sync();
  CHECK(visits_on(original) == 3);
  CHECK(visits_on(clone) == 3);
  district.stop_server();
  CHECK(visits_in(district) == 3);
}

TEST_CASE("a tablet whose disk is full refuses clearly, keeps what it has and goes on with room") {
  District district;
  district.serve();
  Tablet tablet(district, "tablet");
  tablet.enroll(district.workers().at(0));
  const auto households = tablet.due_households();
  REQUIRE(households.size() > 4);
  REQUIRE(visit(tablet, households[0], "with room").exit_code == 0);
  // Nothing may grow: every write beyond the present size of a file fails as on a full disk.
  tablet.run_under({"/usr/bin/prlimit", "--fsize=4096"});
  const Finished refused = visit(tablet, households[1], "without room");
  INFO(refused.out << refused.err);
  CHECK(refused.exit_code != 0);
  CHECK(refused.exit_code < 128);  // told, not killed
  tablet.run_under({});
  CHECK(visits_on(tablet) == 1);
  REQUIRE(visit(tablet, households[1], "with room again").exit_code == 0);
  tablet.sync();
  district.stop_server();
  CHECK(visits_in(district) == 2);
}

TEST_CASE("a server whose disk is full sends tablets away and takes everything once there is room") {
  District district;
  district.serve();
  Tablet tablet(district, "tablet");
  tablet.enroll(district.workers().at(0));
  const auto households = tablet.due_households();
  REQUIRE(households.size() > 4);
  district.stop_server();
  district.run_under({"/usr/bin/prlimit", "--fsize=32768"});
  district.serve();
  REQUIRE(visit(tablet, households[0], std::string(400, 'x')).exit_code == 0);
  for (int i = 1; i < 12; ++i)
    REQUIRE(visit(tablet, households[static_cast<std::size_t>(i) % households.size()], std::string(400, 'x'))
                .exit_code == 0);
  const Finished sent = tablet.field({"sync", "--timeout", "3"});
  INFO(sent.out << sent.err);
  CHECK(sent.exit_code != 0);
  CHECK(unsent_on(tablet) > 0);
  district.stop_server();
  district.run_under({});
  district.serve();
  tablet.sync();
  CHECK(unsent_on(tablet) == 0);
  district.stop_server();
  CHECK(visits_in(district) == 12);
}

}  // namespace doudi::test
