#include "field_client/app/views_json.hpp"

#include <array>

namespace doudi::field {
namespace {

Json time_of(const std::optional<Instant>& at) {
  return at ? Json(format_instant(*at)) : Json(nullptr);
}
Json day_of(const std::optional<CivilDate>& day) {
  return day ? Json(format_date(*day)) : Json(nullptr);
}
Json id_of(const std::optional<Uuid>& id) {
  return id ? Json(to_string(*id)) : Json(nullptr);
}
template <class T>
Json value_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_json(const Tag& tag) {
  return {{"code", tag.code}, {"label", tag.label}};
}
Json to_json(const NetCell& cell) {
  return {{"household", to_string(cell.household)}, {"state", cell.state}};
}

Json to_json(const Member& member);
Json to_json(const VisitView& visit);

template <class T>
Json list_here(const std::vector<T>& items) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(to_json(item));
  return list;
}

Json to_json(const Member& member) {
  return {{"id", to_string(member.id)},
          {"name", member.name},
          {"sex", member.sex},
          {"age", value_of(member.age)},
          {"relation", member.relation},
          {"is_head", member.is_head},
          {"tags", list_here(member.tags)},
          {"self_care", member.self_care},
          {"phone", value_of(member.phone)},
          {"id_masked", member.id_masked},
          {"duty", member.duty},
          {"due_by", day_of(member.due_by)},
          {"last_seen", day_of(member.last_seen)}};
}

Json to_json(const VisitView& visit) {
  return {{"id", to_string(visit.id)},       {"seen_at", format_instant(visit.seen_at)},
          {"outcome", visit.outcome},        {"met", visit.met},
          {"worker", visit.worker},          {"summary", visit.summary},
          {"state", to_string(visit.state)}, {"attachments", list_of(visit.attachments)}};
}

Json to_json(const Grid& grid) {
  return {{"id", to_string(grid.id)},       {"name", grid.name},
          {"community", grid.community},    {"street", grid.street},
          {"duty_phone", grid.duty_phone},  {"backup_phone", grid.backup_phone},
          {"handed_over", grid.handed_over}};
}

constexpr std::array kWeekdays{"星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"};

Json draft_of(const std::optional<std::string>& draft) {
  if (!draft) return nullptr;
  const auto body = parse_body(*draft);
  return body.ok() ? *body : Json(nullptr);
}

}  // namespace

Json to_json(const Chip& chip) {
  return {{"unsent", chip.unsent},
          {"oldest_unsent_at", time_of(chip.oldest_unsent_at)},
          {"oldest_age_min", chip.oldest_age_min},
          {"last_success_at", time_of(chip.last_success_at)},
          {"state", to_string(chip.state)},
          {"reason_code", chip.reason_code},
          {"reason", chip.reason},
          {"reason_en", chip.reason_en},
          {"emergency_unsent", chip.emergency_unsent},
          {"attachments_waiting", chip.attachments_waiting}};
}

Json to_json(const AttachmentView& view) {
  return {{"id", to_string(view.id)}, {"kind", view.kind},     {"media_type", view.media_type},
          {"bytes", view.bytes},      {"sent", view.sent},     {"taken_at", format_instant(view.taken_at)},
          {"state", view.state},      {"reason", view.reason}, {"here", view.here}};
}

Json to_json(const Problem& problem) {
  Json call = nullptr;
  if (problem.offline_call_at)
    call = {{"at", time_of(problem.offline_call_at)}, {"result", problem.offline_call_result}};
  return {{"id", to_string(problem.id)},
          {"household", id_of(problem.household)},
          {"person", id_of(problem.person)},
          {"name", problem.name},
          {"door", problem.door},
          {"category", problem.category},
          {"grade", problem.grade},
          {"found_at", format_instant(problem.found_at)},
          {"due_at", time_of(problem.due_at)},
          {"lamp", problem.lamp.empty() ? Json(nullptr) : Json(problem.lamp)},
          {"state", problem.state},
          {"state_text", problem.state_text},
          {"entry_no", value_of(problem.entry_no)},
          {"accepted_at", time_of(problem.accepted_at)},
          {"received_at", time_of(problem.received_at)},
          {"reply", value_of(problem.reply)},
          {"learned_at", time_of(problem.learned_at)},
          {"sent", to_string(problem.sent)},
          {"description", problem.description},
          {"offline_call", call},
          {"returned_items", problem.returned_items},
          {"attachments", list_of(problem.attachments)}};
}

