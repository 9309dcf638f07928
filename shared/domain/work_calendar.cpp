#include "shared/domain/work_calendar.hpp"

#include <algorithm>

namespace doudi::domain {
namespace {

// 元旦, 劳动节, 国庆节: the days the law fixes by date, used for a year whose notice is not known.
bool is_fixed_holiday(CivilDate day) {
  const YearMonthDay ymd = year_month_day(day);
  if (ymd.month == 1) return ymd.day == 1;
  if (ymd.month == 5) return ymd.day == 1 || (ymd.day == 2 && ymd.year >= 2025);
  return ymd.month == 10 && ymd.day <= 3;
}

}  // namespace

WorkCalendar::WorkCalendar(std::span<const CalendarYear> years, const std::string& division) {
  std::vector<const CalendarYear*> national;
  std::vector<const CalendarYear*> local;
  const auto keep_newest = [](std::vector<const CalendarYear*>& list, const CalendarYear& candidate) {
    for (const CalendarYear*& kept : list) {
      if (kept->year != candidate.year) continue;
      if (kept->version < candidate.version) kept = &candidate;
      return;
    }
    list.push_back(&candidate);
  };
  for (const CalendarYear& year : years) {
    if (year.division.empty()) {
      keep_newest(national, year);
    } else if (year.division == division) {
      keep_newest(local, year);
    }
  }
  // District rows first: a stable sort keeps them before the national row of the same day.
  for (const CalendarYear* year : local) days_.insert(days_.end(), year->days.begin(), year->days.end());
  for (const CalendarYear* year : national) {
    days_.insert(days_.end(), year->days.begin(), year->days.end());
    years_.push_back({year->year, year->version});
  }
  for (const auto* list : {&local, &national}) {
    for (const CalendarYear* year : *list) {
      for (std::size_t i = 0; year->assumed && i < year->days.size(); ++i)
        doubtful_.push_back(year->days[i].day);
    }
  }
  std::sort(doubtful_.begin(), doubtful_.end());
  std::stable_sort(days_.begin(), days_.end(),
                   [](const CalendarDay& a, const CalendarDay& b) { return a.day < b.day; });
  std::sort(years_.begin(), years_.end(), [](const Year& a, const Year& b) { return a.year < b.year; });
}

bool WorkCalendar::is_working_day(CivilDate day) const {
  const auto found =
      std::lower_bound(days_.begin(), days_.end(), day,
                       [](const CalendarDay& entry, CivilDate wanted) { return entry.day < wanted; });
  if (found != days_.end() && found->day == day) return !found->is_off;
  if (iso_weekday(day) > 5) return false;
  return version_of(year_month_day(day).year) != 0 || !is_fixed_holiday(day);
}

bool WorkCalendar::is_confirmed(CivilDate day) const {
  return version_of(year_month_day(day).year) != 0 &&
         !std::binary_search(doubtful_.begin(), doubtful_.end(), day);
}

int WorkCalendar::version_of(int year) const {
  const auto found = std::lower_bound(years_.begin(), years_.end(), year,
                                      [](const Year& entry, int wanted) { return entry.year < wanted; });
  return found != years_.end() && found->year == year ? found->version : 0;
}

int WorkCalendar::working_days_between(CivilDate from, CivilDate to) const {
  int count = 0;
  for (CivilDate day = from; day <= to; day = day + 1) {
    if (is_working_day(day)) ++count;
  }
  return count;
}

std::vector<CalendarYear> known_on(std::span<const CalendarYear> years, CivilDate as_of) {
  std::vector<CalendarYear> known;
  for (const CalendarYear& year : years) {
    if (!year.known_from || *year.known_from <= as_of) known.push_back(year);
  }
  return known;
}

std::vector<CalendarYear> up_to_version(std::span<const CalendarYear> years, int version) {
  std::vector<CalendarYear> kept;
  for (const CalendarYear& year : years) {
    if (year.version <= version) kept.push_back(year);
  }
  return kept;
}

}  // namespace doudi::domain
