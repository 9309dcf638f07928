// The programs of this release and of the next one together, as they are for weeks after an update.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/e2e/district.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

void require_done(const Finished& finished) {
  INFO(finished.out << finished.err);
  REQUIRE(finished.exit_code == 0);
}

// `release` is "" or "-next": the program that would make the edit.
void edit(const Tablet& tablet, const std::string& release, const std::string& household,
          const std::string& column, const std::string& text) {
  require_done(run({program("doudi-cell" + release).string(), "tablet", tablet.directory().string(),
                    household, column, text},
                   {{"DOUDI_PIN", "246810"}}));
}

std::string first_household(const Tablet& tablet) {
  return Json::parse(tablet.field({"due"}).out).at("due").at(0).at("household").get<std::string>();
}

// What the tablet holds of the row, columns it does not know included.
Json household_on(const Tablet& tablet, const std::string& household) {
  const auto records = Json::parse(tablet.field({"export"}).out).at("records");
  for (const auto& record : records)
    if (record.at("table") == "household" && record.at("id") == household) return record;
  return {};
}

void require_in_step(const District& district, const std::vector<const Tablet*>& tablets) {
  require_done(district.server({"verify"}));
  for (const Tablet* tablet : tablets) require_done(tablet->field({"verify"}));
}

}  // namespace

TEST_CASE(
    "a column of the next release survives a district and a tablet of this one and is there after the "
    "update") {
  District district;
  district.serve();
  Tablet today(district, "today");
  Tablet next(district, "next");
  next.use_program("doudi-field-next");
  today.enroll(district.workers().at(0));
  next.enroll(district.workers().at(0));
  const std::string household = first_household(today);
  edit(next, "-next", household, "key_holder", "对门王姐有钥匙");
  next.sync();
  today.sync();
  CHECK(household_on(today, household).at("key_holder") == "对门王姐有钥匙");
  edit(today, "", household, "phone", "14000000077");
  today.sync();
  next.sync();
  CHECK(household_on(next, household).at("key_holder") == "对门王姐有钥匙");
  CHECK(household_on(next, household).at("phone") == "14000000077");
  require_in_step(district, {&today, &next});

  // The district is updated first; tablets of both releases go on.
  district.stop_server();
  district.use_program("doudi-server-next");
  district.serve();
  today.sync();
  edit(today, "", household, "phone", "14000000078");
  edit(next, "-next", household, "key_holder", "钥匙在居委会");
  next.sync();
  today.sync();
  next.sync();
  CHECK(household_on(today, household).at("key_holder") == "钥匙在居委会");
  CHECK(household_on(next, household).at("phone") == "14000000078");
  require_in_step(district, {&today, &next});
  district.stop_server();
  const Finished shown = run(
      {program("doudi-cell-next").string(), "district", district.store().string(), household, "key_holder"});
  require_done(shown);
  CHECK(shown.out == "钥匙在居委会");

  // The last tablet is updated.
  district.serve();
  today.use_program("doudi-field-next");
  CHECK(household_on(today, household).at("key_holder") == "钥匙在居委会");
  edit(today, "-next", household, "key_holder", "钥匙已收回");
  today.sync();
  next.sync();
  CHECK(household_on(next, household).at("key_holder") == "钥匙已收回");
  require_in_step(district, {&today, &next});
}

TEST_CASE("a store that a newer release has opened is refused by the older one and stays whole") {
  District district;
  district.use_program("doudi-server-next");
  require_done(district.server({"verify"}));
  district.use_program("doudi-server");
  const Finished refused = district.server({"verify"});
  CHECK(refused.exit_code == 1);
  CHECK((refused.out + refused.err).find("newer program") != std::string::npos);
  district.use_program("doudi-server-next");
  require_done(district.server({"verify"}));
}

}  // namespace doudi::test
