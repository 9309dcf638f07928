// The guard of the ledger: one row per step of the plan, then the conditions each step adds.
#include <algorithm>
#include <array>

#include "shared/domain/ledger.hpp"
#include "shared/domain/name_index.hpp"

namespace doudi::domain {
namespace {

using Mask = std::uint32_t;

template <class Enum>
constexpr Mask bit(Enum value) {
  return Mask{1} << static_cast<unsigned>(value);
}
template <class... Enums>
constexpr Mask bits(Enums... values) {
  return (bit(values) | ...);
}

using L = LeadState;
using E = EntryState;
using A = LedgerAction;

constexpr Mask kOpen = bits(E::accepted, E::dispatched, E::verifying, E::reviewing, E::deciding,
                            E::delivering, E::refused, E::referred, E::suspended, E::closing);
constexpr Mask kTownship = bits(Role::township, Role::township_leader);
constexpr Mask kDistrict = bits(Role::district, Role::district_leader);
constexpr Mask kOffice = kTownship | kDistrict;
constexpr Mask kField = bits(Role::grid_worker, Role::grid_leader, Role::assist_worker);

// `to` none: the state stays. Grade 0: any; 1 or 2: only that grade.
struct Row {
  std::string_view rule;
  A action;
  Mask leads;
  Mask entries;
  Mask roles;
  int grade;
  L to_lead;
  E to_entry;
  std::string_view title;
};

constexpr std::array<Row, 31> kRows{{
    {"L1", A::capture, bits(L::none, L::draft), 0, kField | kOffice, 0, L::queued, E::none, "登记线索"},
    {"L2", A::upload, bits(L::queued), 0, bits(Role::program), 0, L::reported, E::none, "上传"},
    {"L3", A::return_lead, bits(L::reported), 0, kOffice, 0, L::returned, E::none, "退回补充"},
    {"L3", A::resend, bits(L::returned), 0, kField | kTownship, 0, L::reported, E::none, "重新上报"},
    {"L4", A::merge, bits(L::reported), 0, kOffice, 0, L::merged, E::none, "并案"},
    {"L5", A::reject, bits(L::reported), 0, kOffice, 0, L::rejected, E::none, "不予立案"},
    {"L6", A::watch, bits(L::reported), 0, kOffice, 2, L::watch, E::none, "列入潜在对象"},
    {"L7", A::accept, bits(L::reported), 0, kOffice, 0, L::accepted, E::accepted, "受理"},
    {"E1", A::dispatch, 0, bits(E::accepted), kOffice, 0, L::none, E::dispatched, "派遣"},
    {"E2", A::return_unit, 0, bits(E::dispatched), kTownship | bit(Role::partner), 0, L::none, E::accepted,
     "回退"},
    {"E3", A::verify, 0, bits(E::dispatched), kTownship, 0, L::none, E::verifying, "入户核查"},
    {"E4", A::first_aid, 0, bits(E::accepted, E::dispatched, E::verifying), kOffice, 1, L::none, E::none,
     "先行救助"},
    {"E5", A::submit_review, 0, bits(E::verifying), kTownship, 0, L::none, E::reviewing, "提交审核"},
    {"E6", A::review, 0, bits(E::reviewing), kTownship, 0, L::none, E::deciding, "审核"},
    {"E7", A::approve, 0, bits(E::deciding), kOffice, 0, L::none, E::delivering, "批准"},
    {"E8", A::refuse, 0, bits(E::deciding), kOffice, 0, L::none, E::refused, "不予批准"},
    {"E9", A::request_close, 0, bits(E::delivering, E::refused, E::referred), kTownship, 0, L::none,
     E::closing, "申请销号"},
    {"E10", A::close, 0, bits(E::closing), kDistrict | bit(Role::township_leader), 0, L::none, E::closed,
     "销号"},
    {"E11", A::refuse_close, 0, bits(E::closing), kDistrict | bit(Role::township_leader), 0, L::none,
     E::verifying, "不予销号"},
    {"E12", A::refer, 0,
     bits(E::accepted, E::dispatched, E::verifying, E::reviewing, E::deciding, E::delivering, E::refused),
     kOffice, 0, L::none, E::referred, "转介"},
    {"E13", A::referral_result, 0, bits(E::referred), kTownship | bit(Role::partner), 0, L::none,
     E::reviewing, "转介反馈"},
    {"E14", A::suspend, 0,
     bits(E::accepted, E::dispatched, E::verifying, E::reviewing, E::deciding, E::delivering, E::referred),
     kDistrict, 2, L::none, E::suspended, "中止"},
    {"E14", A::resume, 0, bits(E::suspended), kOffice, 0, L::none, E::none, "恢复"},
    {"E15", A::extend, 0, kOpen & ~bits(E::suspended), kDistrict, 2, L::none, E::none, "延期"},
    {"E16", A::supervise, 0, kOpen | bit(E::closed),
     bits(Role::supervisor, Role::township_leader, Role::district_leader), 0, L::none, E::none, "催办/督办"},
    {"E17", A::void_entry, 0, kOpen, kDistrict, 0, L::none, E::voided, "作废"},
    {"E18", A::reopen, 0, bits(E::closed), kDistrict | kTownship | bit(Role::supervisor), 0, L::none,
     E::accepted, "回头看重启"},
    {"E19", A::paperwork, 0, kOpen, kTownship, 0, L::none, E::none, "补齐手续"},
    {"E20", A::move_to_watch, 0, bits(E::closed), kTownship, 0, L::none, E::none, "移送潜在对象"},
    {"E9", A::solve_on_spot, 0, bits(E::accepted, E::dispatched, E::verifying), kTownship, 0, L::none,
     E::closing, "现场解决"},
    {"L1", A::note, bits(L::reported, L::returned, L::accepted), kOpen | bit(E::closed),
     kField | kOffice | bits(Role::program, Role::partner), 0, L::none, E::none, "补录"},
}};

const Row& row_of(A action) {
  return *std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) { return row.action == action; });
}

