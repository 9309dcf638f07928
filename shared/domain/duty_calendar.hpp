// On which days a person stands under which duty: tags, ages, presence and absences turned into day intervals
// once, so that a list of thousands of people costs a few comparisons a day.
#pragma once

#include <optional>
#include <vector>

#include "shared/domain/coverage.hpp"

namespace doudi::domain {

struct DayInterval {
  CivilDate from;
  CivilDate to;
  [[nodiscard]] bool contains(CivilDate day) const { return from <= day && day <= to; }
};

// Higher pays lower: the order of the enumerators matters.
enum class DutyRank : std::uint8_t { none, monthly, weekly, daily };

struct DayDuty {
  DutyRank rank = DutyRank::none;
  bool contact = false;    // absent: asked for by phone or through the institution
  bool in_person = false;  // seen at home or not at all, even while absent
};

class PersonDuties {
 public:
  PersonDuties(const VisitRules& rules, const Person& person);
  [[nodiscard]] DayDuty on(CivilDate day) const;
  // What the tags ask for, absence aside.
  [[nodiscard]] DutyRank scope_on(CivilDate day) const;
  // Days of [from, to] on which a duty of at least `rank` holds.
  [[nodiscard]] int days_in(DayInterval period, DutyRank rank) const;
  // Last day of the period with the same kind of duty as on `day`, of at least `rank`.
  [[nodiscard]] CivilDate last_day(DayInterval period, CivilDate day, DutyRank rank) const;
  // The in-person group holds on some day of the period.
  [[nodiscard]] bool in_person_in(DayInterval period) const;
  // A contact duty holds on some day of the period: it may be paid by telephone.
  [[nodiscard]] bool contact_in(DayInterval period) const;

 private:
  // The last day up to `last` on which all is as on `day`: most people's month is one stretch.
  [[nodiscard]] CivilDate same_until(CivilDate day, CivilDate last) const;

  const Person* person_;
  bool monthly_ = false;
  bool campaign_ = false;
  std::vector<DayInterval> daily_;
  std::vector<DayInterval> weekly_;
  std::vector<DayInterval> in_person_;
};

DayInterval week_of(CivilDate day);
DayInterval month_of(CivilDate day);
// The campaign round that contains the day.
std::optional<DayInterval> round_of(const VisitRules& rules, CivilDate day);

}  // namespace doudi::domain
