// The rules of this district as loaded at start: its policy pack and the calendars. Read only afterwards.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"
#include "shared/domain/clock_replay.hpp"
#include "shared/domain/policy.hpp"
#include "shared/domain/work_calendar.hpp"

namespace doudi::district {

using Now = std::function<Instant()>;
Instant system_now();

struct Rulebook {
  domain::PolicyPack pack;
  std::vector<domain::CalendarYear> calendar_years;  // of the files
  std::vector<domain::CalendarInForce> calendars;    // oldest first; the last is the files'
  [[nodiscard]] const domain::WorkCalendar& calendar() const { return calendars.back().calendar; }
  std::string forms_json = "[]";  // labels of questions and answers, for the entry page
};
// `share` holds policies/, calendars/ and forms/.
Result<Rulebook> load_rulebook(const std::filesystem::path& share, const std::string& pack);

}  // namespace doudi::district
