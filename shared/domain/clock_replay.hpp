// The clocks of one ledger entry as a pure function of its events: what a server keeps in a table can be
// built again from the events alone. Clocks follow the state: entering a state stops the limits of the one
// before and starts its own; the emergency and the decision run on until it is decided.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "shared/domain/clock.hpp"
#include "shared/domain/ledger.hpp"

namespace doudi::domain {

// One step as the clocks see it; `lead` and `entry` are the states after it.
struct ClockEvent {
  LedgerAction action = LedgerAction::note;
  Instant at;
  LeadState lead = LeadState::none;
  EntryState entry = EntryState::none;
  int grade = 0;                    // upload, resend: the lead's; accept: as confirmed; 0 keeps it
  std::optional<Instant> found_at;  // upload, resend; note: the earlier one of a lead merged into this
  std::optional<Instant> emergency_over_at;  // note
  bool calendar_changed = false;             // note of the program: limits that run are computed again
};

struct KeptClock {
  EntryClock clock;
  int round_no = 1;
  std::vector<DeadlineShift> shifts;
  std::optional<Instant> paused_at;
  std::optional<Instant> stopped_at;
};

struct ClockBook {
  LeadState lead = LeadState::none;
  EntryState entry = EntryState::none;
  int grade = 2;
  int round_no = 1;
  Moments moments;  // found, received and accepted for the first time; a merge may find it earlier
  std::optional<Instant> first_aid_at;
  std::vector<KeptClock> clocks;  // in the order they started; none is ever taken out
};

// Answers the limits a change of the calendar moved; nothing for every other step.
std::vector<DeadlineChange> step_clocks(ClockBook& book, const ClockEvent& event, const PolicyPack& pack,
                                        const WorkCalendar& calendar);

// Calendars with the moment the district loaded each, oldest first: a limit was computed with what was known.
struct CalendarInForce {
  Instant from;
  WorkCalendar calendar;
};
const WorkCalendar& calendar_at(std::span<const CalendarInForce> calendars, Instant at);
ClockBook replay(std::span<const ClockEvent> events, const PolicyPack& pack,
                 std::span<const CalendarInForce> calendars);

// The clock that must be beaten: the emergency for grade 1, for grade 2 acceptance and then the decision.
const KeptClock* leading_clock(const ClockBook& book);
// A stopped or paused clock shows what it showed then; pauses are in neither part of the share.
Lamp lamp_of(const KeptClock& clock, Instant now);
[[nodiscard]] bool is_running(const KeptClock& clock);  // not stopped; may be paused

}  // namespace doudi::domain