Json to_json(const DueRow& row) {
  return {{"household", to_string(row.household)},
          {"person", id_of(row.person)},
          {"door", row.door},
          {"name", row.name},
          {"age", value_of(row.age)},
          {"members", row.members},
          {"tags", list_here(row.tags)},
          {"duty", row.duty},
          {"due_by", format_date(row.due_by)},
          {"mode", row.mode},
          {"missed", row.missed},
          {"tried_at", time_of(row.tried_at)},
          {"last_seen", day_of(row.last_seen)},
          {"phone", value_of(row.phone)},
          {"unreachable", row.unreachable_grade ? Json{{"grade", *row.unreachable_grade}} : Json(nullptr)}};
}

Json to_json(const Today& today) {
  return {{"date", format_date(today.date)},
          {"weekday", kWeekdays[static_cast<std::size_t>(iso_weekday(today.date)) - 1]},
          {"headline", {{"left", today.left}, {"done", today.done}, {"total", today.left + today.done}}},
          {"emergencies", list_of(today.emergencies)},
          {"returned", list_of(today.returned)},
          {"due", list_of(today.due)},
          {"net", list_here(today.net)},
          {"week", {{"done", today.week_done}, {"total", today.week_total}}},
          {"month", {{"done", today.month_done}, {"total", today.month_total}}},
          {"workload", {{"working_days_left", today.working_days_left}, {"per_day", today.per_day}}}};
}

Json to_json(const HouseholdView& household) {
  return {{"id", to_string(household.id)},
          {"door", household.door},
          {"address", household.address},
          {"phone", value_of(household.phone)},
          {"note", household.note},
          {"members", list_here(household.members)},
          {"visits", list_here(household.visits)},
          {"problems", list_of(household.problems)},
          {"same_door", list_of(household.same_door)},
          {"draft", draft_of(household.draft)}};
}

Json to_json(const PreviousAnswers& previous) {
  return {{"answers", previous.answers}, {"seen_at", time_of(previous.seen_at)}};
}

Json to_json(const TriageLead& lead) {
  return {{"category", lead.category},
          {"grade", lead.grade},
          {"rules", lead.rules},
          {"restricted", lead.restricted},
          {"hint", lead.hint}};
}

Json to_json(const VisitReceipt& receipt) {
  return {{"visit", to_string(receipt.visit)},
          {"leads", list_of(receipt.leads)},
          {"saved_at", format_instant(receipt.saved_at)},
          {"same_door", list_of(receipt.same_door)}};
}

Json to_json(const SearchHit& hit) {
  return {{"household", to_string(hit.household)},
          {"person", id_of(hit.person)},
          {"name", hit.name},
          {"door", hit.door},
          {"age", value_of(hit.age)},
          {"tags", list_here(hit.tags)}};
}

Json to_json(const Likeness& likeness) {
  return {{"household", to_string(likeness.household)},
          {"person", id_of(likeness.person)},
          {"name", likeness.name},
          {"door", likeness.door},
          {"reason", likeness.reason}};
}

Json to_json(const Added& added) {
  return {{"id", id_of(added.id)}, {"alike", list_of(added.alike)}};
}

Json to_json(const OutboxRow& row) {
  return {{"seq", row.seq},      {"at", format_instant(row.at)},
          {"kind", row.kind},    {"household", id_of(row.household)},
          {"door", row.door},    {"name", row.name},
          {"lane", row.lane},    {"state", row.state},
          {"reason", row.reason}};
}

Json to_json(const DeviceFacts& facts) {
  return {{"device_id", facts.device_id},
          {"program_version", facts.program_version},
          {"backed_up_seq", facts.backed_up_seq},
          {"rows_set_aside", facts.rows_set_aside},
          {"store_bytes", facts.store_bytes},
          {"free_bytes", facts.free_bytes},
          {"visits_recorded", facts.visits_recorded},
          {"last_sync_at", time_of(facts.last_sync_at)},
          {"server_url", facts.server_url},
          {"epoch", facts.epoch}};
}

Json to_json(const FieldState& state) {
  Json document{{"enrolled", state.enrolled},
                {"locked", state.locked},
                {"attempts_left", state.attempts_left},
                {"wait_s", state.wait_s},
                {"practice", false},
                {"now", format_instant(state.now)},
                {"tries_exhausted", state.tries_exhausted}};
  if (!state.locked) document["worker"] = {{"name", state.worker}};
  if (state.grid) document["grid"] = to_json(*state.grid);
  return document;
}

Json to_json(const RescueFacts& facts) {
  return {{"pages", facts.pages},
          {"damaged_pages", facts.damaged_pages},
          {"rows", facts.rows},
          {"unreadable", facts.unreadable},
          {"groups", facts.groups},
          {"unsent", facts.unsent},
          {"lost_groups", facts.lost_groups},
          {"kept_in", facts.kept_in}};
}

}  // namespace doudi::field
