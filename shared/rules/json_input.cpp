#include "shared/rules/json_input.hpp"

#include <algorithm>
#include <utility>

namespace doudi::rules {

Input::Input(const Json& json, std::string path) : json_(&json), path_(std::move(path)) {
  if (!json.is_object()) throw InputError(path_ + ": an object is expected");
}

void Input::reject(const char* key, const char* reason) const {
  throw InputError(path_ + "/" + key + ": " + reason);
}

const Json* Input::find(const char* key) const {
  const auto found = json_->find(key);
  return found == json_->end() || found->is_null() ? nullptr : &*found;
}

bool Input::has(const char* key) const {
  return find(key) != nullptr;
}

void Input::require(const char* key) const {
  if (find(key) == nullptr) reject(key, "is missing");
}

const Json& Input::at(const char* key) const {
  require(key);
  return *find(key);
}

std::optional<std::string> Input::maybe_text(const char* key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) reject(key, "a text is expected");
  return value->get<std::string>();
}

std::string Input::text(const char* key) const {
  require(key);
  return *maybe_text(key);
}

std::string Input::text_or(const char* key, std::string otherwise) const {
  return maybe_text(key).value_or(std::move(otherwise));
}

std::optional<std::int64_t> Input::maybe_integer(const char* key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_integer()) reject(key, "a whole number is expected");
  constexpr std::int64_t kLimit = 1'000'000'000'000'000;  // ten trillion yuan in fen
  const bool huge =
      value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(kLimit);
  if (huge || value->get<std::int64_t>() < -kLimit) reject(key, "is too large");
  return value->get<std::int64_t>();
}

std::int64_t Input::integer(const char* key) const {
  require(key);
  return *maybe_integer(key);
}

std::int64_t Input::integer_or(const char* key, std::int64_t otherwise) const {
  return maybe_integer(key).value_or(otherwise);
}

std::optional<int> Input::maybe_number(const char* key) const {
  const auto value = maybe_integer(key);
  if (!value) return std::nullopt;
  if (*value < -1'000'000 || *value > 1'000'000) reject(key, "is too large");
  return static_cast<int>(*value);
}

int Input::number(const char* key) const {
  require(key);
  return *maybe_number(key);
}

int Input::number_or(const char* key, int otherwise) const {
  return maybe_number(key).value_or(otherwise);
}

std::optional<bool> Input::maybe_boolean(const char* key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) reject(key, "true or false is expected");
  return value->get<bool>();
}

bool Input::boolean_or(const char* key, bool otherwise) const {
  return maybe_boolean(key).value_or(otherwise);
}

std::optional<CivilDate> Input::maybe_date(const char* key) const {
  const auto text = maybe_text(key);
  if (!text) return std::nullopt;
  if (const auto date = parse_date(*text)) return date;
  if (const auto instant = parse_instant(*text)) return date_of(*instant);
  reject(key, "a date such as 2020-07-15 is expected");
}

CivilDate Input::date(const char* key) const {
  require(key);
  return *maybe_date(key);
}

std::optional<Instant> Input::maybe_instant(const char* key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  return instant_of(*value, path_ + "/" + key);
}

Instant Input::instant(const char* key) const {
  require(key);
  return *maybe_instant(key);
}

std::vector<Input> Input::objects_or_none(const char* key) const {
  std::vector<Input> list;
  const Json* value = find(key);
  if (value == nullptr) return list;
  if (!value->is_array()) reject(key, "a list is expected");
  for (std::size_t i = 0; i < value->size(); ++i)
    list.emplace_back((*value)[i], path_ + "/" + key + "/" + std::to_string(i));
  return list;
}

std::vector<Input> Input::objects(const char* key) const {
  require(key);
  return objects_or_none(key);
}

std::vector<std::string> Input::texts_or_none(const char* key) const {
  std::vector<std::string> list;
  const Json* value = find(key);
  if (value == nullptr) return list;
  if (!value->is_array()) reject(key, "a list is expected");
  for (const Json& entry : *value) {
    if (!entry.is_string()) reject(key, "a list of texts is expected");
    list.push_back(entry.get<std::string>());
  }
  return list;
}

Instant instant_of(const Json& json, const std::string& path) {
  if (!json.is_string()) throw InputError(path + ": a time is expected");
  const auto text = json.get<std::string>();
  if (const auto instant = parse_instant(text)) return *instant;
  if (const auto date = parse_date(text)) return start_of(*date) + std::chrono::hours{12};
  throw InputError(path + ": a time such as 2020-07-15T10:00:00 is expected");
}

Json needs(std::string_view param) {
  return Json{{"result", "needs"}, {"param", param}};
}

Json failure(std::string_view code) {
  return Json{{"result", "error"}, {"code", code}, {"error", code}};
}

Json traced(const domain::RuleTrace& trace, const Json& value) {
  Json result;
  switch (trace.outcome) {
    case domain::RuleOutcome::value:
      result = value;
      break;
    case domain::RuleOutcome::needs:
      result = needs(trace.param);
      break;
    case domain::RuleOutcome::error:
      result = failure(trace.code);
      break;
  }
  if (trace.assumed) result["assumed"] = true;
  for (const std::string& source : trace.rules) use_source(result, source);
  return result;
}

void use_source(Json& result, std::string_view source) {
  Json& used = result["rules_used"];
  if (std::find(used.begin(), used.end(), Json(source)) == used.end()) used.push_back(source);
}

const domain::PolicyPack& pack_of(Library& library, const Input& input) {
  auto pack = library.pack(input.text("pack"));
  if (!pack.ok()) throw InputError(pack.error().message);
  return **pack;
}

domain::WorkCalendar calendar_of(Library& library, const Input& input) {
  const auto years = library.calendars();
  if (!years.ok()) throw InputError(years.error().message);
  std::vector<domain::CalendarYear> used = **years;
  if (const auto as_of = input.maybe_date("as_of")) used = domain::known_on(used, *as_of);
  if (const auto version = input.maybe_number("calendar_version"))
    used = domain::up_to_version(used, *version);
  return domain::WorkCalendar(used, input.text_or("division", ""));
}

}  // namespace doudi::rules
