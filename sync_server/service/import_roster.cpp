// Reading and judging happens before the writer is asked; the good rows then go in as one transaction. What
// is already here stays as it is: tablets may have corrected it since.
#include "sync_server/service/import_roster.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "shared/domain/identity_number.hpp"
#include "sync_server/service/roster_words.hpp"
#include "sync_server/service/spreadsheet_reader.hpp"
#include "sync_server/store/embedded.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

constexpr std::int64_t kProgressRows = 20'000;
constexpr std::size_t kNameCharactersMax = 150;  // bytes

const std::vector<HeaderMap::Field> kFields{
    {"street", {"街道", "镇街", "乡镇", "街镇"}, false},
    {"community", {"社区", "村(社区)", "村居"}, false},
    {"grid", {"网格编号", "网格编码", "网格号"}, true},
    {"household", {"户编号", "户号", "家庭编号"}, true},
    {"door", {"门牌", "门牌号", "家庭住址", "住址", "地址"}, true},
    {"relation", {"与户主关系", "与户主的关系", "关系"}, true},
    {"name", {"姓名"}, true},
    {"sex", {"性别"}, false},
    {"id", {"身份证号", "身份证号码", "公民身份号码", "证件号码", "身份证"}, true},
    {"phone", {"联系电话", "电话", "手机号", "手机号码"}, false},
    {"category", {"人员类别", "类别", "救助类别", "困难类别"}, false},
    {"self_care", {"自理能力", "生活自理能力", "自理"}, false},
    {"note", {"备注"}, false},
    {"enrolled", {"建档日期", "登记日期", "纳入日期"}, false}};

using GridIndex = std::map<std::string, Uuid>;  // by code

struct PersonRow {
  Uuid grid;
  std::string household, door, address, relation, name, id_number, phone, note;
  std::optional<std::string> self_care;
  std::optional<CivilDate> birth;
  CivilDate enrolled_on;  // the day of the import where the file does not say
  std::int64_t sex = 0;
  std::vector<std::string> tags;
};

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

std::string digits_only(const std::string& phone) {
  std::string digits;
  std::copy_if(phone.begin(), phone.end(), std::back_inserter(digits),
               [](char c) { return (c >= '0' && c <= '9') || c == '-'; });
  return digits;
}

// One file being read: rows that are good, faults that are not.
class RosterReader {
 public:
  RosterReader(const RosterWords& words, GridIndex grids, CivilDate today, ImportReport& report)
      : words_(words), grids_(std::move(grids)), today_(today), report_(report) {}

  Result<std::vector<PersonRow>> read(ByteView content, const ImportOptions& options) {
    Status status;
    const auto visit = [&](const CsvRow& row) {
      if (!header_) {
        auto matched = HeaderMap::match(row.cells, kFields);
        if (!matched.ok()) status = matched.error();
        if (matched.ok()) header_ = std::move(*matched);
        if (header_) report_.unknown_columns = header_->unknown();
        return status.ok();
      }
      if (++report_.rows % kProgressRows == 0)
        options.progress("read " + std::to_string(report_.rows) + " rows");
      take(row);
      return true;
    };
    DOUDI_ASSIGN(report_.encoding, read_table(content, visit));
    DOUDI_TRY(status);
    if (!header_) return Error{"import.empty", "The file is empty."};
    return std::move(rows_);
  }

 private:
  void take(const CsvRow& row) {
    PersonRow person;
    const std::optional<ImportFault> fault = fill(row, person);
    if (fault) {
      report_.faults.push_back(*fault);
    } else {
      rows_.push_back(std::move(person));
    }
  }

  std::optional<ImportFault> fill(const CsvRow& row, PersonRow& person) {
    const auto get = [&](const char* field) { return header_->get(row.cells, field); };
    const auto fault = [&](const char* field, std::string reason) {
      return ImportFault{row.line, header_->label(field), std::move(reason)};
    };
    const auto grid = grids_.find(get("grid"));
    if (grid == grids_.end()) return fault("grid", "unknown_grid");
    person.grid = grid->second;
    person.household = get("household");
    if (person.household.empty()) return fault("household", "missing_household");
    person.door = get("door");
    if (person.door.empty()) return fault("door", "missing_door");
    person.address = get("street") + get("community") + person.door;
    person.name = get("name");
    if (person.name.empty()) return fault("name", "missing_name");
    if (person.name.size() > kNameCharactersMax) return fault("name", "too_long");
    const auto relation = words_.relation(get("relation"));
    if (!relation) return fault("relation", "unknown_relation");
    person.relation = *relation;
    if (auto wrong = read_identity(get("id"), get("sex"), person)) return fault("id", std::move(*wrong));
    const auto enrolled = read_enrolment(get("enrolled"));
    if (!enrolled) return fault("enrolled", "bad_date");
    person.enrolled_on = *enrolled;
    person.phone = digits_only(get("phone"));
    person.note = get("note");
    person.self_care = words_.self_care(get("self_care"));
    std::vector<std::string> unknown;
    person.tags = words_.categories(get("category"), unknown);
    for (const std::string& word : unknown) ++report_.unknown_words[word];
    return std::nullopt;
  }

