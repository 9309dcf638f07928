// The ledger's steps as one table (domain.md 3.3): who may take which step from where, what must hold, which
// limit it is under and what is written down. `may` and `next_actions` read nothing else; ledger.md shows it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "shared/domain/clock.hpp"
#include "shared/domain/ledger.hpp"

namespace doudi::domain {

// Sets of states and roles, one bit each.
using StateSet = std::uint32_t;
using RoleSet = std::uint32_t;
template <class Enum>
constexpr std::uint32_t set_of(Enum value) {
  return std::uint32_t{1} << static_cast<unsigned>(value);
}
template <class Enum>
constexpr bool in_set(std::uint32_t set, Enum value) {
  return (set & set_of(value)) != 0;
}

// What one step asks besides state, role and grade. Each has its own check and its own answer.
enum class Guard : std::uint8_t {
  none,
  reason,
  long_reason,
  category,
  description,
  place,
  merge_target,
  reject_code,
  help_here,
  attempts,
  returned_before,
  date,
  confirmed_grade,
  lowered_by_district,
  lowering_reason,
  unit,
  once,
  two_people,
  not_negative,
  consent,
  below_cap,
  within_reserve,
  form,
  other_person,
  not_reporter,
  publicity,
  route_known,
  route_role,
  above_floor,
  papers_done,
  referral_answered,
  outcome,
  death_date,
  evidence,
  leader_may_close,
  delivered,
  contacted,
  referral_code,
  pause_length,
  resume_state,
  before_due,
  in_time,
  first_aid_given,
  watch_outcome,
};

inline constexpr std::size_t kGuardsMax = 6;

// `to` none: the state stays. An empty set of roles for a grade: the step is not for that grade.
struct TransitionRow {
  std::string_view rule;
  LedgerAction action;
  std::string_view title;
  StateSet leads;
  StateSet entries;
  RoleSet grade_one;
  RoleSet grade_two;
  LeadState to_lead;
  EntryState to_entry;
  std::array<Guard, kGuardsMax> guards;
  std::optional<ClockKind> limit;  // the clock this step has to beat
  std::string_view recorded;
};
std::span<const TransitionRow> transition_table();
const TransitionRow& transition_row(LedgerAction action);

// The answer's code when the guard does not hold: "reason", "same_person", …
std::string_view guard_code(Guard guard);
// Nothing when it holds.
Status check_guard(Guard guard, const ActionRequest& request);

// Accepted and not yet closed or voided.
bool is_open(EntryState state);

}  // namespace doudi::domain
