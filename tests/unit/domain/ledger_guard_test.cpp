// Each guard of each step alone, and what must never happen whatever state, role or grade.
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <set>

#include "tests/unit/domain/ledger_request.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

struct Flip {
  LedgerAction action;
  Guard guard;
  std::string code;
  std::function<void(ActionRequest&)> spoil;
};

// One line per guard of every step: what spoils it and how the answer is called.
std::vector<Flip> flips() {
  using A = LedgerAction;
  using G = Guard;
  using R = ActionRequest;
  std::vector<Flip> all{
      {A::capture, G::category, "category", [](R& r) { r.category.clear(); }},
      {A::capture, G::description, "description", [](R& r) { r.description = "没吃的"; }},
      {A::capture, G::place, "place", [](R& r) { r.has_place = false; }},
      {A::merge, G::merge_target, "target", [](R& r) { r.target_open_same_case = false; }},
      {A::reject, G::reject_code, "code", [](R& r) { r.code = "RJ09"; }},
      {A::reject, G::long_reason, "reason", [](R& r) { r.reason = "九个字的理由不够长"; }},
      {A::reject, G::help_here, "help_here", [](R& r) { r.code = "RJ05"; }},
      {A::reject, G::attempts, "attempts", [](R& r) { r.code = "RJ07", r.attempt_days = 2; }},
      {A::reject, G::returned_before, "return_first", [](R& r) { r.code = "RJ08"; }},
      {A::watch, G::date, "date", [](R& r) { r.date.reset(); }},
      {A::accept, G::confirmed_grade, "grade", [](R& r) { r.new_grade = 3; }},
      {A::accept, G::lowered_by_district, "district_only",
       [](R& r) { r.new_grade = 2, r.role = Role::township; }},
      {A::accept, G::lowering_reason, "reason", [](R& r) { r.new_grade = 2, r.reason.clear(); }},
      {A::dispatch, G::unit, "unit", [](R& r) { r.has_unit = false; }},
      {A::return_unit, G::once, "once", [](R& r) { r.returned_once = true; }},
      {A::verify, G::two_people, "two_people", [](R& r) { r.people_present = 1; }},
      {A::first_aid, G::not_negative, "amount", [](R& r) { r.amount_fen = -1; }},
      {A::first_aid, G::consent, "consent", [](R& r) { r.consent = false; }},
      {A::first_aid, G::below_cap, "above_cap", [](R& r) { r.cap_fen = 99'999; }},
      {A::first_aid, G::within_reserve, "reserve_short", [](R& r) { r.reserve_fen = 99'999; }},
      {A::submit_review, G::form, "form", [](R& r) { r.form_complete = false; }},
      {A::review, G::other_person, "same_person", [](R& r) { r.same_person_as_previous = true; }},
      {A::review, G::route_known, "route", [](R& r) { r.route.reset(); }},
      {A::review, G::publicity, "publicity", [](R& r) { r.publicity_done = false; }},
      {A::approve, G::route_role, "route_role", [](R& r) { r.route = ApprovalRoute::township; }},
      {A::approve, G::above_floor, "below_floor", [](R& r) { r.floor_fen = 100'001; }},
      {A::approve, G::below_cap, "above_cap", [](R& r) { r.cap_fen = 99'999; }},
      {A::refuse, G::route_role, "route_role", [](R& r) { r.route = ApprovalRoute::township; }},
      {A::close, G::papers_done, "followup_pending", [](R& r) { r.followup_pending = true; }},
      {A::close, G::other_person, "same_person", [](R& r) { r.same_person_as_previous = true; }},
      {A::close, G::leader_may_close, "district_only",
       [](R& r) { r.role = Role::township_leader, r.grade = 2, r.township_leader_may_close = false; }},
      {A::close, G::delivered, "delivery", [](R& r) { r.aid_delivered = false; }},
      {A::close, G::contacted, "contact", [](R& r) { r.person_contacted = false; }},
      {A::refuse_close, G::other_person, "same_person", [](R& r) { r.same_person_as_previous = true; }},
      {A::refuse_close, G::leader_may_close, "district_only",
       [](R& r) { r.role = Role::township_leader, r.grade = 2, r.township_leader_may_close = false; }},
      {A::refer, G::unit, "unit", [](R& r) { r.has_unit = false; }},
      {A::refer, G::consent, "consent", [](R& r) { r.consent = false; }},
      {A::referral_result, G::referral_code, "code", [](R& r) { r.code.clear(); }},
      {A::suspend, G::pause_length, "too_long", [](R& r) { r.pause_days = 31; }},
      {A::resume, G::resume_state, "wrong_state", [](R& r) { r.resume_to = EntryState::none; }},
      {A::extend, G::once, "once", [](R& r) { r.returned_once = true; }},
      {A::extend, G::before_due, "too_late", [](R& r) { r.before_due = false; }},
      {A::supervise, G::date, "date", [](R& r) { r.date.reset(); }},
      {A::reopen, G::in_time, "too_late", [](R& r) { r.days_since_closed = 91; }},
      {A::paperwork, G::first_aid_given, "no_first_aid", [](R& r) { r.first_aid_given = false; }},
      {A::move_to_watch, G::watch_outcome, "outcome", [](R& r) { r.code = "dibao"; }},
      {A::move_to_watch, G::date, "date", [](R& r) { r.date.reset(); }}};
  for (const A action : {A::return_lead, A::return_unit, A::refuse, A::refuse_close, A::refer, A::suspend,
                         A::extend, A::supervise, A::void_entry})
    all.push_back({action, G::reason, "reason", [](R& r) { r.reason = "无"; }});
  for (const A action : {A::approve, A::refuse}) {
    all.push_back({action, G::route_known, "route", [](R& r) { r.route.reset(); }});
    all.push_back({action, G::not_reporter, "same_person", [](R& r) { r.actor_reported = true; }});
    all.push_back({action, G::other_person, "same_person", [](R& r) { r.same_person_as_previous = true; }});
  }
  for (const A action : {A::request_close, A::solve_on_spot}) {
    all.push_back({action, G::papers_done, "followup_pending", [](R& r) { r.followup_pending = true; }});
    all.push_back(
        {action, G::referral_answered, "referral_open", [](R& r) { r.referral_unanswered = true; }});
    all.push_back({action, G::outcome, "outcome", [](R& r) { r.code = "closed"; }});
    all.push_back({action, G::death_date, "date", [](R& r) { r.code = "deceased", r.date.reset(); }});
    all.push_back({action, G::evidence, "evidence", [](R& r) { r.evidence = false; }});
  }
  return all;
}

template <class Enum>
Enum first_of(std::uint32_t set, Enum otherwise) {
  for (unsigned value = 0; value < 32; ++value)
    if (in_set(set, static_cast<Enum>(value))) return static_cast<Enum>(value);
  return otherwise;
}

// A step that would be granted: the first state of its row, the district where it may act.
ActionRequest granted_request(LedgerAction action) {
  const TransitionRow& row = transition_row(action);
  const int grade = row.grade_one != 0 ? 1 : 2;
  const RoleSet roles = grade == 1 ? row.grade_one : row.grade_two;
  const Role role = in_set(roles, Role::district) ? Role::district : first_of(roles, Role::program);
  ActionRequest request = complete_request(action, role, grade);
  if (row.leads != 0) {
    request.lead = first_of(row.leads, LeadState::none);
  } else {
    request.entry = first_of(row.entries, EntryState::none);
  }
  return request;
}

}  // namespace

TEST_CASE("each guard spoilt alone refuses with its own answer") {
  for (const Flip& flip : flips()) {
    INFO(to_string(flip.action) << " " << flip.code);
    ActionRequest request = granted_request(flip.action);
    CHECK(answer_of(request) == "ok");
    flip.spoil(request);
    CHECK(answer_of(request) == flip.code);
    CHECK(guard_code(flip.guard) == flip.code);
    CHECK_FALSE(check_guard(flip.guard, request).ok());
  }
}

TEST_CASE("no guard of any step is left without its test") {
  std::set<std::pair<LedgerAction, Guard>> tested;
  for (const Flip& flip : flips()) tested.emplace(flip.action, flip.guard);
  for (const TransitionRow& row : transition_table()) {
    for (const Guard guard : row.guards) {
      if (guard == Guard::none) continue;
      INFO(to_string(row.action) << " " << guard_code(guard));
      CHECK(tested.erase({row.action, guard}) == 1);
    }
  }
  CHECK(tested.empty());
}

TEST_CASE("never: a jump to closed from any state but closing") {
  for (int action = 0; action < kActions; ++action) {
    for (int entry = 0; entry < kEntryStates; ++entry) {
      for (int back = 0; back < kEntryStates; ++back) {
        ActionRequest request = granted_request(static_cast<LedgerAction>(action));
        if (transition_row(request.action).leads != 0 && transition_row(request.action).entries == 0)
          continue;
        const auto from = static_cast<EntryState>(entry);
        request.lead = LeadState::accepted;
        request.entry = from;
        request.resume_to = static_cast<EntryState>(back);
        const auto answer = may(request);
        if (!answer.ok() || answer->entry != EntryState::closed || from == EntryState::closed) continue;
        CHECK(request.action == LedgerAction::close);
        CHECK(from == EntryState::closing);
      }
    }
  }
}

TEST_CASE("never: an approval by the person who reported") {
  for (const Role role : {Role::township, Role::township_leader, Role::district, Role::district_leader}) {
    for (const int grade : {1, 2}) {
      ActionRequest request = complete_request(LedgerAction::approve, role, grade);
      request.entry = EntryState::deciding;
      CHECK(answer_of(request) == "ok");
      request.actor_reported = true;
      CHECK(answer_of(request) == "same_person");
    }
  }
}

TEST_CASE("never: a pause of a grade 1 clock, by anybody in any state") {
  for (int role = 0; role < kRoles; ++role) {
    for (int entry = 0; entry < kEntryStates; ++entry) {
      for (const LedgerAction action : {LedgerAction::suspend, LedgerAction::resume, LedgerAction::extend}) {
        ActionRequest request = complete_request(action, static_cast<Role>(role), 1);
        request.entry = static_cast<EntryState>(entry);
        CHECK_FALSE(may(request).ok());
      }
    }
  }
}

TEST_CASE("never: closing, asking to close or solving on the spot with open first-aid papers") {
  for (const LedgerAction action :
       {LedgerAction::close, LedgerAction::request_close, LedgerAction::solve_on_spot}) {
    for (int entry = 0; entry < kEntryStates; ++entry) {
      ActionRequest request = granted_request(action);
      request.followup_pending = true;
      request.entry = static_cast<EntryState>(entry);
      CHECK_FALSE(may(request).ok());
    }
  }
  // T129: not even the death of the person ends the papers.
  ActionRequest request = granted_request(LedgerAction::request_close);
  request.code = "deceased";
  CHECK(answer_of(request) == "ok");
  request.followup_pending = true;
  CHECK(answer_of(request) == "followup_pending");
}

TEST_CASE("a referral without an answer stays with the partner, help goes to closing") {
  ActionRequest request = granted_request(LedgerAction::referral_result);
  for (const auto& [code, to] :
       {std::pair{"helped", EntryState::closing}, std::pair{"not_eligible", EntryState::reviewing},
        std::pair{"declined", EntryState::reviewing}, std::pair{"no_reply", EntryState::referred}}) {
    request.code = code;
    CHECK(may(request)->entry == to);
  }
}

TEST_CASE("T132: what was written offline is noted and moves nothing, other steps wait for the district") {
  for (const TransitionRow& row : transition_table()) {
    ActionRequest request = granted_request(row.action);
    request.offline = true;
    const bool allowed_offline_by_plan = row.action == LedgerAction::capture ||
                                         row.action == LedgerAction::resend ||
                                         row.action == LedgerAction::note;
    CHECK(answer_of(request) == (allowed_offline_by_plan ? "ok" : "online_only"));
  }
  ActionRequest note = complete_request(LedgerAction::note, Role::grid_worker, 2);
  note.lead = LeadState::accepted;
  note.entry = EntryState::suspended;
  note.offline = true;
  CHECK(may(note)->entry == EntryState::suspended);
}
