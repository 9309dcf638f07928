// Event data carries codes and times only; names and addresses are fetched by pages that may see them.
#include "sync_server/service/console_events.hpp"

#include <nlohmann/json.hpp>

#include "sync_server/service/log.hpp"

namespace doudi::district {
using nlohmann::json;

ConsoleEvent alert_event(const LeadAlert& alert) {
  const json data{{"lead_id", to_string(alert.lead)},
                  {"category", alert.category},
                  {"street", alert.street},
                  {"grade", alert.grade},
                  {"found_at", format_instant(alert.found_at)},
                  {"received_at", format_instant(alert.received_at)},
                  {"due_at", alert.due_at ? json(format_instant(*alert.due_at)) : json()}};
  return {"alert", data.dump(), alert.grid_code};
}

Status record_push(sql::Connection& connection, const District& district, const Device& device,
                   std::span<const PreparedGroup> groups, Instant now, PushOutcome& outcome) {
  DOUDI_TRY(district.ingest().apply(connection, device, groups, now, outcome));
  const auto seen = connection.run("UPDATE device SET last_contact_at=$2, last_sync_at=$2 WHERE number=$1",
                                   sql::params(device.number, now));
  if (!seen.ok()) return seen.error();
  return {};
}

void announce_push(District& district, const Device& device, const PushOutcome& outcome, Instant now) {
  for (const LeadAlert& alert : outcome.alerts) {
    log(LogLevel::info, "lead_received",
        {{"lead", to_string(alert.lead)}, {"grade", std::int64_t{alert.grade}}});
    district.news().publish(alert_event(alert));
  }
  if (!outcome.touched.empty()) {
    const json data{
        {"device", to_string(device.id)}, {"worker", device.worker_name}, {"at", format_instant(now)}};
    district.news().publish({"sync", data.dump(), ""});
    district.announce(outcome.touched);
  }
  log(LogLevel::debug, "push_stored",
      {{"device", to_string(device.id)}, {"groups", static_cast<std::int64_t>(outcome.verdicts.size())}});
}

ConsoleEvent entry_event(const std::string& entry_no, const Uuid& lead, const std::string& state,
                         const std::string& grid_code) {
  const json data{{"entry_no", entry_no}, {"lead_id", to_string(lead)}, {"state", state}};
  return {"entry", data.dump(), grid_code};
}

}  // namespace doudi::district
