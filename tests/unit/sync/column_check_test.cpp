// What each column type takes and refuses, and the one text of a set.
#include "shared/sync/column_check.hpp"

#include <catch2/catch_test_macros.hpp>

namespace doudi::sync {
namespace {

std::string code_of(ColumnType type, const Value& value, bool nullable = true) {
  const Status status =
      check_value({"column", type, MergeRule::latest, PersonalData::none, nullable, ""}, value);
  return status.ok() ? "" : status.error().code;
}

bool takes(ColumnType type, const Value& value) {
  return code_of(type, value).empty();
}

Value text(std::string value) {
  return value;
}
Value number(std::int64_t value) {
  return value;
}

TEST_CASE("null is taken only where it is allowed") {
  CHECK(code_of(ColumnType::text, {}).empty());
  CHECK(code_of(ColumnType::text, {}, false) == "sync.not_null");
}

TEST_CASE("an id is a blob of sixteen bytes") {
  CHECK(takes(ColumnType::id, Bytes(16)));
  CHECK_FALSE(takes(ColumnType::id, Bytes(15)));
  CHECK_FALSE(takes(ColumnType::id, Bytes(17)));
  CHECK_FALSE(takes(ColumnType::id, text("0123456789abcdef")));
}

TEST_CASE("a date is a day that exists, written in full") {
  CHECK(takes(ColumnType::date, text("2020-02-29")));
  for (const char* wrong : {"2021-02-29", "2020-2-9", "20200229", "2020-02-29T00:00", ""}) {
    INFO(wrong);
    CHECK_FALSE(takes(ColumnType::date, text(wrong)));
  }
}

TEST_CASE("numbers keep to their range") {
  CHECK(takes(ColumnType::boolean, number(0)));
  CHECK(takes(ColumnType::boolean, number(1)));
  CHECK_FALSE(takes(ColumnType::boolean, number(2)));
  CHECK_FALSE(takes(ColumnType::boolean, text("1")));
  CHECK(takes(ColumnType::integer, number(INT64_MIN)));
  CHECK(takes(ColumnType::instant, number(kInstantMsMax)));
  CHECK_FALSE(takes(ColumnType::instant, number(kInstantMsMax + 1)));
  CHECK_FALSE(takes(ColumnType::instant, number(kInstantMsMin - 1)));
}

TEST_CASE("text and codes have a longest length, counted in bytes and in characters") {
  CHECK(takes(ColumnType::text, text(std::string(kTextBytesMax, 'a'))));
  CHECK_FALSE(takes(ColumnType::text, text(std::string(kTextBytesMax + 1, 'a'))));
  std::string characters;
  for (std::size_t i = 0; i < kCodeCharactersMax; ++i) characters += "兜";
  CHECK(takes(ColumnType::code, text(characters)));
  CHECK_FALSE(takes(ColumnType::code, text(characters + "底")));
  CHECK_FALSE(takes(ColumnType::code, text("a\nb")));
  CHECK(takes(ColumnType::text, text("a\nb")));
  CHECK(takes(ColumnType::blob, Bytes(kBlobBytesMax)));
  CHECK_FALSE(takes(ColumnType::blob, Bytes(kBlobBytesMax + 1)));
}

TEST_CASE("text that is not UTF-8 or holds a NUL is refused") {
  using namespace std::string_literals;
  for (const std::string& wrong : {"\x80"s, "\xc0\x80"s, "\xe0\x80\x80"s, "\xed\xa0\x80"s,
                                   "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xe5\x85"s, "\xff"s, "a\0b"s}) {
    CHECK_FALSE(takes(ColumnType::text, text(wrong)));
  }
  for (const std::string& right :
       {"兜底"s, "\xed\x9f\xbf"s, "\xee\x80\x80"s, "\xf4\x8f\xbf\xbf"s, "\xf0\x9f\x98\x80"s}) {
    CHECK(takes(ColumnType::text, text(right)));
  }
}

TEST_CASE("a set has one text") {
  CHECK(set_text({"b", "a", "b"}) == R"(["a","b"])");
  CHECK(set_text({}) == "[]");
  CHECK(canonical_set(" [ \"b\" , \"\\u0061\" ] ") == R"(["a","b"])");
  CHECK(canonical_set(R"(["\ud83d\ude00","\n"])") == "[\"\\u000a\",\"\xf0\x9f\x98\x80\"]");
  CHECK(takes(ColumnType::set, text(R"(["a","b"])")));
  CHECK(takes(ColumnType::set, text("[]")));
  for (const char* wrong :
       {R"(["b","a"])", R"(["a", "b"])", R"(["a","a"])", R"(["\u0061"])", "a", "", "[1]", R"(["a")",
        R"(["a"],)", R"(["\ud800"])", R"(["a",])", R"(["\x"])", R"(["\u0000"])"}) {
    INFO(wrong);
    CHECK_FALSE(takes(ColumnType::set, text(wrong)));
  }
}

TEST_CASE("a set has a largest number of items") {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < kSetItemsMax; ++i) items.push_back(std::to_string(i));
  CHECK(takes(ColumnType::set, text(set_text(items))));
  items.emplace_back("one more");
  CHECK_FALSE(takes(ColumnType::set, text(set_text(items))));
}

TEST_CASE("what a set text says is what was put into it") {
  const std::vector<std::string> items{"\x01", "\"quoted\"", "back\\slash", "兜底"};
  CHECK(parse_set(set_text(items)) == items);
}

}  // namespace
}  // namespace doudi::sync
