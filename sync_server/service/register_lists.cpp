// A list is read twice: once to judge all of it, once to store it. Nothing of a refused list is kept, and no
// list is in memory beside its file.
#include "sync_server/service/register_lists.hpp"

#include <algorithm>
#include <charconv>

#include "shared/crypto/crypto.hpp"
#include "shared/domain/identity_number.hpp"
#include "sync_server/service/spreadsheet_reader.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kRowsPerJob = 4'000;
constexpr std::size_t kFaultsMax = 1'000;
constexpr std::size_t kTextBytesMax = 300;
constexpr std::string_view kOwn = "register";

const std::vector<HeaderMap::Field> kFields{
    {"name", {"姓名", "人员姓名", "成员姓名", "对象姓名"}, true},
    {"id", {"身份证号", "身份证号码", "公民身份号码", "证件号码", "身份证", "公民身份证号码"}, true},
    {"birth", {"出生日期", "出生年月日", "出生年月", "生日"}, false},
    {"household", {"户编号", "户号", "家庭编号", "户编码", "扶贫户编号", "家庭编码"}, false},
    {"class", {"低保类别", "保障类别", "救助类别", "类别"}, false},
    {"persons", {"家庭人口", "家庭人口数", "家庭人数", "户人口", "人口数"}, false},
    {"insured", {"保障人口", "保障人数", "享受人数", "保障人口数"}, false},
    {"exempt", {"单人户", "特殊规定"}, false}};

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

std::optional<int> whole_number(const std::string& cell) {
  int number = 0;
  const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == cell.data() + cell.size();
  return whole && number >= 0 ? std::optional(number) : std::nullopt;
}

bool is_lost(const std::string& number, CivilDate today) {
  const auto warnings = domain::check_identity_number(number, today).warnings;
  return std::find(warnings.begin(), warnings.end(), "number_lost") != warnings.end();
}

// One row of a file as a row of a register.
class RowReader {
 public:
  RowReader(const HeaderMap& header, CivilDate today) : header_(header), today_(today) {}

  std::optional<ImportFault> read(const CsvRow& line, domain::RegisterRow& row) const {
    const auto get = [&](const char* field) { return header_.get(line.cells, field); };
    const auto fault = [&](const char* field, const char* reason) {
      return ImportFault{line.line, header_.label(field), reason};
    };
    row.row = line.line;
    row.name = get("name");
    row.id_number = get("id");
    row.household = get("household");
    for (const char* field : {"name", "id", "household"}) {
      if (get(field).size() > kTextBytesMax) return fault(field, "too_long");
    }
    if (is_lost(row.id_number, today_)) return fault("id", "number_lost");
    if (row.name.empty() && row.id_number.empty() && row.household.empty())
      return fault("name", "missing_name");
    row.birth = read_day(get("birth"));
    if (!get("birth").empty() && !row.birth) return fault("birth", "bad_date");
    const std::string letter = get("class").substr(0, 1);
    if (letter == "A" || letter == "B" || letter == "C") row.dibao_class = letter;
    row.household_persons = whole_number(get("persons"));
    row.insured_persons = whole_number(get("insured"));
    row.exempt = get("exempt") == "是" || get("exempt") == "1";
    return std::nullopt;
  }

 private:
  const HeaderMap& header_;
  CivilDate today_;
};

// Goes through the file; rows that can be used are visited, the others become faults.
Status each_row(ByteView content, CivilDate today, ImportReport& report,
                const std::function<Status(domain::RegisterRow&&)>& visit) {
  Status status;
  std::optional<HeaderMap> header;
  report.rows = 0;
  report.faults.clear();
  const auto take = [&](const CsvRow& line) {
    if (!header) {
      auto matched = HeaderMap::match(line.cells, kFields);
      if (!matched.ok()) return status = matched.error(), false;
      header = std::move(*matched);
      report.unknown_columns = header->unknown();
      return true;
    }
    ++report.rows;
    domain::RegisterRow row;
    auto fault = RowReader(*header, today).read(line, row);
    if (fault && report.faults.size() < kFaultsMax) report.faults.push_back(std::move(*fault));
    if (!fault) status = visit(std::move(row));
    return status.ok();
  };
  DOUDI_ASSIGN(report.encoding, read_table(content, take));
  DOUDI_TRY(status);
  if (!header) return Error{"import.empty", "The file is empty."};
  return {};
}

Status store_rows(District& district, std::int64_t list, const std::vector<domain::RegisterRow>& rows) {
  return district.writer().run([&](sql::Connection& connection) -> Status {
    for (const domain::RegisterRow& row : rows) {
      DOUDI_TRY(plain(connection.run(
          "INSERT INTO register_row(list, row, name, id_number, birth, household, dibao_class, "
          "household_persons, insured_persons, exempt) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
          sql::params(list, row.row, row.name, row.id_number, row.birth, row.household, row.dibao_class,
                      row.household_persons, row.insured_persons, row.exempt))));
    }
    return {};
  });
}

