// Rows of one lead are in the order the clocks started, as in the book.
#include "sync_server/service/lead_clocks.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "shared/domain/ledger_table.hpp"
#include "sync_server/store/store.hpp"

namespace doudi::district {
namespace {

using nlohmann::json;

struct LeadHistory {
  std::vector<domain::ClockEvent> events;
  bool same_rules = true;
};

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

std::optional<Instant> moment(const json& details, const char* key) {
  const auto found = details.find(key);
  if (found == details.end() || !found->is_number_integer()) return std::nullopt;
  return Instant{found->get<std::int64_t>()};
}

// Columns: action, to_state, entry, at, details.
domain::ClockEvent read_event(const sql::Row& row, const domain::PolicyPack& pack, bool& same_rules) {
  domain::ClockEvent event;
  event.action = domain::parse_ledger_action(row.text(0)).value_or(domain::LedgerAction::note);
  event.at = Instant{row.integer(3)};
  if (domain::transition_row(event.action).leads != 0)
    event.lead = domain::parse_lead_state(row.text(1)).value_or(domain::LeadState::none);
  if (!row.is_null(2))
    event.entry = domain::parse_entry_state(row.text(1)).value_or(domain::EntryState::none);
  const json details = json::parse(row.text(4), nullptr, false);
  if (!details.is_object()) return event;
  event.grade = details.value("grade", 0);
  event.found_at = moment(details, "found_at");
  event.emergency_over_at = moment(details, "emergency_over_at");
  event.calendar_changed = details.contains("deadlines");
  same_rules = same_rules && details.value("pack", pack.reference()) == pack.reference();
  return event;
}

Result<LeadHistory> read_history(sql::Connection& connection, const Rulebook& rules, const Uuid& lead) {
  LeadHistory history;
  DOUDI_TRY(connection.query(
      "SELECT action, to_state, entry, at, details FROM ledger_event WHERE lead=$1 ORDER BY number",
      sql::params(lead), [&](const sql::Row& row) {
        history.events.push_back(read_event(row, rules.pack, history.same_rules));
        return true;
      }));
  return history;
}

struct StoredClock {
  Uuid id;
  std::string kind, basis;
  std::int64_t amount = 0;
  Instant started_at, due_at;
  std::optional<Instant> stopped_at;
};

Result<std::vector<StoredClock>> read_stored(sql::Connection& connection, const Uuid& lead) {
  std::vector<StoredClock> clocks;
  DOUDI_TRY(
      connection.query("SELECT id, kind, basis, amount, started_at, due_at, stopped_at FROM clock WHERE "
                       "lead=$1 ORDER BY rowid",
                       sql::params(lead), [&clocks](const sql::Row& row) {
                         const auto stopped = row.optional_integer(6);
                         clocks.push_back({row.uuid(0), std::string(row.text(1)), std::string(row.text(2)),
                                           row.integer(3), Instant{row.integer(4)}, Instant{row.integer(5)},
                                           stopped ? std::optional(Instant{*stopped}) : std::nullopt});
                         return true;
                       }));
  return clocks;
}

Status insert_clock(sql::Connection& connection, const Uuid& lead, const domain::KeptClock& kept,
                    Instant now) {
  const domain::Deadline& deadline = kept.clock.deadline;
  return plain(connection.run(
      "INSERT INTO clock(id, lead, kind, basis, amount, started_at, due_at, stopped_at, source) "
      "VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9)",
      sql::params(new_id(now), lead, domain::to_string(kept.clock.kind), domain::to_string(deadline.basis),
                  deadline.amount, deadline.started_at, deadline.due_at, kept.stopped_at,
                  kept.clock.source)));
}

bool same(const domain::KeptClock& kept, const StoredClock& stored) {
  const domain::Deadline& deadline = kept.clock.deadline;
  return stored.kind == domain::to_string(kept.clock.kind) &&
         stored.basis == domain::to_string(deadline.basis) && stored.amount == deadline.amount &&
         stored.started_at == deadline.started_at && stored.due_at == deadline.due_at &&
         stored.stopped_at == kept.stopped_at;
}

Status save(sql::Connection& connection, const Uuid& lead, const domain::ClockBook& book, Instant now) {
  DOUDI_ASSIGN(const std::vector<StoredClock> stored, read_stored(connection, lead));
  for (std::size_t index = 0; index < book.clocks.size(); ++index) {
    const domain::KeptClock& kept = book.clocks[index];
    if (index >= stored.size()) {
      DOUDI_TRY(insert_clock(connection, lead, kept, now));
    } else if (!same(kept, stored[index])) {
      DOUDI_TRY(
          plain(connection.run("UPDATE clock SET due_at=$2, stopped_at=$3 WHERE id=$1",
                               sql::params(stored[index].id, kept.clock.deadline.due_at, kept.stopped_at))));
    }
  }
  return {};
}

void compare(const Uuid& lead, const domain::ClockBook& book, const std::vector<StoredClock>& stored,
             std::vector<std::string>& faults) {
  const std::string name = "lead " + to_string(lead);
  if (book.clocks.size() != stored.size())
    faults.push_back(name + " has " + std::to_string(stored.size()) + " clocks, its events give " +
                     std::to_string(book.clocks.size()));
  for (std::size_t index = 0; index < std::min(book.clocks.size(), stored.size()); ++index) {
    if (same(book.clocks[index], stored[index])) continue;
    faults.push_back("clock " + stored[index].kind + " of " + name + " is due " +
                     format_instant(stored[index].due_at) + " in the table, its events give " +
                     std::string(domain::to_string(book.clocks[index].clock.kind)) + " due " +
                     format_instant(book.clocks[index].clock.deadline.due_at));
  }
}

}  // namespace

std::string clock_details(const domain::ClockEvent& event, const domain::PolicyPack& pack) {
  json details{{"pack", pack.reference()}};
  if (event.grade != 0) details["grade"] = event.grade;
  if (event.found_at) details["found_at"] = event.found_at->ms;
  if (event.emergency_over_at) details["emergency_over_at"] = event.emergency_over_at->ms;
  return details.dump();
}

Result<ClockStep> step_lead_clocks(sql::Connection& connection, const Rulebook& rules, const Uuid& lead,
                                   const domain::ClockEvent& event) {
  DOUDI_ASSIGN(const LeadHistory history, read_history(connection, rules, lead));
  ClockStep step;
  step.book = domain::replay(history.events, rules.pack, rules.calendars);
  step.changes = domain::step_clocks(step.book, event, rules.pack, rules.calendar());
  DOUDI_TRY(save(connection, lead, step.book, event.at));
  return step;
}

Status show_due(sql::Connection& connection, const domain::ClockBook& book, sync::RowState& lead) {
  const domain::KeptClock* leading = domain::leading_clock(book);
  if (leading == nullptr) return {};
  const Instant due = leading->clock.deadline.due_at;
  set_cell(lead, "due_at", sql::to_value(due));
  return plain(connection.run("UPDATE ledger_entry SET due_at=$2 WHERE lead=$1", sql::params(lead.row, due)));
}

Result<std::int64_t> verify_clocks(sql::Connection& connection, const Rulebook& rules,
                                   std::vector<std::string>& faults) {
  std::vector<Uuid> leads;
  DOUDI_TRY(connection.query("SELECT lead FROM ledger_event UNION SELECT lead FROM clock", {},
                             [&leads](const sql::Row& row) {
                               leads.push_back(row.uuid(0));
                               return true;
                             }));
  std::int64_t compared = 0;
  for (const Uuid& lead : leads) {
    DOUDI_ASSIGN(const LeadHistory history, read_history(connection, rules, lead));
    if (!history.same_rules) continue;
    DOUDI_ASSIGN(const std::vector<StoredClock> stored, read_stored(connection, lead));
    compare(lead, domain::replay(history.events, rules.pack, rules.calendars), stored, faults);
    ++compared;
  }
  return compared;
}

}  // namespace doudi::district
