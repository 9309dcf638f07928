// The notice of grants hung up in the village (T139, domain.md 2.11): name, village, persons and amount. It
// has no field for a number, a telephone or a birth date, and minors are counted, not named.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shared/domain/money_rules.hpp"

namespace doudi::domain {

struct GrantToPublish {
  std::string name;
  std::string village;
  int persons = 1;
  std::int64_t amount_fen = 0;
  std::optional<CivilDate> birth;
};
struct NoticeRow {
  std::string name;
  std::string village;
  int persons = 1;
  std::int64_t amount_fen = 0;
  friend bool operator==(const NoticeRow&, const NoticeRow&) = default;
};
struct PublicNotice {
  RuleTrace trace;
  std::vector<NoticeRow> rows;  // in the order given
  int minors = 0;
  std::string minors_text;             // 另有未成年人2名不公示; empty when nobody is left out
  std::vector<std::size_t> undecided;  // grants without a birth date: an officer says whether it is a minor
};
PublicNotice public_notice(std::span<const GrantToPublish> grants, CivilDate on, const PolicyPack& pack);

}  // namespace doudi::domain
