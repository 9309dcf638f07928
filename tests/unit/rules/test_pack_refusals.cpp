// A pack with a missing, misspelt, contradictory or out-of-range value is refused with file, path and reason:
// every parameter a pack may carry is broken here in every way its kind can be.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "shared/packs/packs.hpp"

using namespace doudi;
using domain::ParameterKind;
using domain::ParameterSpec;
using Json = nlohmann::json;

namespace {

std::string refusal(const Json& parameters) {
  const Json pack{{"id", "x"},
                  {"title", "x"},
                  {"division", "1"},
                  {"version", 1},
                  {"valid_from", "2020-01-01"},
                  {"parameters", parameters}};
  const auto parsed = packs::parse_policy(pack.dump(), "x.jsonc");
  return parsed.ok() ? "ok" : parsed.error().code + " " + parsed.error().message;
}

Json set(const Json& value) {
  return {{"state", "set"}, {"value", value}, {"source", "T"}};
}

std::string refusal_of(const ParameterSpec& spec, const Json& parameter) {
  return refusal({{std::string(spec.key), parameter}});
}

// Values of the right type that lie outside, and one of another type.
std::vector<Json> wrong_values(const ParameterSpec& spec) {
  switch (spec.kind) {
    case ParameterKind::boolean:
      return {"true", 1};
    case ParameterKind::integer:
      return {spec.min - 1, spec.max + 1, "12", 1.5, Json::array({spec.min})};
    case ParameterKind::text:
      if (spec.unit == "date") return {"2020-02-30", "soon", "", 20201001};
      return {"mothly", "", 7};
    case ParameterKind::list:
      if (spec.unit == "months") return {Json::array({"0"}), Json::array({"37"}), Json::array({"x"}), "3"};
      if (spec.unit == "percent") return {Json::array({"101"}), Json::array({"-1"}), Json::array({50}), "50"};
      if (spec.choices.empty()) return {Json::array({""}), "word"};
      return {Json::array({"nothing_of_the_kind"}), "work"};
    case ParameterKind::groups:
      return {Json::array({{{"tag", "a"}, {"age_from", 60}, {"age_below", 60}}}),
              Json::array({{{"tag", "a"}, {"age_from", -1}}}), Json::array({{{"tagg", "a"}}}), "a"};
    case ParameterKind::phases:
      return {Json::array({{{"code", "a"}, {"from", "2020-02-30"}, {"to", "2020-03-01"}}}),
              Json::array({{{"code", "a"}, {"from", "2020-02-01"}}}), "a"};
  }
  return {};
}

void check_refused(const ParameterSpec& spec, const Json& parameter, const std::string& code) {
  const std::string reason = refusal_of(spec, parameter);
  INFO(parameter.dump() << " -> " << reason);
  CHECK(reason.rfind(code, 0) == 0);
  CHECK(reason.find("x.jsonc: /parameters/" + std::string(spec.key)) != std::string::npos);
}

}  // namespace

TEST_CASE("every parameter is refused when its value, state or source is missing or misspelt") {
  for (const ParameterSpec& spec : domain::parameter_specs()) {
    check_refused(spec, {{"state", "set"}, {"source", "T"}}, "packs.missing");
    check_refused(spec, {{"state", "assumed"}, {"value", nullptr}, {"source", "T"}}, "packs.missing");
    check_refused(spec, {{"state", "unset"}}, "packs.missing");
    check_refused(spec, {{"source", "T"}}, "packs.missing");
    check_refused(spec, {{"state", "unset"}, {"source", ""}}, "packs.range");
    check_refused(spec, {{"state", "sett"}, {"source", "T"}}, "packs.range");
    check_refused(spec, {{"state", "unset"}, {"source", "T"}, {"valeu", 1}}, "packs.unknown_key");
    check_refused(spec, {{"state", "unset"}, {"source", "T"}, {"value", 1}}, "packs.contradiction");
    check_refused(spec, Json::array(), "packs.type");
    const std::string misspelt = std::string(spec.key) + "s";
    const std::string reason = refusal({{misspelt, {{"state", "unset"}, {"source", "T"}}}});
    CHECK(reason == "packs.unknown_key x.jsonc: /parameters/" + misspelt + ": unknown parameter");
  }
}

TEST_CASE("every parameter is refused with a value out of range or of another type") {
  for (const ParameterSpec& spec : domain::parameter_specs()) {
    const auto wrong = wrong_values(spec);
    REQUIRE(wrong.size() >= 2);
    for (const Json& value : wrong) {
      const bool free_word = spec.kind == ParameterKind::text && spec.choices.empty() && value == "mothly";
      if (!free_word) check_refused(spec, set(value), "packs.");
    }
  }
}

