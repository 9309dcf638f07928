#include "field_client/rescue/rescue.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "field_client/rescue/table_shapes.hpp"
#include "field_client/store/settings_copy.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/wire/kept_cells.hpp"

namespace doudi::field {
namespace {

// The new store grows in a folder of its own; with the mark in it, it is whole and only has to move.
constexpr const char* kWorkFolder = "rescued";
constexpr const char* kMark = "complete";
constexpr std::array kMoved{"field.db", "field.seal", "outbox.sealed", kSettingsCopyName};
constexpr std::array kFound{"field.db", "field.db-wal", "field.seal", "outbox.sealed", kSettingsCopyName};

constexpr std::uint32_t kUnknownIncarnation = 0;

Status done(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

class Rescue {
 public:
  Rescue(const StoreOptions& options, const Secret& data_key)
      : options_(options), data_key_(data_key), disk_(*options.disk), work_(options.folder / kWorkFolder) {}

  Result<RescueFacts> run() {
    // An earlier one may have moved a part of its files: salt and file must belong together.
    DOUDI_TRY(finish_rescue(disk_, options_.folder));
    DOUDI_ASSIGN(const SettingsCopy copy, read_settings_copy(disk_, options_.folder, data_key_));
    DOUDI_TRY(keep_as_found());
    DOUDI_TRY(open_new());
    DOUDI_TRY(take_pages(copy.salt));
    DOUDI_TRY(store_->apply([&](RowWriter& writer) { return settle(writer, copy); }));
    DOUDI_TRY(begin_again());
    DOUDI_TRY(store_->checkpoint());
    store_.reset();
    DOUDI_TRY(files::write_durably(disk_, work_ / kMark, as_bytes("1")));
    DOUDI_TRY(finish_rescue(disk_, options_.folder));
    return report_;
  }

 private:
  Status keep_as_found() {
    report_.kept_in = "damaged-" + std::to_string(options_.clock.wall().ms);
    const auto aside = options_.folder / report_.kept_in;
    DOUDI_TRY(disk_.make_private_folder(aside));
    for (const char* name : kFound) {
      if (disk_.exists(options_.folder / name) && !disk_.exists(aside / name))
        DOUDI_TRY(files::copy_file(disk_, options_.folder / name, aside / name));
    }
    return disk_.sync_folder(aside);
  }

  // What an earlier, interrupted rescue had begun is begun again.
  Status open_new() {
    DOUDI_TRY(disk_.make_private_folder(work_));
    for (const char* name : {"field.db", "field.db-wal", "field.db-shm", "field.seal", "outbox.sealed"})
      DOUDI_TRY(disk_.remove(work_ / name));
    StoreOptions fresh = options_;
    fresh.folder = work_;
    fresh.create = true;
    fresh.ballast_bytes = 0;
    DOUDI_ASSIGN(store_, Store::open(fresh, data_key_));
    return {};
  }

  Status take_pages(ByteView salt) {
    DOUDI_ASSIGN(const PageFile file, PageFile::open(disk_, options_.folder / "field.db", data_key_, salt));
    DOUDI_ASSIGN(const auto shapes, table_shapes(store_->connection()));
    report_.pages = file.pages();
    const Status taken = store_->apply([&](RowWriter& writer) -> Status {
      for (std::uint32_t number = 1; number <= file.pages(); ++number) {
        const auto page = file.page(number);
        if (!page.ok()) {
          if (page.error().code != "crypto.damaged") return page.error();
          ++report_.damaged_pages;
          continue;
        }
        const LeafRows rows = leaf_rows(file, number, *page);
        report_.unreadable += rows.unreadable;
        if (const TableShape* shape = shape_of(shapes, rows)) DOUDI_TRY(take_rows(writer, *shape, rows));
      }
      return {};
    });
    DOUDI_TRY(taken);
    if (report_.damaged_pages < report_.pages) return {};
    return Error{"store.unreadable", "no page of the store can be read; nothing was changed"};
  }

  // A row that breaks a rule of its table is of a page that was given up: it is not taken.
  Status take_rows(RowWriter& writer, const TableShape& shape, const LeafRows& rows) {
    for (const StoredRow& row : rows.rows) {
      const Status taken = store_->catalog().find(shape.table) ? put_row(writer, shape, row)
                                                               : insert_row(writer.connection(), shape, row);
      if (!taken.ok() && taken.error().code != "sql.constraint") return taken;
      report_.rows += taken.ok() ? 1U : 0U;
    }
    return {};
  }

  Status put_row(RowWriter& writer, const TableShape& shape, const StoredRow& row) {
    sync::RowState state{shape.table, {}, false, {}};
    Value extra;
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      const std::string& name = shape.columns[i].name;
      if (name == "id")
        state.row = uuid_from_bytes(std::get<Bytes>(row.values[i])).value_or(Uuid{});
      else if (name == "deleted")
        state.deleted = row.values[i] != Value{std::int64_t{0}};
      else if (name == "extra")
        extra = row.values[i];
      else
        state.columns.emplace_back(name, row.values[i]);
    }
    DOUDI_TRY(add_kept(state, extra));
    if (const auto grid = uuid_from_bytes(grid_of(state))) grids_.insert(to_string(*grid));
    return writer.put(state);
  }

  static Status add_kept(sync::RowState& state, const Value& extra) {
    DOUDI_ASSIGN(sync::Cells cells, wire::read_kept_cells(extra));
    for (auto& cell : cells) state.columns.push_back(std::move(cell));
    return {};
  }

  static ByteView grid_of(const sync::RowState& state) {
    if (state.table == "grid") return state.row.view();
    const Value* grid = find_value(state, "grid");
    const Bytes* bytes = grid ? std::get_if<Bytes>(grid) : nullptr;
    return bytes ? ByteView(*bytes) : ByteView();
  }

  static Status insert_row(sql::Connection& connection, const TableShape& shape, const StoredRow& row) {
    std::string names;
    std::string places;
    std::vector<Value> parameters;
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      parameters.push_back(shape.columns[i].is_number ? Value{row.number} : row.values[i]);
      names += (i == 0 ? "" : ", ") + shape.columns[i].name;
      places += (i == 0 ? "$" : ", $") + std::to_string(i + 1);
    }
    return done(
        connection.run("INSERT INTO " + shape.table + "(" + names + ") VALUES(" + places + ")", parameters));
  }

