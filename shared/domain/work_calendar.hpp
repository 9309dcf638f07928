// Which days are worked. The State Council's notice of each November is typed in, never computed
// (domain.md 2.6); a year without a notice gives weekends and the fixed holidays, and says that it is
// unconfirmed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shared/base/instant.hpp"

namespace doudi::domain {

struct CalendarDay {
  CivilDate day;
  bool is_off = true;
  std::string name;
  friend bool operator==(const CalendarDay&, const CalendarDay&) = default;
};

struct CalendarYear {
  int year = 0;
  int version = 1;
  std::string division;  // empty: the whole country
  std::optional<CivilDate>
      known_from;  // the day of the notice; an earlier computation used the version before
  std::string source;
  std::vector<CalendarDay> days;  // only exceptions to "Monday to Friday are worked"
  bool assumed = false;           // typed in before the notice was seen: what rests on it is unconfirmed
};

class WorkCalendar {
 public:
  WorkCalendar() = default;
  // For each year the newest national version plus the rows of `division` ("" for none) count.
  explicit WorkCalendar(std::span<const CalendarYear> years, const std::string& division = {});

  [[nodiscard]] bool is_working_day(CivilDate day) const;
  // The year's notice is known and the day itself is not one that was only assumed.
  [[nodiscard]] bool is_confirmed(CivilDate day) const;
  // Working days in [from, to].
  [[nodiscard]] int working_days_between(CivilDate from, CivilDate to) const;
  // Newest version used for that year, 0 when unconfirmed.
  [[nodiscard]] int version_of(int year) const;

 private:
  struct Year {
    int year = 0;
    int version = 0;
  };
  std::vector<Year> years_;          // sorted
  std::vector<CalendarDay> days_;    // sorted by day
  std::vector<CivilDate> doubtful_;  // sorted: days only assumed
};

// The versions a computation made on `as_of` could know.
std::vector<CalendarYear> known_on(std::span<const CalendarYear> years, CivilDate as_of);
// At most the given version of each year.
std::vector<CalendarYear> up_to_version(std::span<const CalendarYear> years, int version);

}  // namespace doudi::domain
