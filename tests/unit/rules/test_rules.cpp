#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "shared/rules/rules.hpp"

using namespace doudi;

namespace {

rules::Library library() {
  return rules::Library(rules::sources_in(DOUDI_SCHEMA_FOLDER));
}

std::string result_of(std::string_view kind, std::string_view input) {
  rules::Library shared = library();
  const auto result = rules::evaluate(shared, kind, input);
  return result.ok() ? *result : result.error().code;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string check_text(const std::string& examples) {
  const auto file = std::filesystem::temp_directory_path() / "doudi_rules_examples_test.json";
  std::ofstream(file) << examples;
  rules::Library shared = library();
  const auto report = rules::check_file(shared, file);
  std::filesystem::remove(file);
  return std::to_string(report.passed) + "/" + std::to_string(report.failed.size());
}

}  // namespace

TEST_CASE("every worked example of the plans passes") {
  rules::Library shared = library();
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(DOUDI_EXAMPLES_FOLDER)) {
    if (entry.path().extension() != ".json") continue;
    ++files;
    const auto report = rules::check_file(shared, entry.path());
    CHECK(report.passed > 0);
    for (const auto& failed : report.failed) FAIL_CHECK(failed.id << ": " << failed.reason);
  }
  CHECK(files >= 26);
}

TEST_CASE("an unknown kind or a malformed example is a failure, never skipped") {
  CHECK(check_text(R"([{"id":"a","kind":"nothing","input":{},"expect":{}}])") == "0/1");
  CHECK(check_text(R"([{"id":"a","kind":"age"}])") == "0/1");
  CHECK(check_text(R"([{"id":"a","kind":"age","input":{"birth":"1960-02-29"},"expect":{}}])") == "0/1");
  CHECK(check_text("not json") == "0/1");
  CHECK(check_text(R"({"id":"a"})") == "0/1");
}

TEST_CASE("a wrong expectation fails, extra keys of a result do not") {
  const std::string head =
      R"([{"id":"a","kind":"age","input":{"birth":"1960-02-29","on":"2020-02-29"},"expect":)";
  CHECK(check_text(head + R"({"years":60}}])") == "1/0");
  CHECK(check_text(head + R"({"years":61}}])") == "0/1");
  CHECK(check_text(head + R"({"years":60,"months":1}}])") == "0/1");
}

TEST_CASE("lists of findings are compared as sets and completely") {
  const std::string head =
      R"([{"id":"a","kind":"register_comparison","input":{"pack":"shapotou-2018","lists":[{"kind":"registered_poor",)"
      R"("rows":[{"row":1,"name":"甲","id_number":"990101195211110175"},{"row":2,"name":"乙","id_number":"990101193901080111"}]},)"
      R"({"kind":"dibao","rows":[]}]},"expect":{"findings":)";
  CHECK(check_text(head + R"({"F01":["乙","甲"]}}}])") == "1/0");
  CHECK(check_text(head + R"({"F01":["甲"]}}}])") == "0/1");
}

TEST_CASE("a result names its source and never guesses an open value") {
  CHECK(has(result_of("low_income", R"({"pack":"baoji-2020","income_per_person_year_fen":1})"),
            R"("rules_used":["B14"])"));
  CHECK(has(result_of("low_income", R"({"pack":"dongli-2020","income_per_person_year_fen":1})"),
            R"("param":"low_income.line")"));
  CHECK(has(result_of("due_list", R"({"pack":"rongchang-2018","today":"2020-01-01","persons":[]})"),
            "visit.full_coverage"));
  CHECK(result_of("low_income", R"({"pack":"nowhere","income_per_person_year_fen":1})") == "rules.input");
  CHECK(result_of("low_income", R"({"pack":"baoji-2020","income_per_person_year_fen":"1"})") ==
        "rules.input");
  CHECK(result_of("low_income", "[]") == "rules.input");
}

TEST_CASE("T27: the calendar of the day of computation gives the earlier deadline") {
  CHECK(
      has(result_of("deadline_working_days", R"({"start":"2020-01-22T09:00:00","n":8,"as_of":"2020-01-22"})"),
          "2020-02-07"));
  CHECK(has(result_of("deadline_working_days", R"({"start":"2020-01-22T09:00:00","n":8})"), "2020-02-11"));
}
