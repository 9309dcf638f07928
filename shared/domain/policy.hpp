// A policy pack: the dated rules of one district (domain.md 1.6). Every value carries its source and whether
// the district has set it, only assumed it, or left it open; code that meets an open value answers "needs",
// never guesses.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"

namespace doudi::domain {

enum class ParameterState : std::uint8_t { unset, set, assumed };

// A person belongs to the group with this tag (empty: everybody) inside the age bounds.
struct GroupRule {
  std::string tag;
  std::optional<int> age_from;   // inclusive
  std::optional<int> age_below;  // exclusive
  friend bool operator==(const GroupRule&, const GroupRule&) = default;
};

// One dated campaign or inspection phase.
struct Phase {
  std::string code;
  CivilDate from;
  CivilDate to;
  friend bool operator==(const Phase&, const Phase&) = default;
};

// Money is fen, ratios are percent, ages are years.
using ParameterValue = std::variant<std::monostate, bool, std::int64_t, std::string, std::vector<std::string>,
                                    std::vector<GroupRule>, std::vector<Phase>>;

enum class ParameterKind : std::uint8_t { boolean, integer, text, list, groups, phases };

struct Parameter {
  std::string key;
  ParameterState state = ParameterState::unset;
  ParameterValue value;
  std::string source;  // row of the plan or article of law
  std::string note;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

// What a pack may say: an unknown key or a value outside is refused when a pack is loaded.
struct ParameterSpec {
  std::string_view key;
  ParameterKind kind;
  std::int64_t min = 0;  // for integers; for lists the bounds of each entry's absence (unused)
  std::int64_t max = 0;
  std::string_view choices;  // for texts and lists: allowed words separated by '|', empty: free
  std::string_view unit;     // "fen", "percent", "hours", "days", "workdays", "months", …
  std::string_view title;    // Chinese, for screens
};
std::span<const ParameterSpec> parameter_specs();
const ParameterSpec* find_parameter_spec(std::string_view key);

struct PolicyPack {
  std::string id;
  std::string title;
  std::string division;
  int version = 1;
  CivilDate valid_from;
  std::optional<CivilDate> valid_to;
  std::vector<std::string> source_documents;
  std::vector<Parameter> parameters;  // sorted by key

  // "dongli-2020 v1": what a decision keeps, so that a later version never changes it.
  [[nodiscard]] std::string reference() const { return id + " v" + std::to_string(version); }
  [[nodiscard]] const Parameter* find(std::string_view key) const;
  // Nothing when the pack leaves the key open.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  [[nodiscard]] std::span<const std::string> list(std::string_view key) const;
  [[nodiscard]] std::span<const GroupRule> groups(std::string_view key) const;
  [[nodiscard]] std::span<const Phase> phases(std::string_view key) const;
  [[nodiscard]] bool assumed(std::string_view key) const;
  [[nodiscard]] bool is_set(std::string_view key) const;  // set or assumed
  [[nodiscard]] std::string source(std::string_view key) const;
};

// Rules that span several keys (12 ≤ 18, a limit without its start): the sentence names both keys.
Status check_contradictions(const PolicyPack& pack);

struct ParameterChange {
  std::string key;
  std::string before;
  std::string after;
};
std::string value_text(const Parameter& parameter);  // the value alone
std::string to_text(const Parameter& parameter);
std::vector<ParameterChange> compare_packs(const PolicyPack& before, const PolicyPack& after);

}  // namespace doudi::domain