Error refuse(const char* code, const char* message) {
  return Error{code, message};
}

bool is_district(Role role) {
  return (kDistrict & bit(role)) != 0;
}

bool is_township(Role role) {
  return (kTownship & bit(role)) != 0;
}

bool has_reason(const ActionRequest& request, std::size_t characters) {
  return code_point_count(request.reason) >= characters;
}

// The steps that fail without words.
bool needs_reason(A action) {
  switch (action) {
    case A::return_lead:
    case A::return_unit:
    case A::refuse:
    case A::refuse_close:
    case A::suspend:
    case A::extend:
    case A::supervise:
    case A::void_entry:
      return true;
    case A::capture:
    case A::upload:
    case A::resend:
    case A::merge:
    case A::reject:
    case A::watch:
    case A::accept:
    case A::dispatch:
    case A::verify:
    case A::first_aid:
    case A::submit_review:
    case A::review:
    case A::approve:
    case A::request_close:
    case A::close:
    case A::refer:
    case A::referral_result:
    case A::resume:
    case A::reopen:
    case A::paperwork:
    case A::move_to_watch:
    case A::solve_on_spot:
    case A::note:
      return false;
  }
  return false;
}

Status check_shape(const Row& row, const ActionRequest& request) {
  const bool about_lead = row.leads != 0 && (row.entries == 0 || request.lead != L::none);
  const bool fits =
      about_lead ? (row.leads & bit(request.lead)) != 0 : (row.entries & bit(request.entry)) != 0;
  if (!fits) return refuse("wrong_state", "this step is not possible in the present state");
  if (request.offline && !allowed_offline(row.action))
    return refuse("online_only", "decisions need the district's server");
  // 一级: the district alone may turn a lead away.
  if (row.action == A::reject && request.grade == 1 && is_township(request.role)) {
    return refuse("district_only", "only the district may reject a grade 1 lead");
  }
  if ((row.roles & bit(request.role)) == 0) return refuse("role", "this role may not take this step");
  if (row.grade == 1 && request.grade != 1) return refuse("grade_two", "this step is for grade 1");
  if (row.grade == 2 && request.grade != 2)
    return refuse("grade_one", "this step is not allowed for grade 1");
  if (needs_reason(row.action) && !has_reason(request, 2)) return refuse("reason", "a reason is needed");
  return {};
}

