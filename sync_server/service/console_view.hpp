// What the console shows, read inside one snapshot and inside the actor's scopes: the duty board, the ledger,
// one case.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/base/value.hpp"
#include "shared/sql/connection.hpp"
#include "sync_server/auth/access.hpp"
#include "sync_server/service/ledger_list.hpp"
#include "sync_server/service/ledger_service.hpp"

namespace doudi::district {

struct CaseItem {
  Uuid lead;
  std::optional<Uuid> entry;
  std::optional<std::string> entry_no;
  std::string lead_state, entry_state;
  std::optional<std::int64_t> grade, grade_rule, grade_worker;
  std::string category, street, community, grid_name, grid_code;
  std::string person_name;
  std::optional<Instant> found_at, received_at, accepted_at, due_at;
  bool overdue_on_arrival = false, clock_suspect = false, restricted = false;
  std::string owner;
  std::optional<Uuid> household, person, visit, worker;
  std::string description, place;
  std::optional<std::string> urgent_need, call_result;
  std::optional<Instant> call_at;
  std::int64_t device = 0;
  [[nodiscard]] bool open() const;
};

struct RecentStep {
  Instant at;
  std::string action;
  std::optional<std::string> entry_no;
  Uuid lead;
};
struct DutyBoard {
  std::vector<CaseItem> items;  // by due time
  std::vector<RecentStep> recent;
};
Result<DutyBoard> read_duty(sql::Connection& connection, const Actor& actor, Instant now);

struct LedgerQuery {
  std::string state, grade, street, category, text, cursor;
  int limit = 50;
};
struct LedgerPage {
  std::vector<CaseItem> rows;
  std::optional<std::string> next_cursor;
  std::int64_t total_hint = 0;
};
Result<LedgerPage> read_ledger(sql::Connection& connection, const Actor& actor, const LedgerQuery& query);

struct PersonFacts {
  Uuid id;
  std::string name, id_number, phone, relation;
  std::int64_t sex = 0;
  std::optional<std::string> birth;
  std::vector<std::string> tags;
};
struct ClockFacts {
  std::string kind, basis;
  Instant started_at, due_at;
  std::optional<Instant> stopped_at;
};
struct CaseDetail {
  CaseItem item;
  std::string door, address;
  std::vector<PersonFacts> members;
  std::vector<std::pair<std::string, std::string>> answers;  // question, answer set as stored
  std::vector<TimelineStep> timeline;
  std::vector<ClockFacts> clocks;
  std::vector<OfferedAction> actions;
  std::string worker_name;
  std::optional<Instant> device_last_seen;
  bool show_names = false;  // handlers see names, supervisors masked ones
};
// `id`: lead id, entry id or number. "not_found" outside the scopes.
Result<CaseDetail> read_case(sql::Connection& connection, const Actor& actor, const std::string& id,
                             Instant now);

}  // namespace doudi::district
