// The tablet's encrypted store. One save is one transaction: rows, captured operations and the sealed group
// together, then the seal file. Opening compares both and never continues silently when something
// acknowledged is missing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "field_client/include/doudi/device_clock.hpp"
#include "field_client/store/ballast.hpp"
#include "field_client/store/catalog_file.hpp"
#include "field_client/store/group_log.hpp"
#include "field_client/store/row_writer.hpp"
#include "field_client/store/seal_file.hpp"
#include "field_client/store/sealed_outbox.hpp"

namespace doudi::field {

// The store as it was before the newest update changed it, under the same key.
inline constexpr std::string_view kCopyBeforeUpdate = "field.before-update.db";

struct StoreOptions {
  std::filesystem::path folder;
  DeviceClock clock;
  bool create = false;
  bool accept_loss = false;  // the worker was told: the seal follows the store, an incident is kept
  files::FileSystem* disk = &files::system_files();
  std::uint64_t ballast_bytes = 0;  // kBallastBytes for a tablet in use
  const Schema* schema = &shipped_schema();
};

struct SaveLabel {
  std::string kind;  // "visit", "lead", "edit": for the outbox
  std::optional<Uuid> household;
};

struct SavedGroup {
  std::int64_t id = 0;
  std::uint64_t seq = 0;
  sync::Lane lane = sync::Lane::ordinary;
};

// What the store itself says about how much was ever sealed.
Result<SealPoint> stored_seal_point(sql::Connection& connection);

class Store {
 public:
  // Errors "store.data_loss" (expected and found in the message; copies of the files are kept aside),
  // "store.seal_forged", "sql.*".
  static Result<std::unique_ptr<Store>> open(const StoreOptions& options, const Secret& data_key);
  ~Store();

  using Write = std::function<Status(RowWriter&)>;
  // What `write` did becomes one group. The lane is asked after the write: a rule may have made it an
  // emergency. "sql.full": nothing was saved. What the disk still gives is then for the sync and for
  // emergencies, until there is space again.
  Result<SavedGroup> save(const SaveLabel& label, const std::function<sync::Lane()>& lane,
                          const Write& write);
  // Rows from the district: not captured, not sealed. `write` may also store positions and settings.
  Status apply(const Write& write);

  Result<std::optional<std::string>> setting(std::string_view key);
  Status set_setting(std::string_view key, const Value& value);
  Status add_incident(const std::string& kind, const std::string& detail);
  // The chain starts again (rolled back or cloned tablet): unsent groups are sealed anew.
  Status start_incarnation(std::uint32_t incarnation);
  Result<std::uint32_t> incarnation();
  // The key the office opens sealed outboxes with; a new one seals what is unsent again.
  Status set_recovery_key(ByteView public_key);
  // Acknowledged groups leave the sealed outbox when it is worth a write.
  Status trim_outbox();
  // What was sent is unsent again: the next checkpoint makes the sealed outbox anew.
  Status distrust_outbox() { return set_setting("outbox_sealed", Value{}); }
  // Everything unsent, durably. False when the district has not given its key.
  Result<bool> seal_unsent();
  // Seals what was saved since the last time and is still unsent, and empties the log of SQLite into the
  // file. Called within 30 s after a save; a save that comes later than that sees to it itself.
  Status checkpoint();
  [[nodiscard]] bool needs_checkpoint() const { return dirty_; }

  [[nodiscard]] sql::Connection& connection() { return *connection_; }
  [[nodiscard]] GroupLog& groups() { return groups_; }
  [[nodiscard]] const sync::Catalog& catalog() const { return schema_.catalog; }
  [[nodiscard]] const DeviceClock& clock() const { return clock_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] files::FileSystem& disk() const { return disk_; }
  // Grows with every committed change: caches compare it.
  [[nodiscard]] std::uint64_t version() const { return version_; }
  Result<SealPoint> seal_point() { return stored_seal_point(*connection_); }

 private:
  Store(const StoreOptions& options, const Secret& data_key, std::unique_ptr<sql::Connection> connection);
  Status check_seal(const StoreOptions& options);
  Error keep_aside(const std::string& what);
  Status copy_aside(const std::filesystem::path& aside);
  Status prepare(const StoreOptions& options, const Secret& data_key);
  Status adopt_kept();
  Result<SavedGroup> save_group(const SaveLabel& label, const std::function<sync::Lane()>& lane,
                                const Write& write);
  Status apply_rows(const Write& write);
  Error full_disk_noticed(const Error& error);
  Status install_triggers();
  Result<sync::Group> make_group(std::vector<sync::Operation> operations, sync::Lane lane);
  Result<SealPoint> advance_seal(const sync::Hash& hash);
  void write_seal(const SealPoint& point);
  void note_change();
  void tidy_if_due();
  Result<bool> seal_new();
  Status note_sealed();
  Status note_outbox(const Result<bool>& written);
  Result<std::optional<std::int64_t>> sealed_up_to();
  Result<std::vector<sync::Group>> unsent_groups(std::int64_t above);

  files::FileSystem& disk_;
  const Schema& schema_;
  std::filesystem::path folder_;
  DeviceClock clock_;
  SealFile seal_;
  Ballast ballast_;
  std::unique_ptr<sql::Connection> connection_;
  GroupLog groups_;
  SealedOutbox outbox_;
  std::uint64_t version_ = 1;
  bool dirty_ = false;
  std::int64_t dirty_since_ms_ = 0;  // on the monotonic clock
};

}  // namespace doudi::field
