// The driver's life beside the store, and what the tablet knows about its own sync.
#include <fstream>

#include "field_client/client/parts.hpp"
#include "field_client/include/doudi/version.hpp"
#include "field_client/store/catalog_file.hpp"
#include "shared/sql/sqlcipher.hpp"

namespace doudi::field {
namespace {

std::string verdict_text(const GroupHead& group) {
  if (!group.acknowledged) return "unsent";
  switch (group.verdict.value_or(sync::Verdict::applied)) {
    case sync::Verdict::applied:
    case sync::Verdict::duplicate:
      return "sent";
    case sync::Verdict::merged:
      return "merged";
    case sync::Verdict::held:
      return "held";
    case sync::Verdict::rejected:
      return "rejected";
  }
  return "sent";
}

}  // namespace

Result<DeviceIdentity> Field::Parts::identity() {
  DeviceIdentity found;
  const auto read = [&](std::string_view key) -> Result<Bytes> {
    DOUDI_ASSIGN(const auto value,
                 store->connection().value("SELECT value FROM setting WHERE key = $1", sql::params(key)));
    const Bytes* bytes = value ? std::get_if<Bytes>(&*value) : nullptr;
    if (!bytes) return Error{"field.not_enrolled", "this tablet is not enrolled"};
    return *bytes;
  };
  DOUDI_ASSIGN(const Bytes device, read("device"));
  DOUDI_ASSIGN(found.private_key, read("signing_private"));
  DOUDI_ASSIGN(const Bytes public_key, read("signing_public"));
  const auto id = uuid_from_bytes(device);
  if (!id || public_key.size() != found.public_key.size())
    return Error{"field.not_enrolled", "this tablet is not enrolled"};
  found.device = *id;
  std::copy(public_key.begin(), public_key.end(), found.public_key.begin());
  return found;
}

// Not before the office can read what was never sent: a tablet without the office's key stays as it is,
// locked out by the district.
void Field::Parts::destroy_keys() {
  const std::lock_guard lock(mutex);
  if (!is_open()) return;
  const auto unsent = store->groups().unsent();
  const auto sealed = store->seal_unsent();
  const bool safe = sealed.ok() && unsent.ok() && (*sealed || unsent->groups == 0);
  if (safe && keys.destroy().ok()) revoked = true;
}

Status Field::Parts::start_driver() {
  const std::lock_guard driver_lock(driver_mutex);
  if (driver) return {};
  SyncDriverOptions chosen;
  {
    const std::lock_guard lock(mutex);
    DOUDI_TRY(require_open());
    DOUDI_ASSIGN(chosen.identity, identity());
    DOUDI_ASSIGN(const ServerFacts server, read_server_facts(*options.disk, options.data));
    DOUDI_ASSIGN(const Bytes authority,
                 files::read_small_file(*options.disk, options.data / "authority.pem"));
    chosen.transport = {server.url, std::string(as_text(authority)), std::chrono::seconds(30)};
  }
  chosen.on_revoked = [this] { destroy_keys(); };
  chosen.on_change = [this](bool rows) {
    const std::lock_guard lock(mutex);
    board_stale = board_stale || rows;
  };
  DOUDI_ASSIGN(driver, SyncDriver::create(*store, mutex, std::move(chosen)));
  if (background_sync) driver->start(true);
  return {};
}

void Field::Parts::stop_driver() {
  const std::lock_guard driver_lock(driver_mutex);
  driver.reset();
}

// A round that somebody waits for holds the driver and looks for unsent groups itself.
void Field::Parts::wake_driver() {
  const std::unique_lock driver_lock(driver_mutex, std::try_to_lock);
  if (driver_lock && driver && background_sync) driver->wake();
}

void Field::enable_background_sync(bool enabled) {
  const std::lock_guard driver_lock(parts_->driver_mutex);
  parts_->background_sync = enabled;
  if (!parts_->driver) return;
  if (enabled)
    parts_->driver->start(true);
  else
    parts_->driver->stop();
}

void Field::wake_sync() {
  parts_->wake_driver();
}

Status Field::sync_now(std::chrono::milliseconds patience) {
  const std::lock_guard driver_lock(parts_->driver_mutex);
  if (!parts_->driver) return Error{"field.locked", "unlock the tablet first"};
  return parts_->driver->run_round(patience);
}

Status Field::ask_repair() {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  return parts_->store->set_setting("repair_asked", Value{std::int64_t{1}});
}

Chip Field::chip() {
  std::optional<SyncStatus> status;
  {
    const std::unique_lock driver_lock(parts_->driver_mutex, std::try_to_lock);
    if (driver_lock && parts_->driver) status = parts_->driver->status();
  }
  const std::lock_guard lock(parts_->mutex);
  Chip locked;
  locked.reason_code = "field.locked";
  locked.reason = "平板已锁定";
  locked.reason_en = "The tablet is locked";
  if (!parts_->is_open()) return locked;
  const auto unsent = parts_->store->groups().unsent();
  if (!unsent.ok()) return unreadable_chip(unsent.error());
  const auto last = parts_->store->setting("last_success_ms");
  if (!last.ok()) return unreadable_chip(last.error());
  const auto wrong = parts_->store->connection().integer(
      "SELECT (SELECT count(*) FROM op_group WHERE verdict IN (3, 4)) + "
      "(SELECT count(*) FROM setting WHERE key LIKE 'digest_wrong_%' AND value IS NOT NULL)");
  if (!wrong.ok()) return unreadable_chip(wrong.error());
  const auto waiting = parts_->attachments().waiting();
  if (!waiting.ok()) return unreadable_chip(waiting.error());
  std::optional<Instant> success;
  if (*last) success = Instant{std::stoll(**last)};
  return make_chip(*unsent, success, *wrong > 0, status, parts_->options.clock.wall(), *waiting);
}

Result<std::vector<OutboxRow>> Field::outbox() {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  DOUDI_TRY(parts_->load_board());
  DOUDI_ASSIGN(const auto groups, parts_->store->groups().heads("ORDER BY id DESC LIMIT 200"));
  std::vector<OutboxRow> rows;
  for (const auto& group : groups) {
    OutboxRow row;
    row.seq = group.seq;
    row.at = Instant{group.wall_ms};
    row.kind = group.kind;
    row.household = group.household;
    row.door = parts_->board->door_of(group.household);
    row.name = parts_->board->name_of(std::nullopt, group.household);
    row.lane = group.lane == sync::Lane::emergency ? "emergency" : "ordinary";
    row.state = verdict_text(group);
    if (row.state == "held" || row.state == "rejected") row.reason = group.reason;
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<DeviceFacts> Field::device() {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  DeviceFacts facts;
  DOUDI_ASSIGN(const auto identity, parts_->identity());
  DOUDI_ASSIGN(const auto epoch, parts_->store->setting("epoch"));
  DOUDI_ASSIGN(const auto last, parts_->store->setting("last_success_ms"));
  DOUDI_ASSIGN(const auto server, read_server_facts(*parts_->options.disk, parts_->options.data));
  facts.device_id = to_string(identity.device);
  facts.program_version = kProgramVersion;
  facts.server_url = server.url;
  facts.epoch = epoch.value_or("");
  DOUDI_ASSIGN(facts.visits_recorded,
               parts_->store->connection().integer("SELECT count(*) FROM visit WHERE deleted=0"));
  DOUDI_ASSIGN(facts.backed_up_seq,
               parts_->store->connection().integer("SELECT value FROM setting WHERE key = 'backed_up'"));
  DOUDI_ASSIGN(facts.rows_set_aside,
               parts_->store->connection().integer("SELECT count(*) FROM set_aside_row"));
  if (last) facts.last_sync_at = Instant{std::stoll(*last)};
  const auto size = parts_->options.disk->size(parts_->options.data / "field.db");
  if (size.ok()) facts.store_bytes = static_cast<std::int64_t>(*size);
  const auto space = parts_->options.disk->free_bytes(parts_->options.data);
  if (space.ok()) facts.free_bytes = static_cast<std::int64_t>(*space);
  return facts;
}

Result<std::vector<std::string>> Field::verify() {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  Store& store = *parts_->store;
  DOUDI_TRY(store.checkpoint());
  DOUDI_ASSIGN(auto findings, store.groups().verify_chain());
  DOUDI_TRY(store.connection().query("PRAGMA integrity_check", [&](const sql::Row& row) {
    if (row.text(0) != "ok") findings.emplace_back(row.text(0));
    return true;
  }));
  DOUDI_TRY(store.connection().query("PRAGMA cipher_integrity_check", [&](const sql::Row& row) {
    findings.emplace_back(row.text(0));
    return true;
  }));
  DOUDI_ASSIGN(const auto wrong, verify_digests(store));
  findings.insert(findings.end(), wrong.begin(), wrong.end());
  return findings;
}

Status Field::export_records(const std::function<void(const std::string&)>& line) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  return export_store(*parts_->store, line);
}

}  // namespace doudi::field
