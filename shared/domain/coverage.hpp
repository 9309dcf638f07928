// Who is due when (domain.md 3.4.3), who cannot be reached (3.4.4) and how much is covered (3.4.5). The
// tablet and the district run this same code, so an offline list and the district's list agree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/domain/policy.hpp"
#include "shared/domain/population.hpp"
#include "shared/domain/work_calendar.hpp"

namespace doudi::domain {

enum class Duty : std::uint8_t { daily, weekly, monthly, campaign };
enum class DutyMode : std::uint8_t { in_person, contact, any };
std::string_view to_string(Duty duty);      // "daily", "weekly", "monthly", "campaign"
std::string_view to_string(DutyMode mode);  // "in_person", "contact", "any"

// A 失联核查 lead the rule proposes; the worker decides.
struct UnreachableProposal {
  int grade = 2;
  std::string reason;  // stable code: "daily_24h", "weekly_two_weeks", "weekly_fragile", "monthly_two_months"
  friend bool operator==(const UnreachableProposal&, const UnreachableProposal&) = default;
};

struct DueItem {
  Uuid subject;    // the person, or the household for a household's monthly duty
  Uuid household;  // nil when the person is counted alone
  bool is_household = false;
  Duty duty = Duty::monthly;
  CivilDate due_by;
  DutyMode mode = DutyMode::any;
  bool missed_before = false;           // the daily duty of an earlier day was missed
  std::optional<CivilDate> last_seen;   // last good visit of any kind
  std::optional<Instant> last_attempt;  // 去过，未见到
  int attempts_in_period = 0;
  std::optional<CivilDate> makeup_for;  // the previous period is still open for a make-up visit: its last day
  std::optional<UnreachableProposal> unreachable;
  std::string sort_key;  // door order
  friend bool operator==(const DueItem&, const DueItem&) = default;
};

// The visit rules of a pack, read once. Fails with "domain.needs" (message = the open key) when a duty of the
// pack lacks the number it is counted with; a concession the pack does not name is not made.
struct VisitRules {
  std::string full_coverage;  // "monthly", "campaign" or "none"
  std::vector<GroupRule> daily;
  std::vector<GroupRule> weekly;
  std::vector<GroupRule> in_person_only;  // a telephone call never counts for them
  std::vector<Phase> rounds;              // campaign periods
  int min_days_week = 1;
  int min_days_month = 1;
  int makeup_weekday = 0;    // ISO weekday of the next week until which a make-up is accepted, 0: none
  int makeup_month_day = 0;  // day of the next month, 0: none
  bool makeup_pays_current = false;
  bool phone_counts = false;
};
Result<VisitRules> visit_rules(const PolicyPack& pack);

// Total order of rule 11: missed daily, daily, weekly, monthly; due day; longest unseen; door; subject.
bool due_before(const DueItem& a, const DueItem& b);

Result<std::vector<DueItem>> due_list(const PolicyPack& pack, CivilDate today,
                                      std::span<const Household> households, std::span<const Person> persons);
// The same items for one household and its members, already in order: for an update after one visit.
std::vector<DueItem> due_items(const VisitRules& rules, CivilDate today, const Household* household,
                               std::span<const Person* const> members);

// A visit pays a duty only in a mode and with an outcome the duty allows (rule 4). Whether it was the turn of
// a telephone call depends on the visits before it and is decided where the periods are counted.
bool pays(const VisitRules& rules, Duty duty, DutyMode mode, const Visit& visit);

struct CoverageCount {
  std::int64_t due = 0;
  std::int64_t on_time = 0;
  std::int64_t makeup = 0;
  std::int64_t excused = 0;    // absent: not in `due`, listed
  std::int64_t cancelled = 0;  // died, moved, tag ended: not in `due`
  std::vector<Uuid> missing;   // due, neither on time nor made up
};
struct PeriodCoverage {
  Duty duty = Duty::monthly;
  CivilDate from;
  CivilDate to;
  CoverageCount households;
  CoverageCount persons;
  // Households of which every in-scope member was seen (逐户逐人).
  std::int64_t households_person_by_person = 0;
};
struct CoverageReport {
  std::vector<PeriodCoverage> periods;  // day, week, month (or the campaign round) containing `day`
};
Result<CoverageReport> coverage(const PolicyPack& pack, CivilDate day, std::span<const Household> households,
                                std::span<const Person> persons);
// One door's share of it.
CoverageReport coverage_of(const VisitRules& rules, CivilDate day, const Household* household,
                           std::span<const Person* const> members);

// ceil(open ÷ remaining working days of the month, today included); all of them on the last day (rule 12).
struct Workload {
  std::int64_t open = 0;
  int working_days_left = 0;
  std::int64_t per_day = 0;
  bool calendar_unconfirmed = false;
};
Workload workload(std::int64_t open, CivilDate today, CivilDate period_end, const WorkCalendar& calendar);

// "99.9", never "100.0" while one is missing, never "0.0" while one is done; "—" for nothing due (3.4.5).
Result<std::string> coverage_rate(std::int64_t on_time, std::int64_t due);

}  // namespace doudi::domain
