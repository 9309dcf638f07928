// Workbooks as offices make them, and as somebody makes them who wants to harm the reader.
#include <catch2/catch_test_macros.hpp>

#include "sync_server/service/spreadsheet_reader.hpp"
#include "tests/server/workbook.hpp"
#include "tests/support/temp_directory.hpp"

namespace doudi::test {
namespace {

using district::CsvRow;
using Rows = std::vector<CsvRow>;

constexpr const char* kSheetHead =
    R"(<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>)";
constexpr const char* kSheetTail = "</sheetData></worksheet>";

Result<Rows> read(ByteView content, const district::SheetLimits& limits = {}) {
  Rows rows;
  const Status status = district::read_xlsx(
      content,
      [&rows](const CsvRow& row) {
        rows.push_back(row);
        return true;
      },
      limits);
  if (!status.ok()) return status.error();
  return rows;
}

std::string sheet(const std::string& rows) {
  return kSheetHead + rows + kSheetTail;
}

std::string code(const Result<Rows>& result) {
  return result.ok() ? "read" : result.error().code;
}

}  // namespace

TEST_CASE("a workbook of a spreadsheet program is read as its rows, figures and texts") {
  const TempDirectory folder("workbook");
  const std::string file = (folder.path() / "名单.xlsx").string();
  const Bytes content = spreadsheet({{"姓名", "身份证号", "家庭人口"},
                                     {"张桂兰", "99010119450312024X", "#4"},
                                     {},
                                     {"李建国", "#990101197009050139"}},
                                    file);
  const auto rows = read(content);
  REQUIRE(rows.ok());
  REQUIRE(rows->size() == 3);
  CHECK((*rows)[0].cells == std::vector<std::string>{"姓名", "身份证号", "家庭人口"});
  CHECK((*rows)[1].cells == std::vector<std::string>{"张桂兰", "99010119450312024X", "4"});
  CHECK((*rows)[2].line == 4);
  CHECK((*rows)[2].cells[1].find("E+17") != std::string::npos);
  std::vector<std::vector<std::string>> cells;
  const auto kind = district::read_table(content, [&cells](const CsvRow& row) {
    cells.push_back(row.cells);
    return cells.size() < 2;
  });
  CHECK(kind.value() == "xlsx");
  CHECK(cells.size() == 2);
}

TEST_CASE("every way a workbook keeps a cell is understood") {
  const std::string strings =
      R"(<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>王</t></si><si><r><t>秀</t></r><r><t>英</t></r><rPh><t>しゅう</t></rPh></si></sst>)";
  const auto rows = read(workbook_of(
      sheet(R"(<row r="2"><c r="B2" t="s"><v>1</v></c><c r="D2" t="inlineStr"><is><t>甲</t></is></c>)"
            R"(<c t="str"><f>A1</f><v>乙</v></c><c r="F2"><v>990101197009050139</v></c></row>)"
            R"(<row><c t="s"><v>0</v></c><c t="b"><v>1</v></c><c r="XFD3" s="4"/></row>)"),
      strings));
  REQUIRE(rows.ok());
  REQUIRE(rows->size() == 2);
  CHECK((*rows)[0].line == 2);
  CHECK((*rows)[0].cells == std::vector<std::string>{"", "秀英", "", "甲", "乙", "9.90101E+17"});
  CHECK((*rows)[1].line == 3);
  CHECK((*rows)[1].cells == std::vector<std::string>{"王", "1"});
}

TEST_CASE("a workbook that is cut off, changed or no workbook is refused") {
  const Bytes good = workbook_of(sheet("<row><c><v>1</v></c></row>"));
  REQUIRE(read(good).ok());
  for (std::size_t kept = 0; kept < good.size(); kept += 37) {
    CHECK(code(read(ByteView(good).first(kept))).starts_with("import."));
  }
  for (std::size_t at = 0; at < good.size(); at += 3) {
    Bytes changed = good;
    changed[at] ^= 0x55U;
    const auto result = read(changed);
    CHECK((result.ok() || result.error().code.starts_with("import.")));
  }
  CHECK(code(read(zip_of({{"a.txt", "a"}}))) == "import.part_missing");
  CHECK(code(read(workbook_of("<worksheet><sheetData><row>"))) == "import.spreadsheet");
  CHECK(code(read(workbook_of(sheet(R"(<row><c t="s"><v>7</v></c></row>)")))) == "import.spreadsheet");
  const auto old =
      district::read_table(as_bytes("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), [](const CsvRow&) { return true; });
  CHECK(old.error().code == "import.spreadsheet");
}

TEST_CASE("a workbook that unpacks to far more than it holds is refused before it is read whole") {
  std::string zeros = std::string(kSheetHead) + "<row><c t=\"str\"><f>";
  zeros.append(std::size_t{64} << 20U, ' ');
  const Bytes bomb = workbook_of(zeros + "</f></c></row>" + kSheetTail);
  CHECK(bomb.size() < 200'000);
  CHECK(code(read(bomb)) == "import.too_large");
  const std::string one_row = "<row><c t=\"inlineStr\"><is><t>甲</t></is></c></row>";
  std::string many;
  for (int i = 0; i < 5'000; ++i) many += one_row;
  district::SheetLimits tight;
  tight.sheet_bytes = 100'000;
  CHECK(code(read(workbook_of(sheet(many)), tight)) == "import.too_large");
  tight = {};
  tight.rows = 4'999;
  CHECK(code(read(workbook_of(sheet(many)), tight)) == "import.too_large");
  std::string strings = R"(<sst>)";
  for (int i = 0; i < 2'000; ++i) strings += "<si><t>" + std::to_string(i) + "</t></si>";
  tight = {};
  tight.shared_bytes = 1'000;
  CHECK(code(read(workbook_of(sheet(""), strings + "</sst>"), tight)) == "import.too_large");
}

TEST_CASE("a million columns, deep nesting, a tag without end and a huge cell are refused") {
  std::string wide = "<row r=\"1\">";
  for (int i = 0; i < 1'000'000; ++i) wide += "<c><v>1</v></c>";
  CHECK(code(read(workbook_of(sheet(wide + "</row>")))) == "import.too_large");
  CHECK(code(read(workbook_of(sheet(R"(<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>)")))) ==
        "import.too_large");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  CHECK(code(read(workbook_of(sheet(deep)))) == "import.spreadsheet");
  std::string endless = R"(<row r=")";
  endless.append(8U << 20U, '1');
  CHECK(code(read(workbook_of(sheet(endless)))) == "import.too_large");
  CHECK(
      code(read(workbook_of(sheet("<row><c t=\"str\"><v>" + std::string(10'000, 'x') + "</v></c></row>")))) ==
      "import.too_large");
}

TEST_CASE("entities are never made, neither from outside nor by multiplying") {
  const std::string outside =
      R"(<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>)" + sheet("<row><c><v>&e;</v></c></row>");
  CHECK(code(read(workbook_of(outside))) == "import.spreadsheet");
  std::string laughs = R"(<!DOCTYPE x [<!ENTITY a "ha">)";
  for (char name = 'b'; name < 'k'; ++name) {
    laughs += std::string("<!ENTITY ") + name + " \"";
    for (int i = 0; i < 10; ++i) laughs += std::string("&") + static_cast<char>(name - 1) + ";";
    laughs += "\">";
  }
  CHECK(code(read(workbook_of(laughs + "]>" + sheet("<row><c><v>&j;</v></c></row>")))) ==
        "import.spreadsheet");
}

TEST_CASE("days are read as lists write them") {
  const auto day = *civil_date(1950, 1, 2);
  for (const char* text :
       {"1950-01-02", "1950/1/2", "19500102", "1950年1月2日", "1950.1.2", "18265", "1950-01-02 00:00:00"})
    CHECK(district::read_day(text) == day);
  for (const char* text : {"", "1950", "不详", "1950-02-30", "195001", "1950-13-01", "99999999"})
    CHECK_FALSE(district::read_day(text).has_value());
}

}  // namespace doudi::test
