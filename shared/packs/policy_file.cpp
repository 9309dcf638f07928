// Policy packs and calendars as text files.
#include <algorithm>
#include <utility>

#include "shared/packs/json_reader.hpp"
#include "shared/packs/packs.hpp"

namespace doudi::packs {
namespace {

using domain::GroupRule;
using domain::Parameter;
using domain::ParameterKind;
using domain::ParameterSpec;
using domain::ParameterState;
using domain::ParameterValue;
using domain::Phase;

constexpr std::size_t kEntriesMax = 100;
constexpr std::size_t kCalendarDaysMax = 400;

bool is_choice(std::string_view choices, std::string_view word) {
  while (!choices.empty()) {
    const std::size_t split = choices.find('|');
    if (choices.substr(0, split) == word) return true;
    choices = split == std::string_view::npos ? std::string_view{} : choices.substr(split + 1);
  }
  return false;
}

void check_word(ObjectReader& reader, const ParameterSpec& spec, const std::string& word) {
  if (word.empty()) reader.complain("range", "value", "an empty text");
  if (!spec.choices.empty() && !is_choice(spec.choices, word)) {
    reader.complain("range", "value", "\"" + word + "\" is not one of " + std::string(spec.choices));
  }
  const bool is_date = spec.unit == "date";
  if (is_date && !parse_date(word))
    reader.complain("range", "value", "a date such as 2020-10-01 is expected");
  const bool is_number =
      spec.kind == ParameterKind::list && (spec.unit == "months" || spec.unit == "percent");
  const bool digits =
      !word.empty() && word.size() <= 3 && word.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number) return;
  if (!digits) return reader.complain("range", "value", "numbers as texts are expected");
  const int number = std::stoi(word);
  const bool fits = spec.unit == "months" ? number >= 1 && number <= 36 : number <= 100;
  if (!fits)
    reader.complain("range", "value", "\"" + word + "\" " + std::string(spec.unit) + " is out of range");
}

std::vector<std::string> read_list(ObjectReader& reader, const ParameterSpec& spec) {
  std::vector<std::string> words = reader.texts_or_none("value");
  for (const std::string& word : words) check_word(reader, spec, word);
  return words;
}

std::vector<GroupRule> read_groups(ObjectReader& reader) {
  std::vector<GroupRule> groups;
  const Json* list = reader.array("value", kEntriesMax);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    ObjectReader entry((*list)[i], reader.file(), reader.path_of("value/" + std::to_string(i)));
    GroupRule group;
    group.tag = entry.text_or("tag", "", 60);
    if (entry.optional_value("age_from") != nullptr)
      group.age_from = static_cast<int>(entry.integer("age_from", 0, 120));
    if (entry.optional_value("age_below") != nullptr)
      group.age_below = static_cast<int>(entry.integer("age_below", 1, 120));
    if (group.age_from && group.age_below && *group.age_from >= *group.age_below) {
      entry.complain("contradiction", "age_from", "is not below age_below");
    }
    reader.adopt(entry.finish());
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<Phase> read_phases(ObjectReader& reader) {
  std::vector<Phase> phases;
  const Json* list = reader.array("value", kEntriesMax);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    ObjectReader entry((*list)[i], reader.file(), reader.path_of("value/" + std::to_string(i)));
    Phase phase{entry.text("code", 60), entry.date("from"), entry.date("to")};
    reader.adopt(entry.finish());
    phases.push_back(std::move(phase));
  }
  return phases;
}

ParameterValue read_value(ObjectReader& reader, const ParameterSpec& spec) {
  if (reader.optional_value("value") == nullptr) {
    reader.complain("missing", "value", "a set or assumed parameter needs a value");
    return {};
  }
  switch (spec.kind) {
    case ParameterKind::boolean:
      return reader.boolean_or("value", false);
    case ParameterKind::integer:
      return reader.integer("value", spec.min, spec.max);
    case ParameterKind::text: {
      std::string word = reader.text("value", 200);
      if (!reader.failed()) check_word(reader, spec, word);
      return word;
    }
    case ParameterKind::list:
      return read_list(reader, spec);
    case ParameterKind::groups:
      return read_groups(reader);
    case ParameterKind::phases:
      return read_phases(reader);
  }
  return {};
}

Result<ParameterState> read_state(ObjectReader& reader) {
  const std::string state = reader.text("state");
  if (state == "set") return ParameterState::set;
  if (state == "assumed") return ParameterState::assumed;
  if (state == "unset") return ParameterState::unset;
  reader.complain("range", "state", "set, assumed or unset is expected");
  DOUDI_TRY(reader.finish());
  return ParameterState::unset;
}

Result<Parameter> read_parameter(const std::string& key, const Json& json, const std::string& file) {
  const std::string path = "/parameters/" + key;
  const ParameterSpec* spec = domain::find_parameter_spec(key);
  if (spec == nullptr) return Error{"packs.unknown_key", file + ": " + path + ": unknown parameter"};
  ObjectReader reader(json, file, path);
  Parameter parameter;
  parameter.key = key;
  DOUDI_ASSIGN(parameter.state, read_state(reader));
  parameter.source = reader.text("source");
  parameter.note = reader.text_or("note", "", 2000);
  if (parameter.state != ParameterState::unset) {
    parameter.value = read_value(reader, *spec);
  } else if (reader.optional_value("value") != nullptr) {
    reader.complain("contradiction", "value", "an unset parameter has no value");
  }
  DOUDI_TRY(reader.finish());
  return parameter;
}

Status read_parameters(domain::PolicyPack& pack, const Json& parameters, const std::string& file) {
  for (const auto& [key, value] : parameters.items()) {
    DOUDI_ASSIGN(Parameter parameter, read_parameter(key, value, file));
    pack.parameters.push_back(std::move(parameter));
  }
  std::sort(pack.parameters.begin(), pack.parameters.end(),
            [](const Parameter& a, const Parameter& b) { return a.key < b.key; });
  return {};
}

}  // namespace

