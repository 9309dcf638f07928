// The sealed outbox of a lost tablet brings its work in, once, and nobody can write one for somebody else.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/server/tablet.hpp"

namespace doudi::test {
namespace {

nlohmann::json recover(DistrictFixture& fixture, const Bytes& content, int exit = 0) {
  const auto file = fixture.folder() / "outbox.sealed";
  write_file(file, as_text(content));
  const auto [code, output] = fixture.command({"recover", file.string(), "--json"});
  INFO(output);
  REQUIRE(code == exit);
  return nlohmann::json::parse(output);
}

}  // namespace

TEST_CASE("the office takes in what a lost tablet had not sent, and the tablet's own push changes nothing") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  const std::vector<sync::Group> groups{tablet.group({visit_row(tablet, place.grid, place.household)}),
                                        tablet.group({visit_row(tablet, place.grid, place.household)})};
  const auto report = recover(fixture, tablet.outbox(groups));
  CHECK(report["taken"] == 2);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 2);
  const auto later = tablet.push(groups);
  CHECK(later.verdicts[0].verdict == sync::Verdict::applied);
  CHECK(later.known_seq == 2);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 2);
  CHECK(recover(fixture, tablet.outbox(groups))["known"] == 2);
  CHECK(fixture.count("SELECT count(*) FROM audit_log WHERE action='tablet.recover'") == 2);
  CHECK(fixture.command({"verify"}).first == 0);
}

TEST_CASE("the work of a revoked tablet is recovered too") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  const std::vector<sync::Group> groups{tablet.group({visit_row(tablet, place.grid, place.household)})};
  REQUIRE(fixture.command({"device", "revoke", "--id", to_string(tablet.device)}).first == 0);
  CHECK(recover(fixture, tablet.outbox(groups))["taken"] == 1);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 1);
}

TEST_CASE("a record that another device signed is not believed") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  Tablet other(fixture, "w002001001");
  const Place place(fixture);
  const sync::Group group = tablet.group({visit_row(tablet, place.grid, place.household)});
  const Uuid own = other.device;
  other.device = tablet.device;  // it claims to be somebody else
  const Bytes forged = other.outbox({group});
  other.device = own;
  const auto report = recover(fixture, forged, 1);
  CHECK(report["unreadable"] == 1);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 0);
}

TEST_CASE("a changed record is left out and the others come in") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  const std::vector<sync::Group> groups{tablet.group({visit_row(tablet, place.grid, place.household)}),
                                        tablet.group({visit_row(tablet, place.grid, place.household)})};
  Bytes content = tablet.outbox(groups);
  content.back() ^= 1U;
  const auto report = recover(fixture, content, 1);
  CHECK(report["taken"] == 1);
  CHECK(report["unreadable"] == 1);
  write_file(fixture.folder() / "other", "something else");
  const auto [exit, output] = fixture.command({"recover", (fixture.folder() / "other").string(), "--json"});
  CHECK(exit == 1);
  CHECK(output.find("outbox.file") != std::string::npos);
}

}  // namespace doudi::test
