// Dates and instants of the one zone the product lives in, UTC+8.
#include "shared/base/instant.hpp"

#include <catch2/catch_test_macros.hpp>

namespace doudi {
namespace {

CivilDate day(std::string_view text) {
  const auto date = parse_date(text);
  REQUIRE(date.has_value());
  return *date;
}

TEST_CASE("dates that do not exist are refused") {
  for (const std::string_view text :
       {"2021-02-29", "1900-02-29", "2021-04-31", "2021-13-01", "2021-00-10", "2021-01-00", "2021-01-32"}) {
    INFO(text);
    CHECK(parse_date(text) == std::nullopt);
  }
  CHECK(civil_date(2021, 2, 29) == std::nullopt);
  CHECK(civil_date(2020, 2, 29).has_value());
  CHECK(civil_date(2000, 2, 29).has_value());
}

TEST_CASE("dates have one written form") {
  for (const std::string_view text : {"", "2021-2-3", "2021/02/03", "20210203", "2021-02-03 ", " 2021-02-03",
                                      "2021-02-03T", "+021-02-03", "-001-01-01", "2021-0２-03"}) {
    INFO(text);
    CHECK(parse_date(text) == std::nullopt);
  }
  CHECK(format_date(day("2021-02-03")) == "2021-02-03");
}

TEST_CASE("every day from 1900 to 2100 goes to text and back") {
  const CivilDate last = day("2100-12-31");
  for (CivilDate at = day("1900-01-01"); at <= last; at = at + 1) {
    const YearMonthDay ymd = year_month_day(at);
    REQUIRE(civil_date(ymd.year, ymd.month, ymd.day) == at);
    REQUIRE(parse_date(format_date(at)) == at);
    REQUIRE(date_of(start_of(at)) == at);
    REQUIRE(date_of(start_of(at) - std::chrono::milliseconds{1}) == at - 1);
  }
}

TEST_CASE("birthdays of the 1940s and before 1970 keep their day") {
  // Zone data has no midnight on some of these days in Shanghai; civil dates do not care.
  for (const std::string_view text :
       {"1940-06-01", "1941-03-15", "1942-01-31", "1945-09-02", "1969-12-31", "1986-05-04"}) {
    INFO(text);
    CHECK(format_date(date_of(start_of(day(text)))) == text);
  }
}

TEST_CASE("months end on their last day") {
  CHECK(days_in_month(2020, 2) == 29);
  CHECK(days_in_month(2021, 2) == 28);
  CHECK(days_in_month(2100, 2) == 28);
  CHECK(month_first(day("2020-02-29")) == day("2020-02-01"));
  CHECK(month_last(day("2020-02-01")) == day("2020-02-29"));
  CHECK(month_last(day("2020-12-31")) == day("2020-12-31"));
  CHECK(day("2021-01-01") - day("2020-01-01") == 366);
}

TEST_CASE("weeks begin on Monday, also over the turn of a year") {
  CHECK(iso_weekday(day("1970-01-01")) == 4);
  CHECK(iso_weekday(day("1969-12-29")) == 1);
  CHECK(iso_weekday(day("2021-01-03")) == 7);
  CHECK(monday_of(day("2021-01-03")) == day("2020-12-28"));
  CHECK(monday_of(day("2020-12-28")) == day("2020-12-28"));
  CHECK(monday_of(day("2021-01-04")) == day("2021-01-04"));
}

TEST_CASE("the day changes at midnight of UTC+8") {
  CHECK(date_of(Instant{0}) == day("1970-01-01"));
  CHECK(date_of(*parse_instant("2020-10-01T15:59:59.999Z")) == day("2020-10-01"));
  CHECK(date_of(*parse_instant("2020-10-01T16:00:00Z")) == day("2020-10-02"));
  CHECK(start_of(day("2020-10-02")) == *parse_instant("2020-10-01T16:00:00Z"));
}

TEST_CASE("an instant without an offset is in UTC+8") {
  const Instant expected{1'601'536'800'000};
  for (const std::string_view text :
       {"2020-10-01T15:20", "2020-10-01T15:20:00", "2020-10-01T15:20:00.000", "2020-10-01T15:20:00+08:00",
        "2020-10-01T07:20:00Z", "2020-10-01T07:20Z", "2020-10-01T02:20:00-05:00", "2020-10-01T12:50+05:30"}) {
    INFO(text);
    CHECK(parse_instant(text) == expected);
  }
}

TEST_CASE("fractions are read to the millisecond") {
  const Instant whole = *parse_instant("2020-10-01T15:20:07");
  CHECK(*parse_instant("2020-10-01T15:20:07.5") - whole == std::chrono::milliseconds{500});
  CHECK(*parse_instant("2020-10-01T15:20:07.05") - whole == std::chrono::milliseconds{50});
  CHECK(*parse_instant("2020-10-01T15:20:07.123456789Z") == *parse_instant("2020-10-01T15:20:07.123Z"));
}

TEST_CASE("text that is not an instant is refused") {
  for (const std::string_view text : {"",
                                      "2020-10-01",
                                      "2020-10-01T",
                                      "2020-10-01T9",
                                      "2020-10-01 15:20",
                                      "2020-10-01T9:20",
                                      "2020-10-01T24:00",
                                      "2020-10-01T15:60",
                                      "2020-10-01T15:20:60",
                                      "2020-10-01T15:20:",
                                      "2020-10-01T15:20:00.",
                                      "2020-10-01T15:20:00.Z",
                                      "2020-10-01T15:20:00+",
                                      "2020-10-01T15:20:00+8",
                                      "2020-10-01T15:20:00+0800",
                                      "2020-10-01T15:20:00+15:00",
                                      "2020-10-01T15:20:00+08:60",
                                      "2020-10-01T15:20:00ZZ",
                                      "2020-10-01T15:20:00z",
                                      "2021-02-29T00:00",
                                      "T91-06-10T00:00",
                                      "2020-10-01T15:20:00 "}) {
    INFO(text);
    CHECK(parse_instant(text) == std::nullopt);
  }
}

TEST_CASE("garbled dates such as T91 are refused, not guessed") {
  for (const std::string_view text :
       {"T91", "T91-06-10", "1991-T6-10", "1991-06-T1", "91-06-10", "1991-06-1O"}) {
    INFO(text);
    CHECK(parse_date(text) == std::nullopt);
    CHECK(parse_instant(std::string(text) + "T00:00") == std::nullopt);
  }
}

TEST_CASE("instants are written in UTC+8, with milliseconds only if there are any") {
  CHECK(format_instant(Instant{1'601'536'800'000}) == "2020-10-01T15:20:00+08:00");
  CHECK(format_instant(Instant{1'601'536'800'007}) == "2020-10-01T15:20:00.007+08:00");
  CHECK(format_instant(Instant{0}) == "1970-01-01T08:00:00+08:00");
  CHECK(format_instant(Instant{-1}) == "1970-01-01T07:59:59.999+08:00");
  CHECK(format_instant(*parse_instant("1949-10-01T15:00")) == "1949-10-01T15:00:00+08:00");
}

TEST_CASE("instants go to text and back around every boundary") {
  for (const std::int64_t base : {std::int64_t{0}, std::int64_t{-86'400'000}, std::int64_t{1'582'934'400'000},
                                  std::int64_t{-2'208'988'800'000}, std::int64_t{4'102'444'800'000}}) {
    for (const std::int64_t step : {-3'600'001LL, -1'000LL, -1LL, 0LL, 1LL, 999LL, 28'800'000LL}) {
      const Instant at{base + step};
      CHECK(parse_instant(format_instant(at)) == at);
    }
  }
}

}  // namespace
}  // namespace doudi
