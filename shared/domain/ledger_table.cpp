#include "shared/domain/ledger_table.hpp"

#include <algorithm>

namespace doudi::domain {
namespace {

template <class... Enums>
constexpr std::uint32_t any_of(Enums... values) {
  return (set_of(values) | ...);
}

using L = LeadState;
using E = EntryState;
using A = LedgerAction;
using G = Guard;
using C = ClockKind;

constexpr StateSet kNever = 0;
constexpr StateSet kOpen = any_of(E::accepted, E::dispatched, E::verifying, E::reviewing, E::deciding,
                                  E::delivering, E::refused, E::referred, E::suspended, E::closing);
constexpr StateSet kRunning = kOpen & ~set_of(E::suspended);
constexpr StateSet kEarly = any_of(E::accepted, E::dispatched, E::verifying);

// A leader may do what the office does; a grid leader what a grid worker does.
constexpr RoleSet kNobody = 0;
constexpr RoleSet kField = any_of(Role::grid_worker, Role::grid_leader, Role::assist_worker);
constexpr RoleSet kTownship = any_of(Role::township, Role::township_leader);
constexpr RoleSet kDistrict = any_of(Role::district, Role::district_leader);
constexpr RoleSet kOffice = kTownship | kDistrict;
constexpr RoleSet kUnit = kTownship | set_of(Role::partner);
constexpr RoleSet kChecker = kDistrict | set_of(Role::township_leader);
constexpr RoleSet kWatching = any_of(Role::supervisor, Role::township_leader, Role::district_leader);
constexpr RoleSet kProgram = set_of(Role::program);
constexpr RoleSet kReopening = kOffice | set_of(Role::supervisor);
constexpr RoleSet kNoting = kField | kOffice | any_of(Role::program, Role::partner);

// clang-format off
constexpr std::array<TransitionRow, 31> kRows{{
    {"L1", A::capture, "登记线索", any_of(L::none, L::draft), kNever, kField | kOffice, kField | kOffice, L::queued,
     E::none, {G::category, G::description, G::place}, {}, "found_at, mono, device, rules hit, worker's grade"},
    {"L2", A::upload, "上传", any_of(L::queued), kNever, kProgram, kProgram, L::reported, E::none, {}, {},
     "received_at, offset, suspect flag"},
    {"L3", A::return_lead, "退回补充", any_of(L::reported), kNever, kNobody, kOffice, L::returned, E::none, {G::reason},
     C::return_completion, "list of items"},
    {"L3", A::resend, "重新上报", any_of(L::returned), kNever, kField | kTownship, kField | kTownship, L::reported,
     E::none, {}, {}, "received_at"},
    {"L4", A::merge, "并案", any_of(L::reported), kNever, kOffice, kOffice, L::merged, E::none, {G::merge_target},
     C::acceptance, "target, who judged"},
    {"L5", A::reject, "不予立案", any_of(L::reported), kNever, kDistrict, kOffice, L::rejected, E::none,
     {G::reject_code, G::long_reason, G::help_here, G::attempts, G::returned_before}, C::acceptance,
     "told whom, when, how"},
    {"L6", A::watch, "列入潜在对象", any_of(L::reported), kNever, kNobody, kOffice, L::watch, E::none, {G::date},
     C::acceptance, "review_on"},
    {"L7", A::accept, "受理", any_of(L::reported), kNever, kOffice, kOffice, L::accepted, E::accepted,
     {G::confirmed_grade, G::lowered_by_district, G::lowering_reason}, C::acceptance,
     "ledger number, grade by rule, by worker, confirmed"},
    {"E1", A::dispatch, "派遣", kNever, any_of(E::accepted), kOffice, kOffice, L::none, E::dispatched, {G::unit},
     C::dispatch, "unit, leader"},
    {"E2", A::return_unit, "回退", kNever, any_of(E::dispatched), kUnit, kUnit, L::none, E::accepted,
     {G::reason, G::once}, {}, "reason"},
    {"E3", A::verify, "入户核查", kNever, any_of(E::dispatched), kTownship, kTownship, L::none, E::verifying,
     {G::two_people}, C::first_contact, "home-check form, people present"},
    {"E4", A::first_aid, "先行救助", kNever, kEarly, kTownship, kNobody, L::none, E::none,
     {G::not_negative, G::consent, G::below_cap, G::within_reserve}, C::emergency_total,
     "amount, form, who consented, time, receipt"},
    {"E5", A::submit_review, "提交审核", kNever, any_of(E::verifying), kTownship, kTownship, L::none, E::reviewing,
     {G::form}, C::verification, "opinion"},
    {"E6", A::review, "审核", kNever, any_of(E::reviewing), kTownship, kTownship, L::none, E::deciding,
     {G::other_person, G::route_known, G::publicity}, C::review, "opinion, route rule"},
    {"E7", A::approve, "批准", kNever, any_of(E::deciding), kOffice, kOffice, L::none, E::delivering,
     {G::route_known, G::route_role, G::not_reporter, G::other_person, G::above_floor, G::below_cap}, C::decision,
     "decision, document no., pack version"},
    {"E8", A::refuse, "不予批准", kNever, any_of(E::deciding), kOffice, kOffice, L::none, E::refused,
     {G::reason, G::route_known, G::route_role, G::not_reporter, G::other_person}, C::decision, "told_at"},
    {"E9", A::request_close, "申请销号", kNever, any_of(E::delivering, E::refused), kTownship, kTownship, L::none,
     E::closing, {G::papers_done, G::referral_answered, G::outcome, G::death_date, G::evidence}, {}, "outcome"},
    {"E9", A::solve_on_spot, "现场解决", kNever, kEarly, kTownship, kTownship, L::none, E::closing,
     {G::papers_done, G::referral_answered, G::outcome, G::death_date, G::evidence}, {}, "outcome"},
    {"E10", A::close, "销号", kNever, any_of(E::closing), kDistrict, kChecker, L::none, E::closed,
     {G::papers_done, G::other_person, G::leader_may_close, G::delivered, G::contacted}, C::close_out_check,
     "checker, contact result"},
    {"E11", A::refuse_close, "不予销号", kNever, any_of(E::closing), kDistrict, kChecker, L::none, E::verifying,
     {G::reason, G::other_person, G::leader_may_close}, C::close_out_check, "reason"},
    {"E12", A::refer, "转介", kNever, kRunning & ~set_of(E::referred), kOffice, kOffice, L::none, E::referred,
     {G::unit, G::reason, G::consent}, {}, "package hash, ack, result"},
    {"E13", A::referral_result, "转介反馈", kNever, any_of(E::referred), kUnit, kUnit, L::none, E::reviewing,
     {G::referral_code}, C::referral_result, "result"},
    {"E14", A::suspend, "中止", kNever, kRunning, kNobody, kDistrict, L::none, E::suspended,
     {G::reason, G::pause_length}, {}, "from, to"},
    {"E14", A::resume, "恢复", kNever, any_of(E::suspended), kNobody, kOffice, L::none, E::none, {G::resume_state}, {},
     "to"},
    {"E15", A::extend, "延期", kNever, kRunning, kNobody, kDistrict, L::none, E::none,
     {G::reason, G::once, G::before_due}, {}, "old and new due"},
    {"E16", A::supervise, "催办/督办", kNever, kOpen | set_of(E::closed), kWatching, kWatching, L::none, E::none,
     {G::reason, G::date}, {}, "text, reply"},
    {"E17", A::void_entry, "作废", kNever, kOpen, kDistrict, kDistrict, L::none, E::voided, {G::reason}, {}, "reason"},
    {"E18", A::reopen, "回头看重启", kNever, any_of(E::closed), kReopening, kReopening, L::none, E::accepted,
     {G::in_time}, {}, "round_no + 1, link"},
    {"E19", A::paperwork, "补齐手续", kNever, kOpen, kTownship, kTownship, L::none, E::none, {G::first_aid_given},
     C::paperwork, "documents, text"},
    {"E20", A::move_to_watch, "移送潜在对象", kNever, any_of(E::closed), kTownship, kTownship, L::none, E::none,
     {G::watch_outcome, G::date}, {}, "watch_item"},
    {"B1", A::note, "补录", any_of(L::reported, L::returned, L::accepted), kOpen | set_of(E::closed), kNoting, kNoting,
     L::none, E::none, {}, {}, "the facts, the state they were written against"},
}};
// clang-format on

}  // namespace

std::span<const TransitionRow> transition_table() {
  return kRows;
}

const TransitionRow& transition_row(LedgerAction action) {
  return *std::find_if(kRows.begin(), kRows.end(),
                       [&](const TransitionRow& row) { return row.action == action; });
}

bool is_open(EntryState state) {
  return in_set(kOpen, state);
}

}  // namespace doudi::domain
