// Clocks are stored with their source so that an officer sees which line of the plan set them.
#include "sync_server/service/lead_receipt.hpp"

#include <algorithm>

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

Status save_clock(sql::Connection& connection, const Uuid& lead, const domain::EntryClock& clock,
                  Instant now) {
  const auto added = connection.run(
      "INSERT INTO clock(id, lead, kind, basis, amount, started_at, due_at, source) "
      "VALUES($1,$2,$3,$4,$5,$6,$7,$8)",
      sql::params(new_id(now), lead, domain::to_string(clock.kind), domain::to_string(clock.deadline.basis),
                  clock.deadline.amount, clock.deadline.started_at, clock.deadline.due_at, clock.source));
  if (!added.ok()) return added.error();
  return {};
}

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

  const auto stopped = connection.run("UPDATE clock SET stopped_at=$2 WHERE lead=$1 AND stopped_at IS NULL",
                                      sql::params(row.row, now));
  if (!stopped.ok()) return stopped.error();
  bool overdue = false;
  const domain::Moments moments{alert.found_at, alert.received_at, std::nullopt};
  for (const domain::EntryClock& clock :
       domain::clocks_on_receipt(alert.grade, moments, rules.pack, rules.calendar)) {
    const bool decides =
        clock.kind == (alert.grade == 1 ? domain::ClockKind::emergency_total : domain::ClockKind::acceptance);
    if (decides) alert.due_at = clock.deadline.due_at;
    overdue = overdue || (decides && (clock.overdue_on_arrival || clock.deadline.due_at < now));
    DOUDI_TRY(save_clock(connection, row.row, clock, now));
  }
  set_cell(row, "due_at", sql::to_value(alert.due_at));
  DOUDI_TRY(save_receipt(connection, origin, row, alert.found_at, now, overdue));
  DOUDI_TRY(append_event(connection, {row.row, std::nullopt, origin.action, from_state, "reported",
                                      origin.account, origin.name, origin.role, now, "", ""}));
  return alert;
}

}  // namespace doudi::district
