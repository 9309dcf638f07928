#include <catch2/catch_test_macros.hpp>
#include <string>

#include "shared/packs/packs.hpp"

using namespace doudi;

namespace {

const std::filesystem::path kSchema = DOUDI_SCHEMA_FOLDER;

std::string pack_with(const std::string& parameters) {
  return R"({"id":"x","title":"x","division":"1","version":1,"valid_from":"2020-01-01","parameters":{)" +
         parameters + "}}";
}

std::string refusal(const std::string& parameters) {
  const auto pack = packs::parse_policy(pack_with(parameters), "x.jsonc");
  return pack.ok() ? "ok" : pack.error().code + " " + pack.error().message;
}

}  // namespace

TEST_CASE("every shipped pack, calendar and form loads") {
  CHECK(packs::load_policies(kSchema / "policies").value().size() >= 6);
  CHECK(packs::load_calendars(kSchema / "calendars").value().size() == 19);
  CHECK(packs::load_forms(kSchema / "forms").value().size() >= 2);
  CHECK(packs::form_json(kSchema / "forms", "visit-v1").value().front() == '{');
}

TEST_CASE("a refusal names file, path and reason") {
  CHECK(refusal(R"("emergency.limits":{"state":"unset","source":"x"})") ==
        "packs.unknown_key x.jsonc: /parameters/emergency.limits: unknown parameter");
  CHECK(refusal(R"("emergency.limit":{"state":"set","value":999,"source":"x"})") ==
        "packs.range x.jsonc: /parameters/emergency.limit/value: must lie between 1 and 240");
  CHECK(refusal(R"("emergency.limit":{"state":"set","value":"24","source":"x"})").rfind("packs.type", 0) ==
        0);
  CHECK(refusal(R"("emergency.limit":{"state":"sett","value":24,"source":"x"})").rfind("packs.range", 0) ==
        0);
  CHECK(refusal(R"("emergency.limit":{"state":"set","source":"x"})").rfind("packs.missing", 0) == 0);
  CHECK(refusal(R"("emergency.limit":{"state":"unset","value":24,"source":"x"})")
            .rfind("packs.contradiction", 0) == 0);
  CHECK(refusal(R"("emergency.limit":{"state":"set","value":24,"source":"x","sorce":"y"})")
            .rfind("packs.unknown_key", 0) == 0);
  CHECK(refusal(R"("emergency.limit":{"state":"set","value":24,"source":"x"})")
            .rfind("packs.contradiction", 0) == 0);
  CHECK(refusal(R"("visit.full_coverage":{"state":"set","value":"mothly","source":"x"})")
            .rfind("packs.range", 0) == 0);
}

TEST_CASE("duplicate keys, deep nesting and broken files are refused") {
  CHECK(packs::parse_policy(R"({"id":"x","id":"y"})", "x").error().code == "packs.duplicate");
  CHECK(packs::parse_policy(std::string(100, '[') + std::string(100, ']'), "x").error().code ==
        "packs.syntax");
  CHECK(packs::parse_policy("{", "x").error().code == "packs.syntax");
  CHECK(packs::load_policy(kSchema / "policies", "../names/surname_readings").error().code ==
        "packs.missing");
}

TEST_CASE("a calendar day in another year or twice is refused") {
  const auto calendar = [](const std::string& days) {
    return packs::parse_calendar(R"({"year":2020,"version":1,"source":"x","days":[)" + days + "]}", "c");
  };
  CHECK(calendar(R"({"day":"2020-10-01"})").ok());
  CHECK(calendar(R"({"day":"2021-10-01"})").error().code == "packs.range");
  CHECK(calendar(R"({"day":"2020-10-01"},{"day":"2020-10-01","off":false})").error().code ==
        "packs.duplicate");
}

TEST_CASE("the visit form passes quickly with one answer per question and every answer is allowed") {
  const auto form = packs::load_form(kSchema / "forms", "visit-v1").value();
  CHECK(form.quick_pass);
  const domain::Answers answers = domain::quick_pass_answers(form, {});
  CHECK(domain::check_answers(form, answers, {}).ok());
  CHECK(answers.size() >= 15);
  for (int number = 1; number <= 19; ++number) {
    const std::string code = std::string(number < 10 ? "V0" : "V") + std::to_string(number);
    INFO(code);
    CHECK(form.find(code) != nullptr);
  }
}

TEST_CASE("a condition outside the small language is refused") {
  const std::string head =
      R"({"id":"f","version":1,"kind":"visit","title":{"zh":"f","en":"f"},"purpose":{"zh":"f","en":"f"},)"
      R"("topics":[{"code":"t","label":{"zh":"t","en":"t"}}],"questions":[{"code":"A","topic":"t","kind":"text",)"
      R"("label":{"zh":"a","en":"a"},"short":{"zh":"a","en":"a"},"spoken":{"zh":"a","en":"a"},"visible_when":)";
  CHECK(packs::parse_form(head + R"({"script":"1"}}]})", "f").error().code.rfind("packs.", 0) == 0);
  CHECK(packs::parse_form(head + R"({"question":"B","is":["x"]}}]})", "f").error().code ==
        "packs.contradiction");
}

TEST_CASE("surname readings come before the usual ones") {
  const auto names = packs::NameReader::load(kSchema / "names" / "surname_readings.jsonc").value();
  CHECK(names.readings("单玉华").at(0).front() == "shan");
  CHECK(names.readings("尉迟恭").at(0).front() == "yu");
  CHECK(names.readings("张").at(0).front() == "zhang");
  CHECK(names.key("吕梁").syllables.at(0) == std::vector<std::string>{"lv", "lu", "lyu"});
}