Status check_capture(const ActionRequest& request) {
  if (request.category.empty()) return refuse("category", "a category is needed");
  const bool described = code_point_count(request.description) >= 4 || request.has_voice_note;
  if (!described) return refuse("description", "four characters or a voice note are needed");
  return request.has_place ? Status{} : refuse("place", "a place is needed");
}

Status check_reject(const ActionRequest& request) {
  const auto codes = reject_codes();
  const bool known =
      std::any_of(codes.begin(), codes.end(), [&](const CodeText& c) { return c.code == request.code; });
  if (!known) return refuse("code", "a reject code RJ01 to RJ08 is needed");
  if (!has_reason(request, 10)) return refuse("reason", "ten characters of reason are needed");
  if (request.code == "RJ05" && request.grade == 1)
    return refuse("help_here", "an emergency is helped where it happens");
  if (request.code == "RJ07" && request.attempt_days < 3)
    return refuse("attempts", "three attempts on different days are needed");
  if (request.code == "RJ08" && !request.returned_once)
    return refuse("return_first", "the lead must be returned once before");
  return {};
}

Status check_accept(const ActionRequest& request) {
  if (request.new_grade < 0 || request.new_grade > 2) return refuse("grade", "grades are 1 and 2");
  if (request.grade == 1 && request.new_grade == 2) {
    if (!is_district(request.role)) return refuse("district_only", "only the district may lower a grade");
    if (!has_reason(request, 2)) return refuse("reason", "lowering a grade needs a reason");
  }
  return {};
}

Status check_first_aid(const ActionRequest& request) {
  if (request.amount_fen < 0) return refuse("amount", "the amount is negative");
  if (!request.consent) return refuse("consent", "the township leader or the district must consent");
  if (request.cap_fen && request.amount_fen > *request.cap_fen)
    return refuse("above_cap", "above the limit of the pack");
  if (request.reserve_fen && request.amount_fen > *request.reserve_fen) {
    return refuse("reserve_short", "the reserve is short: use the district route");
  }
  return {};
}

Status check_approve(const ActionRequest& request) {
  if (request.actor_reported) return refuse("same_person", "the reporter may not approve");
  if (request.same_person_as_previous) return refuse("same_person", "the reviewer may not approve");
  if (request.floor_fen && request.amount_fen < *request.floor_fen)
    return refuse("below_floor", "below the floor of the pack");
  if (request.cap_fen && request.amount_fen > *request.cap_fen)
    return refuse("above_cap", "above the cap of the pack");
  return {};
}

Status check_closing(const ActionRequest& request) {
  if (request.followup_pending) return refuse("followup_pending", "the papers of the first aid are open");
  if (request.referral_unanswered) return refuse("referral_open", "a referral has no answer yet");
  const auto codes = outcome_codes();
  const bool known =
      std::any_of(codes.begin(), codes.end(), [&](const CodeText& c) { return c.code == request.code; });
  if (!known) return refuse("outcome", "an outcome code is needed");
  if (request.code == "deceased" && !request.date)
    return refuse("date", "the date of death and its source are needed");
  return request.evidence ? Status{} : refuse("evidence", "evidence is needed");
}

Status check_close(const ActionRequest& request) {
  if (request.followup_pending) return refuse("followup_pending", "the papers of the first aid are open");
  if (request.same_person_as_previous) return refuse("same_person", "the handler may not check");
  const bool leader = request.role == Role::township_leader;
  if (leader && (request.grade == 1 || !request.township_leader_may_close)) {
    return refuse("district_only", "only the district may close this entry");
  }
  return request.person_contacted ? Status{}
                                  : refuse("contact", "the person must be contacted before closing");
}

Status check_reopen(const ActionRequest& request) {
  if (request.lookback_not_solved || request.days_since_closed <= request.reopen_days) return {};
  return refuse("too_late", "report a new lead");
}

