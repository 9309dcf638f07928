// Which visit pays what, and how much of a period is covered.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "shared/domain/coverage.hpp"
#include "shared/domain/coverage_parts.hpp"

namespace doudi::domain {
namespace {

bool met_somebody(const Visit& visit) {
  return visit.outcome == VisitOutcome::met || visit.outcome == VisitOutcome::family_met;
}

bool is_remote(VisitMode mode) {
  return mode == VisitMode::phone || mode == VisitMode::video;
}

// A call counts at most every second time: only when the good visit before it was not one (rule 4).
bool is_turn(const VisitRules& rules, Duty duty, DutyMode mode, const VisitRefs& visits, const Visit& call) {
  if (mode != DutyMode::any || !is_remote(call.mode)) return true;
  VisitRefs good;
  for (const Visit* visit : visits) {
    if (pays(rules, duty, mode, *visit) && visit->seen_at <= call.seen_at) good.push_back(visit);
  }
  std::sort(good.begin(), good.end(), [](const Visit* a, const Visit* b) {
    return std::make_pair(a->seen_at, is_remote(a->mode)) < std::make_pair(b->seen_at, is_remote(b->mode));
  });
  bool by_call = false;
  bool turn = false;
  for (const Visit* visit : good) {
    const bool remote = is_remote(visit->mode);
    turn = !remote || !by_call;
    if (turn) by_call = remote;
    if (visit == &call) break;
  }
  return turn;
}

// A visit marked as make-up for another period belongs to that period.
bool counts_for(const VisitRules& rules, const Visit& visit, DayInterval period) {
  if (!period.contains(date_of(visit.seen_at))) return false;
  return !visit.makeup_for || period.contains(*visit.makeup_for) || rules.makeup_pays_current;
}

enum class Standing : std::uint8_t { none, on_time, makeup, missing, excused, cancelled };

void count(CoverageCount& total, Standing standing, const Uuid& subject) {
  switch (standing) {
    case Standing::none:
      return;
    case Standing::excused:
      ++total.excused;
      return;
    case Standing::cancelled:
      ++total.cancelled;
      return;
    case Standing::on_time:
      ++total.on_time;
      break;
    case Standing::makeup:
      ++total.makeup;
      break;
    case Standing::missing:
      total.missing.push_back(subject);
      break;
  }
  ++total.due;
}

bool left_in(const Person& person, DayInterval period) {
  return (person.died_on && period.contains(*person.died_on)) ||
         (person.moved_on && period.contains(*person.moved_on));
}

DutyRank rank_of(Duty duty) {
  if (duty == Duty::daily) return DutyRank::daily;
  return duty == Duty::weekly ? DutyRank::weekly : DutyRank::monthly;
}

Standing person_standing(const VisitRules& rules, Duty duty, DayInterval period, const Person& person,
                         const VisitRefs& door_visits) {
  const PersonDuties duties(rules, person);
  if (duties.days_in(period, rank_of(duty)) < minimum_days(rules, duty)) {
    return left_in(person, period) && duties.scope_on(period.from) >= rank_of(duty) ? Standing::cancelled
                                                                                    : Standing::none;
  }
  if (duty == Duty::daily && duties.on(period.from).rank != DutyRank::daily) return Standing::excused;
  const bool by_door = duty == Duty::monthly || duty == Duty::campaign;
  DutyMode mode = by_door ? DutyMode::any : DutyMode::in_person;
  if (duties.contact_in(period)) mode = DutyMode::contact;
  if (duties.in_person_in(period)) mode = DutyMode::in_person;
  VisitRefs visits = visits_of(person);
  if (by_door && mode != DutyMode::contact)
    visits.insert(visits.end(), door_visits.begin(), door_visits.end());
  if (paid_in(rules, duty, mode, period, visits)) return Standing::on_time;
  if (made_up(rules, duty, mode, period, visits)) return Standing::makeup;
  return left_in(person, period) ? Standing::cancelled : Standing::missing;
}

struct HouseholdTally {
  int due = 0;
  int on_time = 0;
  int makeup = 0;
};

// Daily and weekly: a household is done when each of its due members is.
Standing by_members(const HouseholdTally& tally) {
  if (tally.due == 0) return Standing::none;
  if (tally.on_time == tally.due) return Standing::on_time;
  return tally.on_time + tally.makeup == tally.due ? Standing::makeup : Standing::missing;
}

Standing door_standing(const VisitRules& rules, Duty duty, DayInterval period, const Household& household,
                       std::span<const Person* const> members) {
  Person door;
  door.enrolled_on = household.enrolled_on;
  door.moved_on = household.ended_on;
  const PersonDuties duties(rules, door);
  if (duties.days_in(period, DutyRank::monthly) < minimum_days(rules, duty)) return Standing::none;
  const VisitRefs visits = visits_of(household, members);
  if (paid_in(rules, duty, DutyMode::any, period, visits)) return Standing::on_time;
  if (made_up(rules, duty, DutyMode::any, period, visits)) return Standing::makeup;
  return left_in(door, period) ? Standing::cancelled : Standing::missing;
}

struct HouseholdMembers {
  const Household* household = nullptr;
  std::vector<const Person*> members;
};

std::vector<HouseholdMembers> grouped(std::span<const Household> households,
                                      std::span<const Person> persons) {
  std::map<Uuid, std::vector<const Person*>> index;
  for (const Person& person : persons) index[person.household].push_back(&person);
  std::vector<HouseholdMembers> groups;
  for (const Household& household : households) {
    auto members = index.extract(household.id);
    groups.push_back(
        {&household, members.empty() ? std::vector<const Person*>{} : std::move(members.mapped())});
  }
  for (auto& [id, members] : index) groups.push_back({nullptr, std::move(members)});
  return groups;
}

// The day, week and month, or the campaign round, that contain the day.
CoverageReport periods_around(const VisitRules& rules, CivilDate day) {
  const Duty widest = rules.full_coverage == "campaign" ? Duty::campaign : Duty::monthly;
  CoverageReport report;
  for (const Duty duty : {Duty::daily, Duty::weekly, widest}) {
    const auto period = period_of(rules, duty, day);
    if (!period) continue;
    PeriodCoverage counts;
    counts.duty = duty;
    counts.from = period->from;
    counts.to = period->to;
    report.periods.push_back(std::move(counts));
  }
  return report;
}

void add_group(const VisitRules& rules, PeriodCoverage& period, const Household* household,
               std::span<const Person* const> members) {
  const DayInterval days{period.from, period.to};
  VisitRefs door_visits;
  if (household != nullptr) {
    for (const Visit& visit : household->visits) door_visits.push_back(&visit);
  }
  HouseholdTally tally;
  for (const Person* member : members) {
    const Standing standing = person_standing(rules, period.duty, days, *member, door_visits);
    count(period.persons, standing, member->id);
    if (standing == Standing::on_time) ++tally.on_time;
    if (standing == Standing::makeup) ++tally.makeup;
    if (standing == Standing::on_time || standing == Standing::makeup || standing == Standing::missing)
      ++tally.due;
  }
  if (household == nullptr) return;
  if (tally.due > 0 && tally.on_time == tally.due) ++period.households_person_by_person;
  const bool by_door = period.duty == Duty::monthly || period.duty == Duty::campaign;
  count(period.households,
        by_door ? door_standing(rules, period.duty, days, *household, members) : by_members(tally),
        household->id);
}

}  // namespace

std::string_view to_string(Duty duty) {
  switch (duty) {
    case Duty::daily:
      return "daily";
    case Duty::weekly:
      return "weekly";
    case Duty::monthly:
      return "monthly";
    case Duty::campaign:
      return "campaign";
  }
  return {};
}

std::string_view to_string(DutyMode mode) {
  switch (mode) {
    case DutyMode::in_person:
      return "in_person";
    case DutyMode::contact:
      return "contact";
    case DutyMode::any:
      return "any";
  }
  return {};
}

Result<VisitRules> visit_rules(const PolicyPack& pack) {
  const auto full = pack.text("visit.full_coverage");
  if (!full) return Error{"domain.needs", "visit.full_coverage"};
  VisitRules rules;
  rules.full_coverage = *full;
  rules.daily.assign(pack.groups("visit.daily").begin(), pack.groups("visit.daily").end());
  rules.weekly.assign(pack.groups("visit.weekly").begin(), pack.groups("visit.weekly").end());
  rules.in_person_only.assign(pack.groups("visit.in_person_only").begin(),
                              pack.groups("visit.in_person_only").end());
  rules.rounds.assign(pack.phases("visit.rounds").begin(), pack.phases("visit.rounds").end());
  for (const auto& [key, used] : {std::pair("visit.min_days_week", !rules.weekly.empty()),
                                  std::pair("visit.min_days_month", *full == "monthly"),
                                  std::pair("visit.rounds", *full == "campaign")}) {
    if (used && !pack.is_set(key)) return Error{"domain.needs", key};
  }
  const auto number = [&](std::string_view key, int& value) {
    if (const auto given = pack.integer(key)) value = static_cast<int>(*given);
  };
  number("visit.min_days_week", rules.min_days_week);
  number("visit.min_days_month", rules.min_days_month);
  number("visit.makeup_weekday", rules.makeup_weekday);
  number("visit.makeup_month_day", rules.makeup_month_day);
  rules.makeup_pays_current = pack.boolean("visit.makeup_pays_current").value_or(false);
  rules.phone_counts = pack.boolean("visit.phone_counts").value_or(false);
  return rules;
}

bool pays(const VisitRules& rules, Duty duty, DutyMode mode, const Visit& visit) {
  if (visit.voided || !met_somebody(visit)) return false;
  if (mode == DutyMode::contact) return visit.mode != VisitMode::neighbour;
  const bool person_seen = visit.mode == VisitMode::in_person;
  if (duty == Duty::daily || duty == Duty::weekly) return person_seen && visit.outcome == VisitOutcome::met;
  if (person_seen) return visit.adult_met;
  return mode == DutyMode::any && rules.phone_counts && is_remote(visit.mode);
}

VisitRefs visits_of(const Person& person) {
  VisitRefs refs;
  for (const Visit& visit : person.visits) refs.push_back(&visit);
  return refs;
}

VisitRefs visits_of(const Household& household, std::span<const Person* const> members) {
  VisitRefs refs;
  for (const Visit& visit : household.visits) refs.push_back(&visit);
  for (const Person* member : members) {
    for (const Visit& visit : member->visits) refs.push_back(&visit);
  }
  return refs;
}

bool is_attempt(const Visit& visit) {
  return !visit.voided && (visit.outcome == VisitOutcome::nobody || visit.outcome == VisitOutcome::refused);
}

std::optional<CivilDate> last_contact(const VisitRefs& visits, CivilDate today) {
  std::optional<CivilDate> last;
  for (const Visit* visit : visits) {
    const CivilDate day = date_of(visit->seen_at);
    if (!visit->voided && met_somebody(*visit) && day <= today && (!last || *last < day)) last = day;
  }
  return last;
}

std::optional<DayInterval> period_of(const VisitRules& rules, Duty duty, CivilDate day) {
  switch (duty) {
    case Duty::daily:
      return DayInterval{day, day};
    case Duty::weekly:
      return week_of(day);
    case Duty::monthly:
      return month_of(day);
    case Duty::campaign:
      return round_of(rules, day);
  }
  return std::nullopt;
}

int minimum_days(const VisitRules& rules, Duty duty) {
  switch (duty) {
    case Duty::weekly:
      return rules.min_days_week;
    case Duty::monthly:
      return rules.min_days_month;
    case Duty::daily:
    case Duty::campaign:
      return 1;
  }
  return 1;
}

std::optional<CivilDate> makeup_until(const VisitRules& rules, Duty duty, CivilDate day) {
  if (duty == Duty::weekly && rules.makeup_weekday > 0) return monday_of(day) + (rules.makeup_weekday - 1);
  if (duty == Duty::monthly && rules.makeup_month_day > 0)
    return month_first(day) + (rules.makeup_month_day - 1);
  return std::nullopt;
}

bool paid_in(const VisitRules& rules, Duty duty, DutyMode mode, DayInterval period, const VisitRefs& visits) {
  return std::any_of(visits.begin(), visits.end(), [&](const Visit* visit) {
    return counts_for(rules, *visit, period) && pays(rules, duty, mode, *visit) &&
           is_turn(rules, duty, mode, visits, *visit);
  });
}

bool made_up(const VisitRules& rules, Duty duty, DutyMode mode, DayInterval period, const VisitRefs& visits) {
  const auto until = makeup_until(rules, duty, period.to + 1);
  if (!until) return false;
  return std::any_of(visits.begin(), visits.end(), [&](const Visit* visit) {
    const CivilDate day = date_of(visit->seen_at);
    return visit->makeup_for && period.contains(*visit->makeup_for) && day > period.to && day <= *until &&
           pays(rules, duty, mode, *visit) && is_turn(rules, duty, mode, visits, *visit);
  });
}

Result<CoverageReport> coverage(const PolicyPack& pack, CivilDate day, std::span<const Household> households,
                                std::span<const Person> persons) {
  DOUDI_ASSIGN(const VisitRules rules, visit_rules(pack));
  CoverageReport report = periods_around(rules, day);
  for (const HouseholdMembers& group : grouped(households, persons)) {
    for (PeriodCoverage& period : report.periods) add_group(rules, period, group.household, group.members);
  }
  return report;
}

CoverageReport coverage_of(const VisitRules& rules, CivilDate day, const Household* household,
                           std::span<const Person* const> members) {
  CoverageReport report = periods_around(rules, day);
  for (PeriodCoverage& period : report.periods) add_group(rules, period, household, members);
  return report;
}

Workload workload(std::int64_t open, CivilDate today, CivilDate period_end, const WorkCalendar& calendar) {
  Workload load;
  load.open = open;
  load.working_days_left = calendar.working_days_between(today, period_end);
  load.calendar_unconfirmed = !calendar.is_confirmed(period_end);
  const std::int64_t days = std::max(1, load.working_days_left);
  load.per_day = (open + days - 1) / days;
  return load;
}

Result<std::string> coverage_rate(std::int64_t on_time, std::int64_t due) {
  if (on_time < 0 || due < 0 || on_time > due)
    return Error{"out_of_range", "on time must lie between 0 and due"};
  if (due == 0) return std::string("—");
  std::int64_t tenths = (on_time * 2000 + due) / (2 * due);  // half up
  if (on_time < due) tenths = std::min<std::int64_t>(tenths, 999);
  if (on_time > 0) tenths = std::max<std::int64_t>(tenths, 1);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

}  // namespace doudi::domain