  // Groups count only when they are what was hashed; what they did is done again where its row is missing.
  Status settle(RowWriter& writer, const SettingsCopy& copy) {
    for (const auto& [key, value] : copy.settings) DOUDI_TRY(store_->set_setting(key, value));
    DOUDI_TRY(hold_grids());
    DOUDI_TRY(group_loose_operations(writer.connection()));
    DOUDI_ASSIGN(const auto heads, store_->groups().heads("ORDER BY id"));
    for (const GroupHead& head : heads) {
      if (head.incarnation != kUnknownIncarnation) newest_ = std::max(newest_, head.incarnation);
      DOUDI_ASSIGN(const bool whole, is_whole(head));
      if (!whole) {
        DOUDI_TRY(drop_group(writer.connection(), head));
        continue;
      }
      ++report_.groups;
      if (head.acknowledged) continue;
      ++report_.unsent;
      DOUDI_TRY(do_again(writer, head));
    }
    return store_->add_incident("rescued", std::to_string(report_.damaged_pages) + " of " +
                                               std::to_string(report_.pages) + " pages were damaged, " +
                                               std::to_string(report_.rows) + " rows taken over, " +
                                               std::to_string(report_.lost_groups.size()) +
                                               " groups lost; the files are in " + report_.kept_in);
  }

  // Operations whose group was on a damaged page become groups again when they only added rows: the district
  // takes what it has already without a change. An edit sent a second time could undo somebody's later one.
  Status group_loose_operations(sql::Connection& connection) {
    std::map<std::int64_t, bool> loose;  // did it only add?
    DOUDI_TRY(connection.query(
        "SELECT group_seq, kind FROM op_log WHERE group_seq NOT IN (SELECT id FROM op_group) "
        "ORDER BY group_seq",
        [&loose](const sql::Row& row) {
          bool& adds = loose.emplace(row.integer(0), true).first->second;
          adds = adds && row.integer(1) == 1;
          return true;
        }));
    for (const auto& [id, adds] : loose) {
      if (!adds) {
        report_.lost_groups.push_back("number " + std::to_string(id));
        DOUDI_TRY(done(connection.run("DELETE FROM op_log WHERE group_seq = $1", sql::params(id))));
        continue;
      }
      DOUDI_TRY(
          done(connection.run("UPDATE op_log SET group_seq = NULL WHERE group_seq = $1", sql::params(id))));
      DOUDI_TRY(append_loose());
    }
    return {};
  }

  // Its number is not known any more; the new incarnation gives it one.
  Status append_loose() {
    sync::Group group;
    group.incarnation = kUnknownIncarnation;
    group.seq = ++loose_;
    group.schema_version = store_->catalog().version;
    DOUDI_ASSIGN(const auto assignment, store_->setting("assignment_version"));
    group.assignment_version = assignment ? std::stoll(*assignment) : 0;
    group.device_wall_ms = options_.clock.wall().ms;
    group.device_monotonic_ms = options_.clock.monotonic_ms();
    group.boot_id = options_.clock.boot_id;
    DOUDI_ASSIGN(group.operations, store_->groups().captured());
    return done(
        store_->groups().append(group, sync::group_hash(group, crypto::sha256), "rescued", std::nullopt));
  }

