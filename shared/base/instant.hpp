// Instants (ms UTC) and civil dates. The only zone is China's, UTC+8 without summer time since 1991
// (domain.md 2.5); nothing here reads a clock, a locale or zone data (2.2: midnight gaps of the 1940s).
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace doudi {

struct Instant {
  std::int64_t ms = 0;  // since 1970-01-01T00:00:00Z
  friend auto operator<=>(const Instant&, const Instant&) = default;
  friend Instant operator+(Instant at, std::chrono::milliseconds span) { return {at.ms + span.count()}; }
  friend Instant operator-(Instant at, std::chrono::milliseconds span) { return {at.ms - span.count()}; }
  friend std::chrono::milliseconds operator-(Instant a, Instant b) {
    return std::chrono::milliseconds{a.ms - b.ms};
  }
};

// A plain calendar date; `days` since 1970-01-01.
struct CivilDate {
  std::int32_t days = 0;
  friend auto operator<=>(const CivilDate&, const CivilDate&) = default;
  friend CivilDate operator+(CivilDate day, int n) { return {day.days + n}; }
  friend CivilDate operator-(CivilDate day, int n) { return {day.days - n}; }
  friend int operator-(CivilDate a, CivilDate b) { return a.days - b.days; }
};

struct YearMonthDay {
  int year = 1970;
  unsigned month = 1;
  unsigned day = 1;
};

YearMonthDay year_month_day(CivilDate date);
// Nothing for a date that does not exist (2021-02-29).
std::optional<CivilDate> civil_date(int year, unsigned month, unsigned day);
unsigned days_in_month(int year, unsigned month);
int iso_weekday(CivilDate date);      // 1 Monday … 7 Sunday
CivilDate monday_of(CivilDate date);  // first day of the ISO week
CivilDate month_first(CivilDate date);
CivilDate month_last(CivilDate date);
CivilDate date_of(Instant at);     // the day in UTC+8
Instant start_of(CivilDate date);  // 00:00 UTC+8

// Strict: "YYYY-MM-DD".
std::optional<CivilDate> parse_date(std::string_view text);
std::string format_date(CivilDate date);
// "YYYY-MM-DDTHH:MM[:SS[.fff]]" with optional Z or ±HH:MM; without an offset it means +08:00.
std::optional<Instant> parse_instant(std::string_view text);
// "2020-10-01T15:20:00+08:00"; milliseconds only if there are any.
std::string format_instant(Instant at);

}  // namespace doudi
