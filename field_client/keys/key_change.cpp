#include "field_client/keys/key_change.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "field_client/keys/key_record.hpp"
#include "field_client/rescue/rescue.hpp"
#include "field_client/store/settings_copy.hpp"
#include "shared/sql/sqlcipher.hpp"

namespace doudi::field {
namespace {

constexpr const char* kWorkFolder = "next-key";
constexpr std::array kMoved{"field.db", "field.seal", kSettingsCopyName};
// All that an interrupted change may leave behind.
constexpr std::array kWorkFiles{"field.db",
                                "field.db-wal",
                                "field.db-shm",
                                "field.db.lock",
                                "field.db.partial",
                                "field.db.partial-wal",
                                "field.db.partial-shm",
                                "field.db.partial-journal",
                                "field.db.partial.lock",
                                "field.seal",
                                "field.seal.new",
                                kSettingsCopyName,
                                "settings.sealed.new"};

enum class Outcome { nothing_decided, moved };

Error copy_differs(const std::string& what) {
  return {"keys.copy_differs",
          "新密钥下的副本与原来的不一致，密钥没有更换，数据都在。"
          "The copy under the new key is not the same (" +
              what + "): the key was not changed and nothing is lost."};
}

// As long as it is held no program opens the store for writing.
Result<std::unique_ptr<files::Lock>> hold_store(files::FileSystem& disk,
                                                const std::filesystem::path& folder) {
  auto lock = disk.lock(folder / "field.db.lock");
  if (!lock.ok() && lock.error().code == "file.in_use")
    return Error{"sql.in_use",
                 "另一个程序正在用平板的数据，请先关闭它 / Another program uses this store. Close it first."};
  return lock;
}

Status clear(files::FileSystem& disk, const std::filesystem::path& work) {
  for (const char* name : kWorkFiles) DOUDI_TRY(disk.remove(work / name));
  return {};
}

bool has_left_files(files::FileSystem& disk, const std::filesystem::path& work) {
  return std::any_of(kWorkFiles.begin(), kWorkFiles.end(),
                     [&](const char* name) { return disk.exists(work / name); });
}

Result<KeyRecord> read_record(files::FileSystem& disk, const std::filesystem::path& folder) {
  DOUDI_ASSIGN(const Bytes text, files::read_small_file(disk, folder / "keys.json"));
  return parse_key_record(as_text(text));
}

// Not exists(): what cannot be seen now must not count as moved.
Status move_if_there(files::FileSystem& disk, const std::filesystem::path& from,
                     const std::filesystem::path& to) {
  const auto size = disk.size(from);
  if (!size.ok()) return size.error().code == "file.missing" ? Status{} : Status{size.error()};
  return disk.rename(from, to);
}

// Each step may be the last one for now, and may be done again.
Status move_over(files::FileSystem& disk, const std::filesystem::path& folder, KeyRecord record) {
  const auto work = folder / kWorkFolder;
  // The old log must not be read over the new file. The same flush makes the decision durable, if the one
  // that took it was told of a failure.
  for (const char* name : {"field.db-wal", "field.db-shm"}) DOUDI_TRY(disk.remove(folder / name));
  DOUDI_TRY(disk.sync_folder(folder));
  for (const char* name : kMoved) DOUDI_TRY(move_if_there(disk, work / name, folder / name));
  DOUDI_TRY(disk.remove(folder / kCopyBeforeUpdate));  // its key is about to go
  DOUDI_TRY(disk.sync_folder(folder));
  DOUDI_TRY(disk.sync_folder(work));
  record.current = std::move(*record.next);
  record.next.reset();
  return files::write_durably(disk, folder / "keys.json", as_bytes(to_json(record)));
}

// With the store held: what keys.json says is done.
Result<Outcome> settle(files::FileSystem& disk, const std::filesystem::path& folder) {
  DOUDI_ASSIGN(KeyRecord record, read_record(disk, folder));
  const bool decided = record.next.has_value();
  if (decided) DOUDI_TRY(move_over(disk, folder, std::move(record)));
  // What stays behind opens nothing; the next unlocking tries again.
  static_cast<void>(clear(disk, folder / kWorkFolder));
  return decided ? Outcome::moved : Outcome::nothing_decided;
}

Error told_as_unchanged(const Error& error) {
  if (error.code != "sql.full" && error.code != "file.full") return error;
  return {error.code,
          "平板的存储空间不够，密钥没有更换，什么都没有改。更换密钥要有和数据一样大的空间。"
          "The tablet has too little space: the key was not changed, nothing else either. It needs as much "
          "space as the store has."};
}

Result<std::map<std::string, std::int64_t>> row_counts(sql::Connection& connection) {
  std::vector<std::string> tables;
  DOUDI_TRY(connection.query("SELECT name FROM sqlite_schema WHERE type = 'table'", [&](const sql::Row& row) {
    tables.emplace_back(row.text(0));
    return true;
  }));
  std::map<std::string, std::int64_t> counts;
  for (const std::string& table : tables) {
    DOUDI_ASSIGN(counts[table], connection.integer("SELECT count(*) FROM \"" + table + "\""));
  }
  return counts;
}

// Makes what is under the new key, and proves it.
class NextFiles {
 public:
  NextFiles(const StoreOptions& options, const Secret& old_key, const Secret& new_key)
      : folder_(options.folder),
        work_(options.folder / kWorkFolder),
        disk_(*options.disk),
        old_key_(old_key),
        new_key_(new_key) {}

