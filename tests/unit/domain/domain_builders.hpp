// Small builders for the tests of the rules: dates and times as text, a pack in the shape of 东丽's.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "shared/domain/coverage.hpp"
#include "shared/domain/policy.hpp"

namespace doudi::domain::test {

inline CivilDate day(std::string_view text) {
  return parse_date(text).value();
}
inline Instant at(std::string_view text) {
  return parse_instant(text).value();
}

inline Uuid id(unsigned number) {
  Uuid uuid;
  uuid.bytes[14] = static_cast<std::uint8_t>(number >> 8U);
  uuid.bytes[15] = static_cast<std::uint8_t>(number);
  return uuid;
}

struct PackBuilder {
  PolicyPack pack;
  PackBuilder& with(const std::string& key, ParameterValue value,
                    ParameterState state = ParameterState::set) {
    pack.parameters.push_back({key, state, std::move(value), "T", ""});
    std::sort(pack.parameters.begin(), pack.parameters.end(),
              [](const Parameter& a, const Parameter& b) { return a.key < b.key; });
    return *this;
  }
};

// The visiting rules of 东丽: every household monthly, 一老一小 weekly, named persons daily.
inline PolicyPack dongli() {
  PackBuilder builder;
  builder.pack.id = "dongli-2020";
  builder.with("visit.full_coverage", std::string("monthly"))
      .with("visit.daily", std::vector<GroupRule>{{"daily_check", std::nullopt, std::nullopt}})
      .with("visit.weekly", std::vector<GroupRule>{{"lives_alone", 60, std::nullopt},
                                                   {"child_in_difficulty", std::nullopt, 18}})
      .with("visit.min_days_week", std::int64_t{3}, ParameterState::assumed)
      .with("visit.min_days_month", std::int64_t{7}, ParameterState::assumed)
      .with("visit.makeup_weekday", std::int64_t{3}, ParameterState::assumed)
      .with("visit.makeup_month_day", std::int64_t{5}, ParameterState::assumed)
      .with("emergency.limit", std::int64_t{24})
      .with("emergency.start", std::string("found"), ParameterState::assumed)
      .with("clock.acceptance.grade1_hours", std::int64_t{1}, ParameterState::assumed)
      .with("clock.acceptance.grade2_workdays", std::int64_t{1}, ParameterState::assumed)
      .with("first_aid.follow_up_workdays", std::int64_t{10}, ParameterState::assumed)
      .with("first_aid.follow_up_from", std::string("first_aid"), ParameterState::assumed)
      .with("elder.age", std::int64_t{60});
  return builder.pack;
}

inline Visit visit(std::string_view when, VisitOutcome outcome = VisitOutcome::met,
                   VisitMode mode = VisitMode::in_person) {
  Visit made;
  made.seen_at = at(when);
  made.outcome = outcome;
  made.mode = mode;
  return made;
}

inline Person person(unsigned number, std::string_view birth, std::vector<std::string> tags = {}) {
  Person made;
  made.id = id(number);
  made.birth = day(birth);
  for (std::string& tag : tags) made.tags.push_back({std::move(tag), day("2000-01-01"), std::nullopt});
  return made;
}

}  // namespace doudi::domain::test
