// Reading the input of an example: typed, with a reason when something is missing or of the wrong type.
// Thrown InputError never leaves this folder: evaluate() turns it into an Error.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/domain/money_rules.hpp"
#include "shared/rules/rules.hpp"

namespace doudi::rules {

using Json = nlohmann::json;

class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Input {
 public:
  explicit Input(const Json& json, std::string path = "input");

  [[nodiscard]] bool has(const char* key) const;
  [[nodiscard]] const Json& at(const char* key) const;
  [[nodiscard]] std::string text(const char* key) const;
  [[nodiscard]] std::string text_or(const char* key, std::string otherwise) const;
  [[nodiscard]] std::optional<std::string> maybe_text(const char* key) const;
  [[nodiscard]] std::int64_t integer(const char* key) const;
  [[nodiscard]] std::int64_t integer_or(const char* key, std::int64_t otherwise) const;
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(const char* key) const;
  [[nodiscard]] int number(const char* key) const;  // bounded to a million
  [[nodiscard]] int number_or(const char* key, int otherwise) const;
  [[nodiscard]] std::optional<int> maybe_number(const char* key) const;
  [[nodiscard]] bool boolean_or(const char* key, bool otherwise) const;
  [[nodiscard]] std::optional<bool> maybe_boolean(const char* key) const;
  [[nodiscard]] CivilDate date(const char* key) const;
  [[nodiscard]] std::optional<CivilDate> maybe_date(const char* key) const;
  [[nodiscard]] Instant instant(const char* key) const;
  [[nodiscard]] std::optional<Instant> maybe_instant(const char* key) const;
  [[nodiscard]] std::vector<Input> objects(const char* key) const;
  [[nodiscard]] std::vector<Input> objects_or_none(const char* key) const;
  [[nodiscard]] std::vector<std::string> texts_or_none(const char* key) const;
  [[nodiscard]] const Json& json() const { return *json_; }
  [[noreturn]] void reject(const char* key, const char* reason) const;

 private:
  [[nodiscard]] const Json* find(const char* key) const;
  void require(const char* key) const;
  const Json* json_;
  std::string path_;
};

// An instant, or a plain date taken as noon of that day.
Instant instant_of(const Json& json, const std::string& path);

// Shapes of results.
Json needs(std::string_view param);
Json failure(std::string_view code);
// The value's JSON for an ok trace, otherwise needs or error; adds `assumed` and the sources either way.
Json traced(const domain::RuleTrace& trace, const Json& value);
void use_source(Json& result, std::string_view source);

const domain::PolicyPack& pack_of(Library& library, const Input& input);
domain::WorkCalendar calendar_of(Library& library, const Input& input);

using Evaluator = Json (*)(Library&, const Input&);
struct KindEvaluator {
  std::string_view kind;
  Evaluator evaluate;
};
// Each file of this folder lists what it evaluates.
std::vector<KindEvaluator> deadline_kinds();
std::vector<KindEvaluator> lead_kinds();
std::vector<KindEvaluator> list_kinds();
std::vector<KindEvaluator> money_kinds();
std::vector<KindEvaluator> people_kinds();

}  // namespace doudi::rules
