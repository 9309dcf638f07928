// One round of sync without threads: what the pure session (shared/sync/tablet_session.hpp) decides becomes
// steps on the store and calls to make; who makes the calls, and when, is the shell's business. The driver
// and a simulation perform their rounds with the same code.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <variant>

#include "field_client/attachments/upload_queue.hpp"
#include "field_client/sync/sync_store.hpp"
#include "shared/sync/tablet_session.hpp"

namespace doudi::field {

struct SyncCall {
  std::string_view target;  // "/v1/sync/push"
  Bytes frame;
  std::optional<UploadRequest> upload;  // instead of target and frame
};

class SyncRound {
 public:
  using Jitter = std::function<std::int64_t()>;  // 0 … 2^31-1

  SyncRound(Store& store, Jitter jitter) : steps_(store), uploads_(store), jitter_(std::move(jitter)) {}
  // What an action on the store leads to: a call, or the next event at once. Nothing for the actions that are
  // the shell's own (waiting, timer, report). The caller holds the store here and in `answered`.
  using Step = std::variant<SyncCall, sync::Event>;
  std::optional<Step> begin(const sync::Action& action);
  // The event that the answer to the call under way leads to.
  sync::Event answered(const Result<Bytes>& answer, std::int64_t retry_after_ms);
  // Whether rows came or went since the last call: what was read before is stale.
  bool take_rows_changed();

  Result<SyncCall> wait_call();
  // Does not touch the store.
  [[nodiscard]] sync::Event wait_answered(const Result<Bytes>& answer, std::int64_t retry_after_ms) const;
  [[nodiscard]] sync::Event failed(const Error& error, std::int64_t retry_after_ms = 0) const;

 private:
  enum class Under { hello, push, pull, compare, upload };
  Step begin_hello();
  Step read_batch(bool emergency);
  Step begin_push();
  Step begin_pull();
  Step begin_compare();
  Step read_piece();
  Step begin_upload();
  Result<sync::Event> take_hello(const Bytes& answer);
  Result<sync::Event> take_push(const Bytes& answer);
  Result<sync::Event> take_page(const Bytes& answer);
  Result<sync::Event> take_comparison(const Bytes& answer);

  SyncStore steps_;
  UploadQueue uploads_;
  Jitter jitter_;
  wire::Push batch_;
  wire::Compare compare_;
  std::optional<UploadRequest> piece_;
  Under under_way_ = Under::hello;
  bool rows_arrived_ = false;
};

}  // namespace doudi::field
