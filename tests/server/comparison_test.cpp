// 名单比对 from files to decisions: import, compare, explain, compare again, hand a finding to a grid.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <thread>

#include "tests/server/district_fixture.hpp"
#include "tests/server/workbook.hpp"

namespace doudi::test {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kJobWait{60};
const std::string kHeader = "姓名,公民身份号码,户编号,低保类别,家庭人口,保障人口,来源单位\n";
const std::string kPoor =
    kHeader +
    "张桂兰,99010119450312024x,,,,,\n李建国,９９０１０１１９７００９０５０１３９,,,,,\n"
    "王秀英,990101550720046,,,,,\n赵强,990101195211110175,,,,,\n孙丽,99010119600715022X,,,,,\n"
    "周伟,990101200207180191,,,,,\n吴敏,99010119480620028X,07,,,,\n"
    "吴敏,99010119480620028X,12,,,,\n郑国栋,990101193901080111,,,,,\n陈涛,990101198810090317,,,,,\n";
const std::string kDibao =
    kHeader +
    "张桂兰,99010119450312024X,,,,,\n李建国,990101197009050139,,,,,\n"
    "王秀英,990101195507200460,,,,,\n孙莉,99010119600715022X,,,,,\n周伟,990101200207180190,,,,,\n"
    "吴敏,99010119480620028X,07,,,,\n陈涛,990101198810090317,,,,,\n钱进,990101196303040156,,,,,\n"
    ",,21,C类,4,1,\n";

// The document, after the lines of progress and before the sentence of a failure.
json document_of(const std::string& output) {
  const std::size_t begin = output.find('{');
  INFO(output);
  REQUIRE(begin != std::string::npos);
  json document = json::parse(output.substr(begin, output.find('\n', begin) - begin), nullptr, false);
  REQUIRE_FALSE(document.is_discarded());
  return document;
}

json command(DistrictFixture& fixture, std::vector<std::string> line) {
  line.emplace_back("--json");
  return document_of(fixture.command(line).second);
}

json import(DistrictFixture& fixture, const std::string& kind, const std::string& text) {
  const auto file = fixture.folder() / (kind + ".csv");
  write_file(file, text);
  return command(fixture, {"import", "list", file.string(), "--kind", kind});
}

void import_all(DistrictFixture& fixture) {
  REQUIRE(import(fixture, "registered_poor", kPoor)["imported"] == true);
  REQUIRE(import(fixture, "dibao", kDibao)["imported"] == true);
  const Bytes tekun =
      spreadsheet({{"姓名", "身份证号"}, {"郑国栋", "990101193901080111"}, {"陈涛", "990101198810090317"}},
                  (fixture.folder() / "tekun.xlsx").string());
  REQUIRE(command(fixture, {"import", "list", (fixture.folder() / "tekun.xlsx").string(), "--kind",
                            "tekun"})["encoding"] == "xlsx");
}

json compare(DistrictFixture& fixture) {
  return command(fixture, {"compare", "--first", "registered_poor", "--second", "dibao,tekun"});
}

json findings(DistrictFixture& fixture, std::vector<std::string> more = {}) {
  std::vector<std::string> line{"compare", "list", "--first", "registered_poor", "--second", "dibao,tekun"};
  line.insert(line.end(), more.begin(), more.end());
  return command(fixture, line)["findings"];
}

}  // namespace

TEST_CASE("T101 and T102: lists from files give the findings once, and explained ones stay closed") {
  DistrictFixture fixture;
  import_all(fixture);
  const json first = compare(fixture);
  CHECK(first["matched"] == 7);
  CHECK(first["clean"] == 4);
  CHECK(first["rows"] == 21);
  CHECK(first["added"] == 9);
  for (const char* code : {"F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F10"})
    CHECK(first["counts"][code] == json{{"open", 1}});
  CHECK(first["counts"].size() == 9);

  const json listed = findings(fixture);
  REQUIRE(listed.size() == 9);
  const std::string key = listed[0]["key"];
  CHECK(fixture.command({"compare", "explain", key}).first == 1);
  CHECK(fixture.command({"compare", "explain", key, "--reason", "已去世，另有证明"}).first == 0);
  CHECK(command(fixture, {"compare", "explain", key, "--reason", "再来一次"})["code"] ==
        "compare.wrong_state");

  const json again = compare(fixture);
  CHECK(again["added"] == 0);
  CHECK(again["counts"]["F01"] == json{{"explained", 1}});
  CHECK(fixture.count("SELECT count(*) FROM comparison_finding") == 9);
  CHECK(findings(fixture, {"--state", "explained"})[0]["reason"] == "已去世，另有证明");

  // The next export has another order, one fault less and one more.
  const json newer = import(fixture, "registered_poor",
                            kHeader + "陈涛,990101198810090317,,,,,\n赵强,990101195211110175,,,,,\n" +
                                "新人,990101197009050139,,,,,\n");
  CHECK(newer["unknown_columns"] == json{"来源单位"});
  const json third = compare(fixture);
  CHECK(third["counts"]["F01"] == json{{"explained", 1}});
  CHECK(third["counts"]["F07"] == json{{"open", 1}});
  CHECK(third["gone"].get<int>() > 0);
  CHECK(
      fixture.count(
          "SELECT count(*) FROM register_row r JOIN register_list l ON l.id=r.list WHERE l.state<>'ready'") ==
      0);
  CHECK(fixture.command({"verify"}).first == 0);
}

