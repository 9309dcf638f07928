#include "sync_server/service/lead_merge.hpp"

#include <algorithm>

#include "shared/domain/ledger_table.hpp"
#include "sync_server/service/lead_clocks.hpp"
#include "sync_server/service/lead_receipt.hpp"

namespace doudi::district {
namespace {

constexpr int kTargetsMax = 20;

struct EntryFacts {
  std::optional<Uuid> id;
  std::string state;
};

Result<EntryFacts> read_entry(sql::Connection& connection, const Uuid& lead) {
  EntryFacts entry;
  DOUDI_TRY(connection.query("SELECT id, state FROM ledger_entry WHERE lead=$1", sql::params(lead),
                             [&entry](const sql::Row& row) {
                               entry.id = row.uuid(0);
                               entry.state = row.text(1);
                               return false;
                             }));
  return entry;
}

Result<sync::RowState> read_lead(sql::Connection& connection, const RowTables& tables, const Uuid& lead) {
  DOUDI_ASSIGN(std::optional<sync::RowState> row, tables.read(connection, *tables.find("lead"), lead));
  if (!row || row->deleted) return Error{"ledger.target", "There is no such lead to merge into."};
  return std::move(*row);
}

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

Status save_finding(sql::Connection& connection, const Uuid& lead, Instant found, bool overdue) {
  DOUDI_TRY(
      plain(connection.run("UPDATE lead_receipt SET found_at=min(found_at,$2), "
                           "overdue_on_arrival=max(overdue_on_arrival,$3) WHERE lead=$1",
                           sql::params(lead, found, overdue))));
  return plain(
      connection.run("UPDATE ledger_entry SET overdue_on_arrival=max(overdue_on_arrival,$2) WHERE lead=$1",
                     sql::params(lead, overdue)));
}

}  // namespace

Result<bool> may_take_in(sql::Connection& connection, const RowTables& tables, const sync::RowState& lead,
                         const Uuid& target) {
  DOUDI_ASSIGN(const sync::RowState other, read_lead(connection, tables, target));
  DOUDI_ASSIGN(const EntryFacts entry, read_entry(connection, target));
  const auto state = domain::parse_entry_state(entry.state).value_or(domain::EntryState::none);
  const bool open = entry.id ? domain::is_open(state) : cell_text(other, "state") == "reported";
  const auto household = cell_id(lead, "household");
  return open && other.row != lead.row && household && household == cell_id(other, "household") &&
         cell_text(lead, "category") == cell_text(other, "category") && lead_grade(other) <= lead_grade(lead);
}

Result<std::vector<Uuid>> merge_targets(sql::Connection& connection, const RowTables& tables,
                                        const Uuid& lead) {
  DOUDI_ASSIGN(const sync::RowState row, read_lead(connection, tables, lead));
  std::vector<Uuid> others;
  DOUDI_TRY(connection.query(
      "SELECT id FROM lead WHERE household=$1 AND category=$2 AND id<>$3 AND deleted=0 AND state "
      "IN('reported','accepted') ORDER BY received_at DESC LIMIT $4",
      sql::params(cell(row, "household"), cell(row, "category"), lead, kTargetsMax),
      [&others](const sql::Row& found) {
        others.push_back(found.uuid(0));
        return true;
      }));
  std::vector<Uuid> targets;
  for (const Uuid& other : others) {
    DOUDI_ASSIGN(const bool fits, may_take_in(connection, tables, row, other));
    if (fits) targets.push_back(other);
  }
  return targets;
}

Result<std::string> take_in(sql::Connection& connection, const RowTables& tables, const Rulebook& rules,
                            FeedWriter& feed, const sync::RowState& lead, const Uuid& target,
                            LedgerEvent by) {
  DOUDI_ASSIGN(const sync::RowState before, read_lead(connection, tables, target));
  DOUDI_ASSIGN(const EntryFacts entry, read_entry(connection, target));
  domain::ClockEvent event;
  event.at = by.at;
  event.found_at = Instant{cell_integer(lead, "found_corrected_at").value_or(by.at.ms)};
  DOUDI_ASSIGN(const ClockStep step, step_lead_clocks(connection, rules, target, event));
  sync::RowState after = before;
  set_cell(after, "found_corrected_at", sql::to_value(step.book.moments.found_at));
  set_cell(after, "reply", std::string("另一名网格员上报了同一情况，已并案，发现时间以较早的为准"));
  DOUDI_TRY(show_due(connection, step.book, after));
  const domain::KeptClock* leading = domain::leading_clock(step.book);
  DOUDI_TRY(save_finding(connection, target, step.book.moments.found_at,
                         leading != nullptr && leading->clock.overdue_on_arrival));
  by.lead = target;
  by.entry = entry.id;
  by.action = domain::to_string(event.action);
  by.from_state = by.to_state = entry.id ? entry.state : cell_text(after, "state");
  by.reason = "并入线索 " + to_string(lead.row) + "：" + by.reason;
  by.details = clock_details(event, rules.pack);
  DOUDI_TRY(append_event(connection, by));
  DOUDI_TRY(feed.put(before, after));
  const std::string number = cell_text(after, "entry_no");
  return "同一情况已有人上报，已并案" + (number.empty() ? std::string() : "，台账编号 " + number);
}

}  // namespace doudi::district
