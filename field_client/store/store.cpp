#include "field_client/store/store.hpp"

#include "field_client/store/settings_copy.hpp"
#include "shared/base/planted.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/sql/sqlcipher.hpp"
#include "shared/sync/capture.hpp"

namespace doudi::field {
namespace {

Status done(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

Status set_capture(sql::Connection& connection, bool enabled) {
  const auto parameters = sql::params(enabled);
  return done(connection.run("UPDATE capture_state SET capturing = $1 WHERE id = 1", parameters));
}

constexpr std::int64_t kTidyIntervalMs = 30'000;

Error storage_full() {
  return {"sql.full",
          "平板的存储空间满了，这次没有保存。请清理空间后再保存；已保存的记录都在，会照常上传。"
          "The tablet is full and this was not saved. Free some space and save again; what was saved before "
          "is kept and still sent."};
}

std::string loss_sentence(const SealPoint& store, const std::optional<SealReading>& seal) {
  const std::uint64_t sealed = seal ? seal->number + (seal->newer_unreadable ? 1 : 0) : 0;
  return "expected " + (seal ? std::to_string(sealed) : std::string("a seal")) + " saves, found " +
         std::to_string(store.number);
}

}  // namespace

Store::Store(const StoreOptions& options, const Secret& data_key, std::unique_ptr<sql::Connection> connection)
    : disk_(*options.disk),
      schema_(*options.schema),
      folder_(options.folder),
      clock_(options.clock),
      seal_(*options.disk, options.folder / "field.seal", data_key),
      ballast_(*options.disk, options.folder, options.ballast_bytes),
      connection_(std::move(connection)),
      groups_(*connection_, schema_.catalog),
      outbox_(*options.disk, options.folder / "outbox.sealed", *connection_) {}

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options, const Secret& data_key) {
  sql::SqlcipherOptions database;
  database.file = options.folder / "field.db";
  database.create = options.create;
  database.disk = options.disk;
  DOUDI_ASSIGN(auto connection, sql::open_sqlcipher(database, data_key));
  std::unique_ptr<Store> store(new Store(options, data_key, std::move(connection)));
  if (DOUDI_PLANTED("seq_reused_after_crash")) {
    DOUDI_TRY(store->connection_->script("PRAGMA synchronous=OFF"));
  } else {
    // Before anything is written: the files must stay as they were found if something is missing.
    DOUDI_TRY(store->check_seal(options));
  }
  Status prepared = store->prepare(options, data_key);
  if (!prepared.ok() && prepared.error().code == "sql.full") {
    store->ballast_.release();  // an update must not lock anybody out
    prepared = store->prepare(options, data_key);
  }
  DOUDI_TRY(prepared);
  // Only a rescue needs it: a copy that could not be written is written at the next opening.
  static_cast<void>(keep_settings_copy(*options.disk, options.folder, data_key, *store->connection_));
  store->ballast_.keep();
  return store;
}

Result<SealPoint> stored_seal_point(sql::Connection& connection) {
  DOUDI_ASSIGN(const auto exists,
               connection.integer("SELECT count(*) FROM sqlite_master WHERE name = 'seal_state'"));
  SealPoint point;
  if (exists == 0) return point;
  DOUDI_TRY(connection.query("SELECT number, hash FROM seal_state WHERE id = 1", [&](const sql::Row& row) {
    point.number = static_cast<std::uint64_t>(row.integer(0));
    const ByteView hash = row.blob(1);
    ensure(hash.size() == point.hash.size(), "a stored hash has 32 bytes");
    std::copy(hash.begin(), hash.end(), point.hash.begin());
    return false;
  }));
  return point;
}

Status Store::check_seal(const StoreOptions& options) {
  DOUDI_ASSIGN(const SealPoint stored, seal_point());
  const auto seal = seal_.read();
  // A device that cannot be read now may be read later: that is no loss.
  if (!seal.ok() && seal.error().code == "file.read") return seal.error();
  if (!seal.ok() && !options.accept_loss) return keep_aside(seal.error().message);
  const std::optional<SealReading> sealed = seal.ok() ? *seal : std::nullopt;
  const SealState state = seal.ok() ? compare_seal(stored, sealed) : SealState::data_lost;
  if (state == SealState::in_step) return {};
  if (state == SealState::data_lost && !options.accept_loss) return keep_aside(loss_sentence(stored, sealed));
  if (state == SealState::data_lost)
    DOUDI_TRY(add_incident("data_loss_accepted", loss_sentence(stored, sealed)));
  // A new store has no seal until its first save.
  return stored.number == 0 && state == SealState::store_ahead ? Status{} : seal_.write(stored);
}

// The connection still holds the files open and has changed nothing, so the copies are what was found.
Error Store::keep_aside(const std::string& what) {
  const auto aside = folder_ / ("damaged-" + std::to_string(clock_.wall().ms));
  const Status copied = copy_aside(aside);
  return {"store.data_loss",
          "the store lost acknowledged records: " + what +
              (copied.ok() ? "; copies of the files are in " + aside.filename().string()
                           : "; the files could not be copied: " + copied.error().message)};
}

Status Store::copy_aside(const std::filesystem::path& aside) {
  DOUDI_TRY(disk_.make_private_folder(aside));
  for (const char* name : {"field.db", "field.db-wal", "field.seal"})
    if (disk_.exists(folder_ / name)) DOUDI_TRY(files::copy_file(disk_, folder_ / name, aside / name));
  return disk_.sync_folder(aside);
}

Status Store::prepare(const StoreOptions& options, const Secret& data_key) {
  Status copied;
  const auto migrated = sql::migrate(*connection_, schema_.migrations, [&] {
    copied = sql::replace_copy(*connection_, folder_ / kCopyBeforeUpdate, data_key, disk_);
    return Status{};  // a tablet without room, or with a damaged page, must still open
  });
  if (!migrated.ok()) return migrated.error();
  if (!copied.ok()) DOUDI_TRY(add_incident("no_copy_before_update", copied.error().code));
  if (options.create) {
    DOUDI_ASSIGN(const auto known, setting("incarnation"));
    if (!known) DOUDI_TRY(set_setting("incarnation", Value{std::int64_t{1}}));
  }
  DOUDI_TRY(adopt_kept());
  DOUDI_TRY(set_capture(*connection_, true));
  DOUDI_TRY(install_triggers());
  // A program that was killed may not have sealed what it saved last.
  DOUDI_ASSIGN(const UnsentCount unsent, groups_.unsent());
  dirty_ = unsent.groups > 0;
  dirty_since_ms_ = clock_.monotonic_ms();
  return {};
}

// What a district of a newer version had given out stands in the columns this program has now. The cells of
// the rows stay the same, so no digest changes and nothing is to be sent.
Status Store::adopt_kept() {
  const std::string version = std::to_string(catalog().version);
  DOUDI_ASSIGN(const auto known, setting("catalog_version"));
  if (known && *known == version) return {};
  DOUDI_ASSIGN(auto transaction, sql::Transaction::begin(*connection_));
  DOUDI_TRY(set_capture(*connection_, false));
  RowWriter writer(*connection_, catalog());
  DOUDI_TRY(writer.adopt_kept());
  DOUDI_TRY(writer.store_digests());
  DOUDI_TRY(set_setting("catalog_version", Value{version}));
  return transaction.commit();
}

// Triggers are text derived from the catalog; they are made again when a new program derives another text.
Status Store::install_triggers() {
  const std::string wanted = sync::capture_triggers(catalog());
  DOUDI_ASSIGN(const auto installed, setting("capture_triggers"));
  if (installed && *installed == wanted) return {};
  DOUDI_ASSIGN(auto transaction, sql::Transaction::begin(*connection_));
  std::vector<std::string> names;
  DOUDI_TRY(
      connection_->query("SELECT name FROM sqlite_master WHERE type = 'trigger'", [&](const sql::Row& row) {
        names.emplace_back(row.text(0));
        return true;
      }));
  for (const auto& name : names) DOUDI_TRY(connection_->script("DROP TRIGGER \"" + name + "\""));
  DOUDI_TRY(connection_->script(wanted));
  DOUDI_TRY(set_setting("capture_triggers", Value{wanted}));
  return transaction.commit();
}

Result<sync::Group> Store::make_group(std::vector<sync::Operation> operations, sync::Lane lane) {
  sync::Group group;
  DOUDI_ASSIGN(group.incarnation, incarnation());
  DOUDI_ASSIGN(const auto newest, groups_.newest(group.incarnation));
  group.seq = newest ? newest->seq + 1 : 1;
  group.previous = newest ? newest->hash : sync::Hash{};
  group.lane = lane;
  group.schema_version = catalog().version;
  DOUDI_ASSIGN(const auto assignment, setting("assignment_version"));
  group.assignment_version = assignment ? std::stoll(*assignment) : 0;
  group.device_wall_ms = clock_.wall().ms;
  group.device_monotonic_ms = clock_.monotonic_ms();
  group.boot_id = clock_.boot_id;
  group.operations = std::move(operations);
  return group;
}

Result<SavedGroup> Store::save(const SaveLabel& label, const std::function<sync::Lane()>& lane,
                               const Write& write) {
  tidy_if_due();
  if (ballast_.is_released()) ballast_.keep();
  auto saved = save_group(label, lane, write);
  if (!saved.ok()) return full_disk_noticed(saved.error());
  return saved;
}

// Room is made before anybody tries again.
Error Store::full_disk_noticed(const Error& error) {
  if (error.code != "sql.full") return error;
  ballast_.release();
  return storage_full();
}

Result<SavedGroup> Store::save_group(const SaveLabel& label, const std::function<sync::Lane()>& lane,
                                     const Write& write) {
  DOUDI_ASSIGN(auto transaction, sql::Transaction::begin(*connection_));
  RowWriter writer(*connection_, catalog());
  DOUDI_TRY(write(writer));
  DOUDI_TRY(writer.store_digests());
  DOUDI_ASSIGN(auto operations, groups_.captured());
  if (operations.empty()) return Error{"store.nothing_to_save", "nothing was changed"};
  const sync::Lane chosen = lane();
  if (ballast_.is_released() && chosen != sync::Lane::emergency) return storage_full();
  DOUDI_ASSIGN(const sync::Group group, make_group(std::move(operations), chosen));
  const sync::Hash hash = sync::group_hash(group, crypto::sha256);
  DOUDI_ASSIGN(const std::int64_t id, groups_.append(group, hash, label.kind, label.household));
  DOUDI_ASSIGN(const SealPoint point, advance_seal(hash));
  DOUDI_TRY(transaction.commit());
  note_change();
  write_seal(point);
  return SavedGroup{id, group.seq, group.lane};
}

Status Store::apply(const Write& write) {
  const Status applied = apply_rows(write);
  if (!applied.ok()) return full_disk_noticed(applied.error());
  return {};
}

Status Store::apply_rows(const Write& write) {
  DOUDI_ASSIGN(auto transaction, sql::Transaction::begin(*connection_));
  DOUDI_TRY(set_capture(*connection_, false));
  RowWriter writer(*connection_, catalog());
  DOUDI_TRY(write(writer));
  DOUDI_TRY(writer.store_digests());
  DOUDI_TRY(set_capture(*connection_, true));
  DOUDI_TRY(transaction.commit());
  note_change();
  return {};
}

void Store::note_change() {
  ++version_;
  if (!dirty_) dirty_since_ms_ = clock_.monotonic_ms();
  dirty_ = true;
}

// Saves that follow each other closely leave nobody else the time to do it.
void Store::tidy_if_due() {
  if (!dirty_ || clock_.monotonic_ms() - dirty_since_ms_ < kTidyIntervalMs) return;
  if (const Status emptied = checkpoint(); !emptied.ok()) dirty_since_ms_ = clock_.monotonic_ms();
}

Result<SealPoint> Store::advance_seal(const sync::Hash& hash) {
  DOUDI_ASSIGN(SealPoint point, seal_point());
  ++point.number;
  point.hash = hash;
  const auto parameters = sql::params(static_cast<std::int64_t>(point.number), ByteView(point.hash));
  DOUDI_TRY(
      done(connection_->run("INSERT INTO seal_state(id, number, hash) VALUES(1, $1, $2) "
                            "ON CONFLICT(id) DO UPDATE SET number = excluded.number, hash = excluded.hash",
                            parameters)));
  return point;
}

// The save is already durable. A seal that could not be written only leaves the store ahead, which opening
// repairs.
void Store::write_seal(const SealPoint& point) {
  if (DOUDI_PLANTED("seal_not_written") && point.number > 1) return;
  if (const Status written = seal_.advance(point); !written.ok()) {
    static_cast<void>(add_incident("seal_not_written", written.error().code));
  }
}

Result<std::optional<std::string>> Store::setting(std::string_view key) {
  const auto parameters = sql::params(key);
  DOUDI_ASSIGN(const auto value,
               connection_->value("SELECT CAST(value AS TEXT) FROM setting WHERE key = $1", parameters));
  if (!value || is_null(*value)) return std::optional<std::string>{};
  return std::optional<std::string>{std::get<std::string>(*value)};
}

Status Store::set_setting(std::string_view key, const Value& value) {
  const auto parameters = sql::params(key, value);
  return done(connection_->run(
      "INSERT INTO setting(key, value) VALUES($1, $2) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
      parameters));
}

Status Store::add_incident(const std::string& kind, const std::string& detail) {
  const auto parameters = sql::params(clock_.wall(), kind, detail);
  return done(connection_->run("INSERT INTO incident(at, kind, detail) VALUES($1, $2, $3)", parameters));
}

Result<std::uint32_t> Store::incarnation() {
  DOUDI_ASSIGN(const auto text, setting("incarnation"));
  return text ? static_cast<std::uint32_t>(std::stoul(*text)) : 1U;
}

Status Store::start_incarnation(std::uint32_t incarnation) {
  DOUDI_ASSIGN(auto transaction, sql::Transaction::begin(*connection_));
  DOUDI_ASSIGN(const sync::Hash hash, groups_.start_incarnation(incarnation));
  DOUDI_TRY(set_setting("incarnation", Value{static_cast<std::int64_t>(incarnation)}));
  DOUDI_TRY(add_incident("new_incarnation", std::to_string(incarnation)));
  DOUDI_ASSIGN(const SealPoint point, advance_seal(hash));
  DOUDI_TRY(transaction.commit());
  note_change();
  write_seal(point);
  return note_outbox(seal_unsent());
}

// What it holds is in the store as well: a file that could not be written is noted, and made with the next
// checkpoint.
Status Store::note_outbox(const Result<bool>& written) {
  if (written.ok()) return {};
  return add_incident("outbox_not_written", written.error().code);
}

Result<std::vector<sync::Group>> Store::unsent_groups(std::int64_t above) {
  std::vector<sync::Group> groups;
  DOUDI_ASSIGN(const auto heads,
               groups_.heads("WHERE state = 'unsent' AND id > $1 ORDER BY id", sql::params(above)));
  for (const GroupHead& head : heads) {
    DOUDI_ASSIGN(sync::Group group, groups_.read(head.id));
    groups.push_back(std::move(group));
  }
  return groups;
}

// The newest group the file has seen and the file's size then; anything else found there makes it anew.
Result<std::optional<std::int64_t>> Store::sealed_up_to() {
  DOUDI_ASSIGN(const auto known, setting("outbox_sealed"));
  if (!known) return std::optional<std::int64_t>{};
  DOUDI_ASSIGN(const std::uint64_t size, outbox_.size());
  const std::size_t space = known->find(' ');
  if (known->substr(space + 1) != std::to_string(size)) return std::optional<std::int64_t>{};
  return std::optional{static_cast<std::int64_t>(std::stoll(known->substr(0, space)))};
}

Status Store::note_sealed() {
  DOUDI_ASSIGN(const std::int64_t newest, connection_->integer("SELECT coalesce(max(id), 0) FROM op_group"));
  DOUDI_ASSIGN(const std::uint64_t size, outbox_.size());
  return set_setting("outbox_sealed", Value{std::to_string(newest) + " " + std::to_string(size)});
}

Result<bool> Store::seal_unsent() {
  DOUDI_ASSIGN(const bool possible, outbox_.has_key());
  if (!possible) return false;
  DOUDI_ASSIGN(const auto groups, unsent_groups(0));
  DOUDI_TRY(outbox_.rewrite(groups));
  DOUDI_TRY(note_sealed());
  return true;
}

// What was sent in the meantime never gets there.
Result<bool> Store::seal_new() {
  DOUDI_ASSIGN(const bool possible, outbox_.has_key());
  if (!possible) return false;
  DOUDI_ASSIGN(const auto above, sealed_up_to());
  if (!above) return seal_unsent();
  DOUDI_ASSIGN(const auto groups, unsent_groups(*above));
  if (groups.empty()) return true;
  DOUDI_TRY(outbox_.append(groups));
  DOUDI_TRY(note_sealed());
  return true;
}

Status Store::set_recovery_key(ByteView public_key) {
  DOUDI_ASSIGN(const auto known, connection_->value("SELECT value FROM setting WHERE key = 'recovery_key'"));
  if (known && *known == sql::to_value(public_key)) return {};
  DOUDI_TRY(set_setting("recovery_key", sql::to_value(public_key)));
  outbox_.forget_keys();
  return note_outbox(seal_unsent());
}

Status Store::trim_outbox() {
  DOUDI_ASSIGN(const std::uint64_t bytes, outbox_.size());
  if (bytes <= kOutboxHeaderBytes) return {};
  DOUDI_ASSIGN(const auto unsent, groups_.unsent());
  if (unsent.groups > 0 && bytes < kOutboxBytesMax) return {};
  return note_outbox(seal_unsent());
}

Status Store::checkpoint() {
  DOUDI_TRY(note_outbox(seal_new()));
  DOUDI_TRY(sql::checkpoint(*connection_));
  dirty_ = false;
  ballast_.keep();
  return {};
}

}  // namespace doudi::field
