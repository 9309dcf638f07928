// What happens to a tablet's groups inside the writer's transaction: seen before, chain, scope, merge, lead
// clocks, verdict. A group that cannot be applied is kept whole in quarantine and harms no other (sync.md,
// Push).
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/sync/group_chain.hpp"
#include "shared/sync/operation.hpp"
#include "sync_server/auth/device_registry.hpp"
#include "sync_server/service/rulebook.hpp"
#include "sync_server/store/row_table.hpp"

namespace doudi::district {

// Hashing is done before the writer thread sees the group.
struct PreparedGroup {
  sync::Group group;
  Bytes canonical;
  sync::Hash hash{};
};
PreparedGroup prepare_group(sync::Group group);

// A lead that has just arrived, for the console.
struct LeadAlert {
  Uuid lead;
  std::string grid_code;
  std::string street;
  std::string category;
  int grade = 2;
  Instant found_at;
  Instant received_at;
  std::optional<Instant> due_at;
};

struct PushOutcome {
  std::vector<sync::GroupVerdict> verdicts;
  std::uint64_t known_seq = 0;
  std::vector<LeadAlert> alerts;
  std::set<std::string> touched;  // scope keys
};

class Ingest {
 public:
  Ingest(const RowTables& tables, const Rulebook& rules) : tables_(tables), rules_(rules) {}
  // Fails only when the store fails; the whole push is then to be repeated.
  Status apply(sql::Connection& connection, const Device& device, std::span<const PreparedGroup> groups,
               Instant now, PushOutcome& outcome) const;
  // A group that waits in quarantine, taken in by a person's decision: `grids` may be written as if they were
  // the worker's. `now` is when it arrived. The code of why it still cannot be applied; empty when it
  // is in.
  Result<std::string> apply_held(sql::Connection& connection, const Device& device, const sync::Group& group,
                                 const std::set<Uuid>& grids, Instant now, PushOutcome& outcome) const;

  // The same after an update of the program, with the rights the worker has, and that group alone.
  Result<std::string> replay(sql::Connection& connection, const Device& device, const sync::Group& group,
                             Instant received_at, PushOutcome& outcome) const;

 private:
  const RowTables& tables_;
  const Rulebook& rules_;
};

// Legal steps of a workflow column for a tablet.
bool tablet_may_step(std::string_view table, std::string_view from, std::string_view to);

}  // namespace doudi::district
