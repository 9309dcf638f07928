// The two records nobody may change afterwards: what happened to a lead or entry, and what people did in the
// program. Each row carries the hash of the one before it, so a changed, removed or swapped row is found by
// `verify`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/instant.hpp"
#include "shared/sql/connection.hpp"

namespace doudi::district {

struct LedgerEvent {
  Uuid lead;
  std::optional<Uuid> entry;
  std::string action;
  std::string from_state;
  std::string to_state;
  std::optional<Uuid> by_account;
  std::string by_name;
  std::string by_role;
  Instant at;
  std::string reason;
  std::string details;  // JSON object or empty
};
Status append_event(sql::Connection& connection, const LedgerEvent& event);

struct AuditRecord {
  Instant at;
  std::optional<Uuid> account;
  std::optional<std::int64_t> device;
  std::string action;
  std::string object_kind;
  std::optional<Uuid> object;
  std::string reason;
};
Status append_audit(sql::Connection& connection, const AuditRecord& record);

// Faults as sentences that name the first bad row of each chain.
Status verify_chains(sql::Connection& connection, std::vector<std::string>& faults);

}  // namespace doudi::district
