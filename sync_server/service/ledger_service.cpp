// Number, entry, clocks, event, audit and the lead's row are one transaction of the writer.
#include "sync_server/service/ledger_service.hpp"

#include <algorithm>

#include "shared/domain/clock.hpp"
#include "sync_server/service/console_events.hpp"
#include "sync_server/service/lead_receipt.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

Error ledger_error(const Error& error, bool accepted_already) {
  if (error.code == "wrong_state" && accepted_already)
    return {"ledger.already_accepted", "This lead has been accepted."};
  if (error.code == "role") return {"ledger.not_allowed", error.message};
  if (error.code == "reason") return {"ledger.reason_needed", error.message};
  return {"ledger." + error.code, error.message};
}

class Decision {
 public:
  Decision(District& district, sql::Connection& connection, const Actor& actor, const LeadDecision& decision)
      : district_(district),
        connection_(connection),
        actor_(actor),
        decision_(decision),
        now_(district.now()),
        feed_(connection, district.tables()) {}

  Status run(const Uuid& lead, DecisionResult& result) {
    const TableStatements& table = *district_.tables().find("lead");
    DOUDI_ASSIGN(const std::optional<sync::RowState> before,
                 district_.tables().read(connection_, table, lead));
    if (!before || before->deleted) return Error{"not_found", "There is no such lead."};
    DOUDI_TRY(connection_.query("SELECT code FROM grid WHERE id=$1", sql::params(cell(*before, "grid")),
                                [this](const sql::Row& row) {
                                  grid_code_ = row.text(0);
                                  return false;
                                }));
    DOUDI_ASSIGN(const domain::Transition transition, ask(*before));
    sync::RowState after = *before;
    result.state = domain::to_string(transition.lead);
    set_cell(after, "state", result.state);
    if (decision_.action == domain::LedgerAction::accept) {
      DOUDI_TRY(accept(after, result));
    } else {
      set_cell(after, "reply", reply_text());
    }
    DOUDI_TRY(stop_clocks(after));
    DOUDI_TRY(record(*before, after, transition, result));
    DOUDI_TRY(feed_.put(*before, after));
    return feed_.flush();
  }
  [[nodiscard]] const std::set<std::string>& touched() const { return feed_.touched(); }
  [[nodiscard]] const std::string& grid_code() const { return grid_code_; }

 private:
  // Each role over the grid is tried; the first that may act, acts.
  Result<domain::Transition> ask(const sync::RowState& lead) {
    domain::ActionRequest request;
    request.action = decision_.action;
    request.grade = lead_grade(lead);
    request.new_grade = decision_.grade;
    request.lead = domain::parse_lead_state(cell_text(lead, "state")).value_or(domain::LeadState::none);
    request.reason = decision_.text;
    request.code = decision_.code;
    request.category = cell_text(lead, "category");
    request.description = cell_text(lead, "description");
    request.date = decision_.review_on;
    Error refusal{"not_found", "There is no such lead."};
    const bool accepted = request.lead == domain::LeadState::accepted;
    for (const std::string& name : actor_.roles_over(grid_code_)) {
      const auto role = domain::parse_role(name);
      if (!role || !kCaseRoles.contains(name)) continue;
      request.role = *role;
      auto transition = domain::may(request);
      if (transition.ok()) {
        role_ = name;
        return transition;
      }
      refusal = ledger_error(transition.error(), accepted);
    }
    return refusal;
  }

  Status accept(sync::RowState& lead, DecisionResult& result) {
    const int grade = decision_.grade == 0 ? lead_grade(lead) : decision_.grade;
    const int year = year_month_day(date_of(now_)).year;
    DOUDI_TRY(plain(connection_.run(
        "INSERT INTO ledger_counter(year, last) VALUES($1,1) ON CONFLICT(year) DO UPDATE SET last=last+1",
        sql::params(year))));
    DOUDI_ASSIGN(const std::int64_t running,
                 connection_.integer("SELECT last FROM ledger_counter WHERE year=$1", sql::params(year)));
    result.entry_no = domain::ledger_number(district_.identity().code, year, running);
    result.entry = new_id(now_);
    DOUDI_ASSIGN(const std::optional<Instant> due, start_entry_clocks(lead, grade));
    DOUDI_ASSIGN(const std::int64_t late,
                 connection_.integer("SELECT overdue_on_arrival FROM lead_receipt WHERE lead=$1",
                                     sql::params(lead.row)));
    DOUDI_TRY(plain(connection_.run(
        "INSERT INTO ledger_entry(id, number, lead, grid, household, person, category, grade, state, "
        "accepted_at, accepted_by, due_at, "
        "overdue_on_arrival, pack) VALUES($1,$2,$3,$4,$5,$6,$7,$8,'accepted',$9,$10,$11,$12,$13)",
        sql::params(*result.entry, result.entry_no, lead.row, cell(lead, "grid"), cell(lead, "household"),
                    cell(lead, "person"), cell(lead, "category"), grade, now_, actor_.account, due, late,
                    district_.rules().pack.reference()))));
    set_cell(lead, "entry_no", result.entry_no);
    set_cell(lead, "accepted_at", sql::to_value(now_));
    set_cell(lead, "reply", "区里已受理，台账编号 " + result.entry_no);
    if (due) set_cell(lead, "due_at", sql::to_value(*due));
    return {};
  }

