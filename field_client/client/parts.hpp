// What the library holds behind its interface. One mutex guards the store and everything read from it; the
// sync driver takes the same one for each of its steps.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "field_client/attachments/attachment_store.hpp"
#include "field_client/include/doudi/field.hpp"
#include "field_client/keys/key_manager.hpp"
#include "field_client/net/device_client.hpp"
#include "field_client/store/store.hpp"
#include "field_client/sync/driver.hpp"
#include "field_client/work/board.hpp"
#include "field_client/work/person_search.hpp"
#include "field_client/work/problem_list.hpp"
#include "field_client/work/share_data.hpp"
#include "field_client/work/visit_recorder.hpp"

namespace doudi::field {

// What server.json says: public facts only.
struct ServerFacts {
  std::string url;
};
Result<ServerFacts> read_server_facts(files::FileSystem& disk, const std::filesystem::path& folder);
Status write_server_facts(files::FileSystem& disk, const std::filesystem::path& folder,
                          const ServerFacts& facts);

struct Field::Parts {
  explicit Parts(FieldOptions given)
      : options(std::move(given)), keys(options.data, options.clock, *options.disk) {}

  FieldOptions options;
  KeyManager keys;
  std::mutex mutex;  // guards what follows
  std::unique_ptr<Store> store;
  std::unique_ptr<ShareData> share;
  std::optional<Board> board;
  PersonSearch search;
  Uuid worker;
  std::string worker_name;
  bool board_stale = true;
  bool background_sync = false;
  bool revoked = false;     // the keys are gone; what is in memory goes with the next lock
  std::mutex driver_mutex;  // guards `driver`; taken before `mutex`
  std::unique_ptr<SyncDriver> driver;

  // The rest expects `mutex` to be held, unless it says otherwise.
  [[nodiscard]] bool is_open() const { return store != nullptr && !revoked; }
  [[nodiscard]] CivilDate today() const { return date_of(options.clock.wall()); }
  Status require_open() const;
  Status open_with(std::string_view pin, bool accept_loss);
  Status let_in(std::string_view pin, bool accept_loss);  // also on a full disk
  [[nodiscard]] StoreOptions store_options() const;
  Status open_store(const Secret& data_key, bool accept_loss);
  void close();
  Status change_key_and_open(std::string_view pin);
  Status load_board();
  Result<std::vector<Problem>> problems(const std::string& where, const std::vector<Value>& parameters);
  Result<std::vector<DueRow>> same_door(const Uuid& household);
  VisitRecorder recorder();
  AttachmentStore attachments() { return {*store, options.photo_space_min}; }
  Result<DeviceIdentity> identity();
  Result<Grid> grid();
  // "field.grid_handed_over": what is still here waits for its last upload and is only shown.
  Status require_held(const Uuid& household);
  Status refresh_after_save(const std::optional<Uuid>& household);
  // Without `mutex`.
  void destroy_keys();
  Status start_driver();
  void stop_driver();
  void wake_driver();
};

// Every line is a finding.
Result<std::vector<std::string>> verify_digests(Store& store);
Status export_store(Store& store, const std::function<void(const std::string&)>& line);

// The store does not say what the sign needs.
Chip unreadable_chip(const Error& error);
Chip make_chip(const UnsentCount& unsent, const std::optional<Instant>& last_success, bool attention,
               const std::optional<SyncStatus>& sync, Instant now, std::int64_t attachments_waiting = 0);

}  // namespace doudi::field