  // All that rows name: what the district no longer gives to this tablet leaves it the usual way.
  Status hold_grids() {
    DOUDI_ASSIGN(const auto known, store_->setting("scopes"));
    std::string scopes = known.value_or("");
    for (const std::string& grid : grids_)
      if (scopes.find(grid) == std::string::npos) scopes += (scopes.empty() ? "" : " ") + grid;
    return store_->set_setting("scopes", Value{scopes});
  }

  Result<bool> is_whole(const GroupHead& head) {
    const auto group = store_->groups().read(head.id);
    if (!group.ok()) return group.error().code.starts_with("sync.") ? Result<bool>(false) : group.error();
    DOUDI_ASSIGN(const auto stored,
                 store_->connection().value("SELECT hash FROM op_group WHERE id = $1", sql::params(head.id)));
    const sync::Hash hash = sync::group_hash(*group, crypto::sha256);
    const Bytes* kept = stored ? std::get_if<Bytes>(&*stored) : nullptr;
    return kept != nullptr && std::equal(kept->begin(), kept->end(), hash.begin(), hash.end());
  }

  Status drop_group(sql::Connection& connection, const GroupHead& head) {
    report_.lost_groups.push_back(std::to_string(head.incarnation) + "/" + std::to_string(head.seq));
    DOUDI_TRY(done(connection.run("DELETE FROM op_log WHERE group_seq = $1", sql::params(head.id))));
    return done(connection.run("DELETE FROM op_group WHERE id = $1", sql::params(head.id)));
  }

  // An unsent row that lay on a damaged page is what its operations say.
  Status do_again(RowWriter& writer, const GroupHead& head) {
    DOUDI_ASSIGN(const sync::Group group, store_->groups().read(head.id));
    for (const sync::Operation& operation : group.operations) {
      if (operation.kind != sync::OperationKind::insert) continue;
      DOUDI_ASSIGN(const auto there, writer.read(operation.table, operation.row));
      if (there) continue;
      sync::RowState row{operation.table, operation.row, false, {}};
      for (const auto& change : operation.columns) row.columns.emplace_back(change.column, change.next);
      DOUDI_TRY(writer.put(row));
    }
    return {};
  }

  // Numbers of groups that are gone must not be used again: what is unsent goes under a new incarnation.
  Status begin_again() {
    DOUDI_ASSIGN(const std::uint32_t known, store_->incarnation());
    DOUDI_TRY(store_->start_incarnation(std::max(known, newest_) + 1));
    const auto sealed = store_->seal_unsent();
    return sealed.ok() ? Status{} : Status{sealed.error()};
  }

  const StoreOptions& options_;
  const Secret& data_key_;
  files::FileSystem& disk_;
  std::filesystem::path work_;
  std::unique_ptr<Store> store_;
  std::set<std::string> grids_;
  std::uint32_t newest_ = 1;
  std::uint64_t loose_ = 0;
  RescueFacts report_;
};

}  // namespace

Result<RescueFacts> rescue_store(const StoreOptions& options, const Secret& data_key) {
  return Rescue(options, data_key).run();
}

Error told_as_damage(const Error& error) {
  if (error.code != "sql.damaged" && error.code != "sql.key") return error;
  return {
      "store.damaged",
      "平板的数据有损坏，什么都没有删。请用“修复”：没坏的记录都会留下，已上传的会从区里取回。"
      "The tablet's store is damaged; nothing was removed. Use rescue: what is sound is kept, and what was "
      "sent comes back from the district."};
}

Status finish_rescue(files::FileSystem& disk, const std::filesystem::path& folder) {
  const auto work = folder / kWorkFolder;
  if (!disk.exists(work / kMark)) return {};
  if (disk.exists(work / "field.db")) {
    // The old log must not be read over the new file.
    for (const char* name : {"field.db-wal", "field.db-shm"}) DOUDI_TRY(disk.remove(folder / name));
    DOUDI_TRY(disk.sync_folder(folder));
  }
  for (const char* name : kMoved)
    if (disk.exists(work / name)) DOUDI_TRY(disk.rename(work / name, folder / name));
  DOUDI_TRY(disk.sync_folder(folder));
  DOUDI_TRY(disk.remove(work / kMark));
  return disk.sync_folder(work);
}

}  // namespace doudi::field
