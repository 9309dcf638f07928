#include "shared/domain/money_rules.hpp"

#include <algorithm>

namespace doudi::domain {
namespace {

void fail(RuleTrace& trace, const char* code) {
  trace.outcome = RuleOutcome::error;
  trace.code = code;
}

void needs(RuleTrace& trace, std::string_view param) {
  trace.outcome = RuleOutcome::needs;
  trace.param = std::string(param);
}

// The value of a key, with its source noted; nothing when the pack leaves it open.
std::optional<std::int64_t> use_integer(RuleTrace& trace, const PolicyPack& pack, std::string_view key) {
  const auto value = pack.integer(key);
  if (!value) return std::nullopt;
  trace.rules.push_back(pack.source(key));
  trace.assumed = trace.assumed || pack.assumed(key);
  return value;
}

std::int64_t percent_of(std::int64_t amount, std::int64_t percent) {
  return (amount * percent + 50) / 100;  // half up; amounts are never negative
}

std::string_view floor_key(AidKind kind) {
  switch (kind) {
    case AidKind::emergency_family:
      return "temp_aid.floor.emergency_family_pct";
    case AidKind::spending_family:
      return "temp_aid.floor.spending_family_pct";
    case AidKind::individual:
      return "temp_aid.floor.individual_pct";
  }
  return {};
}

bool is_mental(int kind) {
  return kind == 5 || kind == 6;
}

}  // namespace

RouteResult approval_route(bool emergency, std::int64_t amount_fen, const PolicyPack& pack,
                           const std::optional<std::string>& mode) {
  RouteResult result;
  if (amount_fen < 0) return fail(result.trace, "out_of_range"), result;
  const auto limit = use_integer(result.trace, pack, "approval.delegate_limit");
  if (!limit) {
    // Without a number the safe answer is the district, and it says that it was assumed.
    needs(result.trace, "approval.delegate_limit");
    result.trace.assumed = true;
    return result;
  }
  const bool small = amount_fen <= *limit;
  const auto given = mode ? mode : pack.text("approval.delegate_mode");
  if (!given && emergency != small) {
    // The two readings of the plan differ for this case alone.
    needs(result.trace, "approval.delegate_mode");
    result.trace.assumed = true;
    return result;
  }
  const std::string joined = given.value_or("any");
  if (joined != "any" && joined != "all") return fail(result.trace, "unknown_mode"), result;
  result.trace.assumed =
      result.trace.assumed || (!mode && emergency != small && pack.assumed("approval.delegate_mode"));
  const bool delegated = joined == "all" ? emergency && small : emergency || small;
  result.route = delegated ? ApprovalRoute::township : ApprovalRoute::district;
  return result;
}

FloorResult temporary_aid_floor(AidKind kind, int persons, std::int64_t urban_standard_fen,
                                std::optional<std::int64_t> amount_fen, const PolicyPack& pack) {
  FloorResult result;
  if (persons < 1 || urban_standard_fen < 0) return fail(result.trace, "out_of_range"), result;
  const auto percent = use_integer(result.trace, pack, floor_key(kind));
  if (!percent) return needs(result.trace, "temp_aid.floor"), result;
  result.per_person_fen = percent_of(urban_standard_fen, *percent);
  result.total_fen = result.per_person_fen * persons;
  if (amount_fen && *amount_fen < result.total_fen) fail(result.trace, "below_floor");
  return result;
}

CheckResult reserve_check(std::int64_t balance_fen, std::optional<std::int64_t> payment_fen,
                          const PolicyPack& pack) {
  CheckResult result;
  if (payment_fen && *payment_fen > balance_fen) return fail(result.trace, "reserve_short"), result;
  const auto floor = use_integer(result.trace, pack, "reserve.min_per_township");
  if (!floor) return needs(result.trace, "reserve.min_per_township"), result;
  result.limit_fen = *floor;
  result.passes = balance_fen - payment_fen.value_or(0) >= *floor;
  return result;
}

CheckResult low_income_check(std::int64_t income_per_person_year_fen, const PolicyPack& pack) {
  CheckResult result;
  const auto line = use_integer(result.trace, pack, "low_income.line");
  if (!line) return needs(result.trace, "low_income.line"), result;
  result.limit_fen = *line;
  result.passes = income_per_person_year_fen <= *line;
  return result;
}

CheckResult standard_ratio_check(std::int64_t rural_fen, std::int64_t urban_fen, const PolicyPack& pack) {
  CheckResult result;
  if (urban_fen <= 0 || rural_fen < 0) return fail(result.trace, "out_of_range"), result;
  const auto percent = use_integer(result.trace, pack, "standard.rural_min_pct");
  if (!percent) return needs(result.trace, "standard.urban_rural"), result;
  result.limit_fen = (urban_fen * *percent + 99) / 100;
  result.passes = rural_fen * 100 >= urban_fen * *percent;
  return result;
}

CheckResult tekun_standard_check(std::int64_t dibao_fen, std::int64_t tekun_fen, const PolicyPack& pack) {
  CheckResult result;
  if (dibao_fen < 0 || tekun_fen < 0) return fail(result.trace, "out_of_range"), result;
  const auto percent = use_integer(result.trace, pack, "tekun.basic_ratio_pct");
  if (!percent) return needs(result.trace, "tekun.basic_ratio"), result;
  result.limit_fen = (dibao_fen * *percent + 99) / 100;
  result.passes = tekun_fen * 100 >= dibao_fen * *percent;
  return result;
}

CheckResult dibao_class_check(std::string_view dibao_class, int household_persons, int insured_persons,
                              bool exempt, const PolicyPack& pack) {
  CheckResult result;
  if (!pack.is_set("dibao.class_rule")) return needs(result.trace, "dibao.class_rule"), result;
  const bool known = dibao_class == "A" || dibao_class == "B" || dibao_class == "C";
  if (!known) return fail(result.trace, "unknown_class"), result;
  if (household_persons < 1 || insured_persons < 1 || insured_persons > household_persons) {
    return fail(result.trace, "out_of_range"), result;
  }
  if (dibao_class == "A") {
    result.trace.rules.emplace_back("S11");
    result.passes = insured_persons == household_persons;  // a class A household is insured as a whole
    return result;
  }
  result.trace.rules.emplace_back("S12");
  const auto least = pack.integer("compare.min_insured_persons");
  if (!least) return needs(result.trace, "compare.min_insured_persons"), result;
  result.passes = exempt || household_persons < *least || insured_persons >= *least;
  return result;
}

CheckResult severe_disability(int kind, int level, const std::vector<int>& components,
                              const PolicyPack& pack) {
  CheckResult result;
  if (kind < 1 || kind > 7) return fail(result.trace, "bad_kind"), result;
  if (level < 1 || level > 4) return fail(result.trace, "bad_level"), result;
  if (!pack.is_set("dibao.severe_disability")) return needs(result.trace, "dibao.severe_disability"), result;
  result.trace.rules.push_back(pack.source("dibao.severe_disability"));
  result.trace.assumed = pack.assumed("dibao.severe_disability");
  if (level <= 2) {
    result.passes = true;
  } else if (level == 3 && kind == 7) {
    if (components.empty()) return needs(result.trace, "components"), result;
    result.passes = std::any_of(components.begin(), components.end(), is_mental);
  } else {
    result.passes = level == 3 && is_mental(kind);
  }
  return result;
}

CheckResult double_benefit_check(bool dibao_active, bool tekun_active) {
  CheckResult result;
  result.passes = !(dibao_active && tekun_active);
  if (!result.passes) fail(result.trace, "double_benefit");
  return result;
}

AmountResult top_up(CivilDate birth, CivilDate on, bool severe, std::int64_t standard_fen,
                    const PolicyPack& pack) {
  AmountResult result;
  if (standard_fen < 0 || on < birth) return fail(result.trace, "out_of_range"), result;
  const auto age_pct = use_integer(result.trace, pack, "dibao.top_up.age_pct");
  const auto severe_pct = use_integer(result.trace, pack, "dibao.top_up.severe_pct");
  const auto old_from = pack.integer("dibao.top_up.age_from");
  const auto young_below = pack.integer("dibao.top_up.minor_below");
  if (!age_pct || !severe_pct || !old_from || !young_below)
    return needs(result.trace, "dibao.top_up"), result;
  const int age = age_on(birth, on);
  const bool by_age = age >= *old_from || age < *young_below;
  std::int64_t percent = by_age ? *age_pct : 0;
  if (severe) percent = std::max(percent, *severe_pct);  // the higher of the two, never the sum (Q10)
  result.percent = static_cast<int>(percent);
  result.amount_fen = percent_of(standard_fen, percent);
  return result;
}

AmountResult differential(std::int64_t standard_fen, int persons, std::int64_t family_income_fen,
                          const PolicyPack& pack) {
  AmountResult result;
  if (persons < 1 || standard_fen < 0) return fail(result.trace, "out_of_range"), result;
  if (pack.text("dibao.amount_rule") != "difference") return needs(result.trace, "dibao.amount_rule"), result;
  result.trace.rules.push_back(pack.source("dibao.amount_rule"));
  result.trace.assumed = pack.assumed("dibao.amount_rule");
  result.amount_fen =
      std::max<std::int64_t>(0, standard_fen * persons - std::max<std::int64_t>(0, family_income_fen));
  return result;
}

StaffResult care_staff(std::int64_t residents, const PolicyPack& pack) {
  StaffResult result;
  if (residents < 0) return fail(result.trace, "out_of_range"), result;
  const auto ratio = use_integer(result.trace, pack, "care.staff_ratio");
  if (!ratio) return needs(result.trace, "care.staff_ratio"), result;
  result.staff = (residents + *ratio - 1) / *ratio;
  return result;
}

std::string_view self_care_result(int not_met, int unanswered) {
  if (unanswered > 0) return "incomplete";
  if (not_met <= 0) return "full";
  return not_met <= 3 ? "partial" : "none";
}

}  // namespace doudi::domain
