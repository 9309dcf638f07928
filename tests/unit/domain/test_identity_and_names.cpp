#include <catch2/catch_test_macros.hpp>
#include <string>

#include "shared/domain/identity_number.hpp"
#include "shared/domain/masking.hpp"
#include "shared/domain/name_index.hpp"
#include "tests/unit/domain/domain_builders.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

const CivilDate kToday = day("2026-11-21");

IdentityVerdict verdict(std::string_view text) {
  return check_identity_number(text, kToday).verdict;
}

}  // namespace

TEST_CASE("T08: every change of one digit in the first seventeen is found") {
  const std::string good = "99010119450312024X";
  int found = 0;
  for (std::size_t place = 0; place < 17; ++place) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string changed = good;
      if (changed[place] == digit) continue;
      changed[place] = digit;
      if (verdict(changed) != IdentityVerdict::valid) ++found;
    }
  }
  CHECK(found == 153);
}

TEST_CASE("T09: every swap of two different neighbours is found") {
  const std::string good = "99010119450312024X";
  int found = 0;
  for (std::size_t place = 0; place + 1 < 17; ++place) {
    if (good[place] == good[place + 1]) continue;
    std::string changed = good;
    std::swap(changed[place], changed[place + 1]);
    if (verdict(changed) != IdentityVerdict::valid) ++found;
  }
  CHECK(found == 14);
}

TEST_CASE("a correct check character can hide a day that does not exist") {
  std::string number = "11010519490230002";
  number += identity_check_character(number);
  CHECK(verdict(number) == IdentityVerdict::bad_date);
  std::string future = "11010520301231002";
  future += identity_check_character(future);
  CHECK(verdict(future) == IdentityVerdict::bad_date);
}

TEST_CASE("pasted numbers are cleaned, unusable ones keep their shape") {
  CHECK(normalize_identity_number("'11010519491231002x'") == "11010519491231002X");
  CHECK(verdict("") == IdentityVerdict::bad_format);
  CHECK(verdict("1101051949123100") == IdentityVerdict::bad_format);
  CHECK(verdict("11010519491231.002X") == IdentityVerdict::bad_format);
  CHECK(check_identity_number("9.90101E+17", kToday).warnings == std::vector<std::string>{"number_lost"});
  CHECK(check_identity_number("440524188001010014", kToday).warnings ==
        std::vector<std::string>{"older_than_130"});
}

TEST_CASE("T11 and T12: a disability certificate carries type and level") {
  const auto good = parse_disability_certificate("99010119390108011141");
  REQUIRE(good.ok());
  CHECK(good->identity_number == "990101193901080111");
  CHECK(good->kind == 4);
  CHECK(good->level == 1);
  CHECK(parse_disability_certificate("99010119390108011191").error().code == "bad_kind");
  CHECK(parse_disability_certificate("99010119390108011141B2").ok());
}

TEST_CASE("T10 and T136: masks count characters, keep double surnames and dots") {
  CHECK(mask_identity_number("99010119450312024X", MaskLevel::staff) == "990101********024X");
  CHECK(mask_identity_number("99010119450312024X", MaskLevel::notice).empty());
  CHECK(mask_name("欧阳建国", MaskLevel::staff) == "欧阳**");
  CHECK(mask_name("买买提·艾力", MaskLevel::staff) == "买**·**");
  CHECK(mask_name("𠮷田", MaskLevel::staff) == "𠮷*");
  CHECK(mask_name("欧阳", MaskLevel::staff) == "欧*");
  CHECK(mask_phone("13812348000", MaskLevel::staff) == "138****8000");
  CHECK(mask_address("天津市东丽区张贵庄街道1号", MaskLevel::staff) == "天津市东丽区****");
  CHECK_FALSE(may_show_birth_date(MaskLevel::staff));
}

TEST_CASE("T133 and T134: a name is found by characters, initials, any reading and number tail") {
  const NameKey key = make_name_key("单玉华", {{"shan", "dan"}, {"yu"}, {"hua"}}, "024X");
  for (const char* query : {"syh", "dyh", "shan", "danyuhua", "玉华", "024x", "SYH", "shanyh"}) {
    INFO(query);
    CHECK(matches(key, query));
  }
  for (const char* query : {"", "zyh", "hua yu", "024"}) {
    INFO(query);
    CHECK_FALSE(matches(key, query));
  }
  CHECK(sort_spelling(key).substr(0, 4) == "shan");
  CHECK(search_keys(key) == "shanyuhua syh danyuhua dyh");
}

TEST_CASE("T135: ü is typed v, u or yu, and dialects are met half way") {
  const NameKey key = make_name_key("吕梁", {{"lv"}, {"liang"}});
  CHECK(matches(key, "lvliang"));
  CHECK(matches(key, "luliang"));
  CHECK(matches(key, "lyuliang"));
  CHECK(matches(key, "ll"));
  CHECK_FALSE(matches(key, "nvlian"));
  CHECK(matches_fuzzily(key, "nvlian"));
  CHECK(matches_fuzzily(make_name_key("岑赞", {{"cen"}, {"zan"}}), "chengzhang"));
}

TEST_CASE("malformed bytes never run past the end of a name") {
  CHECK(code_point_count("\xF0\x9F") == 2);
  CHECK(code_point_count("张\xE5") == 2);
  CHECK(mask_name("\xFF\xFE", MaskLevel::staff).size() == 2);
}
