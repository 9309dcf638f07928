// The guard of the ledger: state, role and grade from the table, then the conditions the row names, in order.
#include <algorithm>
#include <iterator>

#include "shared/domain/ledger_table.hpp"
#include "shared/domain/name_index.hpp"

namespace doudi::domain {
namespace {

using R = ActionRequest;
using G = Guard;
using E = EntryState;

bool has_words(const R& request, std::size_t characters) {
  return code_point_count(request.reason) >= characters;
}

bool is_known(std::span<const CodeText> codes, std::string_view code) {
  return std::any_of(codes.begin(), codes.end(), [&](const CodeText& known) { return known.code == code; });
}

bool is_district(Role role) {
  return role == Role::district || role == Role::district_leader;
}

bool is_lowered(const R& request) {
  return request.grade == 1 && request.new_grade == 2;
}

// The table lets a township leader check grade 2 only; the pack may not let him at all.
bool may_check_closing(const R& request) {
  return is_district(request.role) || request.township_leader_may_close;
}

// The approver of the route: nobody decides past or beneath the delegation.
bool is_on_route(const R& request) {
  return request.route && is_district(request.role) == (*request.route == ApprovalRoute::district);
}

struct GuardRow {
  Guard guard;
  const char* code;
  const char* message;
  bool (*holds)(const R&);
};

const GuardRow kGuards[] = {
    {G::reason, "reason", "a reason is needed", [](const R& r) { return has_words(r, 2); }},
    {G::long_reason, "reason", "ten characters of reason are needed",
     [](const R& r) { return has_words(r, 10); }},
    {G::category, "category", "a category is needed", [](const R& r) { return !r.category.empty(); }},
    {G::description, "description", "four characters or a voice note are needed",
     [](const R& r) { return r.has_voice_note || code_point_count(r.description) >= 4; }},
    {G::place, "place", "a place is needed", [](const R& r) { return r.has_place; }},
    {G::merge_target, "target", "same household, same category, open",
     [](const R& r) { return r.target_open_same_case; }},
    {G::reject_code, "code", "a reject code RJ01 to RJ08 is needed",
     [](const R& r) { return is_known(reject_codes(), r.code); }},
    {G::help_here, "help_here", "an emergency is helped where it happens",
     [](const R& r) { return r.code != "RJ05" || r.grade != 1; }},
    {G::attempts, "attempts", "three attempts on different days are needed",
     [](const R& r) { return r.code != "RJ07" || r.attempt_days >= 3; }},
    {G::returned_before, "return_first", "the lead must be returned once before",
     [](const R& r) { return r.code != "RJ08" || r.returned_once; }},
    {G::date, "date", "a date is needed", [](const R& r) { return r.date.has_value(); }},
    {G::confirmed_grade, "grade", "grades are 1 and 2",
     [](const R& r) { return r.new_grade >= 0 && r.new_grade <= 2; }},
    {G::lowered_by_district, "district_only", "only the district may lower a grade",
     [](const R& r) { return !is_lowered(r) || is_district(r.role); }},
    {G::lowering_reason, "reason", "lowering a grade needs a reason",
     [](const R& r) { return !is_lowered(r) || has_words(r, 2); }},
    {G::unit, "unit", "one responsible unit is needed", [](const R& r) { return r.has_unit; }},
    {G::once, "once", "this is done once", [](const R& r) { return !r.returned_once; }},
    {G::two_people, "two_people", "a home check is made by two people",
     [](const R& r) { return r.people_present >= 2; }},
    {G::not_negative, "amount", "the amount is negative", [](const R& r) { return r.amount_fen >= 0; }},
    {G::consent, "consent", "consent is needed", [](const R& r) { return r.consent; }},
    {G::below_cap, "above_cap", "above the limit of the pack",
     [](const R& r) { return !r.cap_fen || r.amount_fen <= *r.cap_fen; }},
    {G::within_reserve, "reserve_short", "the reserve is short: use the district route",
     [](const R& r) { return !r.reserve_fen || r.amount_fen <= *r.reserve_fen; }},
    {G::form, "form", "the home-check form is incomplete", [](const R& r) { return r.form_complete; }},
    {G::other_person, "same_person", "two different people take these steps",
     [](const R& r) { return !r.same_person_as_previous; }},
    {G::not_reporter, "same_person", "the reporter may not decide",
     [](const R& r) { return !r.actor_reported; }},
    {G::publicity, "publicity", "publicity is not over",
     [](const R& r) { return r.publicity_done || r.emergency_aid; }},
    {G::route_known, "route", "the approval route must be computed first",
     [](const R& r) { return r.route.has_value(); }},
    {G::route_role, "route_role", "this office is not on the approval route", is_on_route},
    {G::above_floor, "below_floor", "below the floor of the pack",
     [](const R& r) { return !r.floor_fen || r.amount_fen >= *r.floor_fen; }},
    {G::papers_done, "followup_pending", "the papers of the first aid are open",
     [](const R& r) { return !r.followup_pending; }},
    {G::referral_answered, "referral_open", "a referral has no answer yet",
     [](const R& r) { return !r.referral_unanswered; }},
    {G::outcome, "outcome", "an outcome code is needed",
     [](const R& r) { return is_known(outcome_codes(), r.code); }},
    {G::death_date, "date", "the date of death and its source are needed",
     [](const R& r) { return r.code != "deceased" || r.date.has_value(); }},
    {G::evidence, "evidence", "evidence is needed", [](const R& r) { return r.evidence; }},
    {G::leader_may_close, "district_only", "only the district may check this entry", may_check_closing},
    {G::delivered, "delivery", "the aid must be paid or the service begun",
     [](const R& r) { return r.aid_delivered; }},
    {G::contacted, "contact", "the person must be contacted before closing",
     [](const R& r) { return r.person_contacted; }},
    {G::referral_code, "code", "a referral result is needed",
     [](const R& r) { return is_known(referral_codes(), r.code); }},
    {G::pause_length, "too_long", "longer than the pack allows",
     [](const R& r) { return r.pause_days <= r.pause_days_max; }},
    {G::resume_state, "wrong_state", "the earlier state is needed",
     [](const R& r) { return is_open(r.resume_to) && r.resume_to != E::suspended; }},
    {G::before_due, "too_late", "the limit is over", [](const R& r) { return r.before_due; }},
    {G::in_time, "too_late", "report a new lead",
     [](const R& r) { return r.lookback_not_solved || r.days_since_closed <= r.reopen_days; }},
    {G::first_aid_given, "no_first_aid", "there was no first aid",
     [](const R& r) { return r.first_aid_given; }},
    {G::watch_outcome, "outcome", "only an entry that was not eligible",
     [](const R& r) { return r.code == "watch"; }},
};

const GuardRow* guard_row(Guard guard) {
  const auto* found = std::find_if(std::begin(kGuards), std::end(kGuards),
                                   [&](const GuardRow& row) { return row.guard == guard; });
  return found == std::end(kGuards) ? nullptr : found;
}

// A lead's step comes before there is an entry; an entry's step after the lead was accepted.
bool fits_state(const TransitionRow& row, const R& request) {
  if (request.entry == E::none) return in_set(row.leads, request.lead);
  const bool of_entry = request.lead == LeadState::none || request.lead == LeadState::accepted;
  return of_entry && in_set(row.entries, request.entry);
}

Status check_role(const TransitionRow& row, const R& request) {
  const RoleSet roles = request.grade == 1 ? row.grade_one : row.grade_two;
  if (in_set(roles, request.role)) return {};
  if (row.grade_one == 0 && request.grade == 1)
    return Error{"grade_one", "this step is not allowed for grade 1"};
  if (row.grade_two == 0 && request.grade != 1) return Error{"grade_two", "this step is for grade 1"};
  if (in_set(row.grade_one | row.grade_two, request.role))
    return Error{"district_only", "only the district may take this step for this grade"};
  return Error{"role", "this role may not take this step"};
}

Status check_shape(const TransitionRow& row, const R& request) {
  if (!fits_state(row, request))
    return Error{"wrong_state", "this step is not possible in the present state"};
  if (request.offline && !allowed_offline(row.action))
    return Error{"online_only", "decisions need the district's server"};
  return check_role(row, request);
}

Transition destination(const TransitionRow& row, const R& request) {
  Transition to;
  to.rule = std::string(row.rule);
  to.title = row.title;
  to.lead = row.to_lead == LeadState::none ? request.lead : row.to_lead;
  to.entry = row.to_entry == E::none ? request.entry : row.to_entry;
  if (request.action == LedgerAction::resume) to.entry = request.resume_to;
  if (request.action != LedgerAction::referral_result) return to;
  // Help settles the matter; silence leaves it with the partner; anything else goes back to review.
  if (request.code == "helped") to.entry = E::closing;
  if (request.code == "no_reply") to.entry = E::referred;
  return to;
}

}  // namespace

std::string_view guard_code(Guard guard) {
  const GuardRow* row = guard_row(guard);
  return row == nullptr ? std::string_view() : row->code;
}

Status check_guard(Guard guard, const ActionRequest& request) {
  const GuardRow* row = guard_row(guard);
  if (row == nullptr || row->holds(request)) return {};
  return Error{row->code, row->message};
}

Result<Transition> may(const ActionRequest& request) {
  const TransitionRow& row = transition_row(request.action);
  DOUDI_TRY(check_shape(row, request));
  for (const Guard guard : row.guards) DOUDI_TRY(check_guard(guard, request));
  return destination(row, request);
}

std::vector<LedgerAction> next_actions(LeadState lead, EntryState entry, Role role, int grade, bool offline) {
  std::vector<LedgerAction> actions;
  for (const TransitionRow& row : transition_table()) {
    ActionRequest request;
    request.action = row.action;
    request.lead = lead;
    request.entry = entry;
    request.role = role;
    request.grade = grade;
    request.offline = offline;
    if (check_shape(row, request).ok()) actions.push_back(row.action);
  }
  return actions;
}

bool allowed_offline(LedgerAction action) {
  return action == LedgerAction::capture || action == LedgerAction::resend || action == LedgerAction::note;
}

}  // namespace doudi::domain
