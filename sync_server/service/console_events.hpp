// From a stored push to what people see: the device's last sync, alerts of new leads, woken tablets.
#pragma once

#include "sync_server/service/district.hpp"

namespace doudi::district {

// The push and the device's contact in one job of the writer.
Status record_push(sql::Connection& connection, const District& district, const Device& device,
                   std::span<const PreparedGroup> groups, Instant now, PushOutcome& outcome);
// After the commit.
void announce_push(District& district, const Device& device, const PushOutcome& outcome, Instant now);
ConsoleEvent alert_event(const LeadAlert& alert);
ConsoleEvent entry_event(const std::string& entry_no, const Uuid& lead, const std::string& state,
                         const std::string& grid_code);

}  // namespace doudi::district
