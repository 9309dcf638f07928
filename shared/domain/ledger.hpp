// The ledger state machine (domain.md 3.3): leads L1-L7 and entries E1-E20 as one table, and the guard every
// caller asks before it writes an event. A lead may be born offline; an entry lives only on the server.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"
#include "shared/domain/money_rules.hpp"

namespace doudi::domain {

enum class LeadState : std::uint8_t {
  none,
  draft,
  queued,
  reported,
  returned,
  merged,
  rejected,
  accepted,
  watch
};
enum class EntryState : std::uint8_t {
  none,
  accepted,
  dispatched,
  verifying,
  reviewing,
  deciding,
  delivering,
  refused,
  referred,
  suspended,
  closing,
  closed,
  voided
};
enum class Role : std::uint8_t {
  grid_worker,
  grid_leader,
  assist_worker,
  township,
  township_leader,
  district,
  district_leader,
  partner,
  supervisor,
  sysadmin,
  secadmin,
  auditor,
  program
};
enum class LedgerAction : std::uint8_t {
  capture,
  upload,
  return_lead,
  resend,
  merge,
  reject,
  watch,
  accept,  // L1-L7
  dispatch,
  return_unit,
  verify,
  first_aid,
  submit_review,
  review,
  approve,
  refuse,  // E1-E8
  request_close,
  close,
  refuse_close,
  refer,
  referral_result,
  suspend,
  resume,
  extend,  // E9-E15
  supervise,
  void_entry,
  reopen,
  paperwork,
  move_to_watch,
  solve_on_spot,
  note  // E16-E20, 边查边补, 补录
};
std::string_view to_string(LeadState state);
std::string_view to_string(EntryState state);
std::string_view to_string(Role role);
std::string_view to_string(LedgerAction action);
std::optional<LeadState> parse_lead_state(std::string_view text);
std::optional<EntryState> parse_entry_state(std::string_view text);
std::optional<Role> parse_role(std::string_view text);
std::optional<LedgerAction> parse_ledger_action(std::string_view text);

// What the guard needs to know. Text lengths are counted in characters. Leave what the action does not use.
struct ActionRequest {
  LedgerAction action = LedgerAction::note;
  Role role = Role::grid_worker;
  int grade = 2;
  int new_grade = 0;                 // accept: confirmed grade, 0 = unchanged
  LeadState lead = LeadState::none;  // for actions on a lead
  EntryState entry = EntryState::none;
  EntryState resume_to = EntryState::none;  // resume: state before the suspension
  std::string reason;
  std::string code;  // reject, outcome or referral result code
  std::string category;
  std::string description;
  bool has_voice_note = false;
  bool has_place = true;
  bool offline = false;
  bool same_person_as_previous = false;  // reviewer = handler, approver = reviewer, checker = handler
  bool actor_reported = false;           // the approver is the reporter
  bool target_open_same_case = false;    // merge: open, same household, same category
  bool returned_once = false;            // RJ08; return_unit; extend
  int attempt_days = 0;                  // RJ07: failed attempts on different days
  bool first_aid_given = false;
  bool followup_pending = false;
  bool referral_unanswered = false;
  bool form_complete = true;
  bool evidence = true;
  bool person_contacted = true;        // close
  bool consent = true;                 // first aid, referral
  bool before_due = true;              // extend
  bool has_unit = true;                // dispatch, referral
  int people_present = 2;              // home check
  bool aid_delivered = true;           // close: paid, or the service begun
  int pause_days = 0;                  // suspend
  int pause_days_max = 30;             // pack
  std::optional<ApprovalRoute> route;  // review and decision
  bool publicity_done = true;
  bool emergency_aid = false;
  std::int64_t amount_fen = 0;  // first aid, approval
  std::optional<std::int64_t> floor_fen;
  std::optional<std::int64_t> cap_fen;
  std::optional<std::int64_t> reserve_fen;
  bool township_leader_may_close = false;  // pack
  bool lookback_not_solved = false;        // reopen by look-back
  int days_since_closed = 0;               // reopen by a new lead
  int reopen_days = 90;                    // pack
  std::optional<CivilDate> date;           // watch: review date; outcome 死亡: date of death
};

// Where the action leads; unchanged states for flags.
struct Transition {
  LeadState lead = LeadState::none;
  EntryState entry = EntryState::none;
  std::string rule;        // "L5", "E10"
  std::string_view title;  // 不予立案
};

// Stable codes: "wrong_state", "role", "district_only", "same_person", "followup_pending", "reason",
// "grade_one", …
Result<Transition> may(const ActionRequest& request);
// Actions whose state and role fit: what a screen offers before the rest of the request is filled.
std::vector<LedgerAction> next_actions(LeadState lead, EntryState entry, Role role, int grade,
                                       bool offline = false);
bool allowed_offline(LedgerAction action);

// "120110-2026-000001": the district's six digits, the year, the running number.
std::string ledger_number(std::string_view division, int year, std::int64_t running);
struct LedgerNumber {
  std::string division;
  int year = 0;
  std::int64_t running = 0;
};
std::optional<LedgerNumber> parse_ledger_number(std::string_view text);

struct CodeText {
  std::string_view code;
  std::string_view text;
};
std::span<const CodeText> reject_codes();  // RJ01-RJ08
std::span<const CodeText> outcome_codes();
std::span<const CodeText> referral_codes();

}  // namespace doudi::domain
