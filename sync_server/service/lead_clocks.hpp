// The clock table is what the ledger's events make of the limits, nothing else: every step reads the events
// so far, replays them (shared/domain/clock_replay), steps on and stores what changed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/domain/clock_replay.hpp"
#include "sync_server/service/rulebook.hpp"
#include "sync_server/store/row_table.hpp"

namespace doudi::district {

// What the event's `details` keep so that the clocks can be built from it again.
std::string clock_details(const domain::ClockEvent& event, const domain::PolicyPack& pack);

struct ClockStep {
  domain::ClockBook book;                       // after the step
  std::vector<domain::DeadlineChange> changes;  // by a change of the calendar
};
// Call before the event itself is appended.
Result<ClockStep> step_lead_clocks(sql::Connection& connection, const Rulebook& rules, const Uuid& lead,
                                   const domain::ClockEvent& event);
// The leading limit is shown on the lead and on its entry.
Status show_due(sql::Connection& connection, const domain::ClockBook& book, sync::RowState& lead);

// Every lead's clocks built from its events and compared with the table; the number of leads compared. A lead
// whose events name another version of the pack is left out: its limits were computed by other rules.
Result<std::int64_t> verify_clocks(sql::Connection& connection, const Rulebook& rules,
                                   std::vector<std::string>& faults);

}  // namespace doudi::district
