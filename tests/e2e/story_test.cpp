// The story of the product, told by the real programs: what was recorded without a network reaches the ledger
// once.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/e2e/district.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

std::string first_due_household(const Tablet& tablet) {
  const auto due = Json::parse(tablet.field({"due"}).out);
  return due.at("due").at(0).at("household").get<std::string>();
}

Finished no_food_visit(const Tablet& tablet, const std::string& household) {
  return tablet.field({"visit", "--household", household, "--met", "self", "--answer", "V02=none",
                       "--leaflet", "--note", "MARKER-7f3a-家里断粮"});
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Files that hold `marker` in clear.
std::vector<std::string> files_with(const std::filesystem::path& folder, const std::string& marker) {
  std::vector<std::string> hits;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && bytes_of(entry.path()).find(marker) != std::string::npos)
      hits.push_back(entry.path().string());
  }
  return hits;
}

}  // namespace

TEST_CASE("a visit recorded without a network reaches the district ledger once") {
  District district;
  district.serve();
  Tablet tablet(district, "tablet");
  tablet.enroll(district.workers().at(0));
  const std::string household = first_due_household(tablet);

  district.stop_server();
  const Finished visit = no_food_visit(tablet, household);
  REQUIRE(visit.exit_code == 0);
  const auto lead = Json::parse(visit.out).at("leads").at(0);
  CHECK(lead.at("grade") == 1);
  CHECK(lead.at("category") == "急难·断粮");
  const auto offline = Json::parse(tablet.status()).at("chip");
  CHECK(offline.at("unsent").get<int>() == 1);
  CHECK(offline.at("state") != "synced");

  district.serve();
  tablet.sync();
  const auto sent = Json::parse(tablet.status()).at("chip");
  CHECK(sent.at("unsent").get<int>() == 0);

  Console console = district.reviewer();
  const auto duty = Json::parse(console.get("/v1/duty"));
  REQUIRE(duty.at("items").size() == 1);
  const auto item = duty.at("items").at(0);
  CHECK(item.at("state") == "reported");
  CHECK(item.at("due_at").is_string());
  const std::string lead_id = item.at("lead_id").get<std::string>();
  const auto entry = Json::parse(console.post("/v1/leads/" + lead_id + "/accept", R"({"grade":1})"));
  CHECK(entry.at("entry_no").get<std::string>().starts_with("120110-"));
  CHECK(entry.at("entry_no").get<std::string>().ends_with("-000001"));
  console.post("/v1/leads/" + lead_id + "/accept", R"({"grade":1})", 409);

  tablet.sync();
  const auto problems = Json::parse(tablet.field({"leads"}).out).at("leads");
  REQUIRE(problems.size() == 1);
  CHECK(problems.at(0).at("state") == "accepted");
  CHECK(problems.at(0).at("entry_no") == entry.at("entry_no"));

  SECTION("syncing again changes nothing") {
    tablet.sync();
    CHECK(Json::parse(console.get("/v1/duty")).at("items").size() == 1);
    CHECK(Json::parse(district.server({"ledger", "list", "--json"}).out).at("rows").size() == 1);
  }
  SECTION("both stores verify and agree") {
    CHECK(tablet.field({"verify"}).exit_code == 0);
    district.stop_server();
    const Finished verified = district.server({"verify"});
    INFO(verified.out << verified.err);
    CHECK(verified.exit_code == 0);
  }
  SECTION("no file of either program shows what was written") {
    district.stop_server();
    for (const std::string marker : {"MARKER-7f3a", "家里断粮"}) {
      CHECK(files_with(tablet.directory(), marker).empty());
      CHECK(files_with(district.store(), marker).empty());
    }
    REQUIRE(bytes_of(district.root() / "sample/roster_utf8.csv").find("990101") != std::string::npos);
    CHECK(files_with(tablet.directory(), "990101").empty());
    CHECK(files_with(district.store(), "990101").empty());
  }
  SECTION("a copied tablet store does not open without the device secret") {
    const auto copy = district.root() / "copy";
    std::filesystem::copy(tablet.directory(), copy, std::filesystem::copy_options::recursive);
    std::filesystem::remove(copy / "device.secret");
    Tablet thief(district, "copy");
    CHECK(thief.field({"status"}).exit_code != 0);
    CHECK_FALSE(std::filesystem::exists(copy / "device.secret"));
  }
}

}  // namespace doudi::test
