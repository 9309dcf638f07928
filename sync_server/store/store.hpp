// The district's encrypted store: one writing connection, a few readers on snapshots, the key beside it in a
// file only its owner can read. One process per store.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/files/files.hpp"
#include "shared/sql/connection.hpp"
#include "shared/sync/catalog.hpp"
#include "sync_server/store/schema.hpp"

namespace doudi::district {

Uuid new_id(Instant now);

// The store as it was before the newest update changed it: put in its place, it runs with the program of then
// (README, Going back).
inline constexpr std::string_view kCopyBeforeUpdate = "district.before-update.db";

class Store {
 public:
  // Makes DIR (0700), district.key (0600) and an empty store. "store.exists" when there is one.
  static Result<std::unique_ptr<Store>> create(const std::filesystem::path& folder,
                                               files::FileSystem& disk = files::system_files(),
                                               const Schema& schema = shipped_schema());
  // "store.missing", "sql.in_use", "sql.key", …
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& folder,
                                             files::FileSystem& disk = files::system_files(),
                                             const Schema& schema = shipped_schema());

  // Used by one thread at a time: the writer thread, or a command before it starts.
  [[nodiscard]] sql::Connection& writer() { return *writer_; }
  [[nodiscard]] const sync::Catalog& catalog() const { return schema_.catalog; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "district.db"; }
  [[nodiscard]] files::FileSystem& disk() const { return disk_; }
  [[nodiscard]] const Secret& key() const { return key_; }

  // A reading connection inside a snapshot; goes back to the pool at the end of its life.
  class Reader {
   public:
    Reader(Store& store, std::unique_ptr<sql::Connection> connection)
        : store_(&store), connection_(std::move(connection)) {}
    Reader(Reader&&) noexcept = default;
    Reader& operator=(Reader&&) = delete;
    ~Reader();
    [[nodiscard]] sql::Connection& operator*() const { return *connection_; }
    [[nodiscard]] sql::Connection* operator->() const { return connection_.get(); }

   private:
    Store* store_;
    std::unique_ptr<sql::Connection> connection_;
  };
  Result<Reader> read();

  // The log grows while a reader needs an old state of it. Called by the writer after a commit: beyond the
  // limit, readers older than `age` are cut ("sql.interrupted"), then the log is emptied into the file.
  struct LogLimit {
    std::uint64_t bytes = 128U << 20U;
    std::chrono::milliseconds age{5'000};
  };
  void bound_log();
  void set_log_limit(const LogLimit& limit) { log_limit_ = limit; }

 private:
  Store(std::filesystem::path folder, files::FileSystem& disk, Secret key, const Schema& schema)
      : disk_(disk), folder_(std::move(folder)), key_(std::move(key)), schema_(schema) {}
  Status open_connection(bool create);
  Status upgrade();

  files::FileSystem& disk_;
  std::filesystem::path folder_;
  Secret key_;
  const Schema& schema_;
  std::unique_ptr<sql::Connection> writer_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<sql::Connection>> idle_;
  std::size_t readers_ = 0;
  std::map<sql::Connection*, std::chrono::steady_clock::time_point> lent_;  // since when
  LogLimit log_limit_;
};

// setting(key) or empty.
Result<std::string> read_setting(sql::Connection& connection, std::string_view key);
Status write_setting(sql::Connection& connection, std::string_view key, std::string_view value);

}  // namespace doudi::district
