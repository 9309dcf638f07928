#include "shared/domain/triage.hpp"

#include <algorithm>
#include <array>

namespace doudi::domain {
namespace {

constexpr int kAdult = 18;
constexpr int kSmallChild = 8;

class Triage {
 public:
  Triage(const Answers& answers, const HouseholdFacts& facts, int elder_age)
      : answers_(answers), facts_(facts), elder_age_(elder_age) {}

  TriageResult run() {
    food();
    events();
    illness();
    utilities();
    housing();
    care();
    safety();
    income_and_rights();
    mind_and_services();
    gaps();
    status();
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool is(std::string_view question, std::string_view code) const {
    const auto found = answers_.find(question);
    return found != answers_.end() &&
           std::find(found->second.begin(), found->second.end(), code) != found->second.end();
  }
  template <class... Codes>
  [[nodiscard]] bool in(std::string_view question, Codes... codes) const {
    return (is(question, codes) || ...);
  }
  [[nodiscard]] bool answered_other_than(std::string_view question, std::string_view fine) const {
    const auto found = answers_.find(question);
    return found != answers_.end() && !found->second.empty() && !is(question, fine);
  }
  [[nodiscard]] const MemberFacts* subject() const {
    return facts_.subject < facts_.members.size() ? &facts_.members[facts_.subject] : nullptr;
  }
  template <class Test>
  [[nodiscard]] bool any_member(Test test) const {
    return std::any_of(facts_.members.begin(), facts_.members.end(), test);
  }
  [[nodiscard]] bool child_below(int years) const {
    return any_member([&](const MemberFacts& m) { return m.age && *m.age < years; });
  }
  [[nodiscard]] bool elder_alone() const {
    return any_member([&](const MemberFacts& m) { return m.lives_alone && m.age && *m.age >= elder_age_; });
  }
  [[nodiscard]] bool dependent() const {
    return any_member([](const MemberFacts& m) { return m.self_care == SelfCare::none; });
  }

  void lead(std::string_view category, int grade, const char* rule, const char* hint = "",
            bool restricted = false) {
    result_.leads.push_back({std::string(category), grade, {rule}, restricted, hint});
  }

  void food() {
    if (is("V02", "none")) lead("急难·断粮", 1, "R01", "food_now");
    if (is("V02", "lt3d"))
      lead("生活困难", child_below(kAdult) || dependent() || elder_alone() ? 1 : 2, "R02");
  }

  void events() {
    if (!answered_other_than("V05", "none")) return;
    const bool sudden = in("V05", "fire", "disaster", "traffic", "injury");
    const bool hurt = answered_other_than("V02", "ok") || is("V04", "unlivable") ||
                      is("V06", "untreated_emergency") || answered_other_than("V16", "no");
    if (sudden && hurt) {
      lead("急难·突发事件", 1, "R03");
    } else {
      lead("突发事件", 2, "R04");
    }
  }

  void illness() {
    if (is("V06", "untreated_emergency")) lead("急难·急病", 1, "R05", "call_120");
    if (!in("V06", "new_serious", "gave_up_money")) return;
    const bool threatened = facts_.life_threatening_illness || is("V06_life_threatening", "yes");
    const bool urgent = is("V06", "gave_up_money") && answered_other_than("V16", "no") && threatened;
    lead("支出型·医疗", urgent ? 1 : 2, "R06", "refer_medical");
  }

  void utilities() {
    const bool cut = is("V03", "cut");
    const bool at_risk =
        elder_alone() || child_below(kSmallChild) || facts_.power_dependent_device || is("V03_device", "yes");
    if (is("V03", "no_heat_cold") || (cut && at_risk)) {
      lead("急难·断水电暖", 1, "R07");
    } else if (cut) {
      lead("水电", 2, "R08");
    }
  }

  void housing() {
    if (is("V04", "unlivable")) lead("急难·住房", 1, "R09", "move_out");
    if (is("V04", "suspect")) lead("住房", 2, "R10", "refer_housing");
  }

  [[nodiscard]] bool other_caregiver() const {
    if (facts_.other_caregiver) return *facts_.other_caregiver;
    if (in("V08c", "yes", "no")) return is("V08c", "yes");
    for (std::size_t i = 0; i < facts_.members.size(); ++i) {
      const MemberFacts& member = facts_.members[i];
      if (i != facts_.subject && member.age && *member.age >= kAdult && member.self_care != SelfCare::none)
        return true;
    }
    return false;
  }

  void care() {
    if (in("V08", "none", "neglect") && subject() != nullptr && subject()->self_care == SelfCare::none) {
      lead("急难·无人照料", 1, "R11");
    } else if (in("V08", "partial", "none", "neglect")) {
      lead("照料", 2, "R12");
    }
    const bool home_care = subject() != nullptr && subject()->has_tag("tekun_home_care");
    if (is("V08", "neglect") && is("V08b", "bad") && home_care && !other_caregiver()) {
      lead("建议集中供养", 2, "R13", "central_care");
    }
  }

  void safety() {
    if (answered_other_than("V09", "safe")) lead("急难·人身安全", 1, "R14", "mandatory_report", true);
  }

  void income_and_rights() {
    if (in("V10", "lost", "down_half")) lead("收入骤减", 2, "R15");
    if (is("V10", "up") && dibao_active()) result_.notices.push_back({"R16", "income_report"});
    if (in("V11", "risk", "out")) lead("教育", 2, "R17", "refer_education");
    if (is("V12", "not_paid")) lead("待遇未发", 2, "R18", "benefit_stopped_check");
    if (in("V12", "not_enrolled", "wants")) lead("应保未保", 2, "R19", "not_enrolled_check");
    if (in("V13", "expired", "suspect_none")) lead("残疾证", 2, "R20", "refer_disability");
  }

  [[nodiscard]] bool dibao_active() const {
    return facts_.dibao_active || any_member([](const MemberFacts& m) { return m.has_tag("dibao"); });
  }

  void mind_and_services() {
    if (is("V14", "acute")) lead("急难·精神", 1, "R21", "refer_health_police", true);
    if (answered_other_than("V15", "none")) lead("服务需求", 2, "R22", "refer_social_work");
  }

  [[nodiscard]] bool fired(std::string_view rule) const {
    return std::any_of(result_.leads.begin(), result_.leads.end(),
                       [&](const ProposedLead& l) { return l.rules.front() == rule; });
  }

  // A "no" among the guarantees that no rule above has already turned into a lead.
  void gaps() {
    struct Covered {
      std::string_view item;
      std::array<std::string_view, 3> rules;
    };
    static constexpr std::array<Covered, 7> kCovered{{{"food", {"R01", "R02", ""}},
                                                      {"education", {"R17", "", ""}},
                                                      {"medical", {"R05", "R06", ""}},
                                                      {"housing", {"R09", "R10", ""}},
                                                      {"daily_care", {"R11", "R12", "R13"}},
                                                      {"sick_care", {"R11", "R12", "R13"}},
                                                      {"clothing", {"", "", ""}}}};
    const auto is_covered = [&](std::string_view item) {
      for (const Covered& covered : kCovered) {
        if (covered.item != item) continue;
        return std::any_of(covered.rules.begin(), covered.rules.end(),
                           [&](std::string_view r) { return !r.empty() && fired(r); });
      }
      return !result_.leads.empty();
    };
    for (const std::string_view question : {"V18", "V19"}) {
      const auto found = answers_.find(question);
      if (found == answers_.end()) continue;
      for (const std::string& answer : found->second) {
        const std::size_t split = answer.find('=');
        const bool is_no = split == std::string::npos ? answer == "no" : answer.substr(split + 1) == "no";
        if (is_no && !is_covered(answer.substr(0, split)) && !fired("R23")) lead("保障缺口", 2, "R23");
      }
    }
  }

  void status() {
    if (facts_.unreachable_grade) lead("失联核查", *facts_.unreachable_grade, "R24", "find_person");
    if (is("V01", "deceased")) result_.notices.push_back({"R25", "status_change_deceased"});
    if (is("V01", "moved")) result_.notices.push_back({"R25", "status_change_moved"});
  }

  const Answers& answers_;
  const HouseholdFacts& facts_;
  int elder_age_;
  TriageResult result_;
};

}  // namespace

bool MemberFacts::has_tag(std::string_view tag) const {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

Result<TriageResult> triage(const Answers& answers, const HouseholdFacts& facts, const PolicyPack& pack) {
  const auto elder_age = pack.integer("elder.age");
  if (!elder_age) return Error{"domain.needs", "elder.age"};
  return Triage(answers, facts, static_cast<int>(*elder_age)).run();
}

Result<int> grade_decision(int rule_grade, std::optional<int> worker_grade) {
  const auto is_grade = [](int grade) { return grade == 1 || grade == 2; };
  if (!is_grade(rule_grade) || (worker_grade && !is_grade(*worker_grade)))
    return Error{"out_of_range", "grades are 1 and 2"};
  if (!worker_grade) return rule_grade;
  if (*worker_grade > rule_grade)
    return Error{"worker_cannot_lower", "the worker may raise a grade, never lower it"};
  return *worker_grade;
}

}  // namespace doudi::domain