Result<domain::PolicyPack> parse_policy(std::string_view text, const std::string& file) {
  DOUDI_ASSIGN(const Json json, parse_json(text, file));
  ObjectReader reader(json, file, "");
  domain::PolicyPack pack;
  pack.id = reader.text("id", 60);
  pack.title = reader.text("title");
  pack.division = reader.text("division", 15);
  pack.version = static_cast<int>(reader.integer("version", 1, 1'000'000));
  pack.valid_from = reader.date("valid_from");
  pack.valid_to = reader.date_or_null("valid_to");
  pack.source_documents = reader.texts_or_none("source_documents");
  const Json* parameters = reader.object("parameters");
  DOUDI_TRY(reader.finish());
  DOUDI_TRY(read_parameters(pack, *parameters, file));
  if (const Status fits = check_contradictions(pack); !fits.ok()) {
    return Error{fits.error().code, file + ": /parameters: " + fits.error().message};
  }
  return pack;
}

Result<std::vector<domain::CalendarYear>> parse_calendar(std::string_view text, const std::string& file) {
  DOUDI_ASSIGN(const Json json, parse_json(text, file));
  ObjectReader reader(json, file, "");
  domain::CalendarYear year;
  year.year = static_cast<int>(reader.integer("year", 1990, 2200));
  year.version = static_cast<int>(reader.integer("version", 1, 100));
  year.division = reader.text_or("division", "", 15);
  year.known_from = reader.date_or_null("known_from");
  year.source = reader.text("source");
  const std::string state = reader.text_or("state", "set", 10);
  if (state != "set" && state != "assumed") reader.complain("range", "state", "set or assumed is expected");
  year.assumed = state == "assumed";
  const Json* days = reader.array("days", kCalendarDaysMax);
  std::set<CivilDate> seen;
  for (std::size_t i = 0; days != nullptr && i < days->size(); ++i) {
    ObjectReader entry((*days)[i], file, "/days/" + std::to_string(i));
    domain::CalendarDay day{entry.date("day"), entry.boolean_or("off", true), entry.text_or("name", "", 60)};
    if (!entry.failed() && year_month_day(day.day).year != year.year)
      entry.complain("range", "day", "lies in another year");
    if (!entry.failed() && !seen.insert(day.day).second) entry.complain("duplicate", "day", "appears twice");
    reader.adopt(entry.finish());
    year.days.push_back(std::move(day));
  }
  DOUDI_TRY(reader.finish());
  return std::vector<domain::CalendarYear>{std::move(year)};
}

}  // namespace doudi::packs
