// The groups a tablet has saved: reading them back as they were hashed, marking what the district answered,
// and giving them new names when the chain has to start again (sync.md, Capture).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/sql/connection.hpp"
#include "shared/sync/catalog.hpp"
#include "shared/sync/group_chain.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::field {

// What the outbox shows; the operations are read only when they are needed.
struct GroupHead {
  std::int64_t id = 0;
  std::uint32_t incarnation = 1;
  std::uint64_t seq = 0;
  sync::Lane lane = sync::Lane::ordinary;
  std::int64_t wall_ms = 0;
  std::string kind;
  std::optional<Uuid> household;
  bool acknowledged = false;
  std::optional<sync::Verdict> verdict;
  std::string reason;
};

struct UnsentCount {
  std::int64_t groups = 0;
  std::int64_t emergencies = 0;
  std::optional<std::int64_t> oldest_ms;
};

class GroupLog {
 public:
  GroupLog(sql::Connection& connection, const sync::Catalog& catalog)
      : connection_(connection), catalog_(catalog) {}

  // Operations captured in the open transaction and not yet in a group, coalesced.
  Result<std::vector<sync::Operation>> captured();
  Result<std::int64_t> append(const sync::Group& group, const sync::Hash& hash, const std::string& kind,
                              const std::optional<Uuid>& household);
  Result<std::optional<sync::ChainPoint>> newest(std::uint32_t incarnation);
  Result<std::optional<sync::Hash>> hash_at(std::uint32_t incarnation, std::uint64_t seq);
  Result<sync::Group> read(std::int64_t id);
  Result<std::vector<GroupHead>> heads(std::string_view condition_and_order,
                                       const std::vector<Value>& parameters = {});
  Result<UnsentCount> unsent();
  // Unsent groups of a lane in sending order: whole groups, at most `groups_max`, at most about `bytes_max`.
  // An emergency is preceded only by unsent groups that insert rows it refers to.
  Result<std::vector<sync::Group>> batch(bool emergency, std::size_t groups_max, std::size_t bytes_max);
  Status acknowledge(const sync::GroupVerdict& verdict);
  // The district no longer has these: they are offered again.
  Status offer_again(std::uint32_t incarnation, std::uint64_t above,
                     const std::vector<std::uint64_t>& except);
  // The district was restored: what an earlier incarnation sent, and what was refused or held, may be gone
  // there whatever it knows of the newest incarnation. It answers what it still has with the stored verdict.
  Status offer_all_again(std::uint32_t incarnation);
  // Unsent groups become 1, 2, 3 … of a new incarnation; returns the hash of the last, zeros if there was
  // none.
  Result<sync::Hash> start_incarnation(std::uint32_t incarnation);
  // Whether an unsent operation touches the row: its captured operations, oldest first.
  Result<std::vector<sync::Operation>> pending_on(std::string_view table, const Uuid& row);
  // Recomputes the chain; each line names what is wrong.
  Result<std::vector<std::string>> verify_chain();

 private:
  Result<std::vector<sync::Operation>> operations(std::string_view condition,
                                                  const std::vector<Value>& parameters);
  Result<std::vector<std::int64_t>> sending_order(bool emergency, std::size_t groups_max);
  Result<std::vector<std::int64_t>> inserted_before(const sync::Group& group, std::int64_t id);

  sql::Connection& connection_;
  const sync::Catalog& catalog_;
};

}  // namespace doudi::field
