#include "shared/domain/public_notice.hpp"

namespace doudi::domain {
namespace {

constexpr int kAdult = 18;  // 民法典第17条

}  // namespace

PublicNotice public_notice(std::span<const GrantToPublish> grants, CivilDate on, const PolicyPack& pack) {
  PublicNotice notice;
  const auto minors_shown = pack.boolean("publicity.minors_shown");
  if (!minors_shown) {
    notice.trace.outcome = RuleOutcome::needs;
    notice.trace.param = "publicity.minors_shown";
    return notice;
  }
  notice.trace.rules.push_back(pack.source("publicity.minors_shown"));
  notice.trace.assumed = pack.assumed("publicity.minors_shown");
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const GrantToPublish& grant = grants[i];
    if (!*minors_shown && !grant.birth) {
      notice.undecided.push_back(i);
    } else if (!*minors_shown && age_on(*grant.birth, on) < kAdult) {
      ++notice.minors;
    } else {
      notice.rows.push_back({grant.name, grant.village, grant.persons, grant.amount_fen});
    }
  }
  if (notice.minors > 0) notice.minors_text = "另有未成年人" + std::to_string(notice.minors) + "名不公示";
  return notice;
}

}  // namespace doudi::domain
