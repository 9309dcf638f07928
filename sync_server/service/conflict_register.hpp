// The register of values that lost, until a person closes them, and the groups that wait whole. Taking the
// other value is one operation of the district, written like any other change and audited (sync.md, the
// promise, 4).
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

// Groups kept whole: what could not be applied, or came from a worker who no longer had the grid.
struct HeldGroup {
  std::string device;
  std::string worker;
  std::int64_t incarnation = 0;
  std::int64_t seq = 0;
  std::string reason;
  bool rejected = false;
  Instant received_at;
  std::vector<std::pair<std::string, std::int64_t>> content;  // table, operations
};
Result<std::vector<HeldGroup>> read_held_groups(sql::Connection& connection, const Actor& actor);

}  // namespace doudi::district
