// Performs what the pure session decides (shared/sync/tablet_session.hpp): one control thread makes the calls
// of a round and its steps on the store, a second one waits for news so that a save can interrupt it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "field_client/net/device_client.hpp"
#include "field_client/sync/round.hpp"
#include "shared/sync/tablet_session.hpp"

namespace doudi::field {

struct SyncStatus {
  sync::Phase phase = sync::Phase::idle;
  Error error;  // of the newest failure; empty code after a success
};

struct SyncDriverOptions {
  TransportOptions transport;
  DeviceIdentity identity;
  std::function<void()> on_revoked;          // called without the store: the district revoked this tablet
  std::function<void(bool rows)> on_change;  // called without the store: rows arrived, or verdicts did
};

class SyncDriver {
 public:
  // `store_mutex` guards `store`; both outlive the driver.
  static Result<std::unique_ptr<SyncDriver>> create(Store& store, std::mutex& store_mutex,
                                                    SyncDriverOptions options);
  ~SyncDriver();
  SyncDriver(const SyncDriver&) = delete;
  SyncDriver& operator=(const SyncDriver&) = delete;

  // `keep_waiting`: after a round, wait for news and go on; otherwise one round at a time.
  void start(bool keep_waiting);
  void stop();
  void wake();
  [[nodiscard]] SyncStatus status();
  // Until a round ended with nothing unsent; after a failure, tries again while there is patience.
  Status run_round(std::chrono::milliseconds patience);

 private:
  SyncDriver(Store& store, std::mutex& store_mutex, SyncDriverOptions options,
             std::unique_ptr<Transport> transport, std::unique_ptr<Transport> waiting_transport,
             std::unique_ptr<Transport> upload_transport);
  void run();
  void wait_for_news();
  std::optional<sync::Event> next_event();
  std::optional<sync::Event> perform(const sync::Action& action);
  std::optional<sync::Event> perform_on_store(const sync::Action& action);
  sync::Event make_call(SyncCall call);
  std::optional<sync::Event> begin_wait();
  void report(const sync::Report& report);
  void post(sync::Event event);
  void tidy_store();
  bool nothing_unsent();

  Store& store_;
  std::mutex& store_mutex_;
  SyncDriverOptions options_;
  SyncRound round_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Transport> waiting_transport_;
  std::unique_ptr<Transport> upload_transport_;  // closed by a save until the next piece is looked for
  DeviceClient client_;
  DeviceClient waiting_client_;
  sync::TabletSession session_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<sync::Event> events_;
  std::optional<std::chrono::steady_clock::time_point> timer_;
  std::optional<SyncCall> wait_request_;
  std::uint64_t waits_ = 0;  // which of them: the answer to one that was given up is nobody's
  SyncStatus status_;
  std::uint64_t rounds_ = 0;
  std::uint64_t failures_ = 0;
  bool keep_waiting_ = false;
  bool stopping_ = false;
  std::thread control_;
  std::thread waiter_;
};

}  // namespace doudi::field
