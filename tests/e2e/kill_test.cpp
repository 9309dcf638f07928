// Either program may die at any moment: nothing acknowledged is lost, nothing arrives twice.
#include <signal.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "tests/e2e/district.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

std::vector<std::string> due_households(const Tablet& tablet) {
  std::vector<std::string> households;
  const auto due = Json::parse(tablet.field({"due"}).out);
  for (const auto& row : due.at("due")) {
    const auto household = row.at("household").get<std::string>();
    if (households.empty() || households.back() != household) households.push_back(household);
  }
  return households;
}

// Starts one visit and kills the program after a random time; true when the program had acknowledged it.
bool visit_killed_after(const Tablet& tablet, const std::string& household, const std::string& note,
                        std::chrono::milliseconds life) {
  Process visit({program("doudi-field").string(), "visit", "--household", household, "--met", "self",
                 "--note", note, "--data", tablet.directory().string(), "--json"},
                {{"DOUDI_PIN", "246810"}});
  std::this_thread::sleep_for(
      life);  // the moment of death is the subject of the test, not a wait for something
  visit.signal(SIGKILL);
  return visit.finish(std::chrono::seconds(10)).out.find("\"visit\"") != std::string::npos;
}

}  // namespace

TEST_CASE("programs killed at random moments lose nothing and double nothing") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  District district;
  district.serve();
  Tablet tablet(district, "tablet");
  tablet.enroll(district.workers().at(0));
  const auto households = due_households(tablet);
  REQUIRE(households.size() > 3);

  int acknowledged = 0;
  for (int round = 0; round < 12; ++round) {
    const auto household = households[static_cast<std::size_t>(round) % households.size()];
    const auto life = std::chrono::milliseconds(random() % 500);
    if (visit_killed_after(tablet, household, "round " + std::to_string(round), life)) ++acknowledged;
    if (round % 3 == 0) {
      Process sync({program("doudi-field").string(), "sync", "--data", tablet.directory().string(), "--json"},
                   {{"DOUDI_PIN", "246810"}});
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
      if (round % 2 == 0) {
        district.kill_server();
        district.serve();
      } else {
        sync.signal(SIGKILL);
      }
      sync.finish(std::chrono::seconds(30));
    }
  }
  tablet.sync();

  const auto stored = Json::parse(tablet.status()).at("device").at("visits_recorded").get<int>();
  CHECK(stored >= acknowledged);
  CHECK(Json::parse(tablet.status()).at("chip").at("unsent").get<int>() == 0);
  CHECK(tablet.field({"verify"}).exit_code == 0);
  district.stop_server();
  const Finished verified = district.server({"verify", "--json"});
  INFO(verified.out << verified.err);
  REQUIRE(verified.exit_code == 0);
  CHECK(Json::parse(verified.out).at("visits").get<int>() == stored);
}

}  // namespace doudi::test
