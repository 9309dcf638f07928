// 名单比对: the worked example T101 to T103 with its household, and what a list may do to the findings.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "shared/domain/register_comparison.hpp"
#include "tests/unit/domain/domain_builders.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

const CivilDate kToday = day("2026-11-21");

RegisterRow person(std::int64_t row, std::string name, std::string number, std::string household = "") {
  RegisterRow made;
  made.row = row;
  made.name = std::move(name);
  made.id_number = std::move(number);
  made.household = std::move(household);
  return made;
}

RegisterRow household(std::int64_t row, std::string number, std::string dibao_class, int persons,
                      int insured) {
  RegisterRow made;
  made.row = row;
  made.household = std::move(number);
  made.dibao_class = std::move(dibao_class);
  made.household_persons = persons;
  made.insured_persons = insured;
  return made;
}

std::vector<RegisterList> worked_example() {
  return {{"registered_poor",
           {person(1, "张桂兰", "99010119450312024x"),
            person(2, "李建国", "９９０１０１１９７００９０５０１３９"),
            person(3, "王秀英", "990101550720046"), person(4, "赵强", "990101195211110175"),
            person(5, "孙丽", "99010119600715022X"), person(6, "周伟", "990101200207180191"),
            person(7, "吴敏", "99010119480620028X", "07"), person(8, "吴敏", "99010119480620028X", "12"),
            person(9, "郑国栋", "990101193901080111"), person(10, "陈涛", "990101198810090317")}},
          {"dibao",
           {person(1, "张桂兰", "99010119450312024X"), person(2, "李建国", "990101197009050139"),
            person(3, "王秀英", "990101195507200460"), person(4, "孙莉", "99010119600715022X"),
            person(5, "周伟", "990101200207180190"), person(6, "吴敏", "99010119480620028X", "07"),
            person(7, "陈涛", "990101198810090317"), person(8, "钱进", "990101196303040156"),
            household(9, "21", "C", 4, 1)}},
          {"tekun", {person(1, "郑国栋", "990101193901080111"), person(2, "陈涛", "990101198810090317")}}};
}

std::map<std::string, std::vector<std::string>> names_by_code(const std::vector<Finding>& findings) {
  std::map<std::string, std::vector<std::string>> names;
  for (const Finding& finding : findings)
    names[finding.code].push_back(finding.name.empty() ? finding.household : finding.name);
  return names;
}

std::set<std::string> keys(const std::vector<Finding>& findings) {
  std::set<std::string> found;
  for (const Finding& finding : findings) found.insert(finding.key);
  return found;
}

}  // namespace

TEST_CASE("T101: three lists give the ten findings of the worked example and nothing else") {
  const auto result = compare_registers(worked_example(), kToday).value();
  CHECK(result.matched_by_number == 7);
  CHECK(result.clean == 4);
  const std::map<std::string, std::vector<std::string>> expected{
      {"F01", {"赵强"}}, {"F02", {"钱进"}}, {"F03", {"孙丽"}}, {"F04", {"周伟"}}, {"F05", {"吴敏"}},
      {"F06", {"吴敏"}}, {"F07", {"陈涛"}}, {"F08", {"21"}},   {"F10", {"周伟"}}};
  CHECK(names_by_code(result.findings) == expected);
  std::vector<std::pair<std::string, std::string>> notes;
  for (const ComparisonNote& note : result.notes) notes.emplace_back(note.code, note.name);
  CHECK(notes ==
        std::vector<std::pair<std::string, std::string>>{{"id15", "王秀英"}, {"other_category", "郑国栋"}});
}

TEST_CASE("T102: the same lists again give the same findings, and an explained one stays closed") {
  const auto first = compare_registers(worked_example(), kToday).value();
  const auto again = compare_registers(worked_example(), kToday).value();
  CHECK(keys(first.findings) == keys(again.findings));
  CHECK(keys(first.findings).size() == first.findings.size());
  auto moved = worked_example();  // the next export of a list has other row numbers and another order
  std::reverse(moved[0].rows.begin(), moved[0].rows.end());
  for (RegisterRow& row : moved[0].rows) row.row += 100;
  const auto closed =
      compare_registers(moved, kToday, {first.findings[0].key, first.findings[4].key}).value();
  CHECK(closed.findings.size() == first.findings.size() - 2);
  CHECK(closed.explained.size() == 2);
  auto all = keys(closed.findings);
  all.merge(keys(closed.explained));
  CHECK(all == keys(first.findings));
}

