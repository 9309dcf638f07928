// 渐退: how long and how much a family still receives after its income has risen above the standard.
#include <algorithm>
#include <charconv>

#include "shared/domain/money_rules.hpp"

namespace doudi::domain {
namespace {

TaperResult& fail(TaperResult& result, const char* code) {
  result.trace.outcome = RuleOutcome::error;
  result.trace.code = code;
  return result;
}

TaperResult& needs(TaperResult& result, std::string_view param) {
  result.trace.outcome = RuleOutcome::needs;
  result.trace.param = std::string(param);
  return result;
}

void use(TaperResult& result, const PolicyPack& pack, std::string_view key) {
  if (!pack.is_set(key)) return;
  result.trace.rules.push_back(pack.source(key));
  result.trace.assumed = result.trace.assumed || pack.assumed(key);
}

bool is_valid(const TaperRequest& request) {
  return request.persons >= 1 && request.standard_fen >= 0 && request.family_income_fen >= 0 &&
         request.original_amount_fen >= 0 && request.working_persons_in_epidemic >= 0 &&
         request.working_persons_in_epidemic <= request.persons &&
         request.employment_reward_fen.value_or(0) >= 0;
}

bool is_work(std::string_view cause) {
  return cause == "work" || cause == "working" || cause == "employment" || cause == "employed" ||
         cause == "job" || cause == "就业" || cause == "务工";
}

bool is_industry(std::string_view cause) {
  return cause.substr(0, 7) == "industr" || cause == "产业扶持" || cause == "产业";
}

bool cause_allowed(const PolicyPack& pack, std::string_view cause) {
  const auto causes = pack.list("taper.causes");
  return std::any_of(causes.begin(), causes.end(), [&](const std::string& allowed) {
    return allowed == cause || (allowed == "work" && is_work(cause)) ||
           (allowed == "industry_support" && is_industry(cause));
  });
}

// Who may have a taper at all; true when the answer is already decided.
bool condition_decides(TaperResult& result, const TaperRequest& request, const PolicyPack& pack) {
  if (pack.boolean("taper.self_report") == true) {
    use(result, pack, "taper.self_report");
    if (!request.self_reported) return fail(result, "not_self_reported"), true;
  }
  if (pack.boolean("taper.registered_poor_only") == true && !request.registered_poor) {
    use(result, pack, "taper.registered_poor_only");
    return fail(result, "condition"), true;
  }
  if (pack.list("taper.causes").empty()) return false;
  use(result, pack, "taper.causes");
  if (!request.cause) return needs(result, "cause"), true;
  const bool needs_unstable = pack.boolean("taper.unstable_income") == true;
  const bool refused = !cause_allowed(pack, *request.cause) || (needs_unstable && request.unstable == false);
  if (refused) return fail(result, "condition"), true;
  if (needs_unstable && !request.unstable) return needs(result, "unstable"), true;
  return false;
}

// Income after the deductions of the pack; nothing when one of them has no number.
std::optional<std::int64_t> counted_income(TaperResult& result, const TaperRequest& request,
                                           const PolicyPack& pack) {
  std::int64_t income = request.family_income_fen;
  const auto lines = pack.list("deduct.lines");
  if (std::find(lines.begin(), lines.end(), "employment_reward") != lines.end()) {
    const auto reward = request.employment_reward_fen ? request.employment_reward_fen
                                                      : pack.integer("deduct.employment_reward");
    if (!reward) return needs(result, "employment_reward"), std::nullopt;
    use(result, pack, "deduct.lines");
    income -= *reward;
  }
  if (request.working_persons_in_epidemic > 0) {
    const auto cost = pack.integer("deduct.epidemic_work_cost");
    if (!cost) return needs(result, "deduct.epidemic_work_cost"), std::nullopt;
    use(result, pack, "deduct.epidemic_work_cost");
    income -= *cost * request.working_persons_in_epidemic;
  }
  return std::max<std::int64_t>(0, income);
}

TaperResult stays(TaperResult result, const TaperRequest& request, std::int64_t income,
                  const PolicyPack& pack) {
  result.kind = TaperKind::stays;
  const AmountResult amount = differential(request.standard_fen, request.persons, income, pack);
  if (amount.trace.ok()) {
    result.amount_fen = amount.amount_fen;
    result.trace.assumed = result.trace.assumed || amount.trace.assumed;
    result.trace.rules.insert(result.trace.rules.end(), amount.trace.rules.begin(), amount.trace.rules.end());
  }
  return result;
}

struct Segment {
  int months = 0;
  int percent = 0;
};

int number_of(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Chosen for this case within the plan's bounds, or the one number the district has fixed (Q7).
std::optional<int> chosen_months(TaperResult& result, const TaperRequest& request, const PolicyPack& pack) {
  if (const auto fixed = pack.integer("taper.months")) {
    use(result, pack, "taper.months");
    if (request.months.value_or(static_cast<int>(*fixed)) != *fixed)
      return fail(result, "out_of_range"), std::nullopt;
    return static_cast<int>(*fixed);
  }
  const auto least = pack.integer("taper.months_min");
  const auto most = pack.integer("taper.months_max");
  if (!request.months || !least || !most) return needs(result, "taper.months"), std::nullopt;
  use(result, pack, "taper.months_min");
  if (*request.months < *least || *request.months > *most) return fail(result, "out_of_range"), std::nullopt;
  return request.months;
}

// The stretches of the schedule; nothing when the answer is already decided.
std::optional<std::vector<Segment>> segments(TaperResult& result, const TaperRequest& request,
                                             const PolicyPack& pack) {
  const auto fixed = pack.list("taper.segments_months");
  if (!fixed.empty()) {
    use(result, pack, "taper.segments_months");
    std::vector<Segment> parts;
    for (std::size_t i = 0; i < fixed.size(); ++i) {
      parts.push_back({number_of(fixed[i]), number_of(pack.list("taper.amount_pct")[i])});
    }
    return parts;
  }
  const auto months = chosen_months(result, request, pack);
  if (!months) return std::nullopt;
  const auto given = pack.integer("taper.amount");
  if (!given && !request.amount_pct) return needs(result, "taper.amount"), std::nullopt;
  if (given) {
    use(result, pack, "taper.amount");
  } else {
    result.trace.assumed = true;  // the officer's number stands in for the plan's silence
  }
  const std::int64_t percent = given ? *given : *request.amount_pct;
  if (percent < 0 || percent > 100) return fail(result, "out_of_range"), std::nullopt;
  return std::vector<Segment>{{*months, static_cast<int>(percent)}};
}

void fill_schedule(TaperResult& result, const TaperRequest& request, const std::vector<Segment>& parts) {
  YearMonth month = request.first_month;
  for (const Segment& part : parts) {
    const std::int64_t amount = (request.original_amount_fen * part.percent + 50) / 100;
    for (int i = 0; i < part.months; ++i) {
      result.schedule.push_back({month, amount});
      result.total_fen += amount;
      month = next_month(month);
    }
  }
  result.then_month = month;
}

// A pack that says nothing about taper, or says there is none.
bool existence_decides(TaperResult& result, const PolicyPack& pack) {
  const auto exists = pack.boolean("taper.exists");
  if (!exists) return needs(result, "taper.exists"), true;
  if (*exists) return false;
  use(result, pack, "taper.exists");
  result.kind = TaperKind::no_taper;
  result.then = "exit_decision";
  return true;
}

}  // namespace

std::optional<YearMonth> parse_year_month(std::string_view text) {
  const auto day = parse_date(std::string(text) + "-01");
  if (!day) return std::nullopt;
  const YearMonthDay ymd = year_month_day(*day);
  return YearMonth{ymd.year, ymd.month};
}

std::string to_string(YearMonth month) {
  return format_date(*civil_date(month.year, month.month, 1)).substr(0, 7);
}

YearMonth next_month(YearMonth month) {
  return month.month == 12 ? YearMonth{month.year + 1, 1} : YearMonth{month.year, month.month + 1};
}

TaperResult taper(const TaperRequest& request, const PolicyPack& pack) {
  TaperResult result;
  if (!is_valid(request)) return fail(result, "out_of_range");
  if (existence_decides(result, pack)) return result;
  if (condition_decides(result, request, pack)) return result;
  const auto income = counted_income(result, request, pack);
  if (!income) return result;
  result.income_per_person_fen = (*income * 2 + request.persons) / (2 * request.persons);
  const std::int64_t standard = request.standard_fen * request.persons;
  if (*income <= standard) return stays(std::move(result), request, *income, pack);
  if (const auto upper = pack.integer("taper.income_upper_pct")) {
    use(result, pack, "taper.income_upper_pct");
    result.kind = TaperKind::too_high;
    if (*income * 100 >= standard * *upper) return result;  // "低于2倍" does not include twice
  }
  const bool frozen = pack.boolean("exit.freeze") == true && request.income_clearly_up == false;
  if (frozen) {
    use(result, pack, "exit.freeze");
    const auto percent = pack.integer("freeze.amount");
    if (!percent) return needs(result, "freeze.amount");
    use(result, pack, "freeze.amount");
    result.frozen_amount_fen = (request.original_amount_fen * *percent + 50) / 100;
  }
  const auto parts = segments(result, request, pack);
  if (!parts) return result;
  result.kind = TaperKind::taper;
  result.then = frozen ? "exit_blocked" : pack.text("taper.then").value_or("");
  fill_schedule(result, request, *parts);
  return result;
}

}  // namespace doudi::domain
