// Opening, keys and the pool of readers.
#include "sync_server/store/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>

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

Status write_private_file(const std::filesystem::path& file, ByteView content) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0)
    return Error{"store.write", "The file " + file.filename().string() + " cannot be written."};
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t count = ::write(descriptor, content.data() + done, content.size() - done);
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  const bool good = done == content.size() && ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (!good) return Error{"store.write", "The file " + file.filename().string() + " cannot be written."};
  return {};
}

Result<Bytes> read_small_file(const std::filesystem::path& file, std::size_t bytes_max) {
  std::error_code code;
  const auto size = std::filesystem::file_size(file, code);
  if (code) return Error{"store.missing", "The file " + file.filename().string() + " is missing."};
  if (size > bytes_max)
    return Error{"store.too_large", "The file " + file.filename().string() + " is too large."};
  std::ifstream stream(file, std::ios::binary);
  Bytes content(static_cast<std::size_t>(size));
  stream.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(size));
  if (!stream) return Error{"store.read", "The file " + file.filename().string() + " cannot be read."};
  return content;
}

Result<std::unique_ptr<Store>> Store::create(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return Error{"store.write", "The data folder cannot be made."};
  if (std::filesystem::exists(folder / "district.db") || std::filesystem::exists(folder / "district.key")) {
    return Error{"store.exists", "There is already a store in this folder."};
  }
  ::chmod(folder.c_str(), S_IRWXU);
  Secret key(crypto::random_bytes(kKeyBytes));
  DOUDI_TRY(write_private_file(folder / "district.key", key.view()));
  std::unique_ptr<Store> store(new Store(folder, std::move(key)));
  DOUDI_TRY(store->open_connection(true));
  return store;
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "district.db")) {
    return Error{"store.missing", "There is no store in this folder: run `doudi-server init` first."};
  }
  DOUDI_ASSIGN(Bytes key, read_small_file(folder / "district.key", kKeyBytes));
  if (key.size() != kKeyBytes) return Error{"store.key", "The file district.key is damaged."};
  std::unique_ptr<Store> store(new Store(folder, Secret(std::move(key))));
  DOUDI_TRY(store->open_connection(false));
  return store;
}

Status Store::open_connection(bool create) {
  catalog_ = wire::shipped_catalog();
  sql::SqlcipherOptions options;
  options.file = file();
  options.create = create;
  options.cache_kib = 64 * 1024;
  DOUDI_ASSIGN(writer_, sql::open_sqlcipher(options, key_));
  return upgrade();
}

Status Store::upgrade() {
  const auto version = sql::migrate(*writer_, migrations());
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
    auto opened = sql::open_sqlcipher(options, key_);
    if (!opened.ok()) {
      const std::lock_guard lock(mutex_);
      --readers_;
      returned_.notify_one();
      return opened.error();
    }
    connection = std::move(*opened);
  }
  Reader reader(*this, std::move(connection));
  DOUDI_TRY(reader->begin(false));
  return reader;
}

Store::Reader::~Reader() {
  if (!connection_) return;
  connection_->rollback();
  const std::lock_guard lock(store_->mutex_);
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
