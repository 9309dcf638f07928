#include "field_client/work/lead_writer.hpp"

#include <algorithm>

#include "shared/domain/name_index.hpp"
#include "shared/domain/triage.hpp"
#include "shared/sync/column_check.hpp"

namespace doudi::field {
namespace {

struct OpenLead {
  Uuid id;
  std::string description;
  std::optional<std::int64_t> grade_worker;
  bool returned = false;
};

Result<std::optional<OpenLead>> find_open(sql::Connection& connection, const LeadDraft& draft) {
  std::optional<OpenLead> open;
  if (!draft.household) return open;
  const auto parameters = sql::params(draft.household, draft.category, start_of(date_of(draft.found_at)));
  DOUDI_TRY(
      connection.query("SELECT id, description, grade_worker, state FROM lead WHERE household = $1 AND "
                       "category = $2 AND deleted = 0 AND "
                       "(state = 'returned' OR (state IN ('queued', 'reported', 'accepted') AND found_at >= "
                       "$3)) ORDER BY found_at DESC LIMIT 1",
                       parameters, [&](const sql::Row& row) {
                         open = OpenLead{row.uuid(0), std::string(row.text(1)), row.optional_integer(2),
                                         row.text(3) == "returned"};
                         return false;
                       }));
  return open;
}

RowValues new_lead_values(const LeadDraft& draft, const DeviceClock& clock) {
  return {{"grid", sql::to_value(draft.grid)},
          {"household", sql::to_value(draft.household)},
          {"person", sql::to_value(draft.person)},
          {"visit", sql::to_value(draft.visit)},
          {"worker", sql::to_value(draft.worker)},
          {"source", sql::to_value(draft.source)},
          {"category", sql::to_value(draft.category)},
          {"grade_rule", sql::to_value(draft.grade_rule)},
          {"grade_worker", sql::to_value(draft.grade_worker)},
          {"rules_hit", draft.rules.empty() ? Value{} : Value{sync::set_text(draft.rules)}},
          {"rule_set", sql::to_value(domain::kTriageRuleSet)},
          {"found_at", sql::to_value(draft.found_at)},
          // The running clock at the moment of finding, which may be minutes before the save.
          {"monotonic_ms", Value{clock.monotonic_ms() - (clock.wall() - draft.found_at).count()}},
          {"boot_id", sql::to_value(clock.boot_id)},
          {"description", sql::to_value(draft.description)},
          {"place", draft.place.empty() ? Value{} : Value{draft.place}},
          {"urgent_need", draft.urgent_need.empty() ? Value{} : Value{sync::set_text(draft.urgent_need)}},
          {"restricted", sql::to_value(draft.restricted)},
          {"state", sql::to_value("queued")}};
}

// A returned lead goes back with what was added; the chain of the same record is kept.
RowValues added_values(const OpenLead& open, const LeadDraft& draft) {
  RowValues values;
  if (!draft.description.empty() && open.description.find(draft.description) == std::string::npos)
    values.emplace_back("description", open.description.empty()
                                           ? draft.description
                                           : open.description + "\n" + draft.description);
  const int grade = draft.grade();
  if (!open.grade_worker || grade < *open.grade_worker)
    values.emplace_back("grade_worker", sql::to_value(grade));
  if (open.returned) values.emplace_back("state", sql::to_value("queued"));
  return values;
}

}  // namespace

int LeadDraft::grade() const {
  return std::min(grade_rule.value_or(2), grade_worker.value_or(2));
}

Status check_length(const std::string& text) {
  if (domain::code_point_count(text) <= kNoteCharactersMax) return {};
  return Error{"field.text_too_long", "a text may have at most 500 characters"};
}

Result<Uuid> write_lead(RowWriter& writer, const LeadDraft& draft, const DeviceClock& clock) {
  DOUDI_TRY(check_length(draft.description));
  DOUDI_TRY(check_length(draft.place));
  DOUDI_ASSIGN(const auto open, find_open(writer.connection(), draft));
  if (open) {
    DOUDI_TRY(writer.update("lead", open->id, added_values(*open, draft)));
    return open->id;
  }
  const Uuid id = new_id(clock);
  DOUDI_TRY(writer.insert("lead", id, new_lead_values(draft, clock)));
  return id;
}

}  // namespace doudi::field