TEST_CASE("T103: a number that a spreadsheet stored as a figure refuses the list and names the row") {
  auto lists = worked_example();
  lists[1].rows[3].id_number = "9.90101E+17";
  const auto refused = compare_registers(lists, kToday);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "number_lost");
  CHECK(refused.error().message.find("dibao row 4") != std::string::npos);
}

TEST_CASE("people without a number are told apart by birth and household, not merged by their name") {
  RegisterRow one = person(1, "王芳", "", "01");
  one.birth = day("1950-01-01");
  RegisterRow other = person(2, "王芳", "", "02");
  other.birth = day("1980-01-01");
  const auto result = compare_registers({{"dibao", {one, other, one}}, {"tekun", {}}}, kToday).value();
  CHECK(names_by_code(result.findings) == std::map<std::string, std::vector<std::string>>{
                                              {"F01", {"王芳", "王芳"}}, {"F09", {"王芳", "王芳"}}});
}

TEST_CASE("somebody whose number is missing on one side is probably the person of the other side") {
  RegisterRow without = person(1, "张桂兰", "");
  without.birth = day("1945-03-12");
  const RegisterRow with = person(1, "张桂兰", "99010119450312024X");
  const auto result = compare_registers({{"dibao", {without}}, {"tekun", {with}}}, kToday).value();
  CHECK(names_by_code(result.findings) ==
        std::map<std::string, std::vector<std::string>>{{"F09", {"张桂兰"}}, {"F10", {"张桂兰"}}});
  const auto strangers =
      compare_registers({{"dibao", {person(1, "张桂兰", "")}}, {"tekun", {with}}}, kToday).value();
  CHECK(names_by_code(strangers.findings).count("F10") == 0);
}

TEST_CASE("a household that breaks the class rule is told of once, whoever of it the list names") {
  std::vector<RegisterRow> rows;
  for (std::int64_t i = 1; i <= 4; ++i) rows.push_back(household(i, "21", "C", 4, 1));
  rows.push_back(household(5, "22", "A", 3, 3));
  rows.push_back(household(6, "23", "B", 1, 1));
  const auto result = compare_registers({{"registered_poor", {}}, {"dibao", rows}}, kToday).value();
  CHECK(names_by_code(result.findings) == std::map<std::string, std::vector<std::string>>{{"F08", {"21"}}});
}

TEST_CASE("the district's own register of an aid excludes another aid as a list of it does") {
  const RegisterRow row = person(1, "陈涛", "990101198810090317");
  const auto result = compare_registers({{"register:dibao", {row}}, {"tekun", {row}}}, kToday).value();
  CHECK(names_by_code(result.findings) == std::map<std::string, std::vector<std::string>>{{"F07", {"陈涛"}}});
}

TEST_CASE("a comparison can be stopped, and says how far it is before that") {
  std::vector<RegisterRow> rows;
  for (int i = 0; i < 60'000; ++i) rows.push_back(person(i + 1, "某" + std::to_string(i), ""));
  std::uint64_t last = 0;
  bool grows = true;
  RegisterComparison whole(kToday, [&](std::uint64_t done, std::uint64_t total) {
    grows = grows && done >= last && done <= total;
    last = done;
    return true;
  });
  whole.begin_list("dibao");
  for (const RegisterRow& row : rows) REQUIRE(whole.add(row).ok());
  REQUIRE(whole.finish().ok());
  CHECK(grows);
  CHECK(last == 4U * rows.size());

  RegisterComparison stopped(kToday, [](std::uint64_t, std::uint64_t) { return false; });
  stopped.begin_list("dibao");
  for (const RegisterRow& row : rows) REQUIRE(stopped.add(row).ok());
  CHECK(stopped.finish().error().code == "compare.cancelled");
}
