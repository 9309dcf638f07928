// Clocks are stored with their source so that an officer sees which line of the plan set them.
#include "sync_server/service/lead_receipt.hpp"

#include <algorithm>

#include "sync_server/service/lead_clocks.hpp"
#include "sync_server/store/event_log.hpp"
#include "sync_server/store/store.hpp"

namespace doudi::district {
namespace {

Status save_receipt(sql::Connection& connection, const LeadOrigin& origin, const sync::RowState& row,
                    Instant found, Instant now, bool overdue) {
  const auto added = connection.run(
      "INSERT INTO lead_receipt(lead, device, received_at, found_at, overdue_on_arrival) "
      "VALUES($1,$2,$3,$4,$5) "
      "ON CONFLICT(lead) DO UPDATE SET overdue_on_arrival=max(overdue_on_arrival, "
      "excluded.overdue_on_arrival)",
      sql::params(row.row, origin.device, now, found, overdue));
  if (!added.ok()) return added.error();
  return {};
}

Status name_place(sql::Connection& connection, const sync::RowState& row, LeadAlert& alert) {
  return connection.query("SELECT code, street FROM grid WHERE id=$1", sql::params(cell(row, "grid")),
                          [&alert](const sql::Row& grid) {
                            alert.grid_code = grid.text(0);
                            alert.street = grid.text(1);
                            return false;
                          });
}

}  // namespace

int lead_grade(const sync::RowState& lead) {
  const auto rule = cell_integer(lead, "grade_rule").value_or(2);
  const auto worker = cell_integer(lead, "grade_worker").value_or(2);
  return static_cast<int>(std::clamp(std::min(rule, worker), std::int64_t{1}, std::int64_t{2}));
}

Result<LeadAlert> record_lead_receipt(sql::Connection& connection, const Rulebook& rules,
                                      const LeadOrigin& origin, sync::RowState& row,
                                      const std::string& from_state, Instant now) {
  LeadAlert alert;
  alert.lead = row.row;
  alert.category = cell_text(row, "category");
  alert.grade = lead_grade(row);
  alert.found_at = Instant{cell_integer(row, "found_corrected_at").value_or(now.ms)};
  alert.received_at = Instant{cell_integer(row, "received_at").value_or(now.ms)};
  DOUDI_TRY(name_place(connection, row, alert));

  domain::ClockEvent event;
  event.action = domain::parse_ledger_action(origin.action).value_or(domain::LedgerAction::upload);
  event.at = now;
  event.lead = domain::LeadState::reported;
  event.grade = alert.grade;
  event.found_at = alert.found_at;
  DOUDI_ASSIGN(const ClockStep step, step_lead_clocks(connection, rules, row.row, event));
  DOUDI_TRY(show_due(connection, step.book, row));
  bool overdue = false;
  if (const domain::KeptClock* leading = domain::leading_clock(step.book)) {
    alert.due_at = leading->clock.deadline.due_at;
    overdue = leading->clock.overdue_on_arrival;
  }
  DOUDI_TRY(save_receipt(connection, origin, row, alert.found_at, now, overdue));
  DOUDI_TRY(
      append_event(connection, {row.row, std::nullopt, origin.action, from_state, "reported", origin.account,
                                origin.name, origin.role, now, "", clock_details(event, rules.pack)}));
  return alert;
}

}  // namespace doudi::district