TEST_CASE("a pack without id, title, division, version, date or parameters is refused") {
  const Json whole{{"id", "x"},
                   {"title", "x"},
                   {"division", "1"},
                   {"version", 1},
                   {"valid_from", "2020-01-01"},
                   {"parameters", Json::object()}};
  CHECK(packs::parse_policy(whole.dump(), "x").ok());
  for (const char* key : {"id", "title", "division", "version", "valid_from", "parameters"}) {
    Json less = whole;
    less.erase(key);
    const auto refused = packs::parse_policy(less.dump(), "x");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message == "x: /" + std::string(key) + ": is missing");
  }
  Json backwards = whole;
  backwards["valid_to"] = "2019-12-31";
  CHECK(packs::parse_policy(backwards.dump(), "x").error().code == "packs.contradiction");
}

TEST_CASE("parameters that contradict each other are refused with both named") {
  const Json survey = Json::array({{{"code", "a"}, {"from", "2020-04-01"}, {"to", "2020-06-30"}},
                                   {{"code", "b"}, {"from", "2020-06-30"}, {"to", "2020-09-30"}}});
  const Json everybody = Json::array({{{"tag", ""}}});
  const std::vector<std::pair<Json, std::string>> cases{
      {{{"taper.exists", set(false)}, {"taper.then", set("recheck")}},
       "taper.then is given though taper.exists"},
      {{{"taper.months_min", set(18)}, {"taper.months_max", set(12)}},
       "taper.months_min is above taper.months_max"},
      {{{"taper.months_min", set(12)}}, "taper.months_min is given without taper.months_max"},
      {{{"taper.months_min", set(12)}, {"taper.months_max", set(18)}, {"taper.months", set(20)}},
       "taper.months is above taper.months_max"},
      {{{"taper.segments_months", set({"3", "3"})}, {"taper.amount_pct", set({"100"})}}, "different lengths"},
      {{{"taper.segments_months", set({"6"})},
        {"taper.amount_pct", set({"100"})},
        {"taper.amount", set(100)}},
       "taper.amount is given beside taper.segments_months"},
      {{{"taper.income_upper_pct", set(100)}}, "taper.income_upper_pct leaves no income"},
      {{{"visit.full_coverage", set("campaign")}}, "visit.rounds is empty"},
      {{{"visit.full_coverage", set("monthly")}, {"visit.rounds", set(survey)}}, "is not campaign"},
      {{{"visit.full_coverage", set("campaign")}, {"visit.rounds", set(survey)}}, "a and b overlap"},
      {{{"visit.phone_counts", set(true)}, {"visit.in_person_only", set(everybody)}},
       "visit.phone_counts is true though visit.in_person_only"},
      {{{"emergency.limit", set(24)}}, "emergency.limit is given without emergency.start"},
      {{{"emergency.limit", set(24)},
        {"emergency.start", set("found")},
        {"clock.acceptance.grade1_hours", set(25)}},
       "clock.acceptance.grade1_hours is above emergency.limit"},
      {{{"approval.delegate_limit", set(1)}}, "without approval.delegate_mode"},
      {{{"dibao.class_rule", set("a_whole_bc_two")}}, "without compare.min_insured_persons"},
      {{{"dibao.top_up.age_pct", set(30)}}, "without dibao.top_up.age_from"},
      {{{"first_aid.follow_up_workdays", set(10)}}, "without first_aid.follow_up_from"},
      {{{"freeze.amount", set(100)}}, "freeze.amount is given without exit.freeze"},
      {{{"small_quick.roll", set(true)}}, "small_quick.roll is given without small_quick.days"},
      {{{"tekun.continues_in_school", set(true)}}, "without tekun.minor_age"},
      {{{"lookback.from", set("2020-10-01")}}, "lookback.from is given without lookback.to"},
      {{{"lookback.from", set("2020-10-01")}, {"lookback.to", set("2020-09-30")}}, "lookback.to is before"},
      {{{"phases", set(Json::array({{{"code", "a"}, {"from", "2020-06-30"}, {"to", "2020-04-01"}}}))}},
       "phases: a ends before it starts"}};
  for (const auto& [parameters, sentence] : cases) {
    const std::string reason = refusal(parameters);
    INFO(reason);
    CHECK(reason.rfind("packs.contradiction x.jsonc: /parameters: ", 0) == 0);
    CHECK(reason.find(sentence) != std::string::npos);
  }
}

TEST_CASE("a calendar whose state is neither set nor assumed is refused") {
  const auto code = [](const std::string& state) {
    const auto parsed = packs::parse_calendar(
        R"({"year":2020,"version":1,"source":"x","state":")" + state + R"(","days":[]})", "c");
    return parsed.ok() ? std::string("ok") : parsed.error().code;
  };
  CHECK(code("assumed") == "ok");
  CHECK(code("certain") == "packs.range");
}

TEST_CASE("a decision keeps the pack and the version it was taken under") {
  domain::PolicyPack pack;
  pack.id = "dongli-2020";
  pack.version = 2;
  CHECK(pack.reference() == "dongli-2020 v2");
}
