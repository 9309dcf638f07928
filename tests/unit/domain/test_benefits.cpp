#include <catch2/catch_test_macros.hpp>

#include "shared/domain/benefit_end.hpp"
#include "shared/domain/public_notice.hpp"
#include "tests/unit/domain/domain_builders.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

RecheckRequest still_above() {
  RecheckRequest request;
  request.standard_fen = 60'000;
  request.persons = 3;
  request.family_income_fen = 330'000;
  request.original_amount_fen = 90'000;
  request.linked_rights = {"医疗救助", "教育救助"};
  return request;
}

PolicyPack frozen(std::optional<std::int64_t> percent) {
  PackBuilder builder;
  builder.with("exit.freeze", true);
  if (percent) builder.with("freeze.amount", *percent);
  return builder.pack;
}

GrantToPublish grant(const std::string& name, const char* birth) {
  return {name, "张庄村", 1, 120'000, day(birth)};
}

}  // namespace

TEST_CASE("T58: still above the standard the benefit stops with its linked rights, heard and in writing") {
  PackBuilder builder;
  builder.with("exit.hearing", true);
  RecheckRequest request = still_above();
  RecheckResult result = taper_recheck(request, builder.pack);
  CHECK(result.kind == RecheckKind::stops);
  CHECK(result.income_per_person_fen == 110'000);
  CHECK(result.ended_rights == std::vector<std::string>{"医疗救助", "教育救助"});
  CHECK(result.open_steps == std::vector<std::string>{"hearing", "written_reasons"});
  CHECK_FALSE(result.trace.assumed);
  request.heard = request.reasons_given = true;
  CHECK(taper_recheck(request, builder.pack).open_steps.empty());
}

TEST_CASE("T58: a plan that is silent about the hearing does not take it away, and says that it is assumed") {
  const RecheckResult result = taper_recheck(still_above(), PolicyPack{});
  CHECK(result.open_steps.front() == "hearing");
  CHECK(result.trace.assumed);
}

TEST_CASE("a recheck at exactly the standard keeps the benefit and ends nothing") {
  RecheckRequest request = still_above();
  request.family_income_fen = 180'000;
  CHECK(taper_recheck(request, PolicyPack{}).kind == RecheckKind::stays);
  CHECK(taper_recheck(request, PolicyPack{}).ended_rights.empty());
  request.family_income_fen = 180'001;
  CHECK(taper_recheck(request, PolicyPack{}).kind == RecheckKind::stops);
  request.persons = 0;
  CHECK(taper_recheck(request, PolicyPack{}).trace.code == "out_of_range");
}

TEST_CASE("T55: a freeze blocks the exit, and without its amount the program asks") {
  RecheckRequest request = still_above();
  CHECK(taper_recheck(request, frozen(std::nullopt)).trace.param == "income_clearly_up");
  request.income_clearly_up = false;
  const RecheckResult open = taper_recheck(request, frozen(std::nullopt));
  CHECK(open.kind == RecheckKind::blocked);
  CHECK(open.trace.param == "freeze.amount");
  CHECK(open.ended_rights.empty());
  CHECK(taper_recheck(request, frozen(50)).amount_fen == 45'000);
  request.income_clearly_up = true;
  CHECK(taper_recheck(request, frozen(std::nullopt)).kind == RecheckKind::stops);
}

TEST_CASE(
    "T90: a minor at school is supported on by the law of 2026 and not by a plan that ends at sixteen") {
  PackBuilder law;
  law.with("tekun.minor_age", std::int64_t{18}).with("tekun.continues_in_school", true);
  PackBuilder plan;
  plan.with("tekun.minor_age", std::int64_t{16})
      .with("tekun.continues_in_school", false, ParameterState::assumed);
  const CivilDate birth = day("2008-09-01");
  const MinorSupport by_law = tekun_minor_support(birth, day("2026-09-01"), true, law.pack);
  CHECK(by_law.supported);
  CHECK(by_law.in_school_only);
  CHECK_FALSE(by_law.ended);
  const MinorSupport by_plan = tekun_minor_support(birth, day("2026-09-01"), true, plan.pack);
  CHECK_FALSE(by_plan.supported);
  CHECK(by_plan.ended == day("2024-09-01"));
  CHECK(by_plan.trace.assumed);
  CHECK(tekun_minor_support(birth, day("2026-08-31"), false, law.pack).supported);
  CHECK(tekun_minor_support(birth, day("2026-09-01"), false, law.pack).ended == day("2026-09-01"));
  CHECK(tekun_minor_support(birth, day("2026-09-01"), true, PolicyPack{}).trace.param == "tekun.minor_age");
}

TEST_CASE("T139: a notice of twelve grants with two minors shows ten rows and counts the two") {
  PackBuilder builder;
  builder.with("publicity.minors_shown", false, ParameterState::assumed);
  std::vector<GrantToPublish> grants;
  for (int i = 0; i < 10; ++i) grants.push_back(grant("甲" + std::to_string(i), "1960-01-01"));
  grants.insert(grants.begin() + 3, grant("童", "2002-07-16"));
  grants.push_back(grant("孩", "2019-01-01"));
  const PublicNotice notice = public_notice(grants, day("2020-07-15"), builder.pack);
  CHECK(notice.rows.size() == 10);
  CHECK(notice.minors == 2);
  CHECK(notice.minors_text == "另有未成年人2名不公示");
  CHECK(notice.rows[0] == NoticeRow{"甲0", "张庄村", 1, 120'000});
  CHECK(notice.trace.assumed);
}

TEST_CASE("a notice names whoever is eighteen today, holds back an unknown age and asks a silent pack") {
  PackBuilder builder;
  builder.with("publicity.minors_shown", false);
  std::vector<GrantToPublish> grants{grant("甲", "2002-07-15"), grant("乙", "1950-01-01")};
  grants[1].birth.reset();
  const PublicNotice notice = public_notice(grants, day("2020-07-15"), builder.pack);
  CHECK(notice.rows.size() == 1);
  CHECK(notice.minors_text.empty());
  CHECK(notice.undecided == std::vector<std::size_t>{1});
  CHECK(public_notice(grants, day("2020-07-15"), PolicyPack{}).trace.param == "publicity.minors_shown");
}
