// The ledger as a file: what a spreadsheet program reads back is what stands in the ledger, and no cell is
// run.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "sync_server/service/spreadsheet_reader.hpp"
#include "sync_server/service/spreadsheet_writer.hpp"
#include "tests/server/tablet.hpp"

namespace doudi::test {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows read_back(const std::filesystem::path& file) {
  const std::string content = read_file(file);
  Rows rows;
  const auto kind = district::read_table(as_bytes(content), [&rows](const district::CsvRow& row) {
    rows.push_back(row.cells);
    return true;
  });
  REQUIRE(kind.ok());
  return rows;
}

std::string cell(const Rows& rows, std::size_t header, std::size_t row, const std::string& column) {
  const auto at = std::find(rows[header].begin(), rows[header].end(), column);
  REQUIRE(at != rows[header].end());
  const auto place = static_cast<std::size_t>(at - rows[header].begin());
  return place < rows[row].size() ? rows[row][place] : std::string();
}

const district::Sheet kDangerous{
    {"测试"},
    {"姓名", "身份证号"},
    {{"=cmd|' /C calc'!A0", "99010119450312024X"}, {"@SUM(1)", "990101195507200460"}}};

}  // namespace

TEST_CASE(
    "an identity number stays a text of 18 characters in both kinds of file, and CSV begins with the mark") {
  const TempDirectory folder("export");
  for (const char* name : {"台账.xlsx", "台账.csv"}) {
    const auto file = folder.path() / name;
    REQUIRE(district::write_sheet(kDangerous, file).ok());
    const Rows rows = read_back(file);
    REQUIRE(rows.size() == 4);
    CHECK(rows[2][1] == "99010119450312024X");
    CHECK(rows[3][1] == "990101195507200460");
  }
  CHECK(read_file(folder.path() / "台账.csv").starts_with("\xEF\xBB\xBF"));
}

TEST_CASE("a cell that looks like a formula is written as text") {
  const TempDirectory folder("export");
  const std::string csv = district::csv_of(kDangerous);
  CHECK(csv.find("\n'=cmd") != std::string::npos);
  CHECK(csv.find("\n'@SUM") != std::string::npos);
  REQUIRE(district::write_sheet(kDangerous, folder.path() / "t.xlsx").ok());
  const Rows rows = read_back(folder.path() / "t.xlsx");
  CHECK(rows[2][0] == "=cmd|' /C calc'!A0");  // a typed text cell: the reader refuses formulas
}

TEST_CASE("an export never replaces a file and refuses a name it does not know") {
  const TempDirectory folder("export");
  write_file(folder.path() / "old.csv", "kept");
  CHECK(district::write_sheet(kDangerous, folder.path() / "old.csv").error().code == "export.exists");
  CHECK(read_file(folder.path() / "old.csv") == "kept");
  CHECK(district::write_sheet(kDangerous, folder.path() / "t.doc").error().code == "export.format");
  CHECK(district::write_sheet(kDangerous, folder.path() / "no/such/t.xlsx").error().code == "export.failed");
}

TEST_CASE(
    "an accepted lead stands in the exported ledger with its times, masked, and the copy is in the audit "
    "log") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Uuid grid = fixture.id_of("grid", "code", kFirstGrid);
  const Uuid household = fixture.id_of("household", "door", "3号楼 2门 501");
  const Uuid person = fixture.id_of("person", "name", "张桂兰");
  const Uuid lead = fresh_id();
  tablet.hello(0, {});
  tablet.push({tablet.group({lead_row(tablet, grid, household, person, fixture.district().now(), 1, lead)})});
  Console reviewer(fixture, "sun");
  REQUIRE(reviewer.post("/v1/leads/" + to_string(lead) + "/accept", R"({"grade":1})").status == 200);

  const TempDirectory folder("export");
  const auto file = folder.path() / "ledger.xlsx";
  REQUIRE(fixture.command({"ledger", "export", file.string()}).first == 0);
  const Rows rows = read_back(file);
  REQUIRE(rows.size() == 4);
  CHECK(rows[0][0].find("社会救助问题台账") != std::string::npos);
  CHECK(rows[2].size() == 41);
  CHECK(cell(rows, 2, 3, "姓名") == "张桂兰");
  CHECK(cell(rows, 2, 3, "联系电话") == "140****0001");
  CHECK(cell(rows, 2, 3, "急难等级") == "一级");
  CHECK(cell(rows, 2, 3, "办理进度") == "已受理");
  CHECK(cell(rows, 2, 3, "人员类别").find("独居") != std::string::npos);
  CHECK(cell(rows, 2, 3, "发现时间").size() == std::string("2020-07-15 15:20").size());
  const auto exports = fixture.district().store().read();
  REQUIRE(exports.ok());
  CHECK(*(**exports).integer("SELECT count(*) FROM audit_log WHERE action='ledger.export'") == 1);
}

}  // namespace doudi::test
