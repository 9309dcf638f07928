// Bodies of requests as plain values: every field is checked for its type before anything reads it.
#include "field_client/app/views_json.hpp"
#include "shared/wire/bounded_json.hpp"

namespace doudi::field {
namespace {

constexpr std::size_t kBodyBytesMax = 256 * 1024;

Error wrong(const std::string& key) {
  return {"request.body", "the field " + key + " is missing or has another type"};
}

Result<std::string> text_of(const Json& body, const char* key, bool needed = false) {
  const auto field = body.find(key);
  if (field == body.end() || field->is_null())
    return needed ? Result<std::string>(wrong(key)) : Result<std::string>(std::string());
  if (!field->is_string()) return wrong(key);
  return field->get<std::string>();
}

Result<bool> flag_of(const Json& body, const char* key) {
  const auto field = body.find(key);
  if (field == body.end() || field->is_null()) return false;
  if (!field->is_boolean()) return wrong(key);
  return field->get<bool>();
}

Result<std::optional<Instant>> time_of(const Json& body, const char* key) {
  DOUDI_ASSIGN(const std::string text, text_of(body, key));
  if (text.empty()) return std::optional<Instant>{};
  const auto at = parse_instant(text);
  if (!at) return wrong(key);
  return at;
}

Result<std::vector<std::string>> texts_of(const Json& list, const char* key) {
  std::vector<std::string> texts;
  if (list.is_string()) return std::vector<std::string>{list.get<std::string>()};
  if (!list.is_array()) return wrong(key);
  for (const auto& item : list) {
    if (!item.is_string()) return wrong(key);
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

// Ids of staged photos and recordings.
Result<std::vector<Uuid>> attachments_of(const Json& body) {
  std::vector<Uuid> ids;
  const auto field = body.find("attachments");
  if (field == body.end() || field->is_null()) return ids;
  DOUDI_ASSIGN(const auto texts, texts_of(*field, "attachments"));
  for (const auto& text : texts) {
    const auto id = parse_uuid(text);
    if (!id) return wrong("attachments");
    ids.push_back(*id);
  }
  return ids;
}

}  // namespace

Result<Json> parse_body(std::string_view text) {
  if (!wire::check_json(text, kBodyBytesMax).ok())
    return Error{"request.body", "the body is too large or too deep"};
  Json body = Json::parse(text, nullptr, false);
  if (!body.is_object()) return Error{"request.body", "the body is not a JSON object"};
  return body;
}

Result<Uuid> id_of(const Json& body, const char* key) {
  DOUDI_ASSIGN(const std::string text, text_of(body, key, true));
  const auto id = parse_uuid(text);
  if (!id) return wrong(key);
  return *id;
}

Result<std::optional<Uuid>> optional_id_of(const Json& body, const char* key) {
  const auto field = body.find(key);
  if (field == body.end() || field->is_null()) return std::optional<Uuid>{};
  DOUDI_ASSIGN(const Uuid id, id_of(body, key));
  return std::optional<Uuid>{id};
}

Result<Answers> answers_of(const Json& body) {
  Answers answers;
  const auto field = body.find("answers");
  if (field == body.end() || field->is_null()) return answers;
  if (!field->is_object()) return wrong("answers");
  for (const auto& [question, values] : field->items()) {
    DOUDI_ASSIGN(answers[question], texts_of(values, "answers"));
  }
  return answers;
}

Result<NewLead> lead_of(const Json& body) {
  NewLead lead;
  DOUDI_ASSIGN(lead.household, optional_id_of(body, "household"));
  DOUDI_ASSIGN(lead.person, optional_id_of(body, "person"));
  DOUDI_ASSIGN(lead.place, text_of(body, "place"));
  DOUDI_ASSIGN(lead.category, text_of(body, "category", true));
  const auto grade = body.find("grade");
  if (grade == body.end() || !grade->is_number_integer()) return wrong("grade");
  lead.grade = grade->get<int>();
  DOUDI_ASSIGN(lead.description, text_of(body, "description"));
  const auto needs = body.find("urgent_need");
  if (needs != body.end() && !needs->is_null()) {
    DOUDI_ASSIGN(lead.urgent_need, texts_of(*needs, "urgent_need"));
  }
  DOUDI_ASSIGN(lead.found_at, time_of(body, "found_at"));
  DOUDI_ASSIGN(lead.attachments, attachments_of(body));
  return lead;
}

Result<NewHousehold> household_of(const Json& body) {
  NewHousehold household;
  DOUDI_ASSIGN(household.door, text_of(body, "door", true));
  DOUDI_ASSIGN(household.address, text_of(body, "address"));
  DOUDI_ASSIGN(household.phone, text_of(body, "phone"));
  DOUDI_ASSIGN(household.note, text_of(body, "note"));
  DOUDI_ASSIGN(household.confirmed, flag_of(body, "confirmed"));
  return household;
}

Result<NewPerson> person_of(const Json& body) {
  NewPerson person;
  DOUDI_ASSIGN(person.household, id_of(body, "household"));
  DOUDI_ASSIGN(person.name, text_of(body, "name", true));
  DOUDI_ASSIGN(person.id_number, text_of(body, "id_number"));
  DOUDI_ASSIGN(const std::string birth, text_of(body, "birth"));
  if (!birth.empty()) {
    person.birth = parse_date(birth);
    if (!person.birth) return wrong("birth");
  }
  const auto sex = body.find("sex");
  if (sex != body.end() && sex->is_number_integer()) person.sex = sex->get<int>() == 1 ? 1 : 2;
  DOUDI_ASSIGN(const std::string relation, text_of(body, "relation"));
  if (!relation.empty()) person.relation = relation;
  DOUDI_ASSIGN(person.phone, text_of(body, "phone"));
  DOUDI_ASSIGN(person.confirmed, flag_of(body, "confirmed"));
  return person;
}

Result<NewVisit> visit_of(const Json& body) {
  NewVisit visit;
  DOUDI_ASSIGN(visit.household, id_of(body, "household"));
  DOUDI_ASSIGN(visit.person, optional_id_of(body, "person"));
  DOUDI_ASSIGN(visit.met, text_of(body, "met", true));
  DOUDI_ASSIGN(visit.answers, answers_of(body));
  DOUDI_ASSIGN(visit.leaflet_given, flag_of(body, "leaflet_given"));
  DOUDI_ASSIGN(visit.leaflet_posted, flag_of(body, "leaflet_posted"));
  DOUDI_ASSIGN(visit.note, text_of(body, "note"));
  DOUDI_ASSIGN(visit.attachments, attachments_of(body));
  const auto leads = body.find("leads");
  if (leads == body.end() || leads->is_null()) return visit;
  if (!leads->is_array()) return wrong("leads");
  for (const auto& item : *leads) {
    if (!item.is_object()) return wrong("leads");
    DOUDI_ASSIGN(NewLead lead, lead_of(item));
    visit.leads.push_back(std::move(lead));
  }
  return visit;
}

}  // namespace doudi::field
