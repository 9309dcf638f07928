// The chain that makes a rolled back or cloned tablet visible: each group carries the hash of the one before
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/sync/operation.hpp"

namespace doudi::sync {

// Canonical bytes of a group (deterministic, length-prefixed, columns by name) and their hash.
Bytes canonical_bytes(const Group& group);
Hash group_hash(const Group& group, Hasher hasher);

// Repeated edits of one column in one group become one; an insert followed by updates stays one insert; an
// insert followed by a remove disappears. Order of first touch is kept, so parents stay before children.
std::vector<Operation> coalesce(std::vector<Operation> operations);

// What the handshake finds when the tablet says "my last group is seq with this hash" and the server knows
// its own.
enum class ChainState : std::uint8_t { in_step, tablet_ahead, tablet_rolled_back, tablet_cloned };
struct ChainPoint {
  std::uint64_t seq = 0;
  Hash hash{};
};
// `server_hash_at_tablet_seq`: the hash the server holds for the tablet's last seq, if it has that group.
ChainState compare_chain(const ChainPoint& tablet, const ChainPoint& server,
                         const std::optional<Hash>& server_hash_at_tablet_seq);

}  // namespace doudi::sync