// Rows of lists that are not compared any more go in small jobs.
Status remove_old_rows(District& district) {
  std::int64_t removed = 1;
  while (removed > 0) {
    DOUDI_TRY(district.writer().run([&removed](sql::Connection& connection) -> Status {
      DOUDI_ASSIGN(const std::int64_t list,
                   connection.integer("SELECT id FROM register_list l WHERE state<>'ready' AND "
                                      "EXISTS(SELECT 1 FROM register_row r WHERE r.list=l.id) LIMIT 1"));
      DOUDI_ASSIGN(removed, connection.run("DELETE FROM register_row WHERE list=$1 AND row IN"
                                           "(SELECT row FROM register_row WHERE list=$1 LIMIT $2)",
                                           sql::params(list, static_cast<std::int64_t>(kRowsPerJob))));
      return {};
    }));
  }
  return {};
}

class ListStore {
 public:
  ListStore(District& district, const ListImport& request) : district_(district), request_(request) {}

  Result<bool> is_known(const crypto::Hash& hash) {
    DOUDI_ASSIGN(const Store::Reader reader, district_.store().read());
    DOUDI_ASSIGN(const std::int64_t same,
                 reader->integer("SELECT count(*) FROM register_list WHERE kind=$1 AND state='ready' AND "
                                 "file_hash=$2",
                                 sql::params(request_.kind, ByteView(hash))));
    return same > 0;
  }

  Status store(const crypto::Hash& hash, ImportReport& report) {
    DOUDI_TRY(begin(hash));
    const std::uint64_t total = static_cast<std::uint64_t>(report.rows);
    std::vector<domain::RegisterRow> rows;
    DOUDI_TRY(each_row(request_.content, date_of(district_.now()), report,
                       [&](domain::RegisterRow&& row) -> Status {
                         rows.push_back(std::move(row));
                         if (rows.size() < kRowsPerJob) return {};
                         return flush(rows, total);
                       }));
    DOUDI_TRY(flush(rows, total));
    DOUDI_TRY(finish());
    return remove_old_rows(district_);
  }

 private:
  Status begin(const crypto::Hash& hash) {
    return district_.writer().run([&](sql::Connection& connection) -> Status {
      // What a killed program left unfinished.
      DOUDI_TRY(plain(connection.run("UPDATE register_list SET state='replaced' WHERE state='loading'")));
      DOUDI_TRY(
          plain(connection.run("INSERT INTO register_list(kind, file_name, file_hash, rows, state, "
                               "imported_at, by_account, by_name) "
                               "VALUES($1,$2,$3,0,'loading',$4,$5,$6)",
                               sql::params(request_.kind, request_.file_name, ByteView(hash), district_.now(),
                                           request_.by.account, request_.by.name))));
      DOUDI_ASSIGN(list_, connection.integer("SELECT last_insert_rowid()"));
      return {};
    });
  }

  Status flush(std::vector<domain::RegisterRow>& rows, std::uint64_t total) {
    DOUDI_TRY(store_rows(district_, list_, rows));
    stored_ += rows.size();
    rows.clear();
    if (request_.progress && !request_.progress(stored_, total))
      return Error{"compare.cancelled", "The import was stopped."};
    return {};
  }

  Status finish() {
    return district_.writer().run([this](sql::Connection& connection) -> Status {
      DOUDI_TRY(
          plain(connection.run("UPDATE register_list SET state='replaced' WHERE kind=$1 AND state='ready'",
                               sql::params(request_.kind))));
      DOUDI_TRY(plain(connection.run("UPDATE register_list SET state='ready', rows=$2 WHERE id=$1",
                                     sql::params(list_, static_cast<std::int64_t>(stored_)))));
      return append_audit(connection,
                          {district_.now(), request_.by.account, std::nullopt, "import.list", "register_list",
                           std::nullopt, request_.kind + " " + std::to_string(stored_)});
    });
  }

  District& district_;
  const ListImport& request_;
  std::int64_t list_ = 0;
  std::uint64_t stored_ = 0;
};

domain::RegisterRow to_row(const sql::Row& cells) {
  domain::RegisterRow row;
  row.row = cells.integer(0);
  row.name = cells.text(1);
  row.id_number = cells.text(2);
  row.birth = cells.is_null(3) ? std::nullopt : parse_date(cells.text(3));
  row.household = cells.text(4);
  row.dibao_class = cells.text(5);
  const auto number = [&](int column) -> std::optional<int> {
    const auto value = cells.optional_integer(column);
    return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
  };
  row.household_persons = number(6);
  row.insured_persons = number(7);
  row.exempt = cells.integer(8) != 0;
  return row;
}

