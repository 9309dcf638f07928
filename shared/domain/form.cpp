#include "shared/domain/form.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "shared/base/instant.hpp"

namespace doudi::domain {
namespace {

constexpr std::array<std::pair<QuestionKind, std::string_view>, 7> kKinds{
    {{QuestionKind::single, "single"},
     {QuestionKind::multiple, "multiple"},
     {QuestionKind::yes_no_group, "yes_no_group"},
     {QuestionKind::number, "number"},
     {QuestionKind::text, "text"},
     {QuestionKind::date, "date"},
     {QuestionKind::photo, "photo"}}};
constexpr std::size_t kTextMax = 2000;

bool contains(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

bool answer_is(const Answers& answers, const Condition& condition) {
  const auto found = answers.find(condition.name);
  if (found == answers.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](const std::string& answer) { return contains(condition.values, answer); });
}

bool is_answered(const Answers& answers, std::string_view question) {
  const auto found = answers.find(question);
  return found != answers.end() && !found->second.empty();
}

Error form_error(const char* code, const Question& question, const char* reason) {
  return Error{std::string("form.") + code, question.code + ": " + reason};
}

bool has_option(const Question& question, std::string_view code) {
  return std::any_of(question.options.begin(), question.options.end(),
                     [&](const Option& o) { return o.code == code; });
}

Status check_choices(const Question& question, const std::vector<std::string>& given) {
  for (const std::string& answer : given) {
    if (!has_option(question, answer)) return form_error("unknown_option", question, "no such option");
    if (std::count(given.begin(), given.end(), answer) > 1)
      return form_error("duplicate", question, "an option twice");
  }
  if (given.size() < 2) return {};
  if (question.kind == QuestionKind::single) return form_error("too_many", question, "one answer only");
  for (const Option& option : question.options) {
    if (option.exclusive && contains(given, option.code))
      return form_error("exclusive", question, "this option stands alone");
  }
  return {};
}

Status check_group(const Question& question, const std::vector<std::string>& given) {
  std::set<std::string> items;
  for (const std::string& answer : given) {
    const std::size_t split = answer.find('=');
    const std::string item = answer.substr(0, split);
    const std::string value = split == std::string::npos ? "" : answer.substr(split + 1);
    if (!has_option(question, item) || (value != "yes" && value != "no")) {
      return form_error("unknown_option", question, "items are answered with yes or no");
    }
    if (!items.insert(item).second) return form_error("duplicate", question, "an item twice");
  }
  return {};
}

Status check_number(const Question& question, const std::string& text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size())
    return form_error("not_a_number", question, "a whole number");
  if (number < question.min || (question.max > 0 && number > question.max)) {
    return form_error("out_of_range", question, "outside the allowed range");
  }
  return {};
}

Status check_text(const Question& question, const std::string& text) {
  const std::size_t limit = question.max > 0 ? static_cast<std::size_t>(question.max) * 4 : kTextMax;
  if (text.size() > limit) return form_error("too_long", question, "the text is too long");
  return {};
}

Status check_answer(const Question& question, const std::vector<std::string>& given) {
  switch (question.kind) {
    case QuestionKind::single:
    case QuestionKind::multiple:
      return check_choices(question, given);
    case QuestionKind::yes_no_group:
      return check_group(question, given);
    case QuestionKind::number:
    case QuestionKind::text:
    case QuestionKind::date:
    case QuestionKind::photo:
      break;
  }
  if (given.size() > 1 && question.kind != QuestionKind::photo)
    return form_error("too_many", question, "one answer only");
  for (const std::string& answer : given) {
    if (question.kind == QuestionKind::number) DOUDI_TRY(check_number(question, answer));
    if (question.kind == QuestionKind::text) DOUDI_TRY(check_text(question, answer));
    if (question.kind == QuestionKind::date && !parse_date(answer))
      return form_error("not_a_date", question, "a date as 2020-07-15");
  }
  return {};
}

Status check_condition(const FormDefinition& form, const Question& owner, const Condition& condition,
                       int depth, int& nodes) {
  if (depth > kConditionDepthMax || ++nodes > kConditionNodesMax)
    return form_error("too_deep", owner, "the condition is too large");
  const bool about_question = condition.op == Condition::Op::is || condition.op == Condition::Op::is_not ||
                              condition.op == Condition::Op::answered;
  if (about_question) {
    const Question* asked = form.find(condition.name);
    if (asked == nullptr || asked->code == owner.code)
      return form_error("unknown_question", owner, "the condition asks an unknown question");
    for (const std::string& value : condition.values) {
      if (!asked->options.empty() && asked->kind != QuestionKind::yes_no_group &&
          !has_option(*asked, value)) {
        return form_error("unknown_option", owner, "the condition names an unknown option");
      }
    }
  }
  for (const Condition& part : condition.parts)
    DOUDI_TRY(check_condition(form, owner, part, depth + 1, nodes));
  return {};
}

bool all_fine(const Question& question, const std::vector<std::string>& given) {
  return std::all_of(given.begin(), given.end(), [&](const std::string& answer) {
    return std::any_of(question.options.begin(), question.options.end(),
                       [&](const Option& o) { return o.fine && o.code == answer; });
  });
}

bool needs_options(QuestionKind kind) {
  return kind == QuestionKind::single || kind == QuestionKind::multiple || kind == QuestionKind::yes_no_group;
}

Status check_question(const FormDefinition& form, const Question& question) {
  const bool topic_known = std::any_of(form.topics.begin(), form.topics.end(),
                                       [&](const Topic& t) { return t.code == question.topic; });
  if (!topic_known) return form_error("unknown_topic", question, "its topic is not declared");
  if (needs_options(question.kind) == question.options.empty())
    return form_error("options", question, "options and kind do not fit");
  if (question.max > 0 && question.max < question.min)
    return form_error("out_of_range", question, "max is below min");
  std::set<std::string> codes;
  for (const Option& option : question.options) {
    if (!codes.insert(option.code).second) return form_error("duplicate", question, "an option twice");
  }
  if (question.kind == QuestionKind::photo && question.required && question.reason.empty()) {
    return form_error("photo_reason", question, "a required photo must say why");
  }
  DOUDI_TRY(check_answer(question, question.quick_pass));
  int nodes = 0;
  return question.visible_when ? check_condition(form, question, *question.visible_when, 1, nodes) : Status{};
}

}  // namespace

