// The console's JSON: from what was read to what pages get. Names and numbers are masked here, in one place.
#pragma once

#include "sync_server/api/json_body.hpp"
#include "sync_server/service/console_view.hpp"
#include "sync_server/service/coverage_view.hpp"
#include "sync_server/service/device_list.hpp"

namespace doudi::district {

Json item_json(const CaseItem& item, Instant now);
Json duty_json(const DutyBoard& board, Instant now);
Json case_json(const CaseDetail& detail, const std::string& forms_json, Instant now);
Json ledger_page_json(const LedgerPage& page, Instant now);
Json coverage_json(const std::vector<GridCoverage>& grids, Instant now);
Json missing_json(const std::vector<MissingItem>& missing);
// Only devices whose worker has a grid in the actor's scopes; administrators see all.
Json devices_json(const std::vector<DeviceFacts>& devices, const Actor& actor);
// accept {grade, reason?}, return {items}, reject {code, text}, watch {review_on, text}, merge {target,
// text}.
Result<LeadDecision> read_decision(std::string_view action, const Json& body);

}  // namespace doudi::district
