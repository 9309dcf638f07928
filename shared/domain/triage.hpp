// From answers at the door to proposed leads: rules R01-R25 (domain.md 3.4.2). The program proposes; the
// worker may raise a grade, never lower it, and an officer decides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/domain/form.hpp"
#include "shared/domain/policy.hpp"
#include "shared/domain/population.hpp"

namespace doudi::domain {

inline constexpr std::string_view kTriageRuleSet = "triage-1";

struct MemberFacts {
  std::optional<int> age;
  bool lives_alone = false;
  SelfCare self_care = SelfCare::unknown;
  std::vector<std::string> tags;
  [[nodiscard]] bool has_tag(std::string_view tag) const;
};

struct HouseholdFacts {
  std::vector<MemberFacts> members;
  std::size_t subject = 0;              // who was visited
  bool power_dependent_device = false;  // a respirator or the like in the home
  bool life_threatening_illness = false;
  bool dibao_active = false;
  std::optional<bool> other_caregiver;   // unknown: derived from the members
  std::optional<int> unreachable_grade;  // from the coverage rules (R24)
};

struct ProposedLead {
  std::string category;  // the category value, e.g. 急难·断粮
  int grade = 2;
  std::vector<std::string> rules;  // in rule order
  bool restricted = false;
  std::string hint;  // stable code of the sentence on the screen; empty for none
};

// A rule that makes no lead: an income report, a status change.
struct TriageNotice {
  std::string rule;
  std::string code;  // "income_report", "status_change_deceased", "status_change_moved"
};

struct TriageResult {
  std::vector<ProposedLead> leads;  // in the order of their first rule
  std::vector<TriageNotice> notices;
};

// Unanswered questions count as fine. Fails with "domain.needs" when the pack leaves a needed key open.
Result<TriageResult> triage(const Answers& answers, const HouseholdFacts& facts, const PolicyPack& pack);

// Rule grade and worker's grade together: the smaller number; lowering fails with "worker_cannot_lower".
Result<int> grade_decision(int rule_grade, std::optional<int> worker_grade);

// All category values with the rule that gives them, for pick lists: stable order.
struct CategoryInfo {
  std::string_view category;
  std::string_view rule;
  int grade_by_default;
  bool restricted;
};
const std::vector<CategoryInfo>& categories();
std::string_view hint_text(std::string_view code);  // Chinese sentence of a hint

}  // namespace doudi::domain
