// Number, entry, clocks, event, audit and the lead's row are one transaction of the writer.
#include "sync_server/service/ledger_service.hpp"

#include <algorithm>

#include "sync_server/service/console_events.hpp"
#include "sync_server/service/lead_clocks.hpp"
#include "sync_server/service/lead_merge.hpp"
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
    DOUDI_TRY(answer(after, result));
    const domain::ClockEvent event = clock_event(after, transition);
    DOUDI_ASSIGN(const ClockStep clocks, step_lead_clocks(connection_, district_.rules(), after.row, event));
    DOUDI_TRY(show_due(connection_, clocks.book, after));
    DOUDI_TRY(record(*before, after, event, result));
    DOUDI_TRY(feed_.put(*before, after));
    return feed_.flush();
  }
  [[nodiscard]] const std::set<std::string>& touched() const { return feed_.touched(); }
  [[nodiscard]] const std::string& grid_code() const { return grid_code_; }

 private:
  Status answer(sync::RowState& lead, DecisionResult& result) {
    if (decision_.action == domain::LedgerAction::accept) return accept(lead, result);
    std::string reply = reply_text();
    if (decision_.action == domain::LedgerAction::merge) {
      DOUDI_ASSIGN(reply, take_in(connection_, district_.tables(), district_.rules(), feed_, lead,
                                  *decision_.target, by_actor(decision_.text)));
    }
    set_cell(lead, "reply", reply);
    return {};
  }

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
    if (decision_.target) {
      DOUDI_ASSIGN(request.target_open_same_case,
                   may_take_in(connection_, district_.tables(), lead, *decision_.target));
    }
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
    DOUDI_ASSIGN(const std::int64_t late,
                 connection_.integer("SELECT overdue_on_arrival FROM lead_receipt WHERE lead=$1",
                                     sql::params(lead.row)));
    DOUDI_TRY(plain(connection_.run(
        "INSERT INTO ledger_entry(id, number, lead, grid, household, person, category, grade, state, "
        "accepted_at, accepted_by, overdue_on_arrival, pack) "
        "VALUES($1,$2,$3,$4,$5,$6,$7,$8,'accepted',$9,$10,$11,$12)",
        sql::params(*result.entry, result.entry_no, lead.row, cell(lead, "grid"), cell(lead, "household"),
                    cell(lead, "person"), cell(lead, "category"), grade, now_, actor_.account, late,
                    district_.rules().pack.reference()))));
    set_cell(lead, "entry_no", result.entry_no);
    set_cell(lead, "accepted_at", sql::to_value(now_));
    set_cell(lead, "reply", "区里已受理，台账编号 " + result.entry_no);
    return {};
  }

  [[nodiscard]] domain::ClockEvent clock_event(const sync::RowState& lead,
                                               const domain::Transition& transition) const {
    domain::ClockEvent event;
    event.action = decision_.action;
    event.at = now_;
    event.lead = transition.lead;
    event.entry = transition.entry;
    if (decision_.action == domain::LedgerAction::accept)
      event.grade = decision_.grade == 0 ? lead_grade(lead) : decision_.grade;
    return event;
  }

  [[nodiscard]] LedgerEvent by_actor(const std::string& reason) const {
    LedgerEvent event;
    event.by_account = actor_.account;
    event.by_name = actor_.name;
    event.by_role = role_;
    event.at = now_;
    event.reason = reason;
    return event;
  }

  [[nodiscard]] std::string reply_text() const {
    std::string text = decision_.text;
    for (const std::string& item : decision_.items) text += (text.empty() ? "" : "\n") + item;
    return text;
  }

  Status record(const sync::RowState& before, const sync::RowState& after, const domain::ClockEvent& clock,
                const DecisionResult& result) {
    const std::string action(domain::to_string(decision_.action));
    LedgerEvent event = by_actor(decision_.code.empty() ? reply_text() : decision_.code + " " + reply_text());
    event.lead = after.row;
    event.entry = result.entry;
    event.action = action;
    event.from_state = cell_text(before, "state");
    event.to_state = cell_text(after, "state");
    event.details = clock_details(clock, district_.rules().pack);
    DOUDI_TRY(append_event(connection_, event));
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
  for (const LedgerAction action : {LedgerAction::accept, LedgerAction::return_lead, LedgerAction::reject,
                                    LedgerAction::watch, LedgerAction::merge}) {
    const bool allowed = std::find(possible.begin(), possible.end(), action) != possible.end();
    const std::string reason = lead != domain::LeadState::reported ? "wrong_state"
                               : grade == 1                        ? "grade_one"
                                                                   : "role";
    offered.push_back({std::string(domain::to_string(action)), allowed, allowed ? "" : reason});
  }
  return offered;
}

}  // namespace doudi::district
