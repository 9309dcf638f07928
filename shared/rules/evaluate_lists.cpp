// Due lists, coverage rates and the comparison of registers.
#include <algorithm>
#include <array>

#include "shared/domain/coverage.hpp"
#include "shared/domain/register_comparison.hpp"
#include "shared/rules/json_input.hpp"

namespace doudi::rules {
namespace {

constexpr CivilDate kAlways{-200'000};

// Ids that sort as the people were written, so that equal rows keep that order.
Uuid id_of(std::size_t index) {
  Uuid id;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>((index + 1) >> (8 * i));
  return id;
}

// A tag as its code, or as {code|tag, from, to}.
domain::PersonTag tag_of(const Json& json) {
  if (json.is_string()) return {json.get<std::string>(), kAlways, std::nullopt};
  const Input tag(json, "input/persons/tags");
  return {tag.has("code") ? tag.text("code") : tag.text("tag"), tag.maybe_date("from").value_or(kAlways),
          tag.maybe_date("to")};
}

domain::Absence absence_of(const Input& input) {
  const auto kind = domain::parse_absence_kind(input.text("kind"));
  if (!kind.ok()) input.reject("kind", "hospital, institution, work_away, visiting or other is expected");
  return {*kind, input.maybe_date("from").value_or(kAlways), input.maybe_date("to")};
}

// A day of the period, or its month as 2020-07.
std::optional<CivilDate> makeup_of(const Input& input) {
  if (const auto text = input.maybe_text("makeup_for"); text && text->size() == 7) {
    if (const auto first = parse_date(*text + "-01")) return first;
  }
  return input.maybe_date("makeup_for");
}

domain::Visit visit_of(const Json& json, domain::VisitOutcome otherwise) {
  domain::Visit visit;
  visit.outcome = otherwise;
  if (json.is_string()) {
    visit.seen_at = instant_of(json, "input/persons/visits");
    return visit;
  }
  const Input input(json, "input/persons/visits");
  for (const char* key : {"seen_at", "at", "date", "day"}) {
    if (const auto at = input.maybe_instant(key)) visit.seen_at = *at;
  }
  const auto mode = domain::parse_visit_mode(input.text_or("mode", "in_person"));
  const auto outcome =
      domain::parse_visit_outcome(input.text_or("outcome", std::string(domain::to_string(otherwise))));
  if (!mode.ok()) input.reject("mode", "is not a visit mode");
  if (!outcome.ok()) input.reject("outcome", "is not a visit outcome");
  visit.mode = *mode;
  visit.outcome = *outcome;
  visit.adult_met = input.boolean_or("adult_met", input.boolean_or("adult", true));
  visit.voided = input.boolean_or("void", input.boolean_or("voided", false));
  visit.makeup_for = makeup_of(input);
  return visit;
}

void add_visits(domain::Person& person, const Input& input) {
  if (const auto day = input.maybe_date("last_good_visit")) {
    domain::Visit visit;
    visit.seen_at = start_of(*day) + std::chrono::hours{12};
    const auto mode = domain::parse_visit_mode(input.text_or("last_good_visit_mode", "in_person"));
    if (!mode.ok()) input.reject("last_good_visit_mode", "is not a visit mode");
    visit.mode = *mode;
    person.visits.push_back(visit);
  }
  const auto add = [&](const char* key, domain::VisitOutcome outcome) {
    if (!input.has(key)) return;
    if (!input.at(key).is_array()) input.reject(key, "a list is expected");
    for (const Json& visit : input.at(key)) person.visits.push_back(visit_of(visit, outcome));
  };
  add("visits", domain::VisitOutcome::met);
  add("good_visits", domain::VisitOutcome::met);
  add("attempts", domain::VisitOutcome::nobody);
}

domain::Person person_of(const Input& input, std::size_t index) {
  domain::Person person;
  person.id = id_of(index);
  person.name = input.text("name");
  person.birth = input.maybe_date("birth");
  if (input.has("tags")) {
    if (!input.at("tags").is_array()) input.reject("tags", "a list is expected");
    for (const Json& tag : input.at("tags")) person.tags.push_back(tag_of(tag));
  }
  if (input.has("absence"))
    person.absences.push_back(absence_of(Input(input.at("absence"), "input/persons/absence")));
  for (const Input& absence : input.objects_or_none("absences"))
    person.absences.push_back(absence_of(absence));
  person.enrolled_on =
      input.has("enrolled_on") ? input.maybe_date("enrolled_on") : input.maybe_date("in_scope_from");
  person.died_on = input.maybe_date("died_on");
  for (const char* key : {"moved_on", "moved_out_on", "ended_on"}) {
    if (!person.moved_on) person.moved_on = input.maybe_date(key);
  }
  const auto self_care = domain::parse_self_care(input.text_or("self_care", "unknown"));
  if (!self_care.ok()) input.reject("self_care", "full, partial, none or unknown is expected");
  person.self_care = *self_care;
  add_visits(person, input);
  return person;
}

Json due_json(const domain::DueItem& item, const std::string& name) {
  Json json{{"name", name},
            {"duty", domain::to_string(item.duty)},
            {"due_by", format_date(item.due_by)},
            {"mode", domain::to_string(item.mode)},
            {"missed_before", item.missed_before},
            {"attempts", item.attempts_in_period}};
  if (item.last_seen) json["last_seen"] = format_date(*item.last_seen);
  if (item.last_attempt) json["last_attempt"] = format_instant(*item.last_attempt);
  if (item.makeup_for) json["makeup_for"] = format_date(*item.makeup_for);
  if (item.unreachable) {
    json["unreachable"] = {{"grade", item.unreachable->grade},
                           {"reason", item.unreachable->reason},
                           {"category", "失联核查"},
                           {"rule", "R24"}};
  }
  return json;
}

Json due_list(Library& library, const Input& input) {
  std::vector<domain::Person> persons;
  for (const Input& person : input.objects("persons")) persons.push_back(person_of(person, persons.size()));
  const domain::PolicyPack& pack = pack_of(library, input);
  const auto list = domain::due_list(pack, input.date("today"), {}, persons);
  if (!list.ok()) return needs(list.error().message);
  Json due = Json::array();
  for (const domain::DueItem& item : *list) {
    const auto found = std::find_if(persons.begin(), persons.end(),
                                    [&](const domain::Person& p) { return p.id == item.subject; });
    due.push_back(due_json(item, found->name));
  }
  Json result{{"due", std::move(due)}};
  for (const char* key : {"visit.daily", "visit.weekly", "visit.full_coverage"}) {
    if (pack.is_set(key)) use_source(result, pack.source(key));
  }
  return result;
}

// The register against the plan's own figure: a difference is a warning of its own, the rate stays over the
// register.
void add_plan_warning(Json& result, const Input& input, std::int64_t registered) {
  const auto plan = input.maybe_integer("plan");
  if (!plan || *plan == registered) return;
  const std::int64_t missing = *plan - registered;
  result["warning"] =
      missing > 0 ? "登记少" + std::to_string(missing) + "人" : "登记多" + std::to_string(-missing) + "人";
}

Json coverage_rate(Library&, const Input& input) {
  const auto registered =
      input.has("register") ? input.maybe_integer("register") : input.maybe_integer("registered");
  const std::int64_t due = input.has("due") || !registered ? input.integer("due") : *registered;
  const auto text =
      domain::coverage_rate(registered ? input.integer_or("on_time", 0) : input.integer("on_time"), due);
  Json result = text.ok() ? Json{{"text", *text}} : failure(text.error().code);
  add_plan_warning(result, input, registered.value_or(due));
  use_source(result, "3.4.5");
  return result;
}

domain::RegisterRow row_of(const Input& input, std::size_t index) {
  domain::RegisterRow row;
  row.row = input.integer_or("row", static_cast<std::int64_t>(index) + 1);
  row.name = input.text_or("name", "");
  row.id_number = input.text_or("id_number", "");
  row.birth = input.maybe_date("birth");
  row.household = input.text_or("household", "");
  row.dibao_class = input.text_or("class", "");
  row.household_persons = input.maybe_number("household_persons");
  row.insured_persons = input.maybe_number("insured_persons");
  row.exempt = input.boolean_or("exempt", false) || input.boolean_or("exemption", false);
  return row;
}

std::vector<domain::RegisterList> lists_of(const Input& input) {
  std::vector<domain::RegisterList> lists;
  for (const Input& list : input.objects("lists")) {
    domain::RegisterList parsed{list.text("kind"), {}};
    for (const Input& row : list.objects("rows")) parsed.rows.push_back(row_of(row, parsed.rows.size()));
    lists.push_back(std::move(parsed));
  }
  // The poverty register is the side the others are compared with, wherever the file names it.
  std::stable_partition(lists.begin(), lists.end(),
                        [](const domain::RegisterList& list) { return list.kind == "registered_poor"; });
  return lists;
}

Json finding_json(const domain::Finding& finding) {
  return {{"code", finding.code},
          {"name", finding.name},
          {"list", finding.list},
          {"row", finding.row},
          {"other_list", finding.other_list},
          {"other_row", finding.other_row},
          {"key", finding.key},
          {"action", finding.action}};
}

Json register_comparison(Library& library, const Input& input) {
  const domain::PolicyPack& pack = pack_of(library, input);
  // Births later than the comparison are impossible; without a day the pack's own end is generous enough.
  const CivilDate today = input.maybe_date("today").value_or(pack.valid_to.value_or(*civil_date(2100, 1, 1)));
  const auto compared = domain::compare_registers(lists_of(input), today, input.texts_or_none("explained"));
  if (!compared.ok()) {
    Json result = failure(compared.error().code);
    result["message"] = compared.error().message;
    return result;
  }
  Json findings = Json::object();
  Json details = Json::array();
  for (const domain::Finding& finding : compared->findings) {
    Json& people = findings[finding.code];
    const Json who = finding.name.empty() ? Json(finding.household) : Json(finding.name);
    if (std::find(people.begin(), people.end(), who) == people.end()) people.push_back(who);
    details.push_back(finding_json(finding));
  }
  Json notes = Json::array();
  for (const auto& note : compared->notes)
    notes.push_back({{"code", note.code}, {"name", note.name}, {"list", note.list}, {"row", note.row}});
  Json explained = Json::array();
  for (const domain::Finding& finding : compared->explained) explained.push_back(finding_json(finding));
  Json result{{"matched_by_number", compared->matched_by_number},
              {"clean", compared->clean},
              {"findings", std::move(findings)},
              {"details", std::move(details)},
              {"notes", std::move(notes)},
              {"explained", std::move(explained)}};
  use_source(result, pack.is_set("compare.lists") ? pack.source("compare.lists") : "3.5 I");
  return result;
}

}  // namespace

std::vector<KindEvaluator> list_kinds() {
  return {
      {"coverage_rate", coverage_rate}, {"due_list", due_list}, {"register_comparison", register_comparison}};
}

}  // namespace doudi::rules
