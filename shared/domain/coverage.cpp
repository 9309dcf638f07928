// The due list: what is owed today, and the order in which a worker should walk.
#include "shared/domain/coverage.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "shared/domain/coverage_parts.hpp"
#include "shared/domain/duty_calendar.hpp"

namespace doudi::domain {
namespace {

constexpr int kElderAlways = 80;
constexpr int kAttemptDaysWeekly = 3;
constexpr int kAttemptDaysMonthly = 2;
constexpr std::int64_t kEveningMs = 18 * 3'600'000LL;

bool is_off_hours(Instant at) {
  const CivilDate day = date_of(at);
  return iso_weekday(day) > 5 || at.ms - start_of(day).ms >= kEveningMs;
}

// Days with a failed attempt after the last contact, and whether one of them was in the evening or on a
// weekend.
struct Attempts {
  int days = 0;
  bool off_hours = false;
};

Attempts attempts_since(const VisitRefs& visits, const std::optional<CivilDate>& contact, CivilDate today) {
  std::vector<CivilDate> days;
  Attempts attempts;
  for (const Visit* visit : visits) {
    const CivilDate day = date_of(visit->seen_at);
    if (!is_attempt(*visit) || day > today || (contact && day <= *contact)) continue;
    attempts.off_hours = attempts.off_hours || is_off_hours(visit->seen_at);
    if (std::find(days.begin(), days.end(), day) == days.end()) days.push_back(day);
  }
  attempts.days = static_cast<int>(days.size());
  return attempts;
}

bool fragile(const Person& person, CivilDate today) {
  if (person.birth && age_on(*person.birth, today) >= kElderAlways) return true;
  const bool needs_help = person.self_care == SelfCare::partial || person.self_care == SelfCare::none;
  return needs_help && person.has_tag("lives_alone", today);
}

std::optional<UnreachableProposal> unreachable_weekly(const Person& person,
                                                      const std::optional<CivilDate>& contact,
                                                      const Attempts& attempts, CivilDate today) {
  if (attempts.days < kAttemptDaysWeekly || !attempts.off_hours) return std::nullopt;
  const CivilDate monday = monday_of(today);
  if (fragile(person, today) && (!contact || *contact < monday - 7))
    return UnreachableProposal{1, "weekly_fragile"};
  if (!contact || *contact < monday - 14) return UnreachableProposal{2, "weekly_two_weeks"};
  return std::nullopt;
}

std::optional<UnreachableProposal> unreachable_monthly(const std::optional<CivilDate>& contact,
                                                       const Attempts& attempts, CivilDate today) {
  if (attempts.days < kAttemptDaysMonthly || !attempts.off_hours) return std::nullopt;
  const CivilDate before_last = month_first(month_first(month_first(today) - 1) - 1);
  if (!contact || *contact < before_last) return UnreachableProposal{2, "monthly_two_months"};
  return std::nullopt;
}

std::optional<UnreachableProposal> unreachable(const Person& person, DutyRank rank, const VisitRefs& visits,
                                               CivilDate today) {
  const auto contact = last_contact(visits, today);
  const Attempts attempts = attempts_since(visits, contact, today);
  switch (rank) {
    case DutyRank::daily:
      // More than 24 hours without any contact, although somebody went.
      if (attempts.days > 0 && (!contact || today - *contact >= 2))
        return UnreachableProposal{1, "daily_24h"};
      return std::nullopt;
    case DutyRank::weekly:
      return unreachable_weekly(person, contact, attempts, today);
    case DutyRank::monthly:
      return unreachable_monthly(contact, attempts, today);
    case DutyRank::none:
      return std::nullopt;
  }
  return std::nullopt;
}

// The period before this one is still open for a make-up visit and was not paid.
std::optional<CivilDate> open_makeup(const VisitRules& rules, const PersonDuties& duties, Duty duty,
                                     CivilDate today, const VisitRefs& visits) {
  const auto until = makeup_until(rules, duty, today);
  if (!until || today > *until) return std::nullopt;
  const DayInterval before =
      duty == Duty::weekly ? week_of(week_of(today).from - 1) : month_of(month_first(today) - 1);
  const DutyRank rank = duty == Duty::weekly ? DutyRank::weekly : DutyRank::monthly;
  if (duties.days_in(before, rank) < minimum_days(rules, duty)) return std::nullopt;
  const bool seen = duty == Duty::weekly || duties.in_person_in(before);
  const DutyMode mode = seen ? DutyMode::in_person : DutyMode::any;
  if (paid_in(rules, duty, mode, before, visits) || made_up(rules, duty, mode, before, visits))
    return std::nullopt;
  return before.to;
}

void add_attempts(DueItem& item, const VisitRefs& visits, DayInterval period, CivilDate today) {
  item.last_seen = last_contact(visits, today);
  for (const Visit* visit : visits) {
    const CivilDate day = date_of(visit->seen_at);
    if (!is_attempt(*visit) || day > today) continue;
    if (!item.last_attempt || *item.last_attempt < visit->seen_at) item.last_attempt = visit->seen_at;
    if (period.contains(day)) ++item.attempts_in_period;
  }
}

DueItem person_item(const Person& person, const Household* household) {
  DueItem item;
  item.subject = person.id;
  if (household != nullptr) {
    item.household = household->id;
    item.sort_key = household->sort_key;
  }
  return item;
}

Duty duty_of(const VisitRules& rules, DutyRank rank) {
  if (rank == DutyRank::daily) return Duty::daily;
  if (rank == DutyRank::weekly) return Duty::weekly;
  return rules.full_coverage == "campaign" ? Duty::campaign : Duty::monthly;
}

DutyMode mode_of(DutyRank rank, const DayDuty& day) {
  if (day.contact) return DutyMode::contact;
  return rank == DutyRank::monthly && !day.in_person ? DutyMode::any : DutyMode::in_person;
}

// The highest duty of the day that lasts long enough in its period; a week with too few days leaves the
// month.
std::optional<DutyRank> owed_rank(const VisitRules& rules, const PersonDuties& duties, CivilDate today) {
  const DutyRank highest = duties.on(today).rank;
  for (const DutyRank rank : {DutyRank::daily, DutyRank::weekly, DutyRank::monthly}) {
    if (rank > highest || (rank < highest && rank == DutyRank::monthly && rules.full_coverage == "none"))
      continue;
    const Duty duty = duty_of(rules, rank);
    const auto period = period_of(rules, duty, today);
    if (period && duties.days_in(*period, rank) >= minimum_days(rules, duty)) return rank;
  }
  return std::nullopt;
}

VisitRefs visits_for(const Person& person, const Household* household, DutyRank rank, DutyMode mode) {
  VisitRefs visits = visits_of(person);
  const bool by_door = household != nullptr && rank == DutyRank::monthly && mode != DutyMode::contact;
  for (std::size_t i = 0; by_door && i < household->visits.size(); ++i)
    visits.push_back(&household->visits[i]);
  return visits;
}

// What one person owes today, by the highest duty of the day.
std::optional<DueItem> person_due(const VisitRules& rules, CivilDate today, const Person& person,
                                  const Household* household) {
  const PersonDuties duties(rules, person);
  const auto rank = owed_rank(rules, duties, today);
  if (!rank) return std::nullopt;
  const Duty duty = duty_of(rules, *rank);
  const auto period = period_of(rules, duty, today);
  const DutyMode mode = mode_of(*rank, duties.on(today));
  const VisitRefs visits = visits_for(person, household, *rank, mode);
  if (paid_in(rules, duty, mode, *period, visits)) return std::nullopt;
  DueItem item = person_item(person, household);
  item.duty = duty;
  item.mode = mode;
  item.due_by = duty == Duty::daily ? today : duties.last_day(*period, today, *rank);
  add_attempts(item, visits, *period, today);
  const DayInterval yesterday{today - 1, today - 1};
  item.missed_before = duty == Duty::daily && duties.on(today - 1).rank == DutyRank::daily &&
                       !paid_in(rules, duty, mode, yesterday, visits);
  item.makeup_for = open_makeup(rules, duties, duty, today, visits);
  item.unreachable = unreachable(person, *rank, visits, today);
  return item;
}

bool all_absent(const VisitRules& rules, CivilDate today, std::span<const Person* const> members) {
  bool anybody = false;
  for (const Person* member : members) {
    const DayDuty duty = PersonDuties(rules, *member).on(today);
    if (duty.rank == DutyRank::none) continue;
    if (!duty.contact) return false;
    anybody = true;
  }
  return anybody;
}

// The door itself: once a month (or a round), any adult.
std::optional<DueItem> household_due(const VisitRules& rules, CivilDate today, const Household& household,
                                     std::span<const Person* const> members) {
  Person door;  // the household seen as one subject: same presence rules, no tags
  door.enrolled_on = household.enrolled_on;
  door.moved_on = household.ended_on;
  const Duty duty = duty_of(rules, DutyRank::monthly);
  const auto period = period_of(rules, duty, today);
  const PersonDuties duties(rules, door);
  if (!period || duties.on(today).rank == DutyRank::none || all_absent(rules, today, members))
    return std::nullopt;
  if (duties.days_in(*period, DutyRank::monthly) < minimum_days(rules, duty)) return std::nullopt;
  const VisitRefs visits = visits_of(household, members);
  if (paid_in(rules, duty, DutyMode::any, *period, visits)) return std::nullopt;
  DueItem item;
  item.subject = household.id;
  item.household = household.id;
  item.is_household = true;
  item.duty = duty;
  item.sort_key = household.sort_key;
  item.due_by = duties.last_day(*period, today, DutyRank::monthly);
  add_attempts(item, visits, *period, today);
  item.makeup_for = open_makeup(rules, duties, duty, today, visits);
  item.unreachable = unreachable(door, DutyRank::monthly, visits, today);
  return item;
}

using MemberIndex = std::map<Uuid, std::vector<const Person*>>;

MemberIndex members_by_household(std::span<const Person> persons) {
  MemberIndex index;
  for (const Person& person : persons) index[person.household].push_back(&person);
  return index;
}

}  // namespace

std::vector<DueItem> due_items(const VisitRules& rules, CivilDate today, const Household* household,
                               std::span<const Person* const> members) {
  std::vector<DueItem> items;
  bool door_visited_anyway = false;
  for (const Person* member : members) {
    auto item = person_due(rules, today, *member, household);
    if (!item) continue;
    const bool by_person = household == nullptr || item->duty == Duty::daily || item->duty == Duty::weekly ||
                           item->mode != DutyMode::any;
    if (!by_person) continue;  // the door's own duty stands for it
    // The in-person visit that is due anyway pays the month of the door as well: highest frequency wins.
    door_visited_anyway = door_visited_anyway || item->mode == DutyMode::in_person;
    items.push_back(std::move(*item));
  }
  if (household != nullptr && !door_visited_anyway) {
    if (auto item = household_due(rules, today, *household, members)) items.push_back(std::move(*item));
  }
  std::sort(items.begin(), items.end(), due_before);
  return items;
}

Result<std::vector<DueItem>> due_list(const PolicyPack& pack, CivilDate today,
                                      std::span<const Household> households,
                                      std::span<const Person> persons) {
  DOUDI_ASSIGN(const VisitRules rules, visit_rules(pack));
  MemberIndex index = members_by_household(persons);
  std::vector<DueItem> list;
  const auto append = [&](const Household* household, std::span<const Person* const> members) {
    for (DueItem& item : due_items(rules, today, household, members)) list.push_back(std::move(item));
  };
  for (const Household& household : households) {
    const auto members = index.extract(household.id);
    append(&household, members.empty() ? std::span<const Person* const>{} : members.mapped());
  }
  // People without a known household are counted alone.
  for (const auto& [household, members] : index) append(nullptr, members);
  std::sort(list.begin(), list.end(), due_before);
  return list;
}

bool due_before(const DueItem& a, const DueItem& b) {
  const auto key = [](const DueItem& item) {
    const CivilDate seen = item.last_seen.value_or(CivilDate{std::numeric_limits<std::int32_t>::min()});
    return std::make_tuple(!item.missed_before, item.duty, item.due_by, seen);
  };
  const auto left = key(a);
  const auto right = key(b);
  if (left != right) return left < right;
  return std::tie(a.sort_key, a.subject, a.is_household) < std::tie(b.sort_key, b.subject, b.is_household);
}

}  // namespace doudi::domain
