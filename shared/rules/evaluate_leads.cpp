// From answers to leads, and the grade that rule and worker agree on.
#include "shared/domain/triage.hpp"
#include "shared/rules/json_input.hpp"

namespace doudi::rules {
namespace {

domain::SelfCare self_care_of(const Input& input) {
  if (const auto not_met = input.maybe_number("self_care_not_met")) {
    return *domain::parse_self_care(domain::self_care_result(*not_met, 0));
  }
  const std::string text = input.text_or("self_care", "unknown");
  const auto self_care = domain::parse_self_care(text == "incomplete" ? "unknown" : text);
  if (!self_care.ok()) input.reject("self_care", "full, partial, none or unknown is expected");
  return *self_care;
}

domain::MemberFacts member_of(const Input& input) {
  domain::MemberFacts member;
  member.age = input.maybe_number("age");
  member.tags = input.texts_or_none("tags");
  member.lives_alone = input.boolean_or("lives_alone", member.has_tag("lives_alone"));
  member.self_care = self_care_of(input);
  return member;
}

bool flag_anywhere(const Input& input, const domain::HouseholdFacts& facts,
                   std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (input.boolean_or(name, false)) return true;
    if (input.has("facts") && Input(input.at("facts"), "input/facts").boolean_or(name, false)) return true;
    for (const Input& member : input.objects_or_none("household")) {
      if (member.boolean_or(name, false)) return true;
    }
    for (const domain::MemberFacts& member : facts.members) {
      if (member.has_tag(name)) return true;
    }
  }
  return false;
}

domain::HouseholdFacts facts_of(const Input& input) {
  domain::HouseholdFacts facts;
  for (const Input& member : input.objects_or_none("household")) facts.members.push_back(member_of(member));
  const int subject = input.number_or("subject", 0);
  const bool exists = subject >= 0 && static_cast<std::size_t>(subject) < facts.members.size();
  if (!exists && !facts.members.empty()) input.reject("subject", "is not a member of the household");
  facts.subject = static_cast<std::size_t>(std::max(0, subject));
  facts.power_dependent_device =
      flag_anywhere(input, facts, {"power_dependent_device", "power_dependent", "power_device"});
  facts.life_threatening_illness =
      flag_anywhere(input, facts, {"life_threatening_illness", "life_threatening"});
  facts.dibao_active = flag_anywhere(input, facts, {"dibao_active", "dibao"});
  facts.other_caregiver = input.maybe_boolean("other_caregiver");
  for (const Input& member : input.objects_or_none("household")) {
    if (!facts.other_caregiver) facts.other_caregiver = member.maybe_boolean("other_caregiver");
  }
  facts.unreachable_grade = input.maybe_number("unreachable_grade");
  return facts;
}

// An answer as one code, a list of codes, yes/no by item, or a number.
std::vector<std::string> answer_of(const Json& json) {
  if (json.is_string()) return {json.get<std::string>()};
  if (json.is_boolean()) return {json.get<bool>() ? "yes" : "no"};
  if (json.is_number()) return {json.dump()};
  std::vector<std::string> codes;
  if (json.is_array()) {
    for (const Json& entry : json) {
      for (std::string& code : answer_of(entry)) codes.push_back(std::move(code));
    }
  }
  if (json.is_object()) {
    for (const auto& [item, value] : json.items()) {
      for (const std::string& code : answer_of(value)) codes.push_back(item + "=" + code);
    }
  }
  return codes;
}

domain::Answers answers_of(const Input& input) {
  const Input answers(input.at("answers"), "input/answers");
  domain::Answers given;
  for (const auto& [question, value] : answers.json().items()) given[question] = answer_of(value);
  if (given.contains("life_threatening")) given["V06_life_threatening"] = given["life_threatening"];
  return given;
}

Json triage(Library& library, const Input& input) {
  const auto result = domain::triage(answers_of(input), facts_of(input), pack_of(library, input));
  if (!result.ok()) return needs(result.error().message);
  Json json{{"leads", Json::array()}, {"notices", Json::array()}, {"rule_set", domain::kTriageRuleSet}};
  for (const domain::ProposedLead& lead : result->leads) {
    json["leads"].push_back({{"category", lead.category},
                             {"grade", lead.grade},
                             {"rules", lead.rules},
                             {"restricted", lead.restricted},
                             {"hint", domain::hint_text(lead.hint)}});
    for (const std::string& rule : lead.rules) use_source(json, "3.4.2 " + rule);
  }
  for (const domain::TriageNotice& notice : result->notices) {
    json["notices"].push_back(
        {{"rule", notice.rule}, {"code", notice.code}, {"hint", domain::hint_text(notice.code)}});
    use_source(json, "3.4.2 " + notice.rule);
  }
  return json;
}

Json grade_decision(Library&, const Input& input) {
  const auto grade = domain::grade_decision(input.number("rule_grade"), input.maybe_number("worker_grade"));
  Json result = grade.ok() ? Json{{"grade", *grade}, {"provisional", true}} : failure(grade.error().code);
  use_source(result, "3.4.2");
  return result;
}

}  // namespace

std::vector<KindEvaluator> lead_kinds() {
  return {{"grade_decision", grade_decision}, {"triage", triage}};
}

}  // namespace doudi::rules
