// What the due list and the coverage counts share: periods, which visit pays which duty, make-up limits.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "shared/domain/duty_calendar.hpp"

namespace doudi::domain {

using VisitRefs = std::vector<const Visit*>;

VisitRefs visits_of(const Person& person);
VisitRefs visits_of(const Household& household, std::span<const Person* const> members);
bool is_attempt(const Visit& visit);
// The last day on which anybody was seen or spoken to.
std::optional<CivilDate> last_contact(const VisitRefs& visits, CivilDate today);

std::optional<DayInterval> period_of(const VisitRules& rules, Duty duty, CivilDate day);
int minimum_days(const VisitRules& rules, Duty duty);
// Until when a make-up visit for the period before the one containing `day` is accepted.
std::optional<CivilDate> makeup_until(const VisitRules& rules, Duty duty, CivilDate day);

bool paid_in(const VisitRules& rules, Duty duty, DutyMode mode, DayInterval period, const VisitRefs& visits);
// Paid late, by a visit that names a day of this period and lies within the make-up limit.
bool made_up(const VisitRules& rules, Duty duty, DutyMode mode, DayInterval period, const VisitRefs& visits);

}  // namespace doudi::domain
