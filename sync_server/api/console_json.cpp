// Ages in years beside masked numbers, never birth dates (domain.md 2.11).
#include "sync_server/api/console_json.hpp"

#include <algorithm>

#include "shared/domain/deadline.hpp"
#include "shared/domain/masking.hpp"
#include "shared/domain/population.hpp"

namespace doudi::district {
namespace {

constexpr int kDueSoonPermille = 800;
constexpr std::size_t kTextBytesMax = 2000;
constexpr std::size_t kItemsMax = 20;

domain::Deadline deadline_of(const std::string& basis, Instant started, Instant due) {
  domain::Deadline deadline;
  const auto parsed = domain::parse_deadline_basis(basis);
  deadline.basis = parsed.ok() ? *parsed : domain::DeadlineBasis::hours;
  deadline.started_at = started;
  deadline.due_at = due;
  deadline.last_day = date_of(due);
  return deadline;
}

std::optional<domain::Deadline> running_deadline(const CaseItem& item) {
  if (!item.due_at || !item.open()) return std::nullopt;
  const bool emergency = item.grade.value_or(2) == 1;
  const auto started = emergency ? item.found_at : item.accepted_at ? item.accepted_at : item.received_at;
  return deadline_of(emergency ? "hours" : "workdays", started.value_or(*item.due_at), *item.due_at);
}

void add_lamp(Json& target, const std::optional<domain::Deadline>& deadline, Instant now) {
  target["lamp"] = deadline ? Json(domain::to_string(domain::lamp_at(*deadline, now))) : Json();
  target["used_percent"] = deadline ? Json(domain::elapsed_permille(*deadline, now) / 10) : Json();
}

std::string shown_state(const CaseItem& item) {
  return item.entry ? item.entry_state : item.lead_state;
}

std::string zh(const Json& label) {
  if (label.is_string()) return label.get<std::string>();
  return label.is_object() ? label.value("zh", std::string()) : std::string();
}

const Json* find_code(const Json& list, const std::string& code) {
  if (!list.is_array()) return nullptr;
  for (const Json& entry : list) {
    if (entry.is_object() && entry.value("code", std::string()) == code) return &entry;
  }
  return nullptr;
}

Json answer_json(const std::string& question, const std::string& stored, const Json& form) {
  const Json* definition =
      form.is_object() && form.contains("questions") ? find_code(form["questions"], question) : nullptr;
  Json answers = Json::parse(stored, nullptr, false);
  if (!answers.is_array()) answers = Json::array({stored});
  std::string labels;
  for (const Json& answer : answers) {
    const std::string code = answer.is_string() ? answer.get<std::string>() : answer.dump();
    const Json* option = definition != nullptr && definition->contains("options")
                             ? find_code((*definition)["options"], code)
                             : nullptr;
    labels += (labels.empty() ? "" : "、") + (option != nullptr ? zh((*option)["label"]) : code);
  }
  return {{"question", question},
          {"label", definition != nullptr ? zh((*definition)["label"]) : question},
          {"answer", answers},
          {"label_answer", labels}};
}

Json age_json(const std::optional<std::string>& birth, Instant now) {
  const auto date = birth ? parse_date(*birth) : std::nullopt;
  return date ? Json(domain::age_on(*date, date_of(now))) : Json();
}

std::string shown_name(const std::string& name, bool full) {
  return full ? name : domain::mask_name(name, domain::MaskLevel::staff);
}

Json person_json(const CaseDetail& detail, Instant now) {
  for (const PersonFacts& member : detail.members) {
    if (!detail.item.person || member.id != *detail.item.person) continue;
    return {{"name", shown_name(member.name, detail.show_names)},
            {"age", age_json(member.birth, now)},
            {"sex", member.sex},
            {"id_masked", domain::mask_identity_number(member.id_number, domain::MaskLevel::staff)},
            {"phone_masked", domain::mask_phone(member.phone, domain::MaskLevel::staff)},
            {"tags", member.tags}};
  }
  return nullptr;
}

Json household_json(const CaseDetail& detail, Instant now) {
  if (!detail.item.household) return nullptr;
  Json members = Json::array();
  for (const PersonFacts& member : detail.members) {
    members.push_back({{"name", shown_name(member.name, detail.show_names)},
                       {"name_masked", domain::mask_name(member.name, domain::MaskLevel::staff)},
                       {"age", age_json(member.birth, now)},
                       {"relation", member.relation},
                       {"tags", member.tags}});
  }
  return {{"door", detail.door}, {"address", detail.address}, {"members", members}};
}

Json timeline_json(const std::vector<TimelineStep>& steps) {
  Json timeline = Json::array();
  for (const TimelineStep& step : steps) {
    Json details = Json::parse(step.details, nullptr, false);
    if (details.is_discarded()) details = nullptr;
    timeline.push_back({{"at", format_instant(step.at)},
                        {"action", step.action},
                        {"by", step.by},
                        {"role", step.role},
                        {"from", step.from},
                        {"to", step.to},
                        {"reason", step.reason},
                        {"details", details}});
  }
  return timeline;
}

Json clocks_json(const std::vector<ClockFacts>& facts, Instant now) {
  Json clocks = Json::array();
  for (const ClockFacts& clock : facts) {
    Json shown{{"kind", clock.kind},
               {"basis", clock.basis},
               {"started_at", format_instant(clock.started_at)},
               {"due_at", format_instant(clock.due_at)},
               {"stopped_at", json_time(clock.stopped_at)}};
    add_lamp(shown, deadline_of(clock.basis, clock.started_at, clock.due_at), clock.stopped_at.value_or(now));
    clocks.push_back(std::move(shown));
  }
  return clocks;
}

}  // namespace

Json item_json(const CaseItem& item, Instant now) {
  Json shown{{"lead_id", to_string(item.lead)},
             {"entry_id", json_id(item.entry)},
             {"entry_no", json_text(item.entry_no)},
             {"state", shown_state(item)},
             {"lead_state", item.lead_state},
             {"category", item.category},
             {"street", item.street},
             {"community", item.community},
             {"grid_name", item.grid_name},
             {"person_masked", domain::mask_name(item.person_name, domain::MaskLevel::staff)},
             {"found_at", json_time(item.found_at)},
             {"received_at", json_time(item.received_at)},
             {"accepted_at", json_time(item.accepted_at)},
             {"due_at", json_time(item.due_at)},
             {"overdue_on_arrival", item.overdue_on_arrival},
             {"clock_suspect", item.clock_suspect},
             {"restricted", item.restricted}};
  const auto number = [](const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(); };
  shown["grade"] = number(item.grade);
  shown["grade_rule"] = number(item.grade_rule);
  shown["grade_worker"] = number(item.grade_worker);
  shown["owner"] = item.owner.empty() ? Json() : Json(item.owner);
  const bool both = item.found_at && item.received_at;
  shown["upload_delay_min"] =
      both ? Json(std::max<std::int64_t>(0, (item.received_at->ms - item.found_at->ms) / 60'000)) : Json();
  add_lamp(shown, running_deadline(item), now);
  return shown;
}

Json duty_json(const DutyBoard& board, Instant now) {
  Json items = Json::array();
  std::int64_t grade1 = 0, overdue = 0, waiting = 0, soon = 0;
  for (const CaseItem& item : board.items) {
    items.push_back(item_json(item, now));
    if (item.grade.value_or(2) == 1) ++grade1;
    if (item.lead_state == "reported") ++waiting;
    const auto deadline = running_deadline(item);
    if (!deadline) continue;
    const bool late = domain::lamp_at(*deadline, now) == domain::Lamp::red;
    if (late) ++overdue;
    if (!late && domain::elapsed_permille(*deadline, now) >= kDueSoonPermille) ++soon;
  }
  Json recent = Json::array();
  for (const RecentStep& step : board.recent) {
    recent.push_back({{"at", format_instant(step.at)},
                      {"text_code", "ledger." + step.action},
                      {"entry_no", json_text(step.entry_no)},
                      {"lead_id", to_string(step.lead)}});
  }
  return {
      {"as_of", format_instant(now)},
      {"counts", {{"grade1_open", grade1}, {"overdue", overdue}, {"waiting", waiting}, {"due_soon", soon}}},
      {"items", items},
      {"recent", recent}};
}

Json case_json(const CaseDetail& detail, const std::string& forms_json, Instant now) {
  const Json form = Json::parse(forms_json, nullptr, false);
  Json answers = Json::array();
  for (const auto& [question, answer] : detail.answers)
    answers.push_back(answer_json(question, answer, form));
  Json actions = Json::array();
  for (const OfferedAction& action : detail.actions) {
    Json offered{
        {"action", action.action}, {"label", "action." + action.action}, {"allowed", action.allowed}};
    if (!action.allowed) offered["reason"] = action.reason;
    actions.push_back(std::move(offered));
  }
  const auto need =
      detail.item.urgent_need ? Json::parse(*detail.item.urgent_need, nullptr, false) : Json::array();
  const Json call = detail.item.call_at ? Json{{"at", format_instant(*detail.item.call_at)},
                                               {"result", json_text(detail.item.call_result)}}
                                        : Json();
  return {
      {"item", item_json(detail.item, now)},
      {"person", person_json(detail, now)},
      {"household", household_json(detail, now)},
      {"description", detail.item.description},
      {"place", detail.item.place},
      {"urgent_need", need.is_array() ? need : Json::array()},
      {"offline_call", call},
      {"answers", answers},
      {"timeline", timeline_json(detail.timeline)},
      {"clocks", clocks_json(detail.clocks, now)},
      {"actions", actions},
      {"worker", {{"name", detail.worker_name}, {"device_last_seen", json_time(detail.device_last_seen)}}}};
}

Json ledger_page_json(const LedgerPage& page, Instant now) {
  Json rows = Json::array();
  for (const CaseItem& item : page.rows) rows.push_back(item_json(item, now));
  return {{"rows", rows}, {"next_cursor", json_text(page.next_cursor)}, {"total_hint", page.total_hint}};
}

Result<LeadDecision> read_decision(std::string_view action, const Json& body) {
  LeadDecision decision;
  if (action == "accept") {
    decision.action = domain::LedgerAction::accept;
    decision.grade =
        body.contains("grade") && body["grade"].is_number_integer() ? body["grade"].get<int>() : 0;
    if (decision.grade < 0 || decision.grade > 2) return Error{"request.field", "The grade is 1 or 2."};
    DOUDI_ASSIGN(decision.text, text_field(body, "reason", kTextBytesMax, false));
  } else if (action == "return") {
    decision.action = domain::LedgerAction::return_lead;
    if (!body.contains("items") || !body["items"].is_array() || body["items"].empty() ||
        body["items"].size() > kItemsMax) {
      return Error{"request.field", "Say what is missing."};
    }
    for (const Json& item : body["items"]) {
      if (!item.is_string() || item.get<std::string>().size() > kTextBytesMax)
        return Error{"request.field", "An item is a text."};
      decision.items.push_back(item.get<std::string>());
    }
    decision.text = decision.items.front();
    decision.items.erase(decision.items.begin());
  } else if (action == "reject") {
    decision.action = domain::LedgerAction::reject;
    DOUDI_ASSIGN(decision.code, text_field(body, "code", 16));
    DOUDI_ASSIGN(decision.text, text_field(body, "text", kTextBytesMax));
  } else if (action == "merge") {
    decision.action = domain::LedgerAction::merge;
    DOUDI_ASSIGN(const std::string target, text_field(body, "target", 36));
    decision.target = parse_uuid(target);
    if (!decision.target) return Error{"request.field", "Name the lead to merge into."};
    DOUDI_ASSIGN(decision.text, text_field(body, "text", kTextBytesMax, false));
  } else {
    decision.action = domain::LedgerAction::watch;
    DOUDI_ASSIGN(const std::string review_on, text_field(body, "review_on", 10));
    decision.review_on = parse_date(review_on);
    if (!decision.review_on) return Error{"request.field", "The review date is not a date."};
    DOUDI_ASSIGN(decision.text, text_field(body, "text", kTextBytesMax, false));
  }
  return decision;
}

}  // namespace doudi::district