  // Nobody is enrolled in the future.
  std::optional<CivilDate> read_enrolment(const std::string& cell) const {
    if (cell.empty()) return today_;
    const auto day = read_day(cell);
    return day && *day <= today_ ? day : std::nullopt;
  }

  // A person without a number is taken; a number that is wrong is not.
  std::optional<std::string> read_identity(const std::string& cell, const std::string& sex,
                                           PersonRow& person) {
    person.sex = sex == "男" ? 1 : sex == "女" ? 2 : 0;
    if (cell.empty()) return std::nullopt;
    const domain::IdentityNumber number = domain::check_identity_number(cell, today_);
    const bool lost =
        std::find(number.warnings.begin(), number.warnings.end(), "number_lost") != number.warnings.end();
    if (lost) return "number_lost";
    if (number.verdict != domain::IdentityVerdict::valid)
      return std::string(domain::to_string(number.verdict));
    if (!seen_.insert(number.normalized).second) return "twice_in_file";
    person.id_number = number.normalized;
    person.birth = number.birth_date;
    person.sex = static_cast<std::int64_t>(number.sex);
    return std::nullopt;
  }

  const RosterWords& words_;
  GridIndex grids_;
  CivilDate today_;
  ImportReport& report_;
  std::optional<HeaderMap> header_;
  std::set<std::string> seen_;
  std::vector<PersonRow> rows_;
};

Value optional_text(const std::string& text) {
  return text.empty() ? Value{} : Value(text);
}

// The rows of one file inside the writer's transaction.
class RosterImport {
 public:
  RosterImport(District& district, sql::Connection& connection, Instant now, ImportReport& report)
      : connection_(connection), now_(now), report_(report), feed_(connection, district.tables()) {}

  Status run(const std::vector<PersonRow>& rows, const ImportOptions& options) {
    std::int64_t done = 0;
    for (const PersonRow& row : rows) {
      DOUDI_TRY(put(row));
      if (++done % kProgressRows == 0)
        options.progress("stored " + std::to_string(done) + " of " + std::to_string(rows.size()));
    }
    DOUDI_TRY(feed_.flush());
    return append_audit(connection_, {now_, std::nullopt, std::nullopt, "import.roster", "import",
                                      std::nullopt, std::to_string(rows.size())});
  }
  [[nodiscard]] const std::set<std::string>& touched() const { return feed_.touched(); }

 private:
  Status put(const PersonRow& row) {
    const std::string key = row.id_number.empty()
                                ? "name:" + to_string(row.grid) + ":" + row.household + ":" + row.name
                                : "id:" + row.id_number;
    DOUDI_ASSIGN(const std::optional<Uuid> known,
                 find("SELECT person FROM roster_person WHERE key=$1", sql::params(key)));
    if (known) {
      ++report_.unchanged;
      DOUDI_ASSIGN(const std::optional<Uuid> grid,
                   find("SELECT grid FROM person WHERE id=$1", sql::params(*known)));
      return add_tags(row, *known, grid.value_or(row.grid), true);
    }
    DOUDI_ASSIGN(const Uuid household, household_of(row));
    const Uuid person = new_id(now_);
    DOUDI_TRY(put_person(row, household, person));
    DOUDI_TRY(plain(
        connection_.run("INSERT INTO roster_person(key, person) VALUES($1,$2)", sql::params(key, person))));
    ++report_.people_added;
    return add_tags(row, person, row.grid, false);
  }

  Status put_person(const PersonRow& row, const Uuid& household, const Uuid& person) {
    sync::RowState state{"person", person, false, {}};
    state.columns = {{"grid", sql::to_value(row.grid)},
                     {"household", sql::to_value(household)},
                     {"name", row.name},
                     {"sex", row.sex},
                     {"birth", sql::to_value(row.birth)},
                     {"id_number", optional_text(row.id_number)},
                     {"relation", row.relation},
                     {"is_head", sql::to_value(row.relation == "head")},
                     {"phone", optional_text(row.phone)},
                     {"self_care", sql::to_value(row.self_care)},
                     {"died_on", {}},
                     {"moved_on", {}}};
    return feed_.put(std::nullopt, state);
  }