  // The emergency keeps the clock that runs from the finding; a grade changed by the officer starts the
  // clocks of that grade.
  Result<std::optional<Instant>> start_entry_clocks(const sync::RowState& lead, int grade) {
    const Rulebook& rules = district_.rules();
    const domain::Moments moments{Instant{cell_integer(lead, "found_corrected_at").value_or(now_.ms)},
                                  Instant{cell_integer(lead, "received_at").value_or(now_.ms)}, now_};
    std::optional<Instant> due;
    std::vector<domain::EntryClock> started;
    if (grade == 1) {
      const bool runs_already = lead_grade(lead) == 1;
      for (const domain::EntryClock& clock :
           domain::clocks_on_receipt(1, moments, rules.pack, rules.calendar)) {
        if (clock.kind == domain::ClockKind::emergency_total) due = clock.deadline.due_at;
        if (!runs_already && clock.kind != domain::ClockKind::acceptance) started.push_back(clock);
      }
    } else if (const auto decision =
                   domain::start_clock(domain::ClockKind::decision, 2, now_, rules.pack, rules.calendar)) {
      due = decision->deadline.due_at;
      started.push_back(*decision);
    }
    if (const auto dispatch =
            domain::start_clock(domain::ClockKind::dispatch, grade, now_, rules.pack, rules.calendar)) {
      started.push_back(*dispatch);
    }
    for (const domain::EntryClock& clock : started) DOUDI_TRY(save_clock(connection_, lead.row, clock, now_));
    return due;
  }

  // Acceptance ends with any decision; only an accepted emergency goes on counting.
  Status stop_clocks(const sync::RowState& lead) {
    const bool goes_on = cell_text(lead, "state") == "accepted";
    return plain(connection_.run(
        "UPDATE clock SET stopped_at=$2 WHERE lead=$1 AND stopped_at IS NULL AND (kind='acceptance' OR $3=0)",
        sql::params(lead.row, now_, goes_on)));
  }

  [[nodiscard]] std::string reply_text() const {
    std::string text = decision_.text;
    for (const std::string& item : decision_.items) text += (text.empty() ? "" : "\n") + item;
    return text;
  }

  Status record(const sync::RowState& before, const sync::RowState& after, const domain::Transition&,
                const DecisionResult& result) {
    const std::string action(domain::to_string(decision_.action));
    DOUDI_TRY(append_event(
        connection_, {after.row, result.entry, action, cell_text(before, "state"), cell_text(after, "state"),
                      actor_.account, actor_.name, role_, now_,
                      decision_.code.empty() ? reply_text() : decision_.code + " " + reply_text(), ""}));
    return append_audit(connection_, {now_, actor_.account, std::nullopt, "lead." + action, "lead", after.row,
                                      result.entry_no});
  }

  District& district_;
  sql::Connection& connection_;
  const Actor& actor_;
  const LeadDecision& decision_;
  Instant now_;
  FeedWriter feed_;
  std::string grid_code_;
  std::string role_;
};

}  // namespace

Result<DecisionResult> decide_lead(District& district, const Actor& actor, const Uuid& lead,
                                   const LeadDecision& decision) {
  DecisionResult result;
  std::set<std::string> touched;
  std::string grid_code;
  const Status stored = district.writer().run([&](sql::Connection& connection) -> Status {
    Decision work(district, connection, actor, decision);
    DOUDI_TRY(work.run(lead, result));
    touched = work.touched();
    grid_code = work.grid_code();
    return {};
  });
  DOUDI_TRY(stored);
  district.announce(touched);
  district.news().publish(entry_event(result.entry_no, lead, result.state, grid_code));
  return result;
}

std::vector<OfferedAction> offered_actions(const Actor& actor, const std::string& grid_code,
                                           const std::string& lead_state, const std::string& entry_state,
                                           int grade) {
  using domain::LedgerAction;
  const auto lead = domain::parse_lead_state(lead_state).value_or(domain::LeadState::none);
  const auto entry = domain::parse_entry_state(entry_state).value_or(domain::EntryState::none);
  std::vector<LedgerAction> possible;
  for (const std::string& name : actor.roles_over(grid_code)) {
    const auto role = domain::parse_role(name);
    if (!role) continue;
    const auto actions = domain::next_actions(lead, entry, *role, grade);
    possible.insert(possible.end(), actions.begin(), actions.end());
  }
  std::vector<OfferedAction> offered;
  for (const LedgerAction action :
       {LedgerAction::accept, LedgerAction::return_lead, LedgerAction::reject, LedgerAction::watch}) {
    const bool allowed = std::find(possible.begin(), possible.end(), action) != possible.end();
    const std::string reason = lead != domain::LeadState::reported ? "wrong_state"
                               : grade == 1                        ? "grade_one"
                                                                   : "role";
    offered.push_back({std::string(domain::to_string(action)), allowed, allowed ? "" : reason});
  }
  return offered;
}

}  // namespace doudi::district