TEST_CASE(
    "T103: a list whose numbers became figures is refused with the row and the reason, CSV or workbook") {
  DistrictFixture fixture;
  const json refused =
      import(fixture, "dibao", kHeader + "甲,990101197009050139,,,,,\n乙,9.90101E+17,,,,,\n");
  CHECK(refused["imported"] == false);
  CHECK(refused["faults"] == json{{{"line", 3}, {"column", "公民身份号码"}, {"reason", "number_lost"}}});
  const std::string file = (fixture.folder() / "lost.xlsx").string();
  spreadsheet({{"姓名", "身份证号"}, {"甲", "990101197009050139"}, {"乙", "#990101197009050139"}}, file);
  const json workbook = command(fixture, {"import", "list", file, "--kind", "dibao"});
  CHECK(workbook["imported"] == false);
  CHECK(workbook["faults"] == json{{{"line", 3}, {"column", "身份证号"}, {"reason", "number_lost"}}});
  CHECK(fixture.count("SELECT count(*) FROM register_list") == 0);
  CHECK(fixture.command({"compare", "--first", "dibao", "--second", "tekun"}).first == 1);
  CHECK(fixture.count("SELECT count(*) FROM comparison_finding") == 0);
}

TEST_CASE("the same file again is not stored twice, and a roster comes from a workbook too") {
  DistrictFixture fixture;
  REQUIRE(import(fixture, "dibao", kDibao)["unchanged"] == 0);
  CHECK(import(fixture, "dibao", kDibao)["unchanged"] == 9);
  CHECK(fixture.count("SELECT count(*) FROM register_list") == 1);
  CHECK(fixture.count("SELECT count(*) FROM register_row") == 9);
  const std::string file = (fixture.folder() / "roster.xlsx").string();
  spreadsheet(
      {{"网格编号", "户编号", "门牌", "与户主关系", "姓名", "身份证号", "人员类别"},
       {std::string(kFirstGrid), "00077", "7号楼 7门 707", "户主", "钱进", "990101196303040156", "低保"}},
      file);
  CHECK(command(fixture, {"import", "roster", file})["people_added"] == 1);
  CHECK(fixture.count("SELECT count(*) FROM person WHERE id_number='990101196303040156'") == 1);

  const json own = command(fixture, {"compare", "--first", "register:dibao", "--second", "dibao"});
  CHECK(own["matched"] == 1);
  CHECK(own["counts"]["F01"] == json{{"open", 1}});
}

TEST_CASE("a finding becomes a lead that its grid's worker and the ledger know") {
  DistrictFixture fixture;
  import_all(fixture);
  compare(fixture);
  const json missing = findings(fixture, {"--code", "F01"});
  REQUIRE(missing.size() == 1);
  const std::string key = missing[0]["key"];
  CHECK(command(fixture, {"compare", "lead", key, "--grid", "999"})["code"] == "compare.no_grid");
  const json made =
      command(fixture, {"compare", "lead", key, "--grid", std::string(kFirstGrid), "--reason", "请入户核实"});
  REQUIRE(made.contains("lead"));
  CHECK(findings(fixture, {"--state", "lead"})[0]["lead"] == made["lead"]);
  CHECK(compare(fixture)["counts"]["F01"] == json{{"lead", 1}});
  Console reviewer(fixture, "sun");
  const json lead = json::parse(reviewer.get("/v1/leads/" + made["lead"].get<std::string>()).body);
  CHECK(lead["item"]["state"] == "reported");
  CHECK(lead["item"]["grade_rule"] == 2);
  CHECK_FALSE(lead["item"]["due_at"].is_null());
  CHECK(lead["description"].get<std::string>().find("赵强") != std::string::npos);
  CHECK(lead["timeline"][0]["action"] == "capture");
  CHECK(command(fixture, {"compare", "lead", key, "--grid", std::string(kFirstGrid)})["code"] ==
        "compare.wrong_state");
  CHECK(fixture.command({"verify"}).first == 0);
}

