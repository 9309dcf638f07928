// Opening, keys and the pool of readers.
#include "sync_server/store/store.hpp"

#include <array>

#include "shared/crypto/crypto.hpp"
#include "shared/sql/sqlcipher.hpp"
#include "shared/wire/catalog_json.hpp"
#include "sync_server/store/embedded.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kReadersMax = 4;
constexpr int kReaderCacheKib = 8 * 1024;

}  // namespace

Uuid new_id(Instant now) {
  std::array<std::uint8_t, 10> random{};
  crypto::random_bytes(random);
  return make_uuid_v7(now, random);
}

const Schema& shipped_schema() {
  static const Schema read_once{wire::shipped_catalog(), migrations()};
  return read_once;
}

Result<std::unique_ptr<Store>> Store::create(const std::filesystem::path& folder, files::FileSystem& disk,
                                             const Schema& schema) {
  DOUDI_TRY(disk.make_private_folder(folder));
  if (disk.exists(folder / "district.db") || disk.exists(folder / "district.key")) {
    return Error{"store.exists", "There is already a store in this folder."};
  }
  Secret key(crypto::random_bytes(kKeyBytes));
  DOUDI_TRY(files::write_durably(disk, folder / "district.key", key.view()));
  std::unique_ptr<Store> store(new Store(folder, disk, std::move(key), schema));
  DOUDI_TRY(store->open_connection(true));
  return store;
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& folder, files::FileSystem& disk,
                                           const Schema& schema) {
  if (!disk.exists(folder / "district.db")) {
    return Error{"store.missing", "There is no store in this folder: run `doudi-server init` first."};
  }
  DOUDI_ASSIGN(Bytes key, files::read_small_file(disk, folder / "district.key", kKeyBytes));
  if (key.size() != kKeyBytes) return Error{"store.key", "The file district.key is damaged."};
  std::unique_ptr<Store> store(new Store(folder, disk, Secret(std::move(key)), schema));
  DOUDI_TRY(store->open_connection(false));
  return store;
}

Status Store::open_connection(bool create) {
  sql::SqlcipherOptions options;
  options.file = file();
  options.create = create;
  options.cache_kib = 64 * 1024;
  options.disk = &disk_;
  DOUDI_ASSIGN(writer_, sql::open_sqlcipher(options, key_));
  // Without it a row that replaces another removes it past the triggers that keep events and audit.
  DOUDI_TRY(writer_->script("PRAGMA recursive_triggers=ON"));
  return upgrade();
}

Status Store::upgrade() {
  const auto version = sql::migrate(*writer_, schema_.migrations, [this] {
    return sql::replace_copy(*writer_, folder_ / kCopyBeforeUpdate, key_, disk_);
  });
  if (!version.ok()) return version.error();
  return {};
}

Result<Store::Reader> Store::read() {
  std::unique_ptr<sql::Connection> connection;
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !idle_.empty() || readers_ < kReadersMax; });
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    } else {
      ++readers_;
    }
  }
  if (!connection) {
    sql::SqlcipherOptions options;
    options.file = file();
    options.access = sql::Access::read;
    options.cache_kib = kReaderCacheKib;
    options.disk = &disk_;
    auto opened = sql::open_sqlcipher(options, key_);
    if (!opened.ok()) {
      const std::lock_guard lock(mutex_);
      --readers_;
      returned_.notify_one();
      return opened.error();
    }
    connection = std::move(*opened);
  }
  {
    const std::lock_guard lock(mutex_);
    lent_[connection.get()] = std::chrono::steady_clock::now();
  }
  Reader reader(*this, std::move(connection));
  DOUDI_TRY(reader->begin(false));
  return reader;
}

// What is cut fails and lets go of its snapshot; the next commit finds the log free.
void Store::bound_log() {
  const auto bytes = disk_.size(folder_ / "district.db-wal");
  if (!bytes.ok() || *bytes < log_limit_.bytes) return;
  if (sql::checkpoint(*writer_).ok()) return;
  const auto oldest = std::chrono::steady_clock::now() - log_limit_.age;
  const std::lock_guard lock(mutex_);
  for (const auto& [connection, since] : lent_) {
    if (since <= oldest) sql::interrupt(*connection);
  }
}

Store::Reader::~Reader() {
  if (!connection_) return;
  connection_->rollback();
  const std::lock_guard lock(store_->mutex_);
  store_->lent_.erase(connection_.get());
  store_->idle_.push_back(std::move(connection_));
  store_->returned_.notify_one();
}

Result<std::string> read_setting(sql::Connection& connection, std::string_view key) {
  const auto found = connection.value("SELECT value FROM setting WHERE key=$1", sql::params(key));
  if (!found.ok()) return found.error();
  if (!found->has_value()) return std::string();
  return std::get<std::string>(**found);
}

Status write_setting(sql::Connection& connection, std::string_view key, std::string_view value) {
  const auto changed = connection.run(
      "INSERT INTO setting(key, value) VALUES($1,$2) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
      sql::params(key, value));
  if (!changed.ok()) return changed.error();
  return {};
}

}  // namespace doudi::district
