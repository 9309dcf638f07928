#include <catch2/catch_test_macros.hpp>

#include "shared/domain/triage.hpp"
#include "tests/unit/domain/domain_builders.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

MemberFacts member(int age, SelfCare self_care = SelfCare::unknown, std::vector<std::string> tags = {}) {
  MemberFacts facts;
  facts.age = age;
  facts.self_care = self_care;
  facts.tags = std::move(tags);
  return facts;
}

HouseholdFacts home(std::vector<MemberFacts> members) {
  HouseholdFacts facts;
  facts.members = std::move(members);
  return facts;
}

// "R03:1 R09:1" in lead order.
std::string fired(const Answers& answers, const HouseholdFacts& facts) {
  std::string text;
  const TriageResult result = triage(answers, facts, dongli()).value();
  for (const ProposedLead& lead : result.leads) {
    text += (text.empty() ? "" : " ") + lead.rules.front() + ":" + std::to_string(lead.grade);
  }
  return text;
}

const HouseholdFacts kCouple = home({member(50), member(48)});

FormDefinition small_form() {
  FormDefinition form;
  form.id = "small";
  form.topics = {{"all", {}}};
  Question met;
  met.code = "V01";
  met.topic = "all";
  met.options = {{"self", {}, {}, true, false}, {"nobody", {}, {}, false, false}};
  met.required = true;
  met.quick_pass = {"self"};
  Question care;
  care.code = "V08";
  care.topic = "all";
  care.options = {
      {"not_needed", {}, {}, true, false}, {"ok", {}, {}, true, false}, {"partial", {}, {}, false, false}};
  care.quick_pass = {"not_needed"};
  care.prefill_previous = true;
  care.visible_when = Condition{Condition::Op::is, "V01", {"self"}, {}};
  form.questions = {met, care};
  return form;
}

}  // namespace

TEST_CASE("T104-T106: hunger is urgent for the hungry, the young, the dependent and the lonely old") {
  CHECK(fired({{"V02", {"none"}}}, kCouple) == "R01:1");
  CHECK(fired({{"V02", {"lt3d"}}}, kCouple) == "R02:2");
  CHECK(fired({{"V02", {"lt3d"}}}, home({member(50), member(17)})) == "R02:1");
  CHECK(fired({{"V02", {"lt3d"}}}, home({member(50), member(18)})) == "R02:2");
  CHECK(fired({{"V02", {"lt3d"}}}, home({member(50, SelfCare::none)})) == "R02:1");
  auto elder = home({member(60)});
  elder.members[0].lives_alone = true;
  CHECK(fired({{"V02", {"lt3d"}}}, elder) == "R02:1");
  elder.members[0].age = 59;
  CHECK(fired({{"V02", {"lt3d"}}}, elder) == "R02:2");
}

TEST_CASE("T107 and T108: a sudden event is urgent only when it hurts") {
  CHECK(fired({{"V05", {"fire"}}, {"V04", {"unlivable"}}}, kCouple) == "R03:1 R09:1");
  CHECK(fired({{"V05", {"traffic"}}, {"V02", {"ok"}}, {"V16", {"no"}}}, kCouple) == "R04:2");
  CHECK(fired({{"V05", {"traffic"}}, {"V16", {"cannot_say"}}}, kCouple) == "R03:1");
  CHECK(fired({{"V05", {"fire"}}}, kCouple) == "R04:2");
  CHECK(fired({{"V05", {"other"}}, {"V16", {"yes"}}}, kCouple) == "R04:2");
  CHECK(fired({{"V05", {"injury"}}, {"V06", {"untreated_emergency"}}}, kCouple) == "R03:1 R05:1");
}

TEST_CASE("illness given up for money is urgent only when life is at risk and help is wanted") {
  CHECK(fired({{"V06", {"new_serious"}}}, kCouple) == "R06:2");
  CHECK(fired({{"V06", {"gave_up_money"}}, {"V16", {"yes"}}}, kCouple) == "R06:2");
  CHECK(fired({{"V06", {"gave_up_money"}}, {"V16", {"yes"}}, {"V06_life_threatening", {"yes"}}}, kCouple) ==
        "R06:1");
  CHECK(fired({{"V06", {"gave_up_money"}}, {"V16", {"no"}}, {"V06_life_threatening", {"yes"}}}, kCouple) ==
        "R06:2");
  CHECK(fired({{"V06", {"stable"}}}, kCouple).empty());
}