std::string_view to_string(QuestionKind kind) {
  for (const auto& [known, name] : kKinds) {
    if (known == kind) return name;
  }
  return {};
}

Result<QuestionKind> parse_question_kind(std::string_view text) {
  for (const auto& [kind, name] : kKinds) {
    if (name == text) return kind;
  }
  return Error{"form.unknown_kind", "unknown kind of question: " + std::string(text)};
}

const Question* FormDefinition::find(std::string_view code) const {
  const auto found =
      std::find_if(questions.begin(), questions.end(), [&](const Question& q) { return q.code == code; });
  return found == questions.end() ? nullptr : &*found;
}

bool holds(const Condition& condition, const Answers& answers, const Facts& facts) {
  const auto part_holds = [&](const Condition& part) { return holds(part, answers, facts); };
  switch (condition.op) {
    case Condition::Op::all:
      return std::all_of(condition.parts.begin(), condition.parts.end(), part_holds);
    case Condition::Op::any:
      return std::any_of(condition.parts.begin(), condition.parts.end(), part_holds);
    case Condition::Op::negate:
      return std::none_of(condition.parts.begin(), condition.parts.end(), part_holds);
    case Condition::Op::is:
      return answer_is(answers, condition);
    case Condition::Op::is_not:
      return is_answered(answers, condition.name) && !answer_is(answers, condition);
    case Condition::Op::answered:
      return is_answered(answers, condition.name);
    case Condition::Op::fact:
      return contains(facts, condition.name);
  }
  return false;
}

bool is_visible(const Question& question, const Answers& answers, const Facts& facts) {
  return !question.visible_when || holds(*question.visible_when, answers, facts);
}

std::vector<const Question*> visible_questions(const FormDefinition& form, const Answers& answers,
                                               const Facts& facts) {
  std::vector<const Question*> visible;
  for (const Question& question : form.questions) {
    if (is_visible(question, answers, facts)) visible.push_back(&question);
  }
  return visible;
}

Status check_answers(const FormDefinition& form, const Answers& answers, const Facts& facts) {
  for (const auto& [code, given] : answers) {
    const Question* question = form.find(code);
    if (question == nullptr) return Error{"form.unknown_question", code + ": no such question in this form"};
    if (!given.empty() && !is_visible(*question, answers, facts))
      return form_error("hidden", *question, "skip logic hides this question");
    DOUDI_TRY(check_answer(*question, given));
  }
  for (const Question* question : visible_questions(form, answers, facts)) {
    if (question->required && !is_answered(answers, question->code))
      return form_error("missing", *question, "an answer is needed");
  }
  return {};
}

Answers visible_answers(const FormDefinition& form, const Answers& answers, const Facts& facts) {
  Answers kept = answers;
  // Hiding one question may hide the next: at most one round per question.
  for (std::size_t round = 0; round <= form.questions.size(); ++round) {
    const std::size_t before = kept.size();
    for (const Question& question : form.questions) {
      if (!is_visible(question, kept, facts)) kept.erase(question.code);
    }
    if (kept.size() == before) break;
  }
  return kept;
}

Answers prefilled_answers(const FormDefinition& form, const Answers& previous) {
  Answers filled;
  for (const Question& question : form.questions) {
    const auto known = previous.find(question.code);
    if (question.prefill_previous && known != previous.end() && check_answer(question, known->second).ok()) {
      filled[question.code] = known->second;
    }
  }
  return filled;
}

Answers quick_pass_answers(const FormDefinition& form, const Answers& previous) {
  Answers answers;
  const Answers known = prefilled_answers(form, previous);
  for (const Question& question : form.questions) {
    const auto before = known.find(question.code);
    // "一切正常" keeps an earlier answer only if that one was fine too.
    if (before != known.end() && all_fine(question, before->second)) {
      answers[question.code] = before->second;
    } else if (!question.quick_pass.empty()) {
      answers[question.code] = question.quick_pass;
    }
  }
  return visible_answers(form, answers, {});
}

Status check_form(const FormDefinition& form) {
  if (form.questions.empty()) return Error{"form.empty", "a form needs questions"};
  std::set<std::string> codes;
  for (const Question& question : form.questions) {
    if (!codes.insert(question.code).second)
      return form_error("duplicate", question, "the question appears twice");
    DOUDI_TRY(check_question(form, question));
  }
  return {};
}

}  // namespace doudi::domain
