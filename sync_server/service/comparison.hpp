// Runs of 名单比对 over stored lists and what people decided about the findings. The same person and the same
// fault between the same lists is one finding for ever: a new run finds it again with its decision.
#pragma once

#include <map>

#include "sync_server/service/register_lists.hpp"

namespace doudi::district {

struct ComparisonRequest {
  std::string first;
  std::vector<std::string> others;
  Requester by;
  WorkProgress progress;
};
struct ComparisonSummary {
  std::int64_t run = 0;
  std::string first, others;  // kinds joined with '+'
  Instant started_at, finished_at;
  std::string by_name;
  std::int64_t rows = 0, matched = 0, clean = 0, notes = 0;
  std::int64_t added = 0;  // findings nobody had before
  std::int64_t gone = 0;   // open findings of the run before that were not found again
  std::map<std::string, std::map<std::string, std::int64_t>> counts;  // code → state → findings
};
// "compare.kind", "compare.no_list", "compare.cancelled".
Result<ComparisonSummary> run_comparison(District& district, const ComparisonRequest& request);
// The newest finished run of each pair of lists.
Result<std::vector<ComparisonSummary>> latest_comparisons(sql::Connection& connection);

struct FindingFacts {
  std::int64_t number = 0;
  std::string key;  // 32 hex digits
  std::string code, name, id_number, household, list, other_list, other_name, other_number, other_household;
  std::int64_t row = 0, other_row = 0;
  std::string action, state;
  std::optional<Instant> decided_at;
  std::string decided_name, reason;
  std::optional<Uuid> lead;
};
struct FindingQuery {
  std::string first, others;
  std::string code, state;  // empty: all
  std::string text;         // in a name, a number or a household
  std::int64_t after = 0;   // number of the last finding seen
  int limit = 50;
};
// Findings of the newest finished run, in the order they were first found.
Result<std::vector<FindingFacts>> read_findings(sql::Connection& connection, const FindingQuery& query);
// "not_found".
Result<FindingFacts> read_finding(sql::Connection& connection, const std::string& key);

// An open finding that needs nothing, with the reason. "compare.reason_needed", "compare.wrong_state".
Status explain_finding(District& district, const std::string& key, const std::string& reason,
                       const Requester& by);
// An open finding becomes a lead of a grid, for its worker to verify. "compare.wrong_state",
// "compare.no_grid", "compare.no_worker".
struct FindingLead {
  std::string key;
  std::string grid_code;
  std::string note;
  std::string role;  // of the one who asks
  Requester by;
};
Result<Uuid> make_lead(District& district, const FindingLead& request);

}  // namespace doudi::district
