// Counting time as 民法典 Art. 200-204 does (domain.md 2.5), and the lamp that shows how much of it is gone.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"
#include "shared/domain/work_calendar.hpp"

namespace doudi::domain {

enum class DeadlineBasis : std::uint8_t { hours, workdays, days, months };
std::string_view to_string(DeadlineBasis basis);  // "hours", "workdays", …
Result<DeadlineBasis> parse_deadline_basis(std::string_view text);

struct Deadline {
  DeadlineBasis basis = DeadlineBasis::hours;
  int amount = 0;
  Instant started_at;
  Instant due_at;      // hours: on time if t <= due_at; otherwise the midnight before which it must be done
  CivilDate last_day;  // the last day that still counts
  bool calendar_unconfirmed = false;
  int calendar_version = 0;  // newest version of the last day's year, 0 when unconfirmed or not used
  friend bool operator==(const Deadline&, const Deadline&) = default;
};

Deadline deadline_in_hours(Instant start, int hours);
Deadline deadline_in_working_days(Instant start, int days, const WorkCalendar& calendar);
// `roll`: a last day that is a rest day moves to the first working day after it (Art. 203).
Deadline deadline_in_days(Instant start, int days, bool roll, const WorkCalendar& calendar);
Deadline deadline_in_months(Instant start, int months, bool roll, const WorkCalendar& calendar);
Deadline make_deadline(DeadlineBasis basis, int amount, Instant start, bool roll,
                       const WorkCalendar& calendar);
// Same day number; if missing, the last day of the month.
CivilDate add_months(CivilDate start, int months);

// What moved the end of a limit after it had started: a pause that is over, or half the limit more.
struct DeadlineShift {
  enum class Kind : std::uint8_t { pause, extension };
  Kind kind = Kind::pause;
  Instant from;  // pause: its first moment; extension: when it was granted
  Instant to;    // pause: its last moment
  friend bool operator==(const DeadlineShift&, const DeadlineShift&) = default;
};
// Working days: the day of the pause counts as used, the day it ends is not counted. Half an odd limit is
// rounded up. A limit that was over when it paused stays over.
Deadline shifted(Deadline deadline, const DeadlineShift& shift, bool roll, const WorkCalendar& calendar);

// A limit that still runs, as stored: what it was computed from and what came out.
struct RunningDeadline {
  std::string id;
  Deadline deadline;
  bool roll = false;
  std::vector<DeadlineShift> shifts = {};
};
struct DeadlineChange {
  std::string id;
  Deadline before;  // kept: a decision was taken by it
  Deadline after;
  std::string reason;  // "calendar v2"
};
// Computes each running limit again from its start. Only those that end at another time, or are certain now,
// are answered; the old value and the reason go with them.
std::vector<DeadlineChange> recompute_deadlines(std::span<const RunningDeadline> running,
                                                const WorkCalendar& calendar);

[[nodiscard]] bool is_on_time(const Deadline& deadline, Instant done_at);
// Zero when on time.
[[nodiscard]] std::int64_t overdue_ms(const Deadline& deadline, Instant at);

enum class Lamp : std::uint8_t { green, yellow, red };
std::string_view to_string(Lamp lamp);  // "green", "yellow", "red"
// Yellow from 80 % of the span, red once it is over.
Lamp lamp_at(const Deadline& deadline, Instant now);
// Elapsed share in tenths of a percent, for 50/75/90 % warnings; may exceed 1000.
int elapsed_permille(const Deadline& deadline, Instant now);

}  // namespace doudi::domain
