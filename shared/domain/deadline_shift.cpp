// What a pause or an extension does to the end of a limit: only the part of the limit that was left counts
// on.
#include <algorithm>

#include "shared/domain/deadline.hpp"

namespace doudi::domain {
namespace {

CivilDate working_days_after(CivilDate day, int days, const WorkCalendar& calendar, bool& unconfirmed) {
  for (int counted = 0; counted < days || !calendar.is_working_day(day);) {
    day = day + 1;
    unconfirmed = unconfirmed || !calendar.is_confirmed(day);
    if (calendar.is_working_day(day)) ++counted;
  }
  return day;
}

Deadline ending_on(Deadline deadline, CivilDate last_day, bool roll, const WorkCalendar& calendar) {
  const bool counted = deadline.basis == DeadlineBasis::workdays;
  if (roll && !counted) last_day = working_days_after(last_day, 0, calendar, deadline.calendar_unconfirmed);
  deadline.last_day = last_day;
  deadline.due_at = start_of(last_day + 1);
  if (roll || counted) deadline.calendar_version = calendar.version_of(year_month_day(last_day).year);
  return deadline;
}

Deadline after_hours(Deadline deadline, std::int64_t more_ms) {
  deadline.due_at.ms += more_ms;
  deadline.last_day = date_of(deadline.due_at);
  return deadline;
}

Deadline after_pause(Deadline deadline, const DeadlineShift& pause, bool roll, const WorkCalendar& calendar) {
  if (!is_on_time(deadline, pause.from)) return deadline;
  if (deadline.basis == DeadlineBasis::hours) return after_hours(deadline, pause.to.ms - pause.from.ms);
  const CivilDate from = date_of(pause.from);
  const CivilDate to = date_of(pause.to);
  if (from == to) return deadline;
  if (deadline.basis == DeadlineBasis::workdays) {
    const int left =
        from < deadline.last_day ? calendar.working_days_between(from + 1, deadline.last_day) : 0;
    const CivilDate last = working_days_after(to, left, calendar, deadline.calendar_unconfirmed);
    return ending_on(deadline, last, roll, calendar);
  }
  return ending_on(deadline, deadline.last_day + static_cast<int>(to - from), roll, calendar);
}

Deadline extended(Deadline deadline, bool roll, const WorkCalendar& calendar) {
  constexpr std::int64_t kHalfHourMs = 1'800'000;
  if (deadline.basis == DeadlineBasis::hours) return after_hours(deadline, deadline.amount * kHalfHourMs);
  const int half = (deadline.amount + 1) / 2;
  CivilDate last = deadline.last_day;
  if (deadline.basis == DeadlineBasis::workdays)
    last = working_days_after(last, half, calendar, deadline.calendar_unconfirmed);
  if (deadline.basis == DeadlineBasis::days) last = last + half;
  if (deadline.basis == DeadlineBasis::months) last = add_months(last, half);
  return ending_on(deadline, last, roll, calendar);
}

}  // namespace

Deadline shifted(Deadline deadline, const DeadlineShift& shift, bool roll, const WorkCalendar& calendar) {
  return shift.kind == DeadlineShift::Kind::pause ? after_pause(deadline, shift, roll, calendar)
                                                  : extended(deadline, roll, calendar);
}

}  // namespace doudi::domain
