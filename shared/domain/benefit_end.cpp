#include "shared/domain/benefit_end.hpp"

#include <algorithm>

namespace doudi::domain {
namespace {

void needs(RuleTrace& trace, std::string_view param) {
  trace.outcome = RuleOutcome::needs;
  trace.param = std::string(param);
}

void use(RuleTrace& trace, const PolicyPack& pack, std::string_view key) {
  trace.rules.push_back(pack.source(key));
  trace.assumed = trace.assumed || pack.assumed(key);
}

// The exit is not decided while the district has frozen exits, unless the income has clearly risen (D38).
bool freeze_decides(RecheckResult& result, const RecheckRequest& request, const PolicyPack& pack) {
  if (pack.boolean("exit.freeze") != true || request.income_clearly_up == true) return false;
  use(result.trace, pack, "exit.freeze");
  if (!request.income_clearly_up) return needs(result.trace, "income_clearly_up"), true;
  result.kind = RecheckKind::blocked;
  const auto percent = pack.integer("freeze.amount");
  if (!percent) return needs(result.trace, "freeze.amount"), true;
  use(result.trace, pack, "freeze.amount");
  result.amount_fen = (request.original_amount_fen * *percent + 50) / 100;
  return true;
}

void list_steps(RecheckResult& result, const RecheckRequest& request, const PolicyPack& pack) {
  const auto hearing = pack.boolean("exit.hearing");
  if (hearing) use(result.trace, pack, "exit.hearing");
  // A plan that is silent does not take away the hearing: it is asked for and marked.
  result.trace.assumed = result.trace.assumed || !hearing;
  if (hearing.value_or(true) && !request.heard) result.open_steps.emplace_back("hearing");
  if (!request.reasons_given) result.open_steps.emplace_back("written_reasons");
}

}  // namespace

RecheckResult taper_recheck(const RecheckRequest& request, const PolicyPack& pack) {
  RecheckResult result;
  if (request.persons < 1 || request.standard_fen < 0 || request.family_income_fen < 0 ||
      request.original_amount_fen < 0) {
    result.trace.outcome = RuleOutcome::error;
    result.trace.code = "out_of_range";
    return result;
  }
  result.income_per_person_fen = (request.family_income_fen * 2 + request.persons) / (2 * request.persons);
  if (request.family_income_fen <= request.standard_fen * request.persons) return result;
  if (freeze_decides(result, request, pack)) return result;
  result.kind = RecheckKind::stops;
  result.ended_rights = request.linked_rights;
  list_steps(result, request, pack);
  return result;
}

MinorSupport tekun_minor_support(CivilDate birth, CivilDate on, bool in_school, const PolicyPack& pack) {
  MinorSupport result;
  if (on < birth) {
    result.trace.outcome = RuleOutcome::error;
    result.trace.code = "out_of_range";
    return result;
  }
  const auto age = pack.integer("tekun.minor_age");
  if (!age) return needs(result.trace, "tekun.minor_age"), result;
  use(result.trace, pack, "tekun.minor_age");
  const CivilDate limit = birthday(birth, static_cast<int>(*age));
  result.supported = on < limit;
  if (result.supported) return result;
  result.ended = limit;
  if (!in_school) return result;
  const auto continues = pack.boolean("tekun.continues_in_school");
  if (!continues) return needs(result.trace, "tekun.continues_in_school"), result;
  use(result.trace, pack, "tekun.continues_in_school");
  result.supported = result.in_school_only = *continues;
  if (*continues) result.ended.reset();
  return result;
}

}  // namespace doudi::domain
