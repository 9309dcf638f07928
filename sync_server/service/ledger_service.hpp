// Decisions of officers on a lead: accept, return, reject, watch, merge. The domain's table says who may; the
// lead's row goes through the same feed as everything else, so the worker's tablet learns the answer.
#pragma once

#include <string>
#include <vector>

#include "shared/domain/ledger.hpp"
#include "sync_server/auth/access.hpp"
#include "sync_server/service/district.hpp"

namespace doudi::district {

struct LeadDecision {
  domain::LedgerAction action = domain::LedgerAction::accept;
  int grade = 0;                       // accept: confirmed grade, 0 keeps it
  std::string code;                    // reject
  std::string text;                    // reason, reject text, watch text
  std::optional<CivilDate> review_on;  // watch
  std::vector<std::string> items;      // return
  std::optional<Uuid> target;          // merge: the lead that goes on
};
struct DecisionResult {
  std::string entry_no;
  std::optional<Uuid> entry;
  std::string state;
};
// "not_found" outside the actor's scope; "ledger.*" from the guard.
Result<DecisionResult> decide_lead(District& district, const Actor& actor, const Uuid& lead,
                                   const LeadDecision& decision);

struct OfferedAction {
  std::string action;
  bool allowed = false;
  std::string reason;
};
// What the entry page offers this actor for a lead in that state.
std::vector<OfferedAction> offered_actions(const Actor& actor, const std::string& grid_code,
                                           const std::string& lead_state, const std::string& entry_state,
                                           int grade);

}  // namespace doudi::district
