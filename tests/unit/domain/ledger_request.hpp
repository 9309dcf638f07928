// A step of the ledger that would be granted, for tests that spoil one thing in it; and how many of
// everything there are to walk through.
#pragma once

#include <string>

#include "shared/domain/ledger_table.hpp"

namespace doudi::domain::test {

inline constexpr int kLeadStates = static_cast<int>(LeadState::watch) + 1;
inline constexpr int kEntryStates = static_cast<int>(EntryState::voided) + 1;
inline constexpr int kRoles = static_cast<int>(Role::program) + 1;
inline constexpr int kActions = static_cast<int>(LedgerAction::note) + 1;

// Everything but state, role and grade is as it should be.
ActionRequest complete_request(LedgerAction action, Role role, int grade);
// "ok" or the code of the refusal.
std::string answer_of(const ActionRequest& request);

}  // namespace doudi::domain::test
