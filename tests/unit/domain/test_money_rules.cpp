#include <catch2/catch_test_macros.hpp>

#include "shared/domain/money_rules.hpp"
#include "tests/unit/domain/domain_builders.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

TaperRequest family() {
  TaperRequest request;
  request.standard_fen = 60'000;
  request.persons = 3;
  request.family_income_fen = 330'000;
  request.original_amount_fen = 90'001;
  request.first_month = {2020, 11};
  return request;
}

PolicyPack three_and_three() {
  PackBuilder builder;
  builder.with("taper.exists", true)
      .with("taper.segments_months", std::vector<std::string>{"3", "3"})
      .with("taper.amount_pct", std::vector<std::string>{"100", "50"});
  return builder.pack;
}

}  // namespace

TEST_CASE("T53: half amounts round half up and months run over the new year") {
  const TaperResult result = taper(family(), three_and_three());
  REQUIRE(result.schedule.size() == 6);
  CHECK(result.schedule[3].amount_fen == 45'001);
  CHECK(to_string(result.schedule[2].month) == "2021-01");
  CHECK(to_string(result.then_month) == "2021-05");
}

TEST_CASE("T59: exactly the upper bound is too high, one fen less is not") {
  PackBuilder builder{three_and_three()};
  builder.with("taper.income_upper_pct", std::int64_t{200});
  TaperRequest request = family();
  request.family_income_fen = 360'000;
  CHECK(taper(request, builder.pack).kind == TaperKind::too_high);
  request.family_income_fen = 359'999;
  CHECK(taper(request, builder.pack).kind == TaperKind::taper);
}

TEST_CASE("T62-T64: months and amount are asked for, and a chosen amount is marked assumed") {
  PackBuilder builder;
  builder.with("taper.exists", true)
      .with("taper.months_min", std::int64_t{12})
      .with("taper.months_max", std::int64_t{18});
  TaperRequest request = family();
  CHECK(taper(request, builder.pack).trace.param == "taper.months");
  request.months = 19;
  CHECK(taper(request, builder.pack).trace.code == "out_of_range");
  request.months = 12;
  CHECK(taper(request, builder.pack).trace.param == "taper.amount");
  request.amount_pct = 100;
  const TaperResult result = taper(request, builder.pack);
  CHECK(result.schedule.size() == 12);
  CHECK(result.trace.assumed);
}

TEST_CASE("income at the standard keeps the benefit, and amounts need a rule") {
  TaperRequest request = family();
  request.family_income_fen = 180'000;
  const TaperResult result = taper(request, three_and_three());
  CHECK(result.kind == TaperKind::stays);
  CHECK_FALSE(result.amount_fen);
  PackBuilder builder{three_and_three()};
  builder.with("dibao.amount_rule", std::string("difference"));
  CHECK(taper(request, builder.pack).amount_fen == 0);
}

TEST_CASE("a pack that is silent about taper is asked") {
  CHECK(taper(family(), PolicyPack{}).trace.param == "taper.exists");
  TaperRequest nonsense = family();
  nonsense.persons = 0;
  CHECK(taper(nonsense, three_and_three()).trace.code == "out_of_range");
}

TEST_CASE("T71-T73: routes by kind and amount, the district when nothing is said") {
  PackBuilder builder;
  builder.with("approval.delegate_limit", std::int64_t{1'000'000})
      .with("approval.delegate_mode", std::string("any"));
  CHECK(approval_route(false, 1'000'000, builder.pack).route == ApprovalRoute::township);
  CHECK(approval_route(false, 1'000'001, builder.pack).route == ApprovalRoute::district);
  CHECK(approval_route(true, 3'000'000, builder.pack).route == ApprovalRoute::township);
  CHECK(approval_route(true, 3'000'000, builder.pack, "all").route == ApprovalRoute::district);
  const RouteResult silent = approval_route(true, 1, PolicyPack{});
  CHECK(silent.route == ApprovalRoute::district);
  CHECK(silent.trace.outcome == RuleOutcome::needs);
  CHECK(silent.trace.assumed);
}

TEST_CASE("T74 and T75: floors are per person, one fen less is below") {
  PackBuilder builder;
  builder.with("temp_aid.floor.emergency_family_pct", std::int64_t{200})
      .with("temp_aid.floor.individual_pct", std::int64_t{150});
  CHECK(temporary_aid_floor(AidKind::emergency_family, 4, 56'000, 448'000, builder.pack).trace.ok());
  CHECK(temporary_aid_floor(AidKind::emergency_family, 4, 56'000, 447'999, builder.pack).trace.code ==
        "below_floor");
  CHECK(temporary_aid_floor(AidKind::individual, 1, 56'000, std::nullopt, builder.pack).total_fen == 84'000);
  CHECK(temporary_aid_floor(AidKind::spending_family, 4, 56'000, std::nullopt, builder.pack).trace.param ==
        "temp_aid.floor");
}

TEST_CASE("T76 and T77: the reserve alarms below its floor and refuses what it does not hold") {
  PackBuilder builder;
  builder.with("reserve.min_per_township", std::int64_t{10'000'000});
  CHECK(reserve_check(10'000'000, std::nullopt, builder.pack).passes);
  CHECK_FALSE(reserve_check(9'999'999, std::nullopt, builder.pack).passes);
  CHECK(reserve_check(200'000, 300'000, builder.pack).trace.code == "reserve_short");
}

TEST_CASE("T81: severe disability by type and level") {
  PackBuilder builder;
  builder.with("dibao.severe_disability", std::string("level12_or_level3_mental"));
  const auto severe = [&](int kind, int level) {
    return severe_disability(kind, level, {}, builder.pack).passes;
  };
  CHECK(severe(4, 2));
  CHECK_FALSE(severe(4, 3));
  CHECK(severe(5, 3));
  CHECK(severe(6, 3));
  CHECK_FALSE(severe(1, 3));
  CHECK_FALSE(severe(6, 4));
  CHECK(severe_disability(7, 3, {}, builder.pack).trace.param == "components");
  CHECK(severe_disability(7, 3, {1, 6}, builder.pack).passes);
  CHECK_FALSE(severe_disability(7, 3, {1, 4}, builder.pack).passes);
}

TEST_CASE("T83: self-care from six items") {
  CHECK(self_care_result(0, 0) == "full");
  CHECK(self_care_result(3, 0) == "partial");
  CHECK(self_care_result(4, 0) == "none");
  CHECK(self_care_result(6, 0) == "none");
  CHECK(self_care_result(0, 1) == "incomplete");
}

TEST_CASE("T88 and T89: the tekun standard and the double benefit") {
  PackBuilder builder;
  builder.with("tekun.basic_ratio_pct", std::int64_t{130});
  CHECK(tekun_standard_check(60'000, 78'000, builder.pack).passes);
  CHECK_FALSE(tekun_standard_check(60'000, 77'999, builder.pack).passes);
  CHECK(double_benefit_check(true, true).trace.code == "double_benefit");
}

TEST_CASE("a pack that contradicts itself is refused") {
  PackBuilder builder;
  builder.with("taper.months_min", std::int64_t{18}).with("taper.months_max", std::int64_t{12});
  CHECK(check_contradictions(builder.pack).error().code == "packs.contradiction");
}
