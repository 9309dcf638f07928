// A grid is known by its code, a worker by the login. A change of worker opens a new assignment version.
#include "sync_server/service/import_grids.hpp"

#include <algorithm>
#include <set>

#include "sync_server/auth/accounts.hpp"
#include "sync_server/service/spreadsheet_reader.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

const std::vector<HeaderMap::Field> kFields{
    {"code", {"网格编号", "网格编码", "网格号"}, true}, {"name", {"网格名称", "网格"}, true},
    {"community", {"社区", "村(社区)", "村居"}, true},  {"street", {"街道", "镇街", "乡镇", "街镇"}, true},
    {"login", {"网格员账号", "账号", "登录名"}, true},  {"worker", {"网格员姓名", "网格员"}, true},
    {"duty_phone", {"值班电话", "值班"}, false},        {"backup_phone", {"备用电话"}, false}};

struct GridRow {
  std::string code, name, community, street, login, worker, duty_phone, backup_phone;
};

bool is_grid_code(const std::string& code) {
  return code.size() >= 12 && code.size() <= 20 &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

Result<std::vector<GridRow>> read_rows(ByteView content, ImportReport& report) {
  std::vector<GridRow> rows;
  std::optional<HeaderMap> header;
  std::set<std::string> codes;
  Status status;
  const auto visit = [&](const CsvRow& row) {
    if (!header) {
      auto matched = HeaderMap::match(row.cells, kFields);
      if (!matched.ok()) status = matched.error();
      if (matched.ok()) header = std::move(*matched);
      if (header) report.unknown_columns = header->unknown();
      return status.ok();
    }
    ++report.rows;
    const auto get = [&](const char* field) { return header->get(row.cells, field); };
    const auto fault = [&](const char* field, const char* reason) {
      report.faults.push_back({row.line, header->label(field), reason});
    };
    GridRow grid{get("code"),  get("name"),   get("community"),  get("street"),
                 get("login"), get("worker"), get("duty_phone"), get("backup_phone")};
    if (!is_grid_code(grid.code)) {
      fault("code", "bad_code");
    } else if (!codes.insert(grid.code).second) {
      fault("code", "twice_in_file");
    } else if (grid.name.empty()) {
      fault("name", "missing_name");
    } else if (grid.login.empty()) {
      fault("login", "missing_login");
    } else {
      rows.push_back(std::move(grid));
    }
    return true;
  };
  DOUDI_ASSIGN(report.encoding, read_table(content, visit));
  DOUDI_TRY(status);
  if (!header) return Error{"import.empty", "The file is empty."};
  return rows;
}

class GridImport {
 public:
  GridImport(District& district, sql::Connection& connection, Instant now, ImportReport& report)
      : district_(district),
        connection_(connection),
        now_(now),
        report_(report),
        feed_(connection, district.tables()) {}

  Status run(const std::vector<GridRow>& rows) {
    DOUDI_ASSIGN(const std::string version, read_setting(connection_, "assignment_version"));
    next_version_ = std::strtoll(version.c_str(), nullptr, 10) + 1;
    for (const GridRow& row : rows) {
      DOUDI_ASSIGN(const Uuid grid, put_grid(row));
      DOUDI_ASSIGN(const Uuid worker, put_worker(row));
      DOUDI_TRY(put_duty(grid, worker));
    }
    DOUDI_TRY(feed_.flush());
    if (duty_changed_)
      DOUDI_TRY(write_setting(connection_, "assignment_version", std::to_string(next_version_)));
    return append_audit(connection_, {now_, std::nullopt, std::nullopt, "import.grids", "import",
                                      std::nullopt, std::to_string(rows.size())});
  }
  [[nodiscard]] const std::set<std::string>& touched() const { return feed_.touched(); }

 private:
  Result<Uuid> put_grid(const GridRow& row) {
    std::optional<Uuid> known;
    DOUDI_TRY(connection_.query("SELECT id FROM grid WHERE code=$1", sql::params(row.code),
                                [&known](const sql::Row& found) {
                                  known = found.uuid(0);
                                  return false;
                                }));
    sync::RowState state{"grid", known.value_or(new_id(now_)), false, {}};
    const auto optional = [](const std::string& text) { return text.empty() ? Value{} : Value(text); };
    state.columns = {{"code", row.code},
                     {"name", row.name},
                     {"community", row.community},
                     {"street", row.street},
                     {"duty_phone", optional(row.duty_phone)},
                     {"backup_phone", optional(row.backup_phone)}};
    std::optional<sync::RowState> before;
    if (known) {
      DOUDI_ASSIGN(before, district_.tables().read(connection_, *district_.tables().find("grid"), *known));
    }
    if (before && *before == state) {
      ++report_.unchanged;
      return state.row;
    }
    ++(known ? report_.changed : report_.grids_added);
    DOUDI_TRY(feed_.put(before, state));
    return state.row;
  }

  Result<Uuid> put_worker(const GridRow& row) {
    DOUDI_ASSIGN(const std::optional<Uuid> known, find_account(connection_, row.login));
    if (!known) {
      ++report_.accounts_added;
      return make_account(
          connection_, {row.login, row.worker.empty() ? row.login : row.worker, "grid_worker", row.code, ""},
          now_);
    }
    DOUDI_TRY(plain(connection_.run(
        "INSERT INTO account_role(account, role, scope) VALUES($1,'grid_worker',$2) ON CONFLICT DO NOTHING",
        sql::params(*known, row.code))));
    return *known;
  }

  Status put_duty(const Uuid& grid, const Uuid& worker) {
    DOUDI_ASSIGN(const std::int64_t has,
                 connection_.integer(
                     "SELECT count(*) FROM grid_duty WHERE grid=$1 AND account=$2 AND to_version IS NULL",
                     sql::params(grid, worker)));
    if (has > 0) return {};
    duty_changed_ = true;
    DOUDI_TRY(plain(connection_.run("UPDATE grid_duty SET to_version=$2 WHERE grid=$1 AND to_version IS NULL",
                                    sql::params(grid, next_version_))));
    return plain(connection_.run("INSERT INTO grid_duty(grid, account, from_version) VALUES($1,$2,$3)",
                                 sql::params(grid, worker, next_version_)));
  }

  District& district_;
  sql::Connection& connection_;
  Instant now_;
  ImportReport& report_;
  FeedWriter feed_;
  std::int64_t next_version_ = 2;
  bool duty_changed_ = false;
};

}  // namespace

Result<ImportReport> import_grids(District& district, const ImportOptions& options) {
  ImportReport report;
  DOUDI_ASSIGN(const Bytes content,
               files::read_small_file(files::system_files(), options.file, kImportBytesMax));
  DOUDI_ASSIGN(const std::vector<GridRow> rows, read_rows(content, report));
  if (options.dry_run || (!report.faults.empty() && !options.skip_faulty)) return report;
  std::set<std::string> touched;
  const Status stored = district.writer().run([&](sql::Connection& connection) -> Status {
    GridImport import(district, connection, district.now(), report);
    DOUDI_TRY(import.run(rows));
    touched = import.touched();
    return {};
  });
  DOUDI_TRY(stored);
  report.imported = true;
  district.announce(touched);
  return report;
}

}  // namespace doudi::district
