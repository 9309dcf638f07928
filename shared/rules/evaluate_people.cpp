// Identity numbers, masks and finding people by name.
#include <algorithm>

#include "shared/domain/identity_number.hpp"
#include "shared/domain/masking.hpp"
#include "shared/domain/name_index.hpp"
#include "shared/domain/population.hpp"
#include "shared/rules/json_input.hpp"

namespace doudi::rules {
namespace {

Json identity_number(Library&, const Input& input) {
  const CivilDate today = input.date("today");
  const domain::IdentityNumber number = domain::check_identity_number(input.text("text"), today);
  Json result{{"normalized", number.normalized},
              {"verdict", domain::to_string(number.verdict)},
              {"warnings", number.warnings}};
  result["birth_date"] = nullptr;
  if (number.birth_date) {
    result["birth_date"] = format_date(*number.birth_date);
    result["age"] = domain::age_on(*number.birth_date, today);
  }
  result["sex"] = number.sex == domain::Sex::unknown ? Json(nullptr) : Json(domain::to_string(number.sex));
  if (number.normalized.size() == 18) result["region"] = number.normalized.substr(0, 6);
  if (number.expected_check != 0) {
    result["expected_check"] = std::string(1, number.expected_check);
    result["expected"] = std::string(1, number.expected_check);
  }
  use_source(result, "GB 11643-1999");
  return result;
}

Json mask(Library&, const Input& input) {
  const auto kind = domain::parse_mask_kind(input.text("kind"));
  const auto level = domain::parse_mask_level(input.text_or("level", "staff"));
  if (!kind.ok()) return failure(kind.error().code);
  if (!level.ok()) return failure(level.error().code);
  Json result{{"text", domain::mask(*kind, *level, input.text("text"))}};
  use_source(result, "2.11");
  return result;
}

// A person as a name, or as {name, id_number, id_tail}.
struct Candidate {
  std::string name;
  domain::NameKey key;
};

Candidate candidate_of(const packs::NameReader& names, const Json& json) {
  if (json.is_string()) {
    const auto name = json.get<std::string>();
    return {name, names.key(name)};
  }
  const Input person(json, "input/people");
  std::string tail = person.text_or("id_tail", "");
  const std::string number =
      domain::normalize_identity_number(person.text_or("id_number", person.text_or("id", "")));
  if (tail.empty() && number.size() >= 4) tail = number.substr(number.size() - 4);
  const std::string name = person.text("name");
  return {name, names.key(name, tail)};
}

Json name_search(Library& library, const Input& input) {
  const auto names = library.names();
  if (!names.ok()) throw InputError(names.error().message);
  const Json& people = input.at("people");
  if (!people.is_array()) input.reject("people", "a list is expected");
  std::vector<Candidate> candidates;
  for (const Json& person : people) candidates.push_back(candidate_of(**names, person));
  const std::string query = input.text("query");
  Json found = Json::array();
  const auto collect = [&](auto matches) {
    for (const Candidate& candidate : candidates) {
      if (matches(candidate.key, query)) found.push_back(candidate.name);
    }
  };
  collect(domain::matches);
  const bool exact = !found.empty();
  if (!exact) collect(domain::matches_fuzzily);
  Json result{{"found", std::move(found)}, {"exact", exact}};
  use_source(result, "2.12");
  return result;
}

}  // namespace

std::vector<KindEvaluator> people_kinds() {
  return {{"identity_number", identity_number}, {"mask", mask}, {"name_search", name_search}};
}

}  // namespace doudi::rules
