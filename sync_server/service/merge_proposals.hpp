// The same household or person recorded twice: both rows stand, and a person decides. A merged row stays,
// hidden, with a pointer to the one that stands, so that work recorded for it later still arrives (sync.md,
// Push).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync_server/auth/access.hpp"
#include "sync_server/service/district.hpp"

namespace doudi::district {

// A row a tablet has just added: notes every row that looks like the same one.
Status propose_merges(sql::Connection& connection, std::int64_t device, const sync::RowState& row,
                      Instant now);
// The row that stands for a merged one; nothing when it was not merged.
Result<std::optional<Uuid>> merged_into(sql::Connection& connection, const Uuid& row);

struct ProposedRow {
  Uuid row;
  std::string name;  // of the person, or the address of the household
  std::string door;
  std::string phone;
  std::string id_number;
  std::string birth;
  std::string grid_name;
  std::int64_t members = 0;  // of a household
  std::int64_t visits = 0;
};
struct MergeProposal {
  std::int64_t number = 0;
  Instant at;
  std::string table;
  std::string reason;  // "id_number", "name", "address"
  std::string worker;
  ProposedRow first;
  ProposedRow second;
  std::string outcome;  // empty while it is open
};
Result<std::vector<MergeProposal>> read_merge_proposals(sql::Connection& connection, const Actor& actor);

// `winner` is one of the two; without it they are different. "not_found", "proposal.closed", "request.field".
Status resolve_proposal(District& district, const Actor& actor, std::int64_t number,
                        const std::optional<Uuid>& winner);

}  // namespace doudi::district
