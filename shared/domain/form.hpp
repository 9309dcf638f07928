// A form a district can change without a new program: questions by topic, options, bounded skip logic, and
// what "all is well" answers. Conditions are data, evaluated purely; there is no script.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace doudi::domain {

// Question code → answer codes (one for a single choice; "item=yes" for a yes/no group; text or number as
// written).
using Answers = std::map<std::string, std::vector<std::string>, std::less<>>;

struct Label {
  std::string zh;
  std::string en;
  friend bool operator==(const Label&, const Label&) = default;
};

// all/any/negate combine `parts`; is/is_not compare an answer with `values`; answered asks for any answer;
// fact asks whether the shell passed that fact ("dibao_active").
struct Condition {
  enum class Op : std::uint8_t { all, any, negate, is, is_not, answered, fact };
  Op op = Op::all;
  std::string name;  // question or fact
  std::vector<std::string> values;
  std::vector<Condition> parts;
  friend bool operator==(const Condition&, const Condition&) = default;
};
inline constexpr int kConditionDepthMax = 6;
inline constexpr int kConditionNodesMax = 64;

enum class QuestionKind : std::uint8_t { single, multiple, yes_no_group, number, text, date, photo };
std::string_view to_string(QuestionKind kind);
Result<QuestionKind> parse_question_kind(std::string_view text);

struct Option {
  std::string code;
  Label label;
  Label short_label;
  bool fine = false;  // the answer that means nothing is wrong
  bool exclusive = false;
};

struct Question {
  std::string code;
  std::string topic;
  QuestionKind kind = QuestionKind::single;
  Label label;   // as printed
  Label spoken;  // as the worker says it at the door
  Label short_label;
  Label hint;
  std::vector<Option> options;  // also the items of a yes/no group
  std::optional<Condition> visible_when;
  std::vector<std::string> quick_pass;  // answer of 一切正常; empty: stays unanswered
  bool prefill_previous = false;
  bool required = false;
  bool sensitive = false;
  std::string unit;
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::string reason;  // why a photo is asked for; never empty for a required photo
};

struct Topic {
  std::string code;
  Label label;
};

struct FormDefinition {
  std::string id;
  int version = 1;
  std::string kind;  // "visit", "emergency_report", …
  Label title;
  Label purpose;  // why the data is asked for (2.11)
  bool quick_pass = false;
  std::vector<Topic> topics;
  std::vector<Question> questions;
  [[nodiscard]] const Question* find(std::string_view code) const;
};

using Facts = std::vector<std::string>;  // sorted codes
bool holds(const Condition& condition, const Answers& answers, const Facts& facts);
bool is_visible(const Question& question, const Answers& answers, const Facts& facts);
// Visible questions in form order.
std::vector<const Question*> visible_questions(const FormDefinition& form, const Answers& answers,
                                               const Facts& facts);
// Unknown questions or options, hidden or missing required answers, numbers outside: code "form.*".
Status check_answers(const FormDefinition& form, const Answers& answers, const Facts& facts);
// 一切正常: the quick-pass answers, with earlier answers where the question is prefilled.
Answers quick_pass_answers(const FormDefinition& form, const Answers& previous);
Answers prefilled_answers(const FormDefinition& form, const Answers& previous);
// Drops the answers of questions that skip logic hides.
Answers visible_answers(const FormDefinition& form, const Answers& answers, const Facts& facts);
// References, duplicates, depth of conditions.
Status check_form(const FormDefinition& form);

}  // namespace doudi::domain
