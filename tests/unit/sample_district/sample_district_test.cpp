// The sample district has to be right where it is right and wrong exactly where it says so.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/temp_directory.hpp"
#include "tools/sample_district/district.hpp"

namespace {

using doudi::test::read_file;
using doudi::test::TempDirectory;
using namespace doudi::sample;

constexpr std::size_t kGrid = 2;
constexpr std::size_t kHousehold = 4;
constexpr std::size_t kSex = 9;
constexpr std::size_t kId = 10;
constexpr std::size_t kCategories = 12;
constexpr std::size_t kEnrolled = 15;
constexpr std::size_t kColumns = 16;

using Row = std::vector<std::string>;

// The sample has no quoted cells except by accident of a name; a row with another width fails the test.
std::vector<Row> rows_of(const std::string& text) {
  std::vector<Row> rows;
  std::size_t start = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  while (start < text.size()) {
    const std::size_t end = text.find("\r\n", start);
    Row row(1);
    for (const char c : text.substr(start, end - start)) {
      if (c == ',') {
        row.emplace_back();
      } else {
        row.back().push_back(c);
      }
    }
    rows.push_back(row);
    start = end + 2;
  }
  return rows;
}

// Full-width digits, spaces, trailing quote and small x as a reader must undo them.
std::string plain_number(const std::string& typed) {
  std::string plain;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    if (typed.compare(i, 2, "\xEF\xBC") == 0) {
      plain.push_back(static_cast<char>('0' + (static_cast<unsigned char>(typed[i + 2]) - 0x90)));
      i += 2;
    } else if (typed[i] == 'x') {
      plain.push_back('X');
    } else if (typed[i] != ' ' && typed[i] != '\'') {
      plain.push_back(typed[i]);
    }
  }
  return plain;
}

SampleOptions demo(const std::filesystem::path& directory, std::uint64_t seed = 7) {
  return {Scale::demo, seed, *doudi::civil_date(2026, 11, 18), directory};
}

struct Sample {
  TempDirectory directory{"sample"};
  SampleCounts counts = write_sample_district(demo(directory.path())).value();
  std::vector<Row> roster = rows_of(read_file(directory / "roster_utf8.csv"));
  std::vector<Row> faults = rows_of(read_file(directory / "faults.csv"));

  [[nodiscard]] std::set<std::size_t> faulty_lines() const {
    std::set<std::size_t> lines;
    for (std::size_t i = 1; i < faults.size(); ++i) lines.insert(std::stoul(faults[i][0]));
    return lines;
  }
  // Roster rows without the header and without the faulty ones.
  [[nodiscard]] std::vector<Row> good_rows() const {
    const auto lines = faulty_lines();
    std::vector<Row> good;
    for (std::size_t line = 2; line <= roster.size(); ++line) {
      if (!lines.contains(line)) good.push_back(roster[line - 1]);
    }
    return good;
  }
};

}  // namespace

TEST_CASE("the check character follows the published examples") {
  CHECK(identity_check("11010519491231002") == 'X');
  CHECK(identity_check("44052418800101001") == '4');
}

TEST_CASE("two runs with one seed write the same bytes, another seed writes others") {
  TempDirectory first("sample");
  TempDirectory second("sample");
  TempDirectory other("sample");
  REQUIRE(write_sample_district(demo(first.path())).ok());
  REQUIRE(write_sample_district(demo(second.path())).ok());
  REQUIRE(write_sample_district(demo(other.path(), 8)).ok());
  for (const char* name :
       {"roster_utf8.csv", "roster_gbk.csv", "grids.csv", "duty_phones.csv", "faults.csv"}) {
    INFO(name);
    REQUIRE_FALSE(read_file(first / name).empty());
    CHECK(read_file(first / name) == read_file(second / name));
  }
  CHECK(read_file(first / "roster_utf8.csv") != read_file(other / "roster_utf8.csv"));
}

TEST_CASE("every good ID number is in the unassigned region, checks, fits the sex and occurs once") {
  const Sample sample;
  std::set<std::string> seen;
  for (const Row& row : sample.good_rows()) {
    REQUIRE(row.size() == kColumns);
    const std::string number = plain_number(row[kId]);
    INFO(row[kId]);
    REQUIRE(number.size() == 18);
    CHECK(number.starts_with("990101"));
    CHECK(doudi::parse_date(row[kEnrolled]).has_value());
    CHECK(number.back() == identity_check(number.substr(0, 17)));
    CHECK(doudi::parse_date(number.substr(6, 4) + "-" + number.substr(10, 2) + "-" + number.substr(12, 2))
              .has_value());
    CHECK(((number[16] - '0') % 2 == 1) == (row[kSex] == "男"));
    CHECK(seen.insert(number).second);
  }
}

