// doudi-sample-district: writes the sample district's spreadsheets into a directory.
#include <charconv>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/sample_district/district.hpp"

namespace {

using doudi::Error;
using doudi::Result;
using doudi::Status;
using doudi::sample::SampleOptions;

constexpr std::string_view kUsage =
    "usage: doudi-sample-district --scale demo|street|district --out DIR [--seed N] [--today YYYY-MM-DD]\n";

Status apply(SampleOptions& options, std::string_view name, std::string_view value) {
  if (name == "--scale") {
    DOUDI_ASSIGN(options.scale, doudi::sample::parse_scale(value));
  } else if (name == "--out") {
    options.directory = value;
  } else if (name == "--seed") {
    const auto end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, options.seed);
    if (parsed.ec != std::errc{} || parsed.ptr != end)
      return Error{"sample.seed", "the seed is a whole number"};
  } else if (name == "--today") {
    const auto today = doudi::parse_date(value);
    if (!today) return Error{"sample.today", "the date is written YYYY-MM-DD"};
    options.today = *today;
  } else {
    return Error{"sample.option", "unknown option " + std::string(name)};
  }
  return {};
}

Result<SampleOptions> parse(const std::vector<std::string_view>& words) {
  SampleOptions options;
  options.today = *doudi::civil_date(2026, 11, 18);
  if (words.size() % 2 != 0) return Error{"sample.option", "every option has a value"};
  for (std::size_t i = 0; i < words.size(); i += 2) DOUDI_TRY(apply(options, words[i], words[i + 1]));
  if (options.directory.empty()) return Error{"sample.option", "--out is missing"};
  return options;
}

}  // namespace

int main(int count, char** words) {
  const auto options = parse({words + 1, words + count});
  if (!options.ok()) {
    std::cerr << "doudi-sample-district: " << options.error().message << "\n" << kUsage;
    return 2;
  }
  const auto counts = doudi::sample::write_sample_district(*options);
  if (!counts.ok()) {
    std::cerr << "doudi-sample-district: " << counts.error().message << "\n";
    return 1;
  }
  std::cout << counts->grids << " grids, " << counts->households << " households, " << counts->people
            << " people, " << counts->faults << " faulty rows in " << options->directory.string() << "\n";
  return 0;
}
