#include "shared/domain/duty_calendar.hpp"

#include <algorithm>
#include <limits>

namespace doudi::domain {
namespace {

constexpr CivilDate kFirstDay{std::numeric_limits<std::int32_t>::min() / 2};
constexpr CivilDate kLastDay{std::numeric_limits<std::int32_t>::max() / 2};

// The ages of a group as days of this person's life; nothing when the birth date is needed and unknown.
std::optional<DayInterval> age_interval(const GroupRule& group, const std::optional<CivilDate>& birth) {
  DayInterval interval{kFirstDay, kLastDay};
  if (!group.age_from && !group.age_below) return interval;
  if (!birth) return std::nullopt;
  if (group.age_from) interval.from = birthday(*birth, *group.age_from);
  if (group.age_below) interval.to = birthday(*birth, *group.age_below) - 1;
  return interval;
}

void add_interval(std::vector<DayInterval>& intervals, DayInterval a, DayInterval b) {
  const DayInterval both{std::max(a.from, b.from), std::min(a.to, b.to)};
  if (both.from <= both.to) intervals.push_back(both);
}

std::vector<DayInterval> scope_of(const std::vector<GroupRule>& groups, const Person& person) {
  std::vector<DayInterval> intervals;
  for (const GroupRule& group : groups) {
    const auto ages = age_interval(group, person.birth);
    if (!ages) continue;
    if (group.tag.empty()) intervals.push_back(*ages);
    for (const PersonTag& tag : person.tags) {
      if (tag.code == group.tag) add_interval(intervals, *ages, {tag.from, tag.to.value_or(kLastDay)});
    }
  }
  return intervals;
}

bool any_contains(const std::vector<DayInterval>& intervals, CivilDate day) {
  return std::any_of(intervals.begin(), intervals.end(),
                     [&](const DayInterval& i) { return i.contains(day); });
}

const Absence* absence_on(const Person& person, CivilDate day) {
  for (const Absence& absence : person.absences) {
    if (absence.from <= day && (!absence.to || day <= *absence.to)) return &absence;
  }
  return nullptr;
}

}  // namespace

PersonDuties::PersonDuties(const VisitRules& rules, const Person& person)
    : person_(&person),
      monthly_(rules.full_coverage == "monthly"),
      campaign_(rules.full_coverage == "campaign"),
      daily_(scope_of(rules.daily, person)),
      weekly_(scope_of(rules.weekly, person)),
      in_person_(scope_of(rules.in_person_only, person)) {}

DutyRank PersonDuties::scope_on(CivilDate day) const {
  if (!person_->present_on(day)) return DutyRank::none;
  if (any_contains(daily_, day)) return DutyRank::daily;
  if (any_contains(weekly_, day)) return DutyRank::weekly;
  return monthly_ || campaign_ ? DutyRank::monthly : DutyRank::none;
}

DayDuty PersonDuties::on(CivilDate day) const {
  const DutyRank scope = scope_on(day);
  if (scope == DutyRank::none) return {};
  // A plan that wants everybody of a group seen at home is not satisfied by a call to the hospital.
  if (any_contains(in_person_, day)) return {scope, false, true};
  const Absence* absence = absence_on(*person_, day);
  if (absence == nullptr) return {scope, false, false};
  switch (absence->kind) {
    case AbsenceKind::hospital:
    case AbsenceKind::institution:
      return {campaign_ ? DutyRank::monthly : DutyRank::weekly, true, false};
    case AbsenceKind::work_away:
      return {DutyRank::monthly, true, false};
    // Rule 7 names no other absence: somebody visiting relatives stays on the ordinary list.
    case AbsenceKind::visiting:
    case AbsenceKind::other:
      return {scope, false, false};
  }
  return {};
}

int PersonDuties::days_in(DayInterval period, DutyRank rank) const {
  int days = 0;
  for (CivilDate day = period.from; day <= period.to;) {
    const CivilDate last = same_until(day, period.to);
    if (std::max(on(day).rank, scope_on(day)) >= rank) days += last - day + 1;
    day = last + 1;
  }
  return days;
}

bool PersonDuties::contact_in(DayInterval period) const {
  for (CivilDate day = period.from; day <= period.to; day = same_until(day, period.to) + 1) {
    if (on(day).contact) return true;
  }
  return false;
}

CivilDate PersonDuties::same_until(CivilDate day, CivilDate last) const {
  const auto changes_on = [&](CivilDate first) {
    if (first > day) last = std::min(last, first - 1);
  };
  for (const auto& first : {person_->enrolled_on, person_->died_on, person_->moved_on})
    if (first) changes_on(*first);
  for (const auto* intervals : {&daily_, &weekly_, &in_person_}) {
    for (const DayInterval& interval : *intervals) {
      changes_on(interval.from);
      changes_on(interval.to + 1);
    }
  }
  for (const Absence& absence : person_->absences) {
    changes_on(absence.from);
    if (absence.to) changes_on(*absence.to + 1);
  }
  return last;
}

CivilDate PersonDuties::last_day(DayInterval period, CivilDate day, DutyRank rank) const {
  const DayDuty wanted = on(day);
  for (CivilDate last = period.to; last > day; last = last - 1) {
    const DayDuty duty = on(last);
    if (duty.contact == wanted.contact && duty.rank >= rank) return last;
  }
  return day;
}

bool PersonDuties::in_person_in(DayInterval period) const {
  return std::any_of(in_person_.begin(), in_person_.end(),
                     [&](const DayInterval& i) { return i.from <= period.to && period.from <= i.to; });
}

DayInterval week_of(CivilDate day) {
  return {monday_of(day), monday_of(day) + 6};
}

DayInterval month_of(CivilDate day) {
  return {month_first(day), month_last(day)};
}

std::optional<DayInterval> round_of(const VisitRules& rules, CivilDate day) {
  for (const Phase& round : rules.rounds) {
    if (round.from <= day && day <= round.to) return DayInterval{round.from, round.to};
  }
  return std::nullopt;
}

}  // namespace doudi::domain
