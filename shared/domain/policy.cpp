#include "shared/domain/policy.hpp"

#include <algorithm>
#include <set>

namespace doudi::domain {
namespace {

const Parameter* known(const PolicyPack& pack, std::string_view key) {
  const Parameter* parameter = pack.find(key);
  return parameter != nullptr && parameter->state != ParameterState::unset ? parameter : nullptr;
}

template <class T>
const T* value_of(const PolicyPack& pack, std::string_view key) {
  const Parameter* parameter = known(pack, key);
  return parameter == nullptr ? nullptr : std::get_if<T>(&parameter->value);
}

template <class T>
std::optional<T> copy_of(const PolicyPack& pack, std::string_view key) {
  const T* value = value_of<T>(pack, key);
  return value == nullptr ? std::nullopt : std::optional<T>(*value);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string group_text(const GroupRule& group) {
  std::string text = group.tag.empty() ? "*" : group.tag;
  if (group.age_from) text += " >=" + std::to_string(*group.age_from);
  if (group.age_below) text += " <" + std::to_string(*group.age_below);
  return text;
}

struct ValueText {
  std::string operator()(std::monostate) const { return "unset"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(const std::vector<std::string>& value) const { return joined(value); }
  std::string operator()(const std::vector<GroupRule>& value) const {
    std::vector<std::string> words;
    for (const GroupRule& group : value) words.push_back(group_text(group));
    return joined(words);
  }
  std::string operator()(const std::vector<Phase>& value) const {
    std::vector<std::string> words;
    for (const Phase& phase : value)
      words.push_back(phase.code + " " + format_date(phase.from) + "…" + format_date(phase.to));
    return joined(words);
  }
};

Error contradiction(const std::string& sentence) {
  return Error{"packs.contradiction", sentence};
}

Status check_ordered(const PolicyPack& pack, std::string_view low, std::string_view high) {
  const auto a = pack.integer(low);
  const auto b = pack.integer(high);
  if (a && b && *a > *b) return contradiction(std::string(low) + " is above " + std::string(high));
  return {};
}

Status check_together(const PolicyPack& pack, std::string_view key, std::string_view needed) {
  if (pack.is_set(key) && !pack.is_set(needed)) {
    return contradiction(std::string(key) + " is given without " + std::string(needed));
  }
  return {};
}

Status check_taper(const PolicyPack& pack) {
  if (pack.boolean("taper.exists") == false) {
    for (const Parameter& parameter : pack.parameters) {
      const bool about_taper = parameter.key.rfind("taper.", 0) == 0 && parameter.key != "taper.exists";
      if (about_taper && parameter.state != ParameterState::unset) {
        return contradiction(parameter.key + " is given though taper.exists is false");
      }
    }
  }
  if (pack.list("taper.segments_months").size() != pack.list("taper.amount_pct").size()) {
    return contradiction("taper.segments_months and taper.amount_pct have different lengths");
  }
  for (const std::string_view single : {"taper.months_min", "taper.months", "taper.amount"}) {
    if (pack.is_set("taper.segments_months") && pack.is_set(single))
      return contradiction(std::string(single) + " is given beside taper.segments_months");
  }
  DOUDI_TRY(check_ordered(pack, "taper.months_min", "taper.months_max"));
  DOUDI_TRY(check_ordered(pack, "taper.months_min", "taper.months"));
  DOUDI_TRY(check_ordered(pack, "taper.months", "taper.months_max"));
  DOUDI_TRY(check_together(pack, "taper.months_min", "taper.months_max"));
  DOUDI_TRY(check_together(pack, "taper.months_max", "taper.months_min"));
  if (pack.integer("taper.income_upper_pct").value_or(200) <= 100)
    return contradiction("taper.income_upper_pct leaves no income between the standard and the bound");
  return {};
}

// A day belongs to one round, or nobody knows by when a visit is due.
Status check_rounds(const PolicyPack& pack) {
  const auto rounds = pack.phases("visit.rounds");
  if (!rounds.empty() && pack.text("visit.full_coverage") != "campaign")
    return contradiction("visit.rounds is given though visit.full_coverage is not campaign");
  for (const Phase& a : rounds) {
    for (const Phase& b : rounds) {
      if (a.code != b.code && a.from <= b.to && b.from <= a.to)
        return contradiction("visit.rounds: " + a.code + " and " + b.code + " overlap");
    }
  }
  return {};
}

Status check_visits(const PolicyPack& pack) {
  if (pack.boolean("visit.phone_counts") != true) return {};
  const auto groups = pack.groups("visit.in_person_only");
  const bool everybody = std::any_of(groups.begin(), groups.end(), [](const GroupRule& group) {
    return group.tag.empty() && !group.age_from && !group.age_below;
  });
  if (!everybody) return {};
  return contradiction("visit.phone_counts is true though visit.in_person_only holds for everybody");
}

// The steps of an emergency lie inside its total.
Status check_emergency(const PolicyPack& pack) {
  DOUDI_TRY(check_together(pack, "emergency.limit", "emergency.start"));
  for (const std::string_view step :
       {"clock.acceptance.grade1_hours", "clock.dispatch.grade1_hours", "clock.first_contact.grade1_hours"}) {
    DOUDI_TRY(check_ordered(pack, step, "emergency.limit"));
  }
  return check_together(pack, "first_aid.follow_up_workdays", "first_aid.follow_up_from");
}

Status check_benefits(const PolicyPack& pack) {
  DOUDI_TRY(check_together(pack, "approval.delegate_limit", "approval.delegate_mode"));
  DOUDI_TRY(check_together(pack, "dibao.class_rule", "compare.min_insured_persons"));
  DOUDI_TRY(check_together(pack, "dibao.top_up.age_pct", "dibao.top_up.age_from"));
  DOUDI_TRY(check_together(pack, "dibao.top_up.age_pct", "dibao.top_up.minor_below"));
  DOUDI_TRY(check_together(pack, "freeze.amount", "exit.freeze"));
  DOUDI_TRY(check_together(pack, "small_quick.roll", "small_quick.days"));
  return check_together(pack, "tekun.continues_in_school", "tekun.minor_age");
}

Status check_phases(const PolicyPack& pack, std::string_view key) {
  std::set<std::string> codes;
  for (const Phase& phase : pack.phases(key)) {
    const std::string name = std::string(key) + ": " + phase.code;
    if (phase.to < phase.from) return contradiction(name + " ends before it starts");
    if (!codes.insert(phase.code).second) return contradiction(name + " appears twice");
  }
  if (key == "visit.rounds") DOUDI_TRY(check_rounds(pack));
  if (key == "visit.rounds" && pack.text("visit.full_coverage") == "campaign" && codes.empty()) {
    return contradiction("visit.full_coverage is campaign but visit.rounds is empty");
  }
  return {};
}

}  // namespace

const Parameter* PolicyPack::find(std::string_view key) const {
  const auto found =
      std::lower_bound(parameters.begin(), parameters.end(), key,
                       [](const Parameter& entry, std::string_view wanted) { return entry.key < wanted; });
  return found != parameters.end() && found->key == key ? &*found : nullptr;
}

std::optional<std::int64_t> PolicyPack::integer(std::string_view key) const {
  return copy_of<std::int64_t>(*this, key);
}

std::optional<bool> PolicyPack::boolean(std::string_view key) const {
  return copy_of<bool>(*this, key);
}

std::optional<std::string> PolicyPack::text(std::string_view key) const {
  return copy_of<std::string>(*this, key);
}

std::span<const std::string> PolicyPack::list(std::string_view key) const {
  const auto* value = value_of<std::vector<std::string>>(*this, key);
  return value == nullptr ? std::span<const std::string>{} : std::span<const std::string>(*value);
}

std::span<const GroupRule> PolicyPack::groups(std::string_view key) const {
  const auto* value = value_of<std::vector<GroupRule>>(*this, key);
  return value == nullptr ? std::span<const GroupRule>{} : std::span<const GroupRule>(*value);
}

std::span<const Phase> PolicyPack::phases(std::string_view key) const {
  const auto* value = value_of<std::vector<Phase>>(*this, key);
  return value == nullptr ? std::span<const Phase>{} : std::span<const Phase>(*value);
}

bool PolicyPack::assumed(std::string_view key) const {
  const Parameter* parameter = find(key);
  return parameter != nullptr && parameter->state == ParameterState::assumed;
}

bool PolicyPack::is_set(std::string_view key) const {
  return known(*this, key) != nullptr;
}

std::string PolicyPack::source(std::string_view key) const {
  const Parameter* parameter = find(key);
  return parameter == nullptr ? std::string{} : parameter->source;
}

Status check_contradictions(const PolicyPack& pack) {
  if (pack.valid_to && *pack.valid_to < pack.valid_from)
    return contradiction("valid_to is before valid_from");
  DOUDI_TRY(check_taper(pack));
  DOUDI_TRY(check_phases(pack, "phases"));
  DOUDI_TRY(check_phases(pack, "visit.rounds"));
  DOUDI_TRY(check_visits(pack));
  DOUDI_TRY(check_emergency(pack));
  DOUDI_TRY(check_benefits(pack));
  DOUDI_TRY(check_together(pack, "lookback.from", "lookback.to"));
  DOUDI_TRY(check_together(pack, "lookback.to", "lookback.from"));
  const auto from = pack.text("lookback.from");
  const auto to = pack.text("lookback.to");
  if (from && to && *to < *from) return contradiction("lookback.to is before lookback.from");
  return {};
}

std::string value_text(const Parameter& parameter) {
  return std::visit(ValueText{}, parameter.value);
}

std::string to_text(const Parameter& parameter) {
  if (parameter.state == ParameterState::unset) return "unset";
  const std::string text = value_text(parameter);
  return parameter.state == ParameterState::assumed ? text + " (assumed)" : text;
}

std::vector<ParameterChange> compare_packs(const PolicyPack& before, const PolicyPack& after) {
  std::set<std::string> keys;
  for (const Parameter& parameter : before.parameters) keys.insert(parameter.key);
  for (const Parameter& parameter : after.parameters) keys.insert(parameter.key);
  std::vector<ParameterChange> changes;
  for (const std::string& key : keys) {
    const Parameter* old_value = before.find(key);
    const Parameter* new_value = after.find(key);
    const std::string was = old_value == nullptr ? "unset" : to_text(*old_value);
    const std::string is = new_value == nullptr ? "unset" : to_text(*new_value);
    if (was != is) changes.push_back({key, was, is});
  }
  return changes;
}

}  // namespace doudi::domain
