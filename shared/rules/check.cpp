// Runs files of worked examples and says in one line what differs.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "shared/rules/json_input.hpp"
#include "shared/rules/rules.hpp"

namespace doudi::rules {
namespace {

bool covers(const Json& actual, const Json& expected);

bool covers_object(const Json& actual, const Json& expected) {
  return actual.is_object() &&
         std::all_of(expected.items().begin(), expected.items().end(), [&](const auto& entry) {
           const auto found = actual.find(entry.key());
           return found != actual.end() && covers(*found, entry.value());
         });
}

bool covers_list(const Json& actual, const Json& expected) {
  return actual.is_array() && actual.size() == expected.size() &&
         std::equal(actual.begin(), actual.end(), expected.begin(), covers);
}

// Everything expected is there and equal; objects may hold more, lists may not.
bool covers(const Json& actual, const Json& expected) {
  if (expected.is_object()) return covers_object(actual, expected);
  if (expected.is_array()) return covers_list(actual, expected);
  return actual == expected;
}

// The people under each finding are sets.
Json as_sets(Json findings) {
  if (!findings.is_object()) return findings;
  for (Json& people : findings) {
    if (people.is_array()) std::sort(people.begin(), people.end());
  }
  return findings;
}

bool agrees(const std::string& kind, Json actual, Json expected) {
  if (kind == "register_comparison" && expected.contains("findings") && actual.contains("findings")) {
    const Json wanted = as_sets(expected["findings"]);
    if (wanted != as_sets(actual["findings"])) return false;
    expected.erase("findings");
  }
  return covers(actual, expected);
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string id_of(const Json& example, std::size_t index) {
  const bool named = example.is_object() && example.contains("id") && example["id"].is_string();
  if (named) return example["id"].get<std::string>();
  std::string place = std::to_string(index + 1);
  place.insert(place.begin(), '#');
  return place;
}

// The reason why the example does not pass; nothing when it does.
std::optional<std::string> complaint(Library& library, const Json& example) {
  const bool shaped = example.is_object() && example.contains("kind") && example["kind"].is_string() &&
                      example.contains("input") && example["input"].is_object() &&
                      example.contains("expect") && example["expect"].is_object();
  if (!shaped) return "malformed: id, kind, input and expect are needed";
  const auto kind = example["kind"].get<std::string>();
  const auto result = evaluate(library, kind, text_of(example["input"]));
  if (!result.ok()) return result.error().code + ": " + result.error().message;
  const Json actual = Json::parse(*result);
  if (agrees(kind, actual, example["expect"])) return std::nullopt;
  return "expected " + text_of(example["expect"]) + ", got " + text_of(actual);
}

}  // namespace

CheckReport check_file(Library& library, const std::filesystem::path& file) {
  CheckReport report;
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) {
    report.failed.push_back({file.string(), "-", "cannot be read"});
    return report;
  }
  const Json examples = Json::parse(text.str(), nullptr, false, true);
  if (!examples.is_array()) {
    report.failed.push_back({file.string(), "-", "not a JSON list of examples"});
    return report;
  }
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto reason = complaint(library, examples[i]);
    if (reason) {
      report.failed.push_back({file.string(), id_of(examples[i], i), *reason});
    } else {
      ++report.passed;
    }
  }
  return report;
}

}  // namespace doudi::rules
