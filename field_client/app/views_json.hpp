// The views as JSON, for the page and for --json: one shape for both (times as +08:00 text, ids as UUID
// text).
#pragma once

#include <nlohmann/json.hpp>

#include "field_client/include/doudi/field.hpp"

namespace doudi::field {

using Json = nlohmann::json;

Json to_json(const Chip& chip);
Json to_json(const AttachmentView& view);
Json to_json(const Problem& problem);
Json to_json(const DueRow& row);
Json to_json(const RescueFacts& facts);
Json to_json(const Today& today);
Json to_json(const HouseholdView& household);
Json to_json(const PreviousAnswers& previous);
Json to_json(const TriageLead& lead);
Json to_json(const VisitReceipt& receipt);
Json to_json(const SearchHit& hit);
Json to_json(const Likeness& likeness);
Json to_json(const Added& added);
Json to_json(const OutboxRow& row);
Json to_json(const DeviceFacts& facts);
Json to_json(const FieldState& state);
template <class T>
Json list_of(const std::vector<T>& items) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(to_json(item));
  return list;
}

// Errors "request.body": not JSON, too deep, or a field of another type.
Result<Json> parse_body(std::string_view text);
Result<NewHousehold> household_of(const Json& body);
Result<NewPerson> person_of(const Json& body);
Result<NewVisit> visit_of(const Json& body);
Result<NewLead> lead_of(const Json& body);
Result<Answers> answers_of(const Json& body);
Result<Uuid> id_of(const Json& body, const char* key);
Result<std::optional<Uuid>> optional_id_of(const Json& body, const char* key);

}  // namespace doudi::field
