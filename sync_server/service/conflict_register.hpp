// The register of values that lost, until a person closes them. Taking the other value is one operation of
// the district, written like any other change and audited (sync.md, the promise, 4).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync_server/auth/access.hpp"
#include "sync_server/service/district.hpp"

namespace doudi::district {

struct ConflictItem {
  std::int64_t number = 0;
  Instant at;
  std::string table, column, rule, reason, worker, grid_name, street;
  Uuid row;
  std::string subject;  // the person's name or the household's address
  std::string door;
  Value base, current, next, kept;
  bool closed = false;
  std::string outcome;  // "kept", "taken" or empty
  std::string closed_by;
  std::optional<Instant> closed_at;
};
Result<std::vector<ConflictItem>> read_conflicts(sql::Connection& connection, const Actor& actor);

// `taken`: the other value takes its place; otherwise what stands is confirmed. "not_found",
// "conflict.closed", "conflict.ledger" (states of leads change in the ledger), "conflict.no_value".
Status close_conflict(District& district, const Actor& actor, std::int64_t number, bool taken);

}  // namespace doudi::district
