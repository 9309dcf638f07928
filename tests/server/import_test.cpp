// Spreadsheets as they come: faults are listed, nothing is half-imported, the same file again changes
// nothing.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "sync_server/service/csv.hpp"
#include "sync_server/service/import_roster.hpp"
#include "tests/server/district_fixture.hpp"

namespace doudi::test {
namespace {

using nlohmann::json;

const std::string kHeader =
    "街道,社区,网格编号,网格名称,户编号,门牌,户主,与户主关系,姓名,性别,身份证号,联系电话,人员类别,备注\n";

std::string row(const std::string& household, const std::string& name, const std::string& id,
                const std::string& category = "") {
  return "张贵庄街道,春华里社区,120110001001001,春华里第1网格," + household + ",\"5号楼 1门 10\"," + name +
         ",户主," + name + ",男," + id + ",,\"" + category + "\",\n";
}

json import(DistrictFixture& fixture, const std::string& text, std::vector<std::string> more = {}) {
  write_file(fixture.folder() / "more.csv", text);
  std::vector<std::string> line{"import", "roster", (fixture.folder() / "more.csv").string(), "--json"};
  line.insert(line.end(), more.begin(), more.end());
  return json::parse(fixture.command(line).second);
}

}  // namespace

TEST_CASE("an import lists faults with line and column and takes all of a file or nothing") {
  DistrictFixture fixture;
  const std::int64_t before = fixture.count("SELECT count(*) FROM person");
  const std::string text = "\xEF\xBB\xBF" + kHeader + row("00100", "钱一", "", "农村低保、没听说过的词") +
                           row("00101", "", "") + row("00102", "孙二", "9.90101E+17");
  const json refused = import(fixture, text);
  CHECK(refused["imported"] == false);
  REQUIRE(refused["faults"].size() == 2);
  CHECK(refused["faults"][0] == json{{"line", 3}, {"column", "姓名"}, {"reason", "missing_name"}});
  CHECK(refused["faults"][1] == json{{"line", 4}, {"column", "身份证号"}, {"reason", "number_lost"}});
  CHECK(refused["unknown_words"]["没听说过的词"] == 1);
  CHECK(fixture.count("SELECT count(*) FROM person") == before);

  const json taken = import(fixture, text, {"--skip-faulty"});
  CHECK(taken["people_added"] == 1);
  CHECK(fixture.count("SELECT count(*) FROM person_tag WHERE tag='dibao'") == 2);

  const std::int64_t position = fixture.count("SELECT sum(position) FROM scope");
  const json again = import(fixture, text, {"--skip-faulty"});
  CHECK(again["people_added"] == 0);
  CHECK(again["unchanged"] == 1);
  CHECK(fixture.count("SELECT sum(position) FROM scope") == position);
  CHECK(fixture.command({"verify"}).first == 0);
}

TEST_CASE("GBK is recognised, quotes hold commas and line breaks, full width becomes plain") {
  const std::string gbk = "\xD0\xD5\xC3\xFB,\"a,\"\"b\nc\"\n\xA3\xB1\xA3\xB2,'34'\n";
  const auto decoded = district::decode_text(as_bytes(gbk));
  REQUIRE(decoded.ok());
  CHECK(decoded->encoding == "gbk");
  std::vector<district::CsvRow> rows;
  REQUIRE(district::read_csv(decoded->text, [&rows](const district::CsvRow& found) {
            rows.push_back(found);
            return true;
          }).ok());
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].cells == std::vector<std::string>{"姓名", "a,\"b\nc"});
  CHECK(rows[1].line == 3);
  CHECK(district::normalize_cell(rows[1].cells[0]) == "12");
  CHECK(district::normalize_cell(rows[1].cells[1]) == "34");
  CHECK_FALSE(district::read_csv("\"open", [](const district::CsvRow&) { return true; }).ok());
}

TEST_CASE("doors are ordered as people walk them") {
  CHECK(district::door_order("3号楼 2门 501") < district::door_order("3号楼 2门 502"));
  CHECK(district::door_order("3号楼 2门 901") < district::door_order("3号楼 10门 101"));
  CHECK(district::door_order("9号楼") < district::door_order("10号楼 1门"));
}

}  // namespace doudi::test
