// Reads one JSON object strictly: every key must be known, every value of its type and inside its bounds. The
// first complaint wins and names file and path.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"

namespace doudi::packs {

using Json = nlohmann::json;
inline constexpr int kJsonDepthMax = 32;

// JSON with comments; refuses duplicate keys and deep nesting.
Result<Json> parse_json(std::string_view text, const std::string& file);

class ObjectReader {
 public:
  ObjectReader(const Json& value, std::string file, std::string path);

  std::string text(const char* key, std::size_t bytes_max = 400);
  std::string text_or(const char* key, std::string otherwise, std::size_t bytes_max = 400);
  std::int64_t integer(const char* key, std::int64_t min, std::int64_t max);
  std::int64_t integer_or(const char* key, std::int64_t min, std::int64_t max, std::int64_t otherwise);
  bool boolean_or(const char* key, bool otherwise);
  CivilDate date(const char* key);
  std::optional<CivilDate> date_or_null(const char* key);
  std::vector<std::string> texts_or_none(const char* key);
  // The value itself, marked as known; nullptr and a complaint when it is missing.
  const Json* array(const char* key, std::size_t entries_max);
  const Json* object(const char* key);
  const Json* optional_value(const char* key);

  void complain(const char* code, const std::string& key, const std::string& reason);
  void adopt(const Status& status);
  [[nodiscard]] std::string path_of(const std::string& key) const { return path_ + "/" + key; }
  [[nodiscard]] const std::string& file() const { return file_; }
  // The first complaint, or one about a key nobody asked for.
  [[nodiscard]] Status finish() const;
  [[nodiscard]] bool failed() const { return !failure_.ok(); }

 private:
  const Json* take(const char* key, bool required);

  const Json* value_;
  std::string file_;
  std::string path_;
  std::set<std::string> known_;
  Status failure_;
};

}  // namespace doudi::packs
