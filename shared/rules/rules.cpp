#include "shared/rules/rules.hpp"

#include <algorithm>

#include "shared/rules/json_input.hpp"

namespace doudi::rules {
namespace {

constexpr std::size_t kInputBytesMax = 4U << 20;

const std::vector<KindEvaluator>& evaluators() {
  static const std::vector<KindEvaluator> kEvaluators = [] {
    std::vector<KindEvaluator> all;
    for (const auto& part : {deadline_kinds(), lead_kinds(), list_kinds(), money_kinds(), people_kinds()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    std::sort(all.begin(), all.end(),
              [](const KindEvaluator& a, const KindEvaluator& b) { return a.kind < b.kind; });
    return all;
  }();
  return kEvaluators;
}

}  // namespace

Sources sources_in(const std::filesystem::path& share) {
  return {share / "policies", share / "calendars", share / "names" / "surname_readings.jsonc"};
}

Result<const domain::PolicyPack*> Library::pack(const std::string& id) {
  const auto known = packs_.find(id);
  if (known != packs_.end()) return &known->second;
  DOUDI_ASSIGN(domain::PolicyPack loaded, packs::load_policy(sources_.policies, id));
  return &packs_.emplace(id, std::move(loaded)).first->second;
}

Result<const std::vector<domain::CalendarYear>*> Library::calendars() {
  if (!calendars_) {
    DOUDI_ASSIGN(calendars_, packs::load_calendars(sources_.calendars));
  }
  return &*calendars_;
}

Result<const packs::NameReader*> Library::names() {
  if (!names_) {
    std::error_code failure;
    if (std::filesystem::is_regular_file(sources_.names, failure)) {
      DOUDI_ASSIGN(names_, packs::NameReader::load(sources_.names));
    } else {
      names_.emplace();
    }
  }
  return &*names_;
}

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const KindEvaluator& evaluator : evaluators()) names.emplace_back(evaluator.kind);
    return names;
  }();
  return kNames;
}

Result<std::string> evaluate(Library& library, std::string_view kind, std::string_view input_json) {
  const auto& all = evaluators();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const KindEvaluator& e) { return e.kind == kind; });
  if (found == all.end()) return Error{"rules.kind", "unknown kind of example: " + std::string(kind)};
  if (input_json.size() > kInputBytesMax) return Error{"rules.input", "the input is larger than 4 MiB"};
  const Json input = Json::parse(input_json.begin(), input_json.end(), nullptr, false, true);
  if (input.is_discarded()) return Error{"rules.input", "the input is not JSON"};
  try {
    return found->evaluate(library, Input(input)).dump(-1, ' ', false, Json::error_handler_t::replace);
  } catch (const InputError& error) {
    return Error{"rules.input", error.what()};
  }
}

}  // namespace doudi::rules
