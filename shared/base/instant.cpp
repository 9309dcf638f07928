#include "shared/base/instant.hpp"

#include <array>
#include <cstdio>

namespace doudi {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kChinaOffsetMs = 8 * 3'600'000;

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

// Reads exactly `count` digits and moves `at` behind them.
std::optional<int> digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  at += count;
  return number;
}

bool literal(std::string_view text, std::size_t& at, char expected) {
  if (at >= text.size() || text[at] != expected) return false;
  ++at;
  return true;
}

std::optional<CivilDate> date_at(std::string_view text, std::size_t& at) {
  const auto year = digits(text, at, 4);
  if (!year || !literal(text, at, '-')) return std::nullopt;
  const auto month = digits(text, at, 2);
  if (!month || !literal(text, at, '-')) return std::nullopt;
  const auto day = digits(text, at, 2);
  if (!day) return std::nullopt;
  return civil_date(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
}

std::optional<int> milliseconds_at(std::string_view text, std::size_t& at) {
  int ms = 0;
  int scale = 100;
  const std::size_t start = at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    ms += (text[at] - '0') * scale;
    scale /= 10;
    ++at;
  }
  if (at == start) return std::nullopt;
  return ms;
}

// Milliseconds within the day.
std::optional<std::int64_t> time_at(std::string_view text, std::size_t& at) {
  const auto hour = digits(text, at, 2);
  if (!hour || !literal(text, at, ':')) return std::nullopt;
  const auto minute = digits(text, at, 2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  std::int64_t ms = (*hour * 60 + *minute) * 60'000LL;
  if (!literal(text, at, ':')) return ms;
  const auto second = digits(text, at, 2);
  if (!second || *second > 59) return std::nullopt;
  ms += *second * 1'000LL;
  if (!literal(text, at, '.')) return ms;
  const auto fraction = milliseconds_at(text, at);
  if (!fraction) return std::nullopt;
  return ms + *fraction;
}

std::optional<std::int64_t> offset_at(std::string_view text, std::size_t& at) {
  if (at == text.size()) return kChinaOffsetMs;
  if (literal(text, at, 'Z')) return 0;
  const char sign = text[at++];
  if (sign != '+' && sign != '-') return std::nullopt;
  const auto hour = digits(text, at, 2);
  if (!hour || !literal(text, at, ':')) return std::nullopt;
  const auto minute = digits(text, at, 2);
  if (!minute || *hour > 14 || *minute > 59) return std::nullopt;
  const std::int64_t span = (*hour * 60 + *minute) * 60'000LL;
  return sign == '+' ? span : -span;
}

}  // namespace

YearMonthDay year_month_day(CivilDate date) {
  const std::chrono::year_month_day ymd{std::chrono::sys_days{std::chrono::days{date.days}}};
  return {static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day())};
}

std::optional<CivilDate> civil_date(int year, unsigned month, unsigned day) {
  const std::chrono::year_month_day ymd{std::chrono::year{year}, std::chrono::month{month},
                                        std::chrono::day{day}};
  if (!ymd.ok()) return std::nullopt;
  return CivilDate{static_cast<std::int32_t>(std::chrono::sys_days{ymd}.time_since_epoch().count())};
}

unsigned days_in_month(int year, unsigned month) {
  const std::chrono::year_month_day_last last{std::chrono::year{year},
                                              std::chrono::month_day_last{std::chrono::month{month}}};
  return static_cast<unsigned>(last.day());
}

int iso_weekday(CivilDate date) {
  return static_cast<int>(
      std::chrono::weekday{std::chrono::sys_days{std::chrono::days{date.days}}}.iso_encoding());
}

CivilDate monday_of(CivilDate date) {
  return date - (iso_weekday(date) - 1);
}

CivilDate month_first(CivilDate date) {
  return date - static_cast<int>(year_month_day(date).day - 1);
}

CivilDate month_last(CivilDate date) {
  const YearMonthDay ymd = year_month_day(date);
  return date + static_cast<int>(days_in_month(ymd.year, ymd.month) - ymd.day);
}

CivilDate date_of(Instant at) {
  return {static_cast<std::int32_t>(floor_div(at.ms + kChinaOffsetMs, kDayMs))};
}

Instant start_of(CivilDate date) {
  return {date.days * kDayMs - kChinaOffsetMs};
}

std::optional<CivilDate> parse_date(std::string_view text) {
  std::size_t at = 0;
  const auto date = date_at(text, at);
  return at == text.size() ? date : std::nullopt;
}

std::string format_date(CivilDate date) {
  const YearMonthDay ymd = year_month_day(date);
  std::array<char, 24> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u", ymd.year, ymd.month, ymd.day);
  return buffer.data();
}

std::optional<Instant> parse_instant(std::string_view text) {
  std::size_t at = 0;
  const auto date = date_at(text, at);
  if (!date || !literal(text, at, 'T')) return std::nullopt;
  const auto time = time_at(text, at);
  if (!time) return std::nullopt;
  const auto offset = offset_at(text, at);
  if (!offset || at != text.size()) return std::nullopt;
  return Instant{date->days * kDayMs + *time - *offset};
}

std::string format_instant(Instant at) {
  const std::int64_t local = at.ms + kChinaOffsetMs;
  const CivilDate day = date_of(at);
  const std::int64_t ms = local - day.days * kDayMs;
  std::array<char, 40> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "T%02d:%02d:%02d", static_cast<int>(ms / 3'600'000),
                static_cast<int>(ms / 60'000 % 60), static_cast<int>(ms / 1'000 % 60));
  std::string text = format_date(day) + buffer.data();
  if (ms % 1'000 != 0) {
    std::snprintf(buffer.data(), buffer.size(), ".%03d", static_cast<int>(ms % 1'000));
    text += buffer.data();
  }
  return text + "+08:00";
}

}  // namespace doudi
