// The ledger on a terminal: what `ledger list` and `ledger show` print. Names are masked as on every list.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/instant.hpp"
#include "shared/sql/connection.hpp"

namespace doudi::district {

struct LedgerLine {
  std::string number;
  Uuid entry;
  Uuid lead;
  int grade = 2;
  std::string category;
  std::string state;
  std::string street;
  std::string grid_name;
  std::string person_masked;
  std::optional<Instant> found_at, received_at, accepted_at, due_at;
  bool overdue_on_arrival = false;
};
struct TimelineStep {
  Instant at;
  std::string action, by, role, from, to, reason, details;
};
struct LedgerDetail {
  LedgerLine line;
  std::vector<TimelineStep> timeline;
};
Result<std::vector<LedgerLine>> list_ledger(sql::Connection& connection);
// "not_found".
Result<LedgerDetail> show_entry(sql::Connection& connection, const std::string& number);
Result<std::vector<TimelineStep>> timeline_of(sql::Connection& connection, const Uuid& lead);

nlohmann::json ledger_json(const std::vector<LedgerLine>& lines);
nlohmann::json detail_json(const LedgerDetail& detail);
std::string ledger_text(const std::vector<LedgerLine>& lines);
std::string detail_text(const LedgerDetail& detail);

}  // namespace doudi::district
