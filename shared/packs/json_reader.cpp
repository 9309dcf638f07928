#include "shared/packs/json_reader.hpp"

#include <algorithm>
#include <utility>

namespace doudi::packs {
namespace {

Error located(const char* code, const std::string& file, const std::string& path, const std::string& reason) {
  return Error{std::string("packs.") + code, file + ": " + (path.empty() ? "/" : path) + ": " + reason};
}

// What the parser sees on its way: nesting and keys that appear twice in one object.
struct Watch {
  std::vector<std::set<std::string>> keys;
  bool too_deep = false;
  std::string duplicate;

  void on_event(int depth, Json::parse_event_t event, const Json& parsed) {
    too_deep = too_deep || depth > kJsonDepthMax;
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
    if (event != Json::parse_event_t::key || keys.empty()) return;
    const auto key = parsed.get<std::string>();
    if (!keys.back().insert(key).second && duplicate.empty()) duplicate = key;
  }
};

std::size_t line_of(std::string_view text, std::size_t byte) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return 1 + static_cast<std::size_t>(std::count(text.begin(), end, '\n'));
}

}  // namespace

Result<Json> parse_json(std::string_view text, const std::string& file) {
  Watch watch;
  try {
    const auto callback = [&](int depth, Json::parse_event_t event, Json& parsed) {
      watch.on_event(depth, event, parsed);
      return true;
    };
    Json json = Json::parse(text.begin(), text.end(), callback, true, true);
    if (watch.too_deep) return located("syntax", file, "", "nested too deeply");
    if (!watch.duplicate.empty())
      return located("duplicate", file, "", "the key \"" + watch.duplicate + "\" appears twice");
    return json;
  } catch (const Json::parse_error& error) {
    return located("syntax", file, "", "not JSON near line " + std::to_string(line_of(text, error.byte)));
  }
}

ObjectReader::ObjectReader(const Json& value, std::string file, std::string path)
    : value_(&value), file_(std::move(file)), path_(std::move(path)) {
  if (!value.is_object()) failure_ = located("type", file_, path_, "an object is expected");
}

void ObjectReader::complain(const char* code, const std::string& key, const std::string& reason) {
  if (failure_.ok()) failure_ = located(code, file_, key.empty() ? path_ : path_of(key), reason);
}

void ObjectReader::adopt(const Status& status) {
  if (failure_.ok() && !status.ok()) failure_ = status;
}

const Json* ObjectReader::take(const char* key, bool required) {
  known_.insert(key);
  if (!value_->is_object()) return nullptr;
  const auto found = value_->find(key);
  if (found != value_->end() && !found->is_null()) return &*found;
  if (required) complain("missing", key, "is missing");
  return nullptr;
}

std::string ObjectReader::text(const char* key, std::size_t bytes_max) {
  const Json* value = take(key, true);
  if (value == nullptr) return {};
  if (!value->is_string()) return complain("type", key, "a text is expected"), std::string{};
  auto text = value->get<std::string>();
  if (text.empty() || text.size() > bytes_max) complain("range", key, "empty or too long");
  return text;
}

std::string ObjectReader::text_or(const char* key, std::string otherwise, std::size_t bytes_max) {
  const Json* value = take(key, false);
  if (value == nullptr) return otherwise;
  if (!value->is_string()) return complain("type", key, "a text is expected"), otherwise;
  auto text = value->get<std::string>();
  if (text.size() > bytes_max) complain("range", key, "too long");
  return text;
}

std::int64_t ObjectReader::integer(const char* key, std::int64_t min, std::int64_t max) {
  if (take(key, true) == nullptr) return min;
  return integer_or(key, min, max, min);
}

std::int64_t ObjectReader::integer_or(const char* key, std::int64_t min, std::int64_t max,
                                      std::int64_t otherwise) {
  const Json* value = take(key, false);
  if (value == nullptr) return otherwise;
  if (!value->is_number_integer()) return complain("type", key, "a whole number is expected"), otherwise;
  const bool huge =
      value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const std::int64_t number = huge ? INT64_MAX : value->get<std::int64_t>();
  if (huge || number < min || number > max) {
    complain("range", key, "must lie between " + std::to_string(min) + " and " + std::to_string(max));
  }
  return number;
}

bool ObjectReader::boolean_or(const char* key, bool otherwise) {
  const Json* value = take(key, false);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) return complain("type", key, "true or false is expected"), otherwise;
  return value->get<bool>();
}

CivilDate ObjectReader::date(const char* key) {
  if (take(key, true) == nullptr) return {};
  return date_or_null(key).value_or(CivilDate{});
}

std::optional<CivilDate> ObjectReader::date_or_null(const char* key) {
  const Json* value = take(key, false);
  if (value == nullptr) return std::nullopt;
  const auto date = value->is_string() ? parse_date(value->get<std::string>()) : std::nullopt;
  if (!date) complain("type", key, "a date such as 2020-07-15 is expected");
  return date;
}

std::vector<std::string> ObjectReader::texts_or_none(const char* key) {
  std::vector<std::string> texts;
  const Json* value = take(key, false);
  if (value == nullptr) return texts;
  if (!value->is_array() || value->size() > 200)
    return complain("type", key, "a list of texts is expected"), texts;
  for (const Json& entry : *value) {
    if (!entry.is_string()) return complain("type", key, "a list of texts is expected"), texts;
    texts.push_back(entry.get<std::string>());
  }
  return texts;
}

const Json* ObjectReader::array(const char* key, std::size_t entries_max) {
  const Json* value = take(key, true);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) return complain("type", key, "a list is expected"), nullptr;
  if (value->size() > entries_max) return complain("range", key, "too many entries"), nullptr;
  return value;
}

const Json* ObjectReader::object(const char* key) {
  const Json* value = take(key, true);
  if (value != nullptr && !value->is_object()) return complain("type", key, "an object is expected"), nullptr;
  return value;
}

const Json* ObjectReader::optional_value(const char* key) {
  return take(key, false);
}

Status ObjectReader::finish() const {
  if (!failure_.ok() || !value_->is_object()) return failure_;
  for (const auto& [key, value] : value_->items()) {
    if (!known_.contains(key)) return located("unknown_key", file_, path_of(key), "unknown key");
  }
  return {};
}

}  // namespace doudi::packs
