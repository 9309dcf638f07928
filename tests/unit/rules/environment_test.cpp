// No rule reads the zone or the locale of the machine: every worked example gives its result under each of
// them.
#include <catch2/catch_test_macros.hpp>
#include <clocale>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <locale>
#include <sstream>
#include <string>

#include "shared/rules/rules.hpp"

using namespace doudi;

namespace {

// Decimal commas, digits in groups: what a European or Turkish locale does to a number.
class ForeignNumbers : public std::numpunct<char> {
 protected:
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

std::size_t check_every_example() {
  rules::Library library(rules::sources_in(DOUDI_SCHEMA_FOLDER));
  std::size_t passed = 0;
  for (const auto& file : std::filesystem::directory_iterator(DOUDI_EXAMPLES_FOLDER)) {
    if (file.path().extension() != ".json") continue;
    const rules::CheckReport report = rules::check_file(library, file.path());
    INFO(file.path().string());
    CHECK(report.failed.empty());
    passed += static_cast<std::size_t>(report.passed);
  }
  return passed;
}

// What a rule would see if it printed through a stream or asked for the local time.
std::string printed(int number) {
  std::ostringstream text;
  text << number;
  return text.str();
}
int local_hour_of_epoch() {
  const std::time_t epoch = 0;
  std::tm local{};
  localtime_r(&epoch, &local);
  return local.tm_hour;
}

}  // namespace

TEST_CASE("every worked example holds in any zone and any locale") {
  const std::size_t examples = check_every_example();
  CHECK(examples > 200);
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new ForeignNumbers));
  // A locale that the machine does not have changes nothing; the zones need no data beyond their rules.
  struct Machine {
    const char* locale;
    const char* zone;
    int hour;
  };
  for (const auto& [locale, zone, hour] : {Machine{"tr_TR.UTF-8", "EST5EDT", 19},
                                           Machine{"zh_CN.UTF-8", "JST-9", 9}, Machine{"C", "LINT-14", 14}}) {
    std::setlocale(LC_ALL, locale);
    setenv("TZ", zone, 1);
    tzset();
    REQUIRE(local_hour_of_epoch() == hour);
    REQUIRE(printed(1234) == "1.234");
    INFO(locale << " " << zone);
    CHECK(check_every_example() == examples);
  }
  unsetenv("TZ");
  tzset();
  std::locale::global(before);
}
