// How a benefit ends: the recheck after a taper (T58) and the support of a 特困 minor who comes of age (T90).
// The program lists what follows and what is still open; an officer decides (social assistance law Art. 48).
#pragma once

#include <string>
#include <vector>

#include "shared/domain/money_rules.hpp"

namespace doudi::domain {

struct RecheckRequest {
  std::int64_t standard_fen = 0;
  int persons = 0;
  std::int64_t family_income_fen = 0;
  std::int64_t original_amount_fen = 0;
  std::vector<std::string> linked_rights;  // what the household has because of the benefit (R08)
  bool heard = false;                      // the household was heard
  bool reasons_given = false;              // in writing
  std::optional<bool> income_clearly_up;   // exit freeze
};
enum class RecheckKind : std::uint8_t { stays, stops, blocked };
struct RecheckResult {
  RuleTrace trace;
  RecheckKind kind = RecheckKind::stays;
  std::int64_t income_per_person_fen = 0;
  std::vector<std::string> ended_rights;   // with the benefit, on the same day
  std::vector<std::string> open_steps;     // "hearing", "written_reasons": before the decision takes effect
  std::optional<std::int64_t> amount_fen;  // blocked: what is paid while the exit is frozen
};
// At or below the standard the household stays; above it the benefit stops, unless the district froze exits.
RecheckResult taper_recheck(const RecheckRequest& request, const PolicyPack& pack);

struct MinorSupport {
  RuleTrace trace;
  bool supported = false;
  bool in_school_only = false;     // past the age limit, supported because still at school
  std::optional<CivilDate> ended;  // the birthday from which it no longer holds
};
MinorSupport tekun_minor_support(CivilDate birth, CivilDate on, bool in_school, const PolicyPack& pack);

}  // namespace doudi::domain