bool is_own(const std::string& kind) {
  return kind == kOwn || kind.starts_with(std::string(kOwn) + ":");
}

// The tag of "register:TAG", empty for everybody.
std::string tag_of(const std::string& kind) {
  return kind.size() > kOwn.size() ? kind.substr(kOwn.size() + 1) : std::string();
}

constexpr std::string_view kOwnRows =
    " FROM person p JOIN household h ON h.id=p.household WHERE p.deleted=0 AND h.deleted=0 AND "
    "p.died_on IS NULL AND p.moved_on IS NULL AND ($1='' OR EXISTS(SELECT 1 FROM person_tag t WHERE "
    "t.person=p.id AND t.deleted=0 AND t.to_on IS NULL AND (t.tag=$1 OR ($1='tekun' AND "
    "t.tag='tekun_home_care'))))";

Result<std::int64_t> ready_list(sql::Connection& connection, const std::string& kind) {
  DOUDI_ASSIGN(
      const std::int64_t list,
      connection.integer("SELECT id FROM register_list WHERE kind=$1 AND state='ready' ORDER BY id DESC",
                         sql::params(kind)));
  if (list == 0) return Error{"compare.no_list", "No list of kind " + kind + " has been imported."};
  return list;
}

}  // namespace

const std::vector<std::string>& list_kinds() {
  static const std::vector<std::string> kKinds{"registered_poor",
                                               "dibao",
                                               "tekun",
                                               "orphan",
                                               "dibao_margin",
                                               "child_in_difficulty",
                                               "severe_disability",
                                               "disability",
                                               "hardship_spending",
                                               "de_facto_unsupported"};
  return kKinds;
}

bool is_comparable(const std::string& kind) {
  const std::string base = is_own(kind) ? tag_of(kind) : kind;
  return kind == kOwn || std::find(list_kinds().begin(), list_kinds().end(), base) != list_kinds().end();
}

Result<ImportReport> import_list(District& district, const ListImport& request) {
  if (std::find(list_kinds().begin(), list_kinds().end(), request.kind) == list_kinds().end())
    return Error{"compare.kind",
                 "Such a list is not known. Known are registered_poor, dibao, tekun, orphan …"};
  ImportReport report;
  DOUDI_TRY(each_row(request.content, date_of(district.now()), report,
                     [](domain::RegisterRow&&) -> Status { return {}; }));
  if (request.dry_run || (!report.faults.empty() && !request.skip_faulty)) return report;
  const crypto::Hash hash = crypto::sha256(request.content);
  ListStore store(district, request);
  DOUDI_ASSIGN(const bool known, store.is_known(hash));
  if (known) {
    report.unchanged = report.rows;
  } else {
    DOUDI_TRY(store.store(hash, report));
  }
  report.imported = true;
  return report;
}

Result<std::vector<ListFacts>> ready_lists(sql::Connection& connection) {
  std::vector<ListFacts> lists;
  DOUDI_TRY(
      connection.query("SELECT id, kind, file_name, by_name, rows, imported_at FROM register_list WHERE "
                       "state='ready' ORDER BY kind",
                       [&lists](const sql::Row& row) {
                         lists.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2)),
                                          std::string(row.text(3)), row.integer(4), Instant{row.integer(5)}});
                         return true;
                       }));
  return lists;
}

Result<std::int64_t> count_rows(sql::Connection& connection, const std::string& kind) {
  if (is_own(kind))
    return connection.integer("SELECT count(*)" + std::string(kOwnRows), sql::params(tag_of(kind)));
  DOUDI_ASSIGN(const std::int64_t list, ready_list(connection, kind));
  return connection.integer("SELECT rows FROM register_list WHERE id=$1", sql::params(list));
}

Status read_rows(sql::Connection& connection, const std::string& kind,
                 const std::function<Status(const domain::RegisterRow&)>& visit) {
  Status status;
  const auto take = [&](const sql::Row& cells) {
    status = visit(to_row(cells));
    return status.ok();
  };
  if (is_own(kind)) {
    DOUDI_TRY(connection.query(
        "SELECT row_number() OVER (ORDER BY p.id), p.name, coalesce(p.id_number,''), p.birth, "
        "coalesce((SELECT r.number FROM roster_household r WHERE r.grid=p.grid AND r.household=h.id),''), "
        "'', "
        "NULL, NULL, 0" +
            std::string(kOwnRows),
        sql::params(tag_of(kind)), take));
    return status;
  }
  DOUDI_ASSIGN(const std::int64_t list, ready_list(connection, kind));
  DOUDI_TRY(
      connection.query("SELECT row, name, id_number, birth, household, dibao_class, household_persons, "
                       "insured_persons, exempt "
                       "FROM register_row WHERE list=$1 ORDER BY row",
                       sql::params(list), take));
  return status;
}

}  // namespace doudi::district