  Result<Uuid> household_of(const PersonRow& row) {
    DOUDI_ASSIGN(const std::optional<Uuid> known,
                 find("SELECT household FROM roster_household WHERE grid=$1 AND number=$2",
                      sql::params(row.grid, row.household)));
    if (known) return *known;
    sync::RowState state{"household", new_id(now_), false, {}};
    state.columns = {{"grid", sql::to_value(row.grid)},
                     {"door", row.door},
                     {"door_order", door_order(row.door)},
                     {"address", row.address},
                     {"phone", optional_text(row.phone)},
                     {"enrolled_on", sql::to_value(row.enrolled_on)},
                     {"ended_on", {}},
                     {"end_reason", {}},
                     {"note", optional_text(row.note)}};
    DOUDI_TRY(feed_.put(std::nullopt, state));
    DOUDI_TRY(plain(connection_.run("INSERT INTO roster_household(grid, number, household) VALUES($1,$2,$3)",
                                    sql::params(row.grid, row.household, state.row))));
    ++report_.households_added;
    return state.row;
  }

  Status add_tags(const PersonRow& row, const Uuid& person, const Uuid& grid, bool check) {
    for (const std::string& tag : row.tags) {
      if (check) {
        DOUDI_ASSIGN(const std::int64_t has,
                     connection_.integer("SELECT count(*) FROM person_tag WHERE person=$1 AND tag=$2",
                                         sql::params(person, tag)));
        if (has > 0) continue;
      }
      sync::RowState state{"person_tag", new_id(now_), false, {}};
      state.columns = {{"grid", sql::to_value(grid)},
                       {"person", sql::to_value(person)},
                       {"tag", tag},
                       {"from_on", sql::to_value(row.enrolled_on)},
                       {"to_on", {}},
                       {"source", std::string("import")}};
      DOUDI_TRY(feed_.put(std::nullopt, state));
      ++report_.tags_added;
    }
    return {};
  }

  Result<std::optional<Uuid>> find(std::string_view statement, const std::vector<Value>& parameters) {
    std::optional<Uuid> id;
    DOUDI_TRY(connection_.query(statement, parameters, [&id](const sql::Row& row) {
      id = row.uuid(0);
      return false;
    }));
    return id;
  }

  sql::Connection& connection_;
  Instant now_;
  ImportReport& report_;
  FeedWriter feed_;
};

Result<GridIndex> known_grids(District& district) {
  DOUDI_ASSIGN(const Store::Reader reader, district.store().read());
  GridIndex grids;
  DOUDI_TRY(reader->query("SELECT code, id FROM grid WHERE deleted=0", [&grids](const sql::Row& row) {
    grids.emplace(row.text(0), row.uuid(1));
    return true;
  }));
  return grids;
}

}  // namespace

// Up to four numbers of the text, each in four digits, so that doors sort as numbers and not as letters.
std::int64_t door_order(std::string_view door) {
  std::int64_t order = 0;
  int groups = 0;
  for (std::size_t at = 0; at < door.size() && groups < 4;) {
    if (door[at] < '0' || door[at] > '9') {
      ++at;
      continue;
    }
    std::int64_t number = 0;
    while (at < door.size() && door[at] >= '0' && door[at] <= '9')
      number = std::min<std::int64_t>(number * 10 + (door[at++] - '0'), 8999);
    order = order * 10'000 + number;
    ++groups;
  }
  for (; groups < 4; ++groups) order *= 10'000;
  return order;
}

Result<ImportReport> import_roster(District& district, const ImportOptions& options) {
  ImportReport report;
  DOUDI_ASSIGN(const RosterWords words, RosterWords::read(kCategoryAliases));
  DOUDI_ASSIGN(GridIndex grids, known_grids(district));
  DOUDI_ASSIGN(const Bytes content,
               files::read_small_file(files::system_files(), options.file, kImportBytesMax));
  RosterReader reader(words, std::move(grids), date_of(district.now()), report);
  DOUDI_ASSIGN(const std::vector<PersonRow> rows, reader.read(content, options));
  if (options.dry_run || (!report.faults.empty() && !options.skip_faulty)) return report;
  std::set<std::string> touched;
  const Status stored = district.writer().run([&](sql::Connection& connection) -> Status {
    RosterImport import(district, connection, district.now(), report);
    DOUDI_TRY(import.run(rows, options));
    touched = import.touched();
    return {};
  });
  DOUDI_TRY(stored);
  report.imported = true;
  district.announce(touched);
  return report;
}

}  // namespace doudi::district
