// The rules as a district checks them: one worked example in, its result and the paragraphs it rests on out.
// Used by the program doudi-rules, by the server's preview of a pack and by tests.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/domain/policy.hpp"
#include "shared/domain/work_calendar.hpp"
#include "shared/packs/packs.hpp"

namespace doudi::rules {

// Where the data of the rules lies; `share` is a folder with policies/, calendars/ and names/.
struct Sources {
  std::filesystem::path policies;
  std::filesystem::path calendars;
  std::filesystem::path names;  // surname_readings.jsonc; may be missing
};
Sources sources_in(const std::filesystem::path& share);

// Packs and calendars, each loaded once and kept.
class Library {
 public:
  explicit Library(Sources sources) : sources_(std::move(sources)) {}
  Result<const domain::PolicyPack*> pack(const std::string& id);
  Result<const std::vector<domain::CalendarYear>*> calendars();
  Result<const packs::NameReader*> names();

 private:
  Sources sources_;
  std::map<std::string, domain::PolicyPack> packs_;
  std::optional<std::vector<domain::CalendarYear>> calendars_;
  std::optional<packs::NameReader> names_;
};

// Every kind of example, sorted.
const std::vector<std::string>& kinds();

// Result as JSON text with `rules_used`; a malformed input fails with "rules.input", an unknown kind with
// "rules.kind".
Result<std::string> evaluate(Library& library, std::string_view kind, std::string_view input_json);

struct FailedExample {
  std::string file;
  std::string id;
  std::string reason;  // what was expected and what came out, in one line
};
struct CheckReport {
  int passed = 0;
  std::vector<FailedExample> failed;
};
// A file that is not a list of examples counts as one failure.
CheckReport check_file(Library& library, const std::filesystem::path& file);

}  // namespace doudi::rules
