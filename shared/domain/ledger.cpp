// The names of the ledger machine: states, roles, actions, numbers and codes.
#include "shared/domain/ledger.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "shared/domain/enum_names.hpp"

namespace doudi::domain {
namespace {

constexpr EnumNames<LeadState, 9> kLeadStates{{{LeadState::none, "none"},
                                               {LeadState::draft, "draft"},
                                               {LeadState::queued, "queued"},
                                               {LeadState::reported, "reported"},
                                               {LeadState::returned, "returned"},
                                               {LeadState::merged, "merged"},
                                               {LeadState::rejected, "rejected"},
                                               {LeadState::accepted, "accepted"},
                                               {LeadState::watch, "watch"}}};
constexpr EnumNames<EntryState, 13> kEntryStates{{{EntryState::none, "none"},
                                                  {EntryState::accepted, "accepted"},
                                                  {EntryState::dispatched, "dispatched"},
                                                  {EntryState::verifying, "verifying"},
                                                  {EntryState::reviewing, "reviewing"},
                                                  {EntryState::deciding, "deciding"},
                                                  {EntryState::delivering, "delivering"},
                                                  {EntryState::refused, "refused"},
                                                  {EntryState::referred, "referred"},
                                                  {EntryState::suspended, "suspended"},
                                                  {EntryState::closing, "closing"},
                                                  {EntryState::closed, "closed"},
                                                  {EntryState::voided, "voided"}}};
constexpr EnumNames<Role, 13> kRoles{{{Role::grid_worker, "grid_worker"},
                                      {Role::grid_leader, "grid_leader"},
                                      {Role::assist_worker, "assist_worker"},
                                      {Role::township, "township"},
                                      {Role::township_leader, "township_leader"},
                                      {Role::district, "district"},
                                      {Role::district_leader, "district_leader"},
                                      {Role::partner, "partner"},
                                      {Role::supervisor, "supervisor"},
                                      {Role::sysadmin, "sysadmin"},
                                      {Role::secadmin, "secadmin"},
                                      {Role::auditor, "auditor"},
                                      {Role::program, "program"}}};
constexpr EnumNames<LedgerAction, 31> kActions{{{LedgerAction::capture, "capture"},
                                                {LedgerAction::upload, "upload"},
                                                {LedgerAction::return_lead, "return_lead"},
                                                {LedgerAction::resend, "resend"},
                                                {LedgerAction::merge, "merge"},
                                                {LedgerAction::reject, "reject"},
                                                {LedgerAction::watch, "watch"},
                                                {LedgerAction::accept, "accept"},
                                                {LedgerAction::dispatch, "dispatch"},
                                                {LedgerAction::return_unit, "return_unit"},
                                                {LedgerAction::verify, "verify"},
                                                {LedgerAction::first_aid, "first_aid"},
                                                {LedgerAction::submit_review, "submit_review"},
                                                {LedgerAction::review, "review"},
                                                {LedgerAction::approve, "approve"},
                                                {LedgerAction::refuse, "refuse"},
                                                {LedgerAction::request_close, "request_close"},
                                                {LedgerAction::close, "close"},
                                                {LedgerAction::refuse_close, "refuse_close"},
                                                {LedgerAction::refer, "refer"},
                                                {LedgerAction::referral_result, "referral_result"},
                                                {LedgerAction::suspend, "suspend"},
                                                {LedgerAction::resume, "resume"},
                                                {LedgerAction::extend, "extend"},
                                                {LedgerAction::supervise, "supervise"},
                                                {LedgerAction::void_entry, "void_entry"},
                                                {LedgerAction::reopen, "reopen"},
                                                {LedgerAction::paperwork, "paperwork"},
                                                {LedgerAction::move_to_watch, "move_to_watch"},
                                                {LedgerAction::solve_on_spot, "solve_on_spot"},
                                                {LedgerAction::note, "note"}}};

constexpr std::array<CodeText, 8> kRejectCodes{{{"RJ01", "不属救助范围"},
                                                {"RJ02", "情况不实"},
                                                {"RJ03", "重复"},
                                                {"RJ04", "已在办理"},
                                                {"RJ05", "非本区"},
                                                {"RJ06", "本人明确不需要"},
                                                {"RJ07", "联系不上"},
                                                {"RJ08", "信息不足"}}};
constexpr std::array<CodeText, 17> kOutcomeCodes{{{"dibao", "低保"},
                                                  {"tekun", "特困"},
                                                  {"low_income_edge", "低保边缘/刚性支出认定"},
                                                  {"temporary_aid", "临时救助"},
                                                  {"medical", "专项·医疗"},
                                                  {"education", "专项·教育"},
                                                  {"housing", "专项·住房"},
                                                  {"employment", "专项·就业"},
                                                  {"disaster", "专项·受灾"},
                                                  {"service", "服务类"},
                                                  {"solved_on_spot", "现场解决"},
                                                  {"referred_helped", "转介已帮扶"},
                                                  {"watch", "不符合但列入潜在对象"},
                                                  {"declined", "本人放弃"},
                                                  {"deceased", "死亡"},
                                                  {"moved", "迁出移交"},
                                                  {"false_report", "误报"}}};
constexpr std::array<CodeText, 4> kReferralCodes{
    {{"helped", "已帮扶"}, {"not_eligible", "不符合"}, {"declined", "本人谢绝"}, {"no_reply", "逾期未反馈"}}};

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view to_string(LeadState state) {
  return name_of(kLeadStates, state);
}
std::string_view to_string(EntryState state) {
  return name_of(kEntryStates, state);
}
std::string_view to_string(Role role) {
  return name_of(kRoles, role);
}
std::string_view to_string(LedgerAction action) {
  return name_of(kActions, action);
}
std::optional<LeadState> parse_lead_state(std::string_view text) {
  return value_of(kLeadStates, text);
}
std::optional<EntryState> parse_entry_state(std::string_view text) {
  return value_of(kEntryStates, text);
}
std::optional<Role> parse_role(std::string_view text) {
  return value_of(kRoles, text);
}
std::optional<LedgerAction> parse_ledger_action(std::string_view text) {
  return value_of(kActions, text);
}

std::string ledger_number(std::string_view division, int year, std::int64_t running) {
  const std::string digits = std::to_string(running);
  const std::string padding(digits.size() < 6 ? 6 - digits.size() : 0, '0');
  return std::string(division.substr(0, 6)) + "-" + std::to_string(year) + "-" + padding + digits;
}

std::optional<LedgerNumber> parse_ledger_number(std::string_view text) {
  const bool shaped = text.size() >= 18 && text.size() <= 24 && text[6] == '-' && text[11] == '-';
  if (!shaped) return std::nullopt;
  const std::string_view division = text.substr(0, 6);
  const std::string_view year = text.substr(7, 4);
  const std::string_view running = text.substr(12);
  if (!all_digits(division) || !all_digits(year) || !all_digits(running)) return std::nullopt;
  LedgerNumber number;
  number.division = std::string(division);
  std::from_chars(year.data(), year.data() + year.size(), number.year);
  std::from_chars(running.data(), running.data() + running.size(), number.running);
  return number;
}

std::span<const CodeText> reject_codes() {
  return kRejectCodes;
}

std::span<const CodeText> outcome_codes() {
  return kOutcomeCodes;
}

std::span<const CodeText> referral_codes() {
  return kReferralCodes;
}

}  // namespace doudi::domain
