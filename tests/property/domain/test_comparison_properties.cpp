// Laws of the comparison of registers, over random lists with doubles, wrong numbers and missing ones.
#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "shared/domain/identity_number.hpp"
#include "shared/domain/register_comparison.hpp"
#include "tests/unit/domain/domain_builders.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

using Facts = std::multiset<std::string>;

int between(int low, int high_exclusive) {
  return *rc::gen::inRange(low, high_exclusive);
}

RegisterRow random_row(std::int64_t row) {
  static const std::vector<std::string> kNames{"张桂兰", "李建国", "王秀英", "买买提·艾力"};
  RegisterRow made;
  made.row = row;
  made.name = kNames[static_cast<std::size_t>(between(0, 4))];
  const std::string digits =
      "9901011950010" + std::to_string(between(1, 4)) + "10" + std::to_string(between(0, 3));
  made.id_number = digits + identity_check_character(digits);
  const int fault = between(0, 8);
  if (fault == 0) made.id_number.clear();
  if (fault == 1) made.id_number.back() = made.id_number.back() == '1' ? '2' : '1';
  if (between(0, 4) == 0) made.birth = day("1950-01-0" + std::to_string(between(1, 4)));
  if (between(0, 2) == 0) made.household = std::to_string(between(1, 4));
  return made;
}

std::vector<RegisterRow> random_rows() {
  std::vector<RegisterRow> rows;
  for (std::int64_t i = between(0, 12); i > 0; --i) rows.push_back(random_row(i));
  return rows;
}

std::vector<RegisterList> random_lists() {
  return {{"registered_poor", random_rows()}, {"dibao", random_rows()}};
}

std::vector<Finding> findings_of(const std::vector<RegisterList>& lists) {
  return compare_registers(lists, day("2026-11-21")).value().findings;
}

Facts keys(const std::vector<Finding>& findings) {
  Facts found;
  for (const Finding& finding : findings) found.insert(finding.key);
  return found;
}

// Whom a finding is about, whichever list is called the first.
Facts about(const std::vector<Finding>& findings, const std::string& code) {
  Facts found;
  for (const Finding& finding : findings) {
    if (finding.code != code) continue;
    const std::string a = finding.name + finding.number;
    const std::string b = finding.other_name + finding.other_number;
    found.insert(std::min(a, b) + "/" + std::max(a, b));
  }
  return found;
}

void shuffle(std::vector<RegisterRow>& rows) {
  for (std::size_t i = rows.size(); i > 1; --i)
    std::swap(rows[i - 1], rows[static_cast<std::size_t>(between(0, static_cast<int>(i)))]);
}

}  // namespace

TEST_CASE("the order of the rows changes no finding, and each finding has a key of its own") {
  const bool held = rc::check([] {
    std::vector<RegisterList> lists = random_lists();
    const Facts before = keys(findings_of(lists));
    for (const std::string& key : before) RC_ASSERT(before.count(key) == 1U);
    RC_ASSERT(keys(findings_of(lists)) == before);
    for (RegisterList& list : lists) shuffle(list.rows);
    RC_ASSERT(keys(findings_of(lists)) == before);
  });
  CHECK(held);
}

TEST_CASE("lists that change places exchange who is on one side only and keep every other finding") {
  const bool held = rc::check([] {
    std::vector<RegisterList> lists = random_lists();
    const auto there = findings_of(lists);
    std::swap(lists[0], lists[1]);
    const auto back = findings_of(lists);
    RC_ASSERT(about(there, "F01") == about(back, "F02"));
    RC_ASSERT(about(there, "F02") == about(back, "F01"));
    for (const char* code : {"F03", "F04", "F05", "F09", "F10"})
      RC_ASSERT(about(there, code) == about(back, code));
    RC_ASSERT(about(there, "F06").size() == about(back, "F06").size());
    const auto counted = [&](const std::vector<RegisterList>& some) {
      const auto result = compare_registers(some, day("2026-11-21")).value();
      return std::pair(result.matched_by_number, result.clean);
    };
    const auto swapped = counted(lists);
    std::swap(lists[0], lists[1]);
    RC_ASSERT(counted(lists) == swapped);
  });
  CHECK(held);
}

TEST_CASE("who has a valid number is missing exactly when the other list has neither number nor namesake") {
  const bool held = rc::check([] {
    const std::vector<RegisterList> lists = random_lists();
    const CivilDate today = day("2026-11-21");
    const auto valid = [&](const RegisterRow& row) {
      return check_identity_number(row.id_number, today).verdict == IdentityVerdict::valid;
    };
    const auto birth = [&](const RegisterRow& row) {
      return row.birth ? row.birth : check_identity_number(row.id_number, today).birth_date;
    };
    std::set<std::string> expected, known;
    for (const RegisterRow& row : lists[0].rows) {
      if (!valid(row)) continue;
      expected.insert(row.id_number);
      for (const RegisterRow& other : lists[1].rows) {
        const bool namesake =
            !valid(other) && other.name == row.name && birth(other) == birth(row) && birth(row);
        if (other.id_number == row.id_number || namesake) known.insert(row.id_number);
      }
    }
    for (const std::string& number : known) expected.erase(number);
    std::set<std::string> found;
    for (const Finding& finding : findings_of(lists)) {
      RegisterRow row;
      row.id_number = finding.number;
      if (finding.code == "F01" && valid(row)) found.insert(finding.number);
    }
    RC_ASSERT(found == expected);
  });
  CHECK(held);
}
