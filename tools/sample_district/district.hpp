// Writes a deterministic 东丽区 as the spreadsheets a district really has, so that import, sync and screens
// are tried on believable data. Streets and their codes are real (domain.md 2.3); every community, address,
// phone number and person is invented, and every ID number lies in region 990101, which was never assigned.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"

namespace doudi::sample {

enum class Scale { demo, street, district };
Result<Scale> parse_scale(std::string_view text);

struct SampleOptions {
  Scale scale = Scale::demo;
  std::uint64_t seed = 1;
  CivilDate today;  // ages are counted from here
  std::filesystem::path directory;
};

// `people` counts the good rows of a roster, `faults` the rows an import must refuse.
struct SampleCounts {
  int grids = 0;
  int households = 0;
  int people = 0;
  int faults = 0;
};

// Files: grids.csv, duty_phones.csv, roster_utf8.csv (with a byte order mark), roster_gbk.csv (the same
// rows), faults.csv (line, column and reason of every faulty row). Errors: "sample.write".
Result<SampleCounts> write_sample_district(const SampleOptions& options);

// The check character of the first 17 digits (GB 11643-1999).
char identity_check(std::string_view first_17);

}  // namespace doudi::sample