TEST_CASE("the counts told are the counts written") {
  const Sample sample;
  std::set<std::string> grids;
  std::set<std::string> households;
  for (const Row& row : sample.good_rows()) {
    grids.insert(row[kGrid]);
    households.insert(row[kGrid] + row[kHousehold]);
  }
  CHECK(sample.counts.grids == 2);
  CHECK(static_cast<int>(grids.size()) == sample.counts.grids);
  CHECK(sample.counts.households == 80);
  CHECK(static_cast<int>(households.size()) == sample.counts.households);
  CHECK(static_cast<int>(sample.good_rows().size()) == sample.counts.people);
  CHECK(static_cast<int>(sample.faults.size()) - 1 == sample.counts.faults);
  CHECK(rows_of(read_file(sample.directory / "grids.csv")).size() == 3);
}

TEST_CASE("the demo holds people for every kind of duty and the elder of the story") {
  const Sample sample;
  const auto rows = sample.good_rows();
  const auto tagged = [&](std::string_view word) {
    return std::ranges::count_if(
        rows, [&](const Row& row) { return row[kCategories].find(word) != std::string::npos; });
  };
  CHECK(tagged("日排查对象") >= 2);
  CHECK(tagged("独居") >= 3);
  CHECK(tagged("特困") >= 2);
  CHECK(tagged("低保") >= 1);
  const auto with_category =
      std::ranges::count_if(rows, [](const Row& row) { return !row[kCategories].empty(); });
  CHECK(with_category * 100 >= 20 * static_cast<std::ptrdiff_t>(rows.size()));
  CHECK(with_category * 100 <= 45 * static_cast<std::ptrdiff_t>(rows.size()));
  CHECK(rows.front()[8] == "张桂兰");
  CHECK(rows.front()[kCategories] == "独居老人、高龄");
}

TEST_CASE("numbers stand as people type them: full width, trailing quote, spaces, small x") {
  const Sample sample;
  std::set<std::string> forms;
  for (const Row& row : sample.good_rows()) {
    const std::string& typed = row[kId];
    if (typed.find("\xEF\xBC") != std::string::npos) forms.insert("full width");
    if (typed.ends_with("'")) forms.insert("quote");
    if (typed.find(' ') != std::string::npos) forms.insert("space");
    if (typed.ends_with("x")) forms.insert("small x");
  }
  CHECK(forms.contains("full width"));
  CHECK(forms.contains("quote"));
  CHECK(forms.size() >= 3);
}

TEST_CASE("a street has grids of 300 to 500 households with codes of 15 digits") {
  TempDirectory directory("sample");
  SampleOptions options = demo(directory.path());
  options.scale = Scale::street;
  const SampleCounts counts = write_sample_district(options).value();
  std::map<std::string, std::set<std::string>> households;
  const auto rows = rows_of(read_file(directory / "roster_utf8.csv"));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i][kGrid] != "120110099001001") households[rows[i][kGrid]].insert(rows[i][kHousehold]);
  }
  CHECK(static_cast<int>(households.size()) == counts.grids);
  for (const auto& [grid, doors] : households) {
    INFO(grid);
    CHECK(grid.size() == 15);
    CHECK(grid.starts_with("120110001"));
    CHECK(doors.size() >= 300);
    CHECK(doors.size() <= 500);
  }
  CHECK(counts.people > 20000);
}

TEST_CASE("every faulty row is listed with its line and is wrong there") {
  const Sample sample;
  std::map<std::string, Row> by_reason;
  for (std::size_t i = 1; i < sample.faults.size(); ++i) {
    by_reason[sample.faults[i][2]] = sample.roster.at(std::stoul(sample.faults[i][0]) - 1);
  }
  REQUIRE(by_reason.size() == 6);
  const std::string wrong = by_reason.at("bad_check")[kId];
  CHECK(wrong.back() != identity_check(wrong.substr(0, 17)));
  CHECK(by_reason.at("bad_date")[kId].substr(6, 8) == "19900230");
  CHECK(by_reason.at("number_lost")[kId] == "9.90101E+17");
  CHECK(by_reason.at("bad_format")[kId].size() == 16);
  CHECK(by_reason.at("missing_name")[8].empty());
  CHECK(by_reason.at("unknown_grid")[kGrid] == "120110099001001");
}

TEST_CASE("the GBK roster has the same number of lines and no UTF-8 mark") {
  const Sample sample;
  const std::string gbk = read_file(sample.directory / "roster_gbk.csv");
  CHECK(static_cast<std::size_t>(std::ranges::count(gbk, '\n')) == sample.roster.size());
  CHECK(gbk.starts_with("\xBD\xD6\xB5\xC0,"));  // 街道
}

TEST_CASE("a directory that cannot be written is an error, not an empty sample") {
  CHECK_FALSE(write_sample_district(demo("/proc/no-such-place")).ok());
}
