// Everything one running district consists of, put together once: store, rules, the writer, news, devices.
// Commands and the server use the same object, so a command does the same through the socket and directly.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "sync_server/auth/device_registry.hpp"
#include "sync_server/service/ingest.hpp"
#include "sync_server/service/news.hpp"
#include "sync_server/service/rulebook.hpp"
#include "sync_server/service/writer.hpp"
#include "sync_server/store/generation.hpp"
#include "sync_server/store/row_table.hpp"
#include "sync_server/store/store.hpp"

namespace doudi::district {

struct Identity {
  std::string epoch;
  std::string code;  // "120110"
  std::string name;
  std::string pack;
};

struct DistrictOptions {
  std::filesystem::path folder;
  std::filesystem::path share;
  Now now = &system_now;
  Steady steady = &std::chrono::steady_clock::now;
  bool threads = true;  // false: the caller commits what waits in the writer and expires waits for news
  files::FileSystem* disk = &files::system_files();  // of `folder`
  RestoreConsent consent = {};                       // a store that was put back goes on under a new epoch
  const Schema* schema = &shipped_schema();
};

class District {
 public:
  static Result<std::unique_ptr<District>> open(DistrictOptions options);

  [[nodiscard]] Store& store() { return *store_; }
  [[nodiscard]] Writer& writer() { return *writer_; }
  [[nodiscard]] News& news() { return news_; }
  [[nodiscard]] DeviceRegistry& devices() { return devices_; }
  [[nodiscard]] const RowTables& tables() const { return *tables_; }
  [[nodiscard]] const Rulebook& rules() const { return rules_; }
  [[nodiscard]] const Ingest& ingest() const { return *ingest_; }
  [[nodiscard]] const Identity& identity() const { return identity_; }
  [[nodiscard]] Instant now() const { return now_(); }
  [[nodiscard]] const Steady& steady() const { return steady_; }
  // Tells tablets in a long poll and counts; call after a commit.
  void announce(const std::set<std::string>& scopes) { news_.scopes_changed(scopes); }

 private:
  explicit District(const DistrictOptions& options)
      : now_(options.now), steady_(options.steady), news_(options.steady, options.threads) {}
  Now now_;
  Steady steady_;
  std::unique_ptr<Store> store_;
  Identity identity_;
  Rulebook rules_;
  std::unique_ptr<RowTables> tables_;
  std::unique_ptr<Ingest> ingest_;
  DeviceRegistry devices_;
  News news_;
  std::unique_ptr<Writer> writer_;  // last made, first gone: its jobs use everything above
};

// A new store with its first administrator, district authority and epoch.
struct InitOptions {
  std::filesystem::path folder;
  std::filesystem::path share;
  std::string code;
  std::string pack;
  std::string admin_login = "admin";
  std::string admin_password;
  files::FileSystem* disk = &files::system_files();
  const Schema* schema = &shipped_schema();
};
Status init_district(const InitOptions& options, Instant now);

}  // namespace doudi::district