  Status make() {
    DOUDI_TRY(disk_.make_private_folder(work_));
    DOUDI_TRY(clear(disk_, work_));
    DOUDI_ASSIGN(const auto source,
                 sql::open_sqlcipher(
                     {.file = folder_ / "field.db", .access = sql::Access::read, .disk = &disk_}, old_key_));
    DOUDI_TRY(sql::copy_encrypted(*source, work_ / "field.db", new_key_, disk_));
    DOUDI_ASSIGN(const auto copy,
                 sql::open_sqlcipher({.file = work_ / "field.db", .disk = &disk_}, new_key_));
    DOUDI_TRY(compare(*source, *copy));
    DOUDI_TRY(remember_old_key(*copy));
    DOUDI_TRY(seal(*copy));
    DOUDI_TRY(keep_settings(*copy));
    DOUDI_TRY(sql::checkpoint(*copy));
    DOUDI_TRY(disk_.sync_folder(work_));
    return disk_.sync_folder(folder_);  // the work folder's own name
  }

 private:
  // Pages were compared by their codes; this is what a worker would miss.
  static Status compare(sql::Connection& source, sql::Connection& copy) {
    DOUDI_ASSIGN(const auto expected, row_counts(source));
    DOUDI_ASSIGN(const auto found, row_counts(copy));
    if (found != expected) return copy_differs("rows");
    DOUDI_ASSIGN(const SealPoint sealed, stored_seal_point(source));
    DOUDI_ASSIGN(const SealPoint copied, stored_seal_point(copy));
    return sealed == copied ? Status{} : Status{copy_differs("seal point")};
  }

  Status remember_old_key(sql::Connection& copy) {
    DOUDI_ASSIGN(const auto known,
                 copy.value("SELECT value FROM setting WHERE key = $1", sql::params(kFormerKeys)));
    Bytes former = to_bytes(old_key_.view());
    if (const Bytes* older = known ? std::get_if<Bytes>(&*known) : nullptr)
      former.insert(former.end(), older->begin(), older->end());
    const auto written = copy.run(
        "INSERT INTO setting(key, value) VALUES($1, $2) ON CONFLICT(key) DO UPDATE SET value = "
        "excluded.value",
        sql::params(kFormerKeys, former));
    return written.ok() ? Status{} : Status{written.error()};
  }

  Status seal(sql::Connection& copy) {
    DOUDI_ASSIGN(const SealPoint point, stored_seal_point(copy));
    const SealFile file(disk_, work_ / "field.seal", new_key_);
    DOUDI_TRY(file.write(point));
    DOUDI_ASSIGN(const auto written, file.read());
    return compare_seal(point, written) == SealState::in_step ? Status{} : Status{copy_differs("seal")};
  }

  Status keep_settings(sql::Connection& copy) {
    DOUDI_TRY(keep_settings_copy(disk_, work_, new_key_, copy));
    DOUDI_ASSIGN(const SettingsCopy kept, read_settings_copy(disk_, work_, new_key_));
    const auto newest = std::find_if(kept.settings.begin(), kept.settings.end(),
                                     [](const auto& setting) { return setting.first == kFormerKeys; });
    return newest != kept.settings.end() ? Status{} : Status{copy_differs("settings")};
  }

  std::filesystem::path folder_;
  std::filesystem::path work_;
  files::FileSystem& disk_;
  const Secret& old_key_;
  const Secret& new_key_;
};

// A store that lost something, or has a page that cannot be read, keeps its key until it is rescued. What is
// unsent is sealed to the district before anything else happens.
Status prove_store(const StoreOptions& options, const Secret& key) {
  DOUDI_TRY(finish_rescue(*options.disk, options.folder));
  DOUDI_ASSIGN(const auto store, Store::open(options, key));
  return store->checkpoint();
}

}  // namespace

Status change_key(const StoreOptions& options, KeyManager& keys, std::string_view pin) {
  DOUDI_ASSIGN(const Secret old_key, keys.unlock(pin));
  if (const Status proved = prove_store(options, old_key); !proved.ok())
    return told_as_unchanged(proved.error());
  DOUDI_ASSIGN(const auto held, hold_store(*options.disk, options.folder));
  const Secret new_key(crypto::random_bytes(std::size_t{32}));
  Status made = NextFiles(options, old_key, new_key).make();
  if (made.ok()) made = keys.announce(pin, new_key);
  // The decision may stand although writing it was reported as a failure: keys.json knows.
  const auto settled = settle(*options.disk, options.folder);
  if (!settled.ok()) return made.ok() ? settled.error() : made.error();
  return *settled == Outcome::moved ? Status{} : Status{told_as_unchanged(made.error())};
}

Status finish_key_change(files::FileSystem& disk, const std::filesystem::path& folder) {
  const auto record = read_record(disk, folder);
  // Anything else that cannot be read could hide a decision: the old store must not be opened then.
  if (!record.ok()) return record.error().code == "file.missing" ? Status{} : Status{record.error()};
  if (!record->next && !has_left_files(disk, folder / kWorkFolder)) return {};
  const auto held = hold_store(disk, folder);
  // Another program is making these files, or has the store open: they are not in the way.
  if (!held.ok()) return record->next ? Status{held.error()} : Status{};
  const auto settled = settle(disk, folder);
  return settled.ok() ? Status{} : Status{settled.error()};
}

}  // namespace doudi::field
