// Forms as text files.
#include <utility>

#include "shared/packs/json_reader.hpp"
#include "shared/packs/packs.hpp"

namespace doudi::packs {
namespace {

using domain::Condition;
using domain::Label;

constexpr std::size_t kQuestionsMax = 200;
constexpr std::size_t kOptionsMax = 60;

Label read_label(ObjectReader& parent, const char* key, bool required) {
  const Json* json = required ? parent.object(key) : parent.optional_value(key);
  if (json == nullptr) return {};
  ObjectReader reader(*json, parent.file(), parent.path_of(key));
  Label label{reader.text("zh", 600), reader.text("en", 600)};
  parent.adopt(reader.finish());
  return label;
}

Result<Condition> read_condition(const Json& json, const std::string& file, const std::string& path,
                                 int depth);

Status read_parts(Condition& condition, const Json& list, const std::string& file, const std::string& path,
                  int depth) {
  if (!list.is_array() || list.empty() || list.size() > kOptionsMax) {
    return Error{"packs.type", file + ": " + path + ": a list of conditions is expected"};
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    DOUDI_ASSIGN(Condition part, read_condition(list[i], file, path + "/" + std::to_string(i), depth + 1));
    condition.parts.push_back(std::move(part));
  }
  return {};
}

// {"question": "V05", "is": ["fire"]}, "is_not", or "answered": true
void read_question_test(ObjectReader& reader, Condition& condition) {
  condition.name = reader.text("question", 40);
  const bool is = reader.optional_value("is") != nullptr;
  const bool is_not = reader.optional_value("is_not") != nullptr;
  const bool answered = reader.optional_value("answered") != nullptr && reader.boolean_or("answered", false);
  if (static_cast<int>(is) + static_cast<int>(is_not) + static_cast<int>(answered) != 1) {
    reader.complain("contradiction", "", "one of is, is_not and answered is expected");
    return;
  }
  condition.op = is ? Condition::Op::is : is_not ? Condition::Op::is_not : Condition::Op::answered;
  if (answered) return;
  condition.values = reader.texts_or_none(is ? "is" : "is_not");
  if (condition.values.empty()) reader.complain("range", is ? "is" : "is_not", "values are expected");
}

Result<Condition> read_condition(const Json& json, const std::string& file, const std::string& path,
                                 int depth) {
  if (depth > domain::kConditionDepthMax)
    return Error{"packs.range", file + ": " + path + ": nested too deeply"};
  ObjectReader reader(json, file, path);
  Condition condition;
  if (const Json* all = reader.optional_value("all")) {
    condition.op = Condition::Op::all;
    reader.adopt(read_parts(condition, *all, file, path + "/all", depth));
  } else if (const Json* any = reader.optional_value("any")) {
    condition.op = Condition::Op::any;
    reader.adopt(read_parts(condition, *any, file, path + "/any", depth));
  } else if (const Json* negated = reader.optional_value("not")) {
    condition.op = Condition::Op::negate;
    DOUDI_ASSIGN(Condition part, read_condition(*negated, file, path + "/not", depth + 1));
    condition.parts.push_back(std::move(part));
  } else if (reader.optional_value("fact") != nullptr) {
    condition.op = Condition::Op::fact;
    condition.name = reader.text("fact", 60);
  } else {
    read_question_test(reader, condition);
  }
  DOUDI_TRY(reader.finish());
  return condition;
}

domain::Option read_option(const Json& json, ObjectReader& parent, std::size_t index) {
  ObjectReader reader(json, parent.file(), parent.path_of("options/" + std::to_string(index)));
  domain::Option option;
  option.code = reader.text("code", 60);
  option.label = read_label(reader, "label", true);
  option.short_label = read_label(reader, "short", false);
  option.fine = reader.boolean_or("fine", false);
  option.exclusive = reader.boolean_or("exclusive", false);
  parent.adopt(reader.finish());
  return option;
}

void read_options(ObjectReader& reader, domain::Question& question) {
  if (reader.optional_value("options") == nullptr) return;
  const Json* options = reader.array("options", kOptionsMax);
  for (std::size_t i = 0; options != nullptr && i < options->size(); ++i) {
    question.options.push_back(read_option((*options)[i], reader, i));
  }
}

void read_rules(ObjectReader& reader, domain::Question& question) {
  question.quick_pass = reader.texts_or_none("quick_pass");
  question.prefill_previous = reader.boolean_or("prefill_previous", false);
  question.required = reader.boolean_or("required", false);
  question.sensitive = reader.boolean_or("sensitive", false);
  question.unit = reader.text_or("unit", "", 20);
  question.min = reader.integer_or("min", 0, 1'000'000'000, 0);
  question.max = reader.integer_or("max", 0, 1'000'000'000, 0);
  question.reason = reader.text_or("reason", "", 600);
  const Json* condition = reader.optional_value("visible_when");
  if (condition == nullptr) return;
  auto parsed = read_condition(*condition, reader.file(), reader.path_of("visible_when"), 1);
  if (!parsed.ok()) return reader.adopt(parsed.error());
  question.visible_when = std::move(*parsed);
}

Result<domain::Question> read_question(const Json& json, const std::string& file, std::size_t index) {
  ObjectReader reader(json, file, "/questions/" + std::to_string(index));
  domain::Question question;
  question.code = reader.text("code", 40);
  question.topic = reader.text("topic", 40);
  const auto kind = domain::parse_question_kind(reader.text("kind", 40));
  if (kind.ok()) {
    question.kind = *kind;
  } else {
    reader.complain("range", "kind", kind.error().message);
  }
  question.label = read_label(reader, "label", true);
  question.short_label = read_label(reader, "short", true);
  question.spoken = read_label(reader, "spoken", true);
  question.hint = read_label(reader, "hint", false);
  read_options(reader, question);
  read_rules(reader, question);
  DOUDI_TRY(reader.finish());
  return question;
}

void read_topics(ObjectReader& reader, domain::FormDefinition& form) {
  const Json* topics = reader.array("topics", kOptionsMax);
  for (std::size_t i = 0; topics != nullptr && i < topics->size(); ++i) {
    ObjectReader entry((*topics)[i], reader.file(), "/topics/" + std::to_string(i));
    domain::Topic topic{entry.text("code", 40), read_label(entry, "label", true)};
    reader.adopt(entry.finish());
    form.topics.push_back(std::move(topic));
  }
}

}  // namespace

Result<domain::FormDefinition> parse_form(std::string_view text, const std::string& file) {
  DOUDI_ASSIGN(const Json json, parse_json(text, file));
  ObjectReader reader(json, file, "");
  domain::FormDefinition form;
  form.id = reader.text("id", 60);
  form.version = static_cast<int>(reader.integer("version", 1, 1'000'000));
  form.kind = reader.text("kind", 40);
  form.title = read_label(reader, "title", true);
  form.purpose = read_label(reader, "purpose", true);
  form.quick_pass = reader.boolean_or("quick_pass", false);
  read_topics(reader, form);
  const Json* questions = reader.array("questions", kQuestionsMax);
  DOUDI_TRY(reader.finish());
  for (std::size_t i = 0; i < questions->size(); ++i) {
    DOUDI_ASSIGN(domain::Question question, read_question((*questions)[i], file, i));
    form.questions.push_back(std::move(question));
  }
  if (const Status fits = domain::check_form(form); !fits.ok()) {
    return Error{"packs.contradiction", file + ": /questions: " + fits.error().message};
  }
  return form;
}

}  // namespace doudi::packs
