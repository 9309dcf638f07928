#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <tuple>

#include "shared/domain/ledger_table.hpp"
#include "tests/unit/domain/domain_builders.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

ActionRequest on_lead(LedgerAction action, Role role, int grade, LeadState state = LeadState::reported) {
  ActionRequest request;
  request.action = action;
  request.role = role;
  request.grade = grade;
  request.lead = state;
  request.reason = "经核实不属于救助范围，已转介医保";
  return request;
}

ActionRequest on_entry(LedgerAction action, Role role, EntryState state, int grade = 1) {
  ActionRequest request = on_lead(action, role, grade, LeadState::none);
  request.entry = state;
  request.route = role == Role::township ? ApprovalRoute::township : ApprovalRoute::district;
  return request;
}

std::string code_of(const ActionRequest& request) {
  const auto answer = may(request);
  return answer.ok() ? "ok" : answer.error().code;
}

}  // namespace

TEST_CASE("T123: only the district rejects an urgent lead") {
  ActionRequest reject = on_lead(LedgerAction::reject, Role::township, 1);
  reject.code = "RJ01";
  CHECK(code_of(reject) == "district_only");
  reject.role = Role::district;
  CHECK(may(reject)->lead == LeadState::rejected);
  reject.code = "RJ05";
  CHECK(code_of(reject) == "help_here");
  reject.code = "RJ99";
  CHECK(code_of(reject) == "code");
}

TEST_CASE("rejecting needs its words, its attempts and its one return") {
  ActionRequest reject = on_lead(LedgerAction::reject, Role::township, 2);
  reject.code = "RJ07";
  CHECK(code_of(reject) == "attempts");
  reject.attempt_days = 3;
  CHECK(code_of(reject) == "ok");
  reject.reason = "太短";
  CHECK(code_of(reject) == "reason");
  reject = on_lead(LedgerAction::reject, Role::township, 2);
  reject.code = "RJ08";
  CHECK(code_of(reject) == "return_first");
}

TEST_CASE("an urgent lead is never sent back for more and lowered only by the district") {
  CHECK(code_of(on_lead(LedgerAction::return_lead, Role::township, 1)) == "grade_one");
  CHECK(code_of(on_lead(LedgerAction::return_lead, Role::township, 2)) == "ok");
  ActionRequest accept = on_lead(LedgerAction::accept, Role::township, 1);
  accept.new_grade = 2;
  CHECK(code_of(accept) == "district_only");
  accept.role = Role::district;
  CHECK(may(accept)->entry == EntryState::accepted);
}

TEST_CASE("T119: the path of an emergency through the ledger") {
  CHECK(may(on_lead(LedgerAction::accept, Role::township, 1))->entry == EntryState::accepted);
  CHECK(may(on_entry(LedgerAction::dispatch, Role::district, EntryState::accepted))->entry ==
        EntryState::dispatched);
  CHECK(may(on_entry(LedgerAction::verify, Role::township, EntryState::dispatched))->entry ==
        EntryState::verifying);
  ActionRequest aid = on_entry(LedgerAction::first_aid, Role::township, EntryState::verifying);
  aid.amount_fen = 100'000;
  CHECK(may(aid)->entry == EntryState::verifying);
  CHECK(may(on_entry(LedgerAction::submit_review, Role::township, EntryState::verifying))->entry ==
        EntryState::reviewing);
  CHECK(may(on_entry(LedgerAction::review, Role::township, EntryState::reviewing))->entry ==
        EntryState::deciding);
  CHECK(may(on_entry(LedgerAction::approve, Role::district, EntryState::deciding))->entry ==
        EntryState::delivering);
  ActionRequest closing = on_entry(LedgerAction::request_close, Role::township, EntryState::delivering);
  closing.code = "temporary_aid";
  CHECK(may(closing)->entry == EntryState::closing);
  CHECK(may(on_entry(LedgerAction::close, Role::district, EntryState::closing))->entry == EntryState::closed);
}

TEST_CASE("T120: an entry does not close while papers are open") {
  ActionRequest closing = on_entry(LedgerAction::request_close, Role::township, EntryState::delivering);
  closing.code = "temporary_aid";
  closing.followup_pending = true;
  CHECK(code_of(closing) == "followup_pending");
  closing.followup_pending = false;
  closing.referral_unanswered = true;
  CHECK(code_of(closing) == "referral_open");
}

