#include "tests/unit/domain/ledger_request.hpp"

#include "tests/unit/domain/domain_builders.hpp"

namespace doudi::domain::test {

ActionRequest complete_request(LedgerAction action, Role role, int grade) {
  ActionRequest request;
  request.action = action;
  request.role = role;
  request.grade = grade;
  request.reason = "经核实不属于救助范围，已转介医保";
  request.category = "急难·断粮";
  request.description = "老人家中断粮";
  request.target_open_same_case = true;
  request.first_aid_given = true;
  request.township_leader_may_close = true;
  request.resume_to = EntryState::reviewing;
  request.date = day("2020-12-31");
  request.amount_fen = 100'000;
  const bool of_district = role == Role::district || role == Role::district_leader;
  request.route = of_district ? ApprovalRoute::district : ApprovalRoute::township;
  request.code = action == LedgerAction::reject            ? "RJ01"
                 : action == LedgerAction::referral_result ? "declined"
                 : action == LedgerAction::move_to_watch   ? "watch"
                                                           : "temporary_aid";
  return request;
}

std::string answer_of(const ActionRequest& request) {
  const auto answer = may(request);
  return answer.ok() ? "ok" : answer.error().code;
}

}  // namespace doudi::domain::test
