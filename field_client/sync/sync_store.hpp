// What a sync reads from and writes into the tablet's store, one transaction per step, so that a crash
// between any two steps leaves a state from which the next sync goes on. The caller holds the store.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "field_client/store/store.hpp"
#include "field_client/sync/left_scopes.hpp"
#include "field_client/sync/range_repair.hpp"
#include "shared/wire/messages.hpp"

namespace doudi::field {

inline constexpr std::size_t kBatchGroupsMax = 200;
inline constexpr std::size_t kBatchBytesMax = 128 * 1024;
inline constexpr std::uint32_t kPageRowsMax = 2000;
inline constexpr int kSyncPointsKept = 100;

class SyncStore {
 public:
  explicit SyncStore(Store& store) : store_(store), repair_(store), left_(store) {}
  Result<wire::Hello> hello();
  // True when the chain had to start again: greet once more. A new epoch or a server that forgot groups makes
  // them unsent.
  Result<bool> greeted(const wire::HelloReply& reply);
  Result<wire::Push> batch(bool emergency);
  Status pushed(const wire::PushReply& reply);
  // No photo waits any more. True when a grid or a row could leave the tablet with the last of them.
  Result<bool> uploads_done();
  Result<wire::Pull> pull();
  // Rows, positions and digests in one transaction; unsent edits stay on top. True when there is more to
  // fetch.
  Result<bool> page(const wire::Page& page);
  // Asked after the last page: compares the scopes whose digests differ.
  [[nodiscard]] RangeRepair& repair() { return repair_; }
  // The last page came from a district that knows other grids for this worker than the tablet does.
  [[nodiscard]] bool must_greet() const { return must_greet_; }
  // Rows left the tablet since the last call: what was read before shows people who are gone.
  bool take_purged() { return std::exchange(purged_, false); }
  Result<wire::Wait> wait();
  Status succeeded();

 private:
  Status apply_row(RowWriter& writer, const sync::RowState& row, bool anything_unsent);
  Status keep_digests(const wire::Page& page);
  Status keep_number(const sync::RowState& lead);
  Result<wire::Cursors> cursors();
  Status keep_sync_point(Instant server_time);
  Status purge(RowWriter& writer);
  Result<std::vector<wire::SetAside>> set_aside();
  Status settle(const std::vector<sync::GroupVerdict>& settled);
  Status offer_settled_again();
  Result<std::uint64_t> common_seq(std::uint32_t incarnation, const wire::HelloReply& reply);

  Store& store_;
  RangeRepair repair_;
  LeftScopes left_;
  bool must_greet_ = false;
  bool purged_ = false;
};

}  // namespace doudi::field