TEST_CASE("T117: a cut is urgent for small children, the lonely old and power-dependent devices") {
  CHECK(fired({{"V03", {"cut"}}}, kCouple) == "R08:2");
  CHECK(fired({{"V03", {"cut"}}}, home({member(40), member(7)})) == "R07:1");
  CHECK(fired({{"V03", {"cut"}}}, home({member(40), member(8)})) == "R08:2");
  CHECK(fired({{"V03", {"no_heat_cold"}}}, kCouple) == "R07:1");
  CHECK(fired({{"V03", {"cut"}}, {"V03_device", {"yes"}}}, kCouple) == "R07:1");
}

TEST_CASE("T110: nobody caring for somebody who cannot is urgent, otherwise it is a need for care") {
  CHECK(fired({{"V08", {"none"}}}, home({member(70, SelfCare::none)})) == "R11:1");
  CHECK(fired({{"V08", {"none"}}}, home({member(70, SelfCare::partial)})) == "R12:2");
  CHECK(fired({{"V08", {"partial"}}}, home({member(70, SelfCare::none)})) == "R12:2");
  const Answers neglect{{"V08", {"neglect"}}, {"V08b", {"bad"}}};
  CHECK(fired(neglect, home({member(70, SelfCare::none, {"tekun_home_care"})})) == "R11:1 R13:2");
  CHECK(fired(neglect, home({member(70, SelfCare::full, {"tekun_home_care"}), member(40)})) == "R12:2");
}

TEST_CASE("T112-T114: safety is restricted, rising income makes no lead") {
  const auto unsafe = triage({{"V09", {"child_alone"}}}, home({member(7)}), dongli()).value();
  CHECK(unsafe.leads.at(0).restricted);
  CHECK(unsafe.leads.at(0).hint == "mandatory_report");
  const auto rising =
      triage({{"V10", {"up"}}}, home({member(40, SelfCare::full, {"dibao"})}), dongli()).value();
  CHECK(rising.leads.empty());
  CHECK(rising.notices.at(0).rule == "R16");
  CHECK(triage({{"V10", {"up"}}}, kCouple, dongli()).value().notices.empty());
  CHECK(fired({{"V12", {"not_paid"}}, {"V11", {"out"}}, {"V13", {"expired"}}, {"V15", {"meals"}}}, kCouple) ==
        "R17:2 R18:2 R20:2 R22:2");
}

TEST_CASE("a missing guarantee becomes a lead unless a rule above has taken it up") {
  CHECK(fired({{"V18", {"clothing=no"}}}, kCouple) == "R23:2");
  CHECK(fired({{"V18", {"food=no"}}, {"V02", {"none"}}}, kCouple) == "R01:1");
  CHECK(fired({{"V18", {"clothing=no", "food=no"}}, {"V02", {"none"}}}, kCouple) == "R01:1 R23:2");
  CHECK(fired({{"V19", {"daily_care=yes", "sick_care=no"}}}, kCouple) == "R23:2");
  CHECK(fired({{"V18", {"food=yes"}}}, kCouple).empty());
}

TEST_CASE("T115 and T116: the worker may raise a grade, never lower it") {
  CHECK(grade_decision(2, 1).value() == 1);
  CHECK(grade_decision(2, std::nullopt).value() == 2);
  CHECK(grade_decision(1, 2).error().code == "worker_cannot_lower");
  CHECK(grade_decision(3, 1).error().code == "out_of_range");
}

TEST_CASE("every category has one rule and its own name") {
  for (const CategoryInfo& a : categories()) {
    for (const CategoryInfo& b : categories()) CHECK((&a == &b || a.category != b.category));
  }
}

TEST_CASE("quick pass keeps an earlier answer only when it was fine") {
  const FormDefinition form = small_form();
  REQUIRE(check_form(form).ok());
  CHECK(quick_pass_answers(form, {{"V08", {"ok"}}}).at("V08") == std::vector<std::string>{"ok"});
  CHECK(quick_pass_answers(form, {{"V08", {"partial"}}}).at("V08") == std::vector<std::string>{"not_needed"});
}

TEST_CASE("skip logic hides a question and refuses its answer") {
  const FormDefinition form = small_form();
  const Answers nobody{{"V01", {"nobody"}}, {"V08", {"ok"}}};
  CHECK(check_answers(form, nobody, {}).error().code == "form.hidden");
  CHECK(visible_answers(form, nobody, {}).size() == 1);
  CHECK(check_answers(form, {{"V01", {"nobody"}}}, {}).ok());
  CHECK(check_answers(form, {}, {}).error().code == "form.missing");
  CHECK(check_answers(form, {{"V01", {"elsewhere"}}}, {}).error().code == "form.unknown_option");
  CHECK(check_answers(form, {{"V99", {"ok"}}}, {}).error().code == "form.unknown_question");
}

TEST_CASE("a condition about a question that is not there is refused") {
  FormDefinition form = small_form();
  form.questions[1].visible_when->name = "V77";
  CHECK(check_form(form).error().code == "form.unknown_question");
}
