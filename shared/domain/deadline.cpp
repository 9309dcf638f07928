#include "shared/domain/deadline.hpp"

#include <algorithm>
#include <string>

namespace doudi::domain {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr int kWarnPermille = 800;

Deadline by_day(DeadlineBasis basis, int amount, Instant start, CivilDate last_day) {
  Deadline deadline;
  deadline.basis = basis;
  deadline.amount = amount;
  deadline.started_at = start;
  deadline.last_day = last_day;
  deadline.due_at = start_of(last_day + 1);
  return deadline;
}

// Moves a last day off a rest day and records how sure the calendar is of that.
CivilDate rolled(CivilDate day, const WorkCalendar& calendar, bool& unconfirmed) {
  unconfirmed = !calendar.is_confirmed(day);
  while (!calendar.is_working_day(day)) {
    day = day + 1;
    unconfirmed = unconfirmed || !calendar.is_confirmed(day);
  }
  return day;
}

Deadline calendar_deadline(DeadlineBasis basis, int amount, Instant start, CivilDate last_day, bool roll,
                           const WorkCalendar& calendar) {
  bool unconfirmed = false;
  if (roll) last_day = rolled(last_day, calendar, unconfirmed);
  Deadline deadline = by_day(basis, amount, start, last_day);
  deadline.calendar_unconfirmed = unconfirmed;
  if (roll) deadline.calendar_version = calendar.version_of(year_month_day(last_day).year);
  return deadline;
}

}  // namespace

std::string_view to_string(DeadlineBasis basis) {
  switch (basis) {
    case DeadlineBasis::hours:
      return "hours";
    case DeadlineBasis::workdays:
      return "workdays";
    case DeadlineBasis::days:
      return "days";
    case DeadlineBasis::months:
      return "months";
  }
  return {};
}

Result<DeadlineBasis> parse_deadline_basis(std::string_view text) {
  for (const DeadlineBasis basis :
       {DeadlineBasis::hours, DeadlineBasis::workdays, DeadlineBasis::days, DeadlineBasis::months}) {
    if (to_string(basis) == text) return basis;
  }
  return Error{"domain.unknown_code", "unknown basis of a deadline: " + std::string(text)};
}

std::string_view to_string(Lamp lamp) {
  switch (lamp) {
    case Lamp::green:
      return "green";
    case Lamp::yellow:
      return "yellow";
    case Lamp::red:
      return "red";
  }
  return {};
}

Deadline deadline_in_hours(Instant start, int hours) {
  Deadline deadline;
  deadline.amount = hours;
  deadline.started_at = start;
  deadline.due_at = Instant{start.ms + hours * kHourMs};
  deadline.last_day = date_of(deadline.due_at);
  return deadline;
}

Deadline deadline_in_working_days(Instant start, int days, const WorkCalendar& calendar) {
  CivilDate day = date_of(start);  // the first day is not counted
  bool unconfirmed = false;
  for (int counted = 0; counted < days;) {
    day = day + 1;
    unconfirmed = unconfirmed || !calendar.is_confirmed(day);
    if (calendar.is_working_day(day)) ++counted;
  }
  Deadline deadline = by_day(DeadlineBasis::workdays, days, start, day);
  deadline.calendar_unconfirmed = unconfirmed;
  deadline.calendar_version = calendar.version_of(year_month_day(day).year);
  return deadline;
}

Deadline deadline_in_days(Instant start, int days, bool roll, const WorkCalendar& calendar) {
  return calendar_deadline(DeadlineBasis::days, days, start, date_of(start) + days, roll, calendar);
}

Deadline deadline_in_months(Instant start, int months, bool roll, const WorkCalendar& calendar) {
  return calendar_deadline(DeadlineBasis::months, months, start, add_months(date_of(start), months), roll,
                           calendar);
}

Deadline make_deadline(DeadlineBasis basis, int amount, Instant start, bool roll,
                       const WorkCalendar& calendar) {
  switch (basis) {
    case DeadlineBasis::hours:
      return deadline_in_hours(start, amount);
    case DeadlineBasis::workdays:
      return deadline_in_working_days(start, amount, calendar);
    case DeadlineBasis::days:
      return deadline_in_days(start, amount, roll, calendar);
    case DeadlineBasis::months:
      return deadline_in_months(start, amount, roll, calendar);
  }
  return {};
}

std::vector<DeadlineChange> recompute_deadlines(std::span<const RunningDeadline> running,
                                                const WorkCalendar& calendar) {
  std::vector<DeadlineChange> changes;
  for (const RunningDeadline& one : running) {
    const Deadline& before = one.deadline;
    Deadline after = make_deadline(before.basis, before.amount, before.started_at, one.roll, calendar);
    for (const DeadlineShift& shift : one.shifts) after = shifted(after, shift, one.roll, calendar);
    const bool moved = after.due_at != before.due_at;
    if (!moved && after.calendar_unconfirmed == before.calendar_unconfirmed) continue;
    changes.push_back({one.id, before, after, "calendar v" + std::to_string(after.calendar_version)});
  }
  return changes;
}

CivilDate add_months(CivilDate start, int months) {
  const YearMonthDay from = year_month_day(start);
  const int index = from.year * 12 + static_cast<int>(from.month) - 1 + months;
  const int year = index >= 0 ? index / 12 : (index - 11) / 12;
  const auto month = static_cast<unsigned>(index - year * 12 + 1);
  return *civil_date(year, month, std::min(from.day, days_in_month(year, month)));
}

bool is_on_time(const Deadline& deadline, Instant done_at) {
  // "24小时内" includes the end of the last hour; a day ends before midnight.
  return deadline.basis == DeadlineBasis::hours ? done_at <= deadline.due_at : done_at < deadline.due_at;
}

std::int64_t overdue_ms(const Deadline& deadline, Instant at) {
  return is_on_time(deadline, at) ? 0 : at.ms - deadline.due_at.ms;
}

int elapsed_permille(const Deadline& deadline, Instant now) {
  const std::int64_t span = deadline.due_at.ms - deadline.started_at.ms;
  const std::int64_t gone = std::max<std::int64_t>(0, now.ms - deadline.started_at.ms);
  if (span <= 0) return is_on_time(deadline, now) ? 0 : 1001;
  return static_cast<int>(std::min<std::int64_t>(gone * 1000 / span, 1'000'000));
}

Lamp lamp_at(const Deadline& deadline, Instant now) {
  if (!is_on_time(deadline, now)) return Lamp::red;
  return elapsed_permille(deadline, now) >= kWarnPermille ? Lamp::yellow : Lamp::green;
}

}  // namespace doudi::domain
