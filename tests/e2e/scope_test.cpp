// Grids and households change hands while tablets are out of reach, tablets are revoked and lost: no edit is
// lost, and what is no longer a worker's leaves the tablet.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/e2e/district.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

void visit(const Tablet& tablet, const std::string& household) {
  const Finished saved = tablet.field({"visit", "--household", household, "--met", "self", "--leaflet"});
  INFO(saved.out << saved.err);
  REQUIRE(saved.exit_code == 0);
}

void require_done(const Finished& finished) {
  INFO(finished.out << finished.err);
  REQUIRE(finished.exit_code == 0);
}

Json grid_of(const District& district, const std::string& worker) {
  const auto list = Json::parse(district.server({"grid", "list", "--json"}).out);
  for (const auto& grid : list.at("grids"))
    for (const auto& holder : grid.at("workers"))
      if (holder.at("login") == worker) return grid;
  return {};
}

// Rows counted anew, and their digest beside the one the district gave.
void require_same_digests(const Tablet& tablet) {
  require_done(tablet.field({"verify"}));
}

int visits_in_district(const District& district) {
  const Finished verified = district.server({"verify", "--json"});
  INFO(verified.out);
  REQUIRE(verified.exit_code == 0);
  return Json::parse(verified.out).at("visits").get<int>();
}

}  // namespace

TEST_CASE("households that move while their tablet is out of reach keep every edit and leave it afterwards") {
  District district;
  district.serve();
  Tablet former(district, "former");
  Tablet next(district, "next");
  former.enroll(district.workers().at(0));
  next.enroll(district.workers().at(1));
  const auto grid = grid_of(district, district.workers().at(1)).at("code").get<std::string>();
  const auto own = former.due_households();
  const std::size_t moving = (own.size() * 3 + 9) / 10;
  for (std::size_t i = 0; i < 6; ++i) visit(former, own.at(i));  // some move, some stay
  for (std::size_t i = 3; i < 3 + moving; ++i)
    require_done(district.server({"grid", "move", "--household", own.at(i), "--grid", grid}));
  former.sync();
  next.sync();
  CHECK(visits_in_district(district) == 6);
  for (const Tablet* tablet : {&former, &next}) {
    require_same_digests(*tablet);
  }
  for (std::size_t i = 3; i < 3 + moving; ++i) {
    CHECK(former.field({"visit", "--household", own.at(i), "--met", "self"}).exit_code == 1);
  }
  visit(next, own.at(3));
  next.sync();
  CHECK(visits_in_district(district) == 7);
}

TEST_CASE(
    "a grid handed over while its tablet is out of reach loses nothing and is gone from it afterwards") {
  District district;
  district.serve();
  Tablet former(district, "former");
  Tablet next(district, "next");
  former.enroll(district.workers().at(0));
  next.enroll(district.workers().at(1));
  const auto own = former.due_households();
  for (std::size_t i = 0; i < 3; ++i) visit(former, own.at(i));
  const auto grid = grid_of(district, district.workers().at(0)).at("code").get<std::string>();
  require_done(district.server({"grid", "assign", "--grid", grid, "--worker", district.workers().at(1)}));
  former.sync();
  CHECK(visits_in_district(district) == 3);
  CHECK(former.due_households().empty());
  CHECK(former.field({"household", "--household", own.at(0)}).exit_code != 0);
  Console reviewer = district.reviewer();
  const auto devices = Json::parse(reviewer.get("/v1/devices"));
  bool purged = false;
  for (const auto& device : devices)
    for (const auto& left : device.at("left_grids")) purged = purged || left.at("purged_at").is_string();
  CHECK(purged);
  next.sync();
  require_same_digests(next);
  visit(next, own.at(0));
  next.sync();
  CHECK(visits_in_district(district) == 4);
}

TEST_CASE("a revoked tablet destroys its keys and the office reads what it had not sent") {
  District district;
  district.serve();
  Tablet tablet(district, "tablet");
  tablet.enroll(district.workers().at(0));
  visit(tablet, tablet.due_households().at(0));
  const auto devices = Json::parse(district.server({"device", "list", "--json"}).out).at("devices");
  require_done(district.server({"device", "revoke", "--id", devices.at(0).at("id").get<std::string>()}));
  const Finished sync = tablet.field({"sync", "--timeout", "10"});
  CHECK(sync.exit_code == 1);
  CHECK(sync.out.find("auth.revoked") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(tablet.directory() / "keys.json"));
  CHECK_FALSE(std::filesystem::exists(tablet.directory() / "device.secret"));
  CHECK(tablet.field({"due"}).exit_code == 1);
  const Finished recovered =
      district.server({"recover", (tablet.directory() / "outbox.sealed").string(), "--json"});
  INFO(recovered.out);
  REQUIRE(recovered.exit_code == 0);
  CHECK(Json::parse(recovered.out).at("taken") == 1);
  CHECK(visits_in_district(district) == 1);
  // The same device in other hands: a new enrolment in the same folder, and nothing of before is thrown away.
  tablet.enroll(district.workers().at(0));
  CHECK(tablet.due_households().size() > 0);
  CHECK(visits_in_district(district) == 1);
}

}  // namespace doudi::test
