// What a lead gets the moment the district has it: its clocks by the pack, the flag of a lead that was late
// before it came, the first event of its timeline.
#pragma once

#include "sync_server/service/ingest.hpp"

namespace doudi::district {

// The more urgent of rule and worker; 2 when neither spoke.
int lead_grade(const sync::RowState& lead);
// Who brought the lead: a worker's tablet, or somebody of the district.
struct LeadOrigin {
  std::optional<std::int64_t> device;
  std::optional<Uuid> account;
  std::string name;
  std::string role = "grid_worker";
  std::string action = "upload";
};
// Sets due_at on the row, writes receipt, clocks and event. `row` already has its corrected time.
Result<LeadAlert> record_lead_receipt(sql::Connection& connection, const Rulebook& rules,
                                      const LeadOrigin& origin, sync::RowState& row,
                                      const std::string& from_state, Instant now);

}  // namespace doudi::district