// What one step adds to state, role, grade and reason.
Status check_step(const ActionRequest& request) {
  switch (request.action) {
    case A::capture:
      return check_capture(request);
    case A::reject:
      return check_reject(request);
    case A::accept:
      return check_accept(request);
    case A::first_aid:
      return check_first_aid(request);
    case A::approve:
      return check_approve(request);
    case A::close:
      return check_close(request);
    case A::reopen:
      return check_reopen(request);
    case A::request_close:
    case A::solve_on_spot:
      return check_closing(request);
    case A::return_lead:
      return request.grade == 1 ? refuse("grade_one", "ask by telephone instead") : Status{};
    case A::merge:
      return request.target_open_same_case ? Status{}
                                           : refuse("target", "same household, same category, open");
    case A::watch:
      return request.date ? Status{} : refuse("date", "a review date is needed");
    case A::return_unit:
      return request.returned_once ? refuse("once", "a unit returns an entry once") : Status{};
    case A::submit_review:
      return request.form_complete ? Status{} : refuse("form", "the home-check form is incomplete");
    case A::review:
      if (request.same_person_as_previous) return refuse("same_person", "the handler may not review");
      return request.publicity_done || request.emergency_aid ? Status{}
                                                             : refuse("publicity", "publicity is not over");
    case A::refuse:
      return request.same_person_as_previous ? refuse("same_person", "the reviewer may not decide")
                                             : Status{};
    case A::refer:
      return request.consent ? Status{} : refuse("consent", "the person must consent");
    case A::referral_result:
      return request.code.empty() ? refuse("code", "a result code is needed") : Status{};
    case A::resume:
      return request.resume_to == E::none ? refuse("wrong_state", "the earlier state is needed") : Status{};
    case A::extend:
      if (request.returned_once) return refuse("once", "a limit is extended once");
      return request.before_due ? Status{} : refuse("too_late", "the limit is over");
    case A::paperwork:
      return request.first_aid_given ? Status{} : refuse("no_first_aid", "there was no first aid");
    case A::upload:
    case A::resend:
    case A::dispatch:
    case A::verify:
    case A::suspend:
    case A::refuse_close:
    case A::supervise:
    case A::void_entry:
    case A::move_to_watch:
    case A::note:
      return {};
  }
  return {};
}

Transition destination(const Row& row, const ActionRequest& request) {
  Transition to;
  to.rule = std::string(row.rule);
  to.title = row.title;
  to.lead = row.to_lead == L::none ? request.lead : row.to_lead;
  to.entry = row.to_entry == E::none ? request.entry : row.to_entry;
  if (request.action == A::resume) to.entry = request.resume_to;
  // An answered referral goes back to review; one that settled the matter is closed.
  if (request.action == A::referral_result && request.code == "helped") to.entry = E::closing;
  return to;
}

}  // namespace

Result<Transition> may(const ActionRequest& request) {
  const Row& row = row_of(request.action);
  DOUDI_TRY(check_shape(row, request));
  DOUDI_TRY(check_step(request));
  return destination(row, request);
}

std::vector<LedgerAction> next_actions(LeadState lead, EntryState entry, Role role, int grade, bool offline) {
  std::vector<LedgerAction> actions;
  for (const Row& row : kRows) {
    ActionRequest request;
    request.action = row.action;
    request.lead = entry == E::none ? lead : L::none;
    request.entry = entry;
    request.role = role;
    request.grade = grade;
    request.offline = offline;
    request.reason = "按规定办理此事项的原因";  // the words come later; here only state and role count
    const bool not_for_urgent = row.action == A::return_lead && grade == 1;
    if (check_shape(row, request).ok() && !not_for_urgent) actions.push_back(row.action);
  }
  return actions;
}

bool allowed_offline(LedgerAction action) {
  return action == A::capture || action == A::resend || action == A::note;
}

std::span<const TransitionRow> transition_table() {
  static const std::vector<TransitionRow> kTable = [] {
    std::vector<TransitionRow> table;
    for (const Row& row : kRows) table.push_back({row.rule, row.action, row.title});
    return table;
  }();
  return kTable;
}

}  // namespace doudi::domain
