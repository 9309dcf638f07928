// Laws that hold for every input, over random people, dates and amounts. RapidCheck prints the seed and the
// shrunken case.
#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "shared/domain/deadline.hpp"
#include "shared/domain/identity_number.hpp"
#include "shared/domain/masking.hpp"
#include "shared/domain/money_rules.hpp"
#include "tests/property/domain/random_grid.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

std::vector<DueItem> list_of(const Grid& grid) {
  return due_list(dongli(), grid.today, grid.households, grid.persons).value();
}

std::vector<CalendarYear> random_years(int days) {
  std::vector<CalendarYear> years;
  for (int year = 2018; year <= 2028; ++year) {
    years.push_back({year, 1, "", std::nullopt, "", {}});
    for (int i = 0; i < days; ++i) {
      const CivilDate at = *civil_date(year, 1, 1) + between(0, 365);
      const bool known = std::any_of(years.back().days.begin(), years.back().days.end(),
                                     [&](const CalendarDay& other) { return other.day == at; });
      if (!known) years.back().days.push_back({at, between(0, 3) != 0, ""});
    }
  }
  return years;
}

WorkCalendar random_calendar(int days) {
  return WorkCalendar(random_years(days));
}

}  // namespace

TEST_CASE("a longer limit never ends earlier, whatever the basis") {
  CHECK(rc::check("deadlines grow with their amount", [] {
    const Instant start{start_of(day("2018-01-01") + between(0, 3000)).ms + between(0, 86'400) * 1000LL};
    const int amount = between(0, 60);
    for (const DeadlineBasis basis :
         {DeadlineBasis::hours, DeadlineBasis::workdays, DeadlineBasis::days, DeadlineBasis::months}) {
      const bool roll = between(0, 2) == 0;
      const Deadline shorter = make_deadline(basis, amount, start, roll, WorkCalendar{});
      const Deadline longer = make_deadline(basis, amount + 1, start, roll, WorkCalendar{});
      RC_ASSERT(shorter.due_at <= longer.due_at);
      RC_ASSERT(shorter.due_at >= start);
    }
  }));
}

TEST_CASE("a later start never ends earlier, whatever the basis") {
  CHECK(rc::check("deadlines grow with their start", [] {
    const Instant start{start_of(day("2018-01-01") + between(0, 3000)).ms + between(0, 86'400) * 1000LL};
    const Instant later{start.ms + between(0, 10'000) * 60'000LL};
    const int amount = between(0, 40);
    const WorkCalendar calendar = random_calendar(between(0, 40));
    for (const DeadlineBasis basis :
         {DeadlineBasis::hours, DeadlineBasis::workdays, DeadlineBasis::days, DeadlineBasis::months}) {
      const bool roll = between(0, 2) == 0;
      RC_ASSERT(make_deadline(basis, amount, start, roll, calendar).due_at <=
                make_deadline(basis, amount, later, roll, calendar).due_at);
    }
  }));
}

TEST_CASE("one more holiday never ends a limit earlier") {
  CHECK(rc::check("deadlines grow with the holidays", [] {
    const Instant start{start_of(day("2020-01-01") + between(0, 366)).ms + between(0, 86'400) * 1000LL};
    std::vector<CalendarYear> years = random_years(between(0, 40));
    const WorkCalendar before(years);
    const CivilDate holiday = date_of(start) + between(0, 90);
    for (CalendarYear& year : years) {
      std::erase_if(year.days, [&](const CalendarDay& known) { return known.day == holiday; });
      if (year_month_day(holiday).year == year.year) year.days.push_back({holiday, true, "假日"});
    }
    const WorkCalendar after(years);
    const int amount = between(0, 40);
    for (const DeadlineBasis basis :
         {DeadlineBasis::hours, DeadlineBasis::workdays, DeadlineBasis::days, DeadlineBasis::months})
      RC_ASSERT(make_deadline(basis, amount, start, true, before).due_at <=
                make_deadline(basis, amount, start, true, after).due_at);
  }));
}

TEST_CASE("no mask shows the birth date of whatever is typed as a number") {
  CHECK(rc::check("masks of any text hide every birth date", [] {
    std::string text;
    for (int i = between(0, 25); i > 0; --i) text += static_cast<char>('0' + between(0, 10));
    // Where a number of that length has its birth date; of any other text only the first character is shown.
    const std::size_t from = text.size() == 15 || text.size() == 18 ? 6 : 1;
    const std::size_t days = text.size() == 15 ? 6 : text.size() == 18 ? 8 : text.size();
    for (const MaskLevel level : {MaskLevel::staff, MaskLevel::strict, MaskLevel::notice}) {
      const std::string masked = mask_identity_number(text, level);
      RC_ASSERT(level != MaskLevel::notice || masked.empty());
      for (std::size_t i = from; i < masked.size() && i < from + days; ++i) RC_ASSERT(masked[i] == '*');
    }
  }));
}

TEST_CASE("a masked number never shows the birth date") {
  CHECK(rc::check("masks hide the eight digits of the birth", [] {
    const CivilDate birth = day("1920-01-01") + between(0, 36'000);
    std::string number = "990101";
    for (const char c : format_date(birth)) {
      if (c != '-') number += c;
    }
    number += std::to_string(100 + between(0, 900));
    number += identity_check_character(number);
    for (const MaskLevel level : {MaskLevel::staff, MaskLevel::strict, MaskLevel::notice}) {
      const std::string masked = mask_identity_number(number, level);
      RC_ASSERT((masked.empty() || masked.substr(6, 8) == "********"));
      RC_ASSERT(masked.find(number.substr(6, 8)) == std::string::npos);
    }
  }));
}

TEST_CASE("a taper's total is the sum of its months and never above the original amount") {
  CHECK(rc::check("totals add up", [] {
    PackBuilder builder;
    builder.with("taper.exists", true)
        .with("taper.months_min", std::int64_t{1})
        .with("taper.months_max", std::int64_t{36});
    TaperRequest request;
    request.standard_fen = between(1, 200'000);
    request.persons = between(1, 9);
    request.family_income_fen = request.standard_fen * request.persons + between(1, 1'000'000);
    request.original_amount_fen = between(0, 1'000'000);
    request.first_month = {2020, static_cast<unsigned>(between(1, 13))};
    request.months = between(1, 37);
    request.amount_pct = between(0, 101);
    const TaperResult result = taper(request, builder.pack);
    RC_ASSERT(result.kind == TaperKind::taper);
    std::int64_t sum = 0;
    YearMonth month = request.first_month;
    for (const TaperStep& step : result.schedule) {
      sum += step.amount_fen;
      RC_ASSERT(step.month == month);
      RC_ASSERT(step.amount_fen <= request.original_amount_fen);
      month = next_month(month);
    }
    RC_ASSERT(sum == result.total_fen);
    RC_ASSERT(static_cast<int>(result.schedule.size()) == *request.months);
  }));
}

TEST_CASE("the due list has one order, whatever the order of the rows") {
  CHECK(rc::check("due lists are totally ordered", [] {
    Grid grid = random_grid();
    const std::vector<DueItem> list = list_of(grid);
    for (std::size_t i = 0; i < list.size(); ++i) {
      RC_ASSERT(!due_before(list[i], list[i]));
      for (std::size_t j = i + 1; j < list.size(); ++j) {
        RC_ASSERT(due_before(list[i], list[j]));
        RC_ASSERT(!due_before(list[j], list[i]));
      }
    }
    std::reverse(grid.persons.begin(), grid.persons.end());
    std::reverse(grid.households.begin(), grid.households.end());
    RC_ASSERT(list_of(grid) == list);
  }));
}

TEST_CASE("what is due, on time, made up and missing adds up") {
  CHECK(rc::check("coverage adds up", [] {
    const Grid grid = random_grid();
    const CoverageReport report = coverage(dongli(), grid.today, grid.households, grid.persons).value();
    for (const PeriodCoverage& period : report.periods) {
      for (const CoverageCount& count : {period.households, period.persons}) {
        RC_ASSERT(count.due ==
                  count.on_time + count.makeup + static_cast<std::int64_t>(count.missing.size()));
      }
    }
  }));
}
