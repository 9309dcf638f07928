// Groups kept whole: what could not be applied, or came from a worker who no longer had the grid. A person
// takes one in as the district's decision, or closes it with a reason; its bytes stay either way.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/wire/messages.hpp"
#include "sync_server/auth/access.hpp"
#include "sync_server/service/district.hpp"

namespace doudi::district {

struct HeldKey {
  std::int64_t device = 0;
  std::int64_t incarnation = 0;
  std::int64_t seq = 0;
};
std::string to_text(const HeldKey& key);  // "3-1-17"
std::optional<HeldKey> parse_held_key(std::string_view text);

struct HeldGroup {
  HeldKey key;
  std::string device;
  std::string worker;
  std::string reason;
  bool rejected = false;
  Instant received_at;
  Instant recorded_at;                                        // by the tablet's clock
  std::vector<std::pair<std::string, std::int64_t>> content;  // table, operations
  std::vector<std::string> about;  // doors of what it touches, in the actor's grids
  std::string outcome;             // "taken", "closed" or empty while it waits
  std::string closed_by, closed_reason;
  std::optional<Instant> closed_at;
};
// What waits, as it came; without a group when its bytes cannot be read.
struct HeldFrame {
  Uuid device;
  Instant received_at;
  std::optional<sync::Group> group;
};
Result<HeldFrame> read_held_frame(sql::Connection& connection, const HeldKey& key);

// How it ended, with its line in the audit record; nobody's name when the program did it.
struct HeldEnd {
  std::string outcome;
  std::optional<Uuid> by;
  std::string reason;
  std::string action;
};
Status record_held(sql::Connection& connection, const HeldKey& key, const Uuid& device, const HeldEnd& end,
                   Instant now);

// Those of workers who have, or had, a grid the actor sees.
Result<std::vector<HeldGroup>> read_held_groups(sql::Connection& connection, const Actor& actor);

// What was set aside as its tablet knows, and has been taken in since.
Result<std::vector<sync::GroupVerdict>> settled_groups(sql::Connection& connection, const Device& device,
                                                       const std::vector<wire::SetAside>& set_aside);

// People who may take in, close, take back values and merge.
extern const std::set<std::string> kDeciders;

// Applied in the grids the actor decides over, as received when it arrived. "not_found", "held.closed",
// "held.refused" (its message is the code of why it still cannot be applied).
Status take_held_group(District& district, const Actor& actor, const HeldKey& key);
Status close_held_group(District& district, const Actor& actor, const HeldKey& key,
                        const std::string& reason);

}  // namespace doudi::district