TEST_CASE("T122: nobody reviews, approves or closes his own work") {
  for (const auto& [action, role, state] :
       {std::tuple{LedgerAction::review, Role::township, EntryState::reviewing},
        std::tuple{LedgerAction::approve, Role::district, EntryState::deciding},
        std::tuple{LedgerAction::close, Role::district, EntryState::closing}}) {
    ActionRequest request = on_entry(action, role, state);
    request.same_person_as_previous = true;
    CHECK(code_of(request) == "same_person");
  }
}

TEST_CASE("closed is reached from closing alone") {
  for (int state = 0; state <= static_cast<int>(EntryState::voided); ++state) {
    const auto from = static_cast<EntryState>(state);
    const bool possible = code_of(on_entry(LedgerAction::close, Role::district, from)) == "ok";
    CHECK(possible == (from == EntryState::closing));
  }
}

TEST_CASE("an urgent entry is never suspended or extended") {
  CHECK(code_of(on_entry(LedgerAction::suspend, Role::district, EntryState::verifying, 1)) == "grade_one");
  CHECK(code_of(on_entry(LedgerAction::extend, Role::district, EntryState::verifying, 1)) == "grade_one");
  ActionRequest resume = on_entry(LedgerAction::resume, Role::district, EntryState::suspended, 2);
  resume.resume_to = EntryState::reviewing;
  CHECK(may(resume)->entry == EntryState::reviewing);
}

TEST_CASE("T77: first aid above the reserve is refused") {
  ActionRequest aid = on_entry(LedgerAction::first_aid, Role::township, EntryState::accepted);
  aid.amount_fen = 300'000;
  aid.reserve_fen = 200'000;
  CHECK(code_of(aid) == "reserve_short");
}

TEST_CASE("T127: a look-back reopens an entry at any time, a new lead within the pack's days") {
  ActionRequest reopen = on_entry(LedgerAction::reopen, Role::supervisor, EntryState::closed);
  reopen.days_since_closed = 91;
  CHECK(code_of(reopen) == "too_late");
  reopen.lookback_not_solved = true;
  CHECK(may(reopen)->entry == EntryState::accepted);
}

TEST_CASE("decisions are not taken offline") {
  for (const TransitionRow& row : transition_table()) {
    const bool offline = row.action == LedgerAction::capture || row.action == LedgerAction::resend ||
                         row.action == LedgerAction::note;
    CHECK(allowed_offline(row.action) == offline);
  }
  ActionRequest accept = on_lead(LedgerAction::accept, Role::township, 1);
  accept.offline = true;
  CHECK(code_of(accept) == "online_only");
}

TEST_CASE("a grid worker is offered no decision") {
  const auto offered = next_actions(LeadState::reported, EntryState::none, Role::grid_worker, 2);
  CHECK(std::all_of(offered.begin(), offered.end(), [](LedgerAction a) { return a == LedgerAction::note; }));
  const auto district = next_actions(LeadState::reported, EntryState::none, Role::district, 1);
  CHECK(std::count(district.begin(), district.end(), LedgerAction::accept) == 1);
  CHECK(std::count(district.begin(), district.end(), LedgerAction::return_lead) == 0);
}

TEST_CASE("ledger numbers keep their shape beyond six digits") {
  CHECK(ledger_number("120110000000", 2026, 1) == "120110-2026-000001");
  CHECK(ledger_number("120110", 2026, 1'234'567) == "120110-2026-1234567");
  REQUIRE(parse_ledger_number("120110-2020-000042"));
  CHECK(parse_ledger_number("120110-2020-000042")->running == 42);
  CHECK_FALSE(parse_ledger_number("12011-02020-000042"));
}

TEST_CASE("every name of the ledger reads back") {
  for (const TransitionRow& row : transition_table())
    CHECK(parse_ledger_action(to_string(row.action)) == row.action);
  CHECK(parse_lead_state("watch") == LeadState::watch);
  CHECK(parse_entry_state("delivering") == EntryState::delivering);
  CHECK(parse_role("township_leader") == Role::township_leader);
  CHECK_FALSE(parse_role("king"));
}