namespace {

// Asks until the job has ended; the console does the same.
json when_ended(Console& desk, const std::string& path) {
  const auto deadline = std::chrono::steady_clock::now() + kJobWait;
  while (std::chrono::steady_clock::now() < deadline) {
    json answer = json::parse(desk.get(path).body);
    if (answer["job"]["state"] != "running") return answer;
    std::this_thread::yield();
  }
  FAIL("the job does not end");
  return {};
}
json finished_job(Console& desk) {
  return when_ended(desk, "/v1/comparisons/job")["job"];
}

void start_upload(Console& desk, const std::string& kind, const std::string& text) {
  const std::size_t half = text.size() / 2;
  REQUIRE(desk.post("/v1/registers/part?offset=0", text.substr(0, half)).status == 200);
  CHECK(desk.post("/v1/registers/part?offset=1", "x").status == 409);
  REQUIRE(desk.post("/v1/registers/part?offset=" + std::to_string(half), text.substr(half)).status == 200);
  const json start{{"kind", kind}, {"file_name", kind + ".csv"}};
  REQUIRE(desk.post("/v1/registers", start.dump()).status == 202);
}
json upload(Console& desk, const std::string& kind, const std::string& text) {
  start_upload(desk, kind, text);
  return finished_job(desk);
}

}  // namespace

TEST_CASE("the console uploads lists in parts, compares them, and its decisions carry a name") {
  DistrictFixture fixture;
  Console desk(fixture, "sun");
  CHECK(upload(desk, "registered_poor", kPoor)["report"]["imported"] == true);
  CHECK(upload(desk, "dibao", kHeader + "乙,9.90101E+17,,,,,\n")["report"]["faults"][0]["reason"] ==
        "number_lost");
  CHECK(upload(desk, "dibao", kDibao)["report"]["rows"] == 9);
  REQUIRE(desk.post("/v1/comparisons", R"({"first":"registered_poor","others":["dibao"]})").status == 202);
  const json job = finished_job(desk);
  CHECK(job["state"] == "done");
  CHECK(job["summary"]["by"] == "sun");
  const RawAnswer page = desk.get("/v1/comparisons/findings?first=registered_poor&others=dibao&code=F03");
  CHECK(page.body.find("99010119600715022X") == std::string::npos);
  const json found = json::parse(page.body)["rows"];
  REQUIRE(found.size() == 1);
  CHECK(found[0]["other_name"] == "孙莉");
  const std::string path = "/v1/comparisons/findings/" + found[0]["key"].get<std::string>();
  CHECK(desk.post(path + "/explain", R"({"reason":""})").status == 422);
  CHECK(desk.post(path + "/explain", R"({"reason":"曾用名"})").status == 200);
  CHECK(desk.post(path + "/lead", R"({"grid":"120110001001001"})").status == 409);
  const json lists = json::parse(desk.get("/v1/comparisons").body);
  CHECK(lists["lists"].size() == 2);
  CHECK(lists["runs"][0]["counts"]["F03"] == json{{"explained", 1}});
}

// The page looks once when the job has ended: what it sees then is what it goes on showing.
TEST_CASE("an answer that says an import has ended holds the list") {
  DistrictFixture fixture;
  Console desk(fixture, "sun");
  std::string list = kHeader;
  for (std::size_t rows = 1; rows <= 100; ++rows) {
    list += "甲,,户" + std::to_string(rows) + ",,,,\n";
    start_upload(desk, "dibao", list);
    const json answer = when_ended(desk, "/v1/comparisons");
    REQUIRE(answer["job"]["report"]["imported"] == true);
    REQUIRE(answer["lists"].size() == 1);
    REQUIRE(answer["lists"][0]["rows"] == rows);
  }
}

TEST_CASE("lists of the whole district are for the district's people, and only some of them decide") {
  DistrictFixture fixture;
  fixture.add_account("leader", "district_leader", "120110");
  fixture.add_account("street", "township", "120110001");
  fixture.add_account("part", "district", "120110001");
  CHECK(Console(fixture, "leader").get("/v1/comparisons").status == 200);
  CHECK(Console(fixture, "leader").post("/v1/comparisons", "{}").status == 403);
  CHECK(Console(fixture, "street").get("/v1/comparisons").status == 403);
  CHECK(Console(fixture, "part").get("/v1/comparisons").status == 403);
  Console desk(fixture, "sun");
  REQUIRE(desk.post("/v1/comparisons", R"({"first":"dibao","others":["tekun"]})").status == 202);
  CHECK(finished_job(desk)["code"] == "compare.no_list");
  CHECK(desk.post("/v1/comparisons/findings/zz/explain", R"({"reason":"无"})").status == 404);
}

}  // namespace doudi::test
