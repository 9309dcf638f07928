// The calculators of a pack (domain.md 3.4.7): pure, in fen, half up. Each answers a value, "needs" with the
// open key, or an error code, and names the rows of the plans it used.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/domain/policy.hpp"
#include "shared/domain/population.hpp"

namespace doudi::domain {

enum class RuleOutcome : std::uint8_t { value, needs, error };

// What every calculator answers besides its value.
struct RuleTrace {
  RuleOutcome outcome = RuleOutcome::value;
  std::string param;               // needs: the open key
  std::string code;                // error
  bool assumed = false;            // rests on a value the district has only assumed
  std::vector<std::string> rules;  // "D19", "B25"
  [[nodiscard]] bool ok() const { return outcome == RuleOutcome::value; }
};

struct YearMonth {
  int year = 1970;
  unsigned month = 1;
  friend bool operator==(const YearMonth&, const YearMonth&) = default;
};
std::optional<YearMonth> parse_year_month(std::string_view text);
std::string to_string(YearMonth month);
YearMonth next_month(YearMonth month);

struct TaperRequest {
  std::int64_t standard_fen = 0;
  int persons = 0;
  std::int64_t family_income_fen = 0;
  std::int64_t original_amount_fen = 0;
  YearMonth first_month;
  bool self_reported = true;
  bool registered_poor = true;
  std::optional<std::int64_t> employment_reward_fen;
  int working_persons_in_epidemic = 0;
  std::optional<int> months;
  std::optional<int> amount_pct;
  std::optional<std::string> cause;
  std::optional<bool> unstable;
  std::optional<bool> income_clearly_up;  // exit freeze
};
struct TaperStep {
  YearMonth month;
  std::int64_t amount_fen = 0;
  friend bool operator==(const TaperStep&, const TaperStep&) = default;
};
enum class TaperKind : std::uint8_t { taper, stays, too_high, no_taper };
struct TaperResult {
  RuleTrace trace;
  TaperKind kind = TaperKind::no_taper;
  std::vector<TaperStep> schedule;
  std::int64_t total_fen = 0;
  std::optional<std::int64_t> amount_fen;  // stays
  std::int64_t income_per_person_fen = 0;  // after deductions, half up
  // "exit_decision" or "recheck" in the month after, "exit_blocked" under a freeze; empty: the pack is
  // silent.
  std::string then;
  YearMonth then_month;
  std::optional<std::int64_t> frozen_amount_fen;  // paid while the exit is blocked
};
TaperResult taper(const TaperRequest& request, const PolicyPack& pack);

enum class ApprovalRoute : std::uint8_t { township, district };
struct RouteResult {
  RuleTrace trace;  // needs: the route is the safe default, marked assumed
  ApprovalRoute route = ApprovalRoute::district;
};
// `mode` overrides the pack: "any" or "all".
RouteResult approval_route(bool emergency, std::int64_t amount_fen, const PolicyPack& pack,
                           const std::optional<std::string>& mode = std::nullopt);

enum class AidKind : std::uint8_t { emergency_family, spending_family, individual };
struct FloorResult {
  RuleTrace trace;
  std::int64_t per_person_fen = 0;
  std::int64_t total_fen = 0;
};
FloorResult temporary_aid_floor(AidKind kind, int persons, std::int64_t urban_standard_fen,
                                std::optional<std::int64_t> amount_fen, const PolicyPack& pack);

struct CheckResult {
  RuleTrace trace;
  bool passes = false;
  std::int64_t limit_fen = 0;  // the line that was compared with, where there is one
};
// passes = no alarm; a payment above the balance fails with "reserve_short".
CheckResult reserve_check(std::int64_t balance_fen, std::optional<std::int64_t> payment_fen,
                          const PolicyPack& pack);
CheckResult low_income_check(std::int64_t income_per_person_year_fen, const PolicyPack& pack);
CheckResult standard_ratio_check(std::int64_t rural_fen, std::int64_t urban_fen, const PolicyPack& pack);
CheckResult tekun_standard_check(std::int64_t dibao_fen, std::int64_t tekun_fen, const PolicyPack& pack);
CheckResult dibao_class_check(std::string_view dibao_class, int household_persons, int insured_persons,
                              bool exempt, const PolicyPack& pack);
// kind 1-7, level 1-4; `components` are the kinds inside a 多重 certificate.
CheckResult severe_disability(int kind, int level, const std::vector<int>& components,
                              const PolicyPack& pack);
CheckResult double_benefit_check(bool dibao_active, bool tekun_active);

struct AmountResult {
  RuleTrace trace;
  std::int64_t amount_fen = 0;
  int percent = 0;
};
AmountResult top_up(CivilDate birth, CivilDate on, bool severe, std::int64_t standard_fen,
                    const PolicyPack& pack);
// (standard − income per person) × persons, never below zero.
AmountResult differential(std::int64_t standard_fen, int persons, std::int64_t family_income_fen,
                          const PolicyPack& pack);

struct StaffResult {
  RuleTrace trace;
  std::int64_t staff = 0;
};
StaffResult care_staff(std::int64_t residents, const PolicyPack& pack);

// Items not met of the six; an unanswered item makes it incomplete ("full", "partial", "none", "incomplete").
std::string_view self_care_result(int not_met, int unanswered);

}  // namespace doudi::domain
