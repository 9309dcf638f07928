// Two lists of a million invented people compared, beside a bare sort of the same keys in the same run: the
// ratio says what the rules cost above the least any matching needs.
#include <ctime>
#include <fstream>

#include "shared/domain/identity_number.hpp"
#include "shared/domain/register_comparison.hpp"
#include "tools/bench/timing.hpp"

namespace doudi::bench {
namespace {

constexpr std::uint32_t kPeople = 1'000'000;
constexpr std::uint32_t kKnown =
    1'012'000;  // people the lists are taken from, each list in an order of its own
constexpr double kMegabyte = 1024.0 * 1024.0;
const CivilDate kFirstBirth = *civil_date(1930, 1, 1);
const CivilDate kToday = *civil_date(2026, 11, 1);

// 990101 is a region nobody is registered in.
std::string number_of(std::uint32_t person) {
  const YearMonthDay birth = year_month_day(kFirstBirth + static_cast<int>(person / 990));
  const auto padded = [](std::uint32_t number, std::size_t width) {
    std::string text = std::to_string(number);
    return text.insert(0, width - text.size(), '0');
  };
  const std::string digits = "990101" + padded(static_cast<std::uint32_t>(birth.year), 4) +
                             padded(birth.month, 2) + padded(birth.day, 2) + padded(person % 990 + 1, 3);
  return digits + domain::identity_check_character(digits);
}

std::string name_of(std::uint32_t person) {
  static const std::vector<std::string> kSurnames{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴",
                                                  "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗"};
  static const std::vector<std::string> kGiven{"桂", "兰", "建", "国", "秀", "英", "强", "丽",
                                               "伟", "敏", "栋", "涛", "进", "芳", "娜", "静",
                                               "军", "洋", "勇", "艳", "杰", "娟"};
  return kSurnames[person % 20] + kGiven[person / 20 % 22] + kGiven[person / 440 % 22];
}

// Of a thousand people the lists differ in some forty: not listed on one side, another name, a wrong check
// character, another household, twice.
domain::RegisterRow row_of(std::uint32_t person, bool second) {
  domain::RegisterRow row;
  row.row = person + 2;
  row.name = name_of(person);
  row.id_number = number_of(person);
  row.household = std::to_string(person / 3);
  const std::uint32_t kind = person % 1000;
  if (!second) return row;
  if (kind < 5) row.name += "某";
  if (kind >= 5 && kind < 10) row.id_number.back() = row.id_number.back() == '0' ? '1' : '0';
  if (kind >= 10 && kind < 15) row.household += "-2";
  if (kind >= 15 && kind < 18) row.id_number.clear();
  return row;
}

bool is_listed(std::uint32_t person, bool second) {
  const std::uint32_t kind = person % 1000;
  return second ? kind < 20 || kind >= 30 : kind < 30 || kind >= 40;
}

double megabytes(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == field && status >> kilobytes) return kilobytes * 1024.0 / kMegabyte;
  }
  return 0;
}

// What the work cost even when others had the processor in between.
double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Rows come one by one, as from a file: the lists themselves are never in memory.
Status add_list(domain::RegisterComparison& comparison, const char* kind, bool second, std::uint64_t& rows) {
  comparison.begin_list(kind);
  const std::uint64_t step = second ? 104'729 : 7'919;
  for (std::uint64_t turn = 0, listed = 0; listed < kPeople; ++turn) {
    const auto person = static_cast<std::uint32_t>(turn * step % kKnown);
    if (!is_listed(person, second)) continue;
    ++listed;
    ++rows;
    DOUDI_TRY(comparison.add(row_of(person, second)));
  }
  return {};
}

double sort_bare() {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keys;
  keys.reserve(2 * std::size_t{kPeople});
  std::uint64_t state = 7;
  for (std::uint32_t i = 0; i < 2 * kPeople; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    keys.emplace_back(99010119300101000U + (state >> 24U) % 1'000'000'000U, i);
  }
  const auto start = Clock::now();
  std::sort(keys.begin(), keys.end());
  const double seconds = seconds_since(start);
  return keys.front().first < keys.back().first ? seconds : 0;
}

double make_rows_only() {
  const auto start = Clock::now();
  std::size_t bytes = 0;
  for (std::uint32_t person = 0; person < 2 * kPeople; ++person)
    bytes += row_of(person / 2, person % 2 == 1).name.size();
  return bytes > 0 ? seconds_since(start) : 0;
}

int run() {
  const double idle = processor_seconds();
  const double making = make_rows_only();
  const double making_processor = processor_seconds() - idle;
  const double before = megabytes("VmHWM:");
  const double started = processor_seconds();
  std::uint64_t rows = 0;
  std::uint64_t calls = 0;
  const auto start = Clock::now();
  domain::RegisterComparison comparison(kToday,
                                        [&calls](std::uint64_t, std::uint64_t) { return ++calls > 0; });
  Status status = add_list(comparison, "registered_poor", false, rows);
  if (status.ok()) status = add_list(comparison, "dibao", true, rows);
  if (status.ok()) status = comparison.finish();
  std::size_t bytes = 0;
  if (status.ok()) {
    status = comparison.visit_findings([&bytes](const domain::Finding& finding) -> Status {
      bytes += finding.key.size();
      return {};
    });
  }
  if (!status.ok()) return std::fprintf(stderr, "%s\n", status.error().message.c_str()), 1;
  const double seconds = seconds_since(start) - making;
  const double processor = processor_seconds() - started - making_processor;
  const double peak = megabytes("VmHWM:");
  const double bare = sort_bare();
  print_figure("compare two lists of 1,000,000: time", seconds, "s");
  print_figure("compare two lists of 1,000,000: processor time", processor, "s");
  print_figure("compare two lists of 1,000,000: rows", static_cast<double>(rows) / seconds, "rows/s");
  print_figure("compare two lists of 1,000,000: findings", static_cast<double>(comparison.finding_count()),
               "");
  print_figure("compare two lists of 1,000,000: peak memory", peak, "MiB");
  print_figure("  of it the program before the lists", before, "MiB");
  print_figure("bare sort of the same number of keys: time", bare, "s");
  print_figure("comparison against the bare sort", seconds / bare, "times");
  std::printf("(making the rows took %.2f s and is not counted; %llu calls of progress, %zu bytes of keys)\n",
              making, static_cast<unsigned long long>(calls), bytes);
  return 0;
}

}  // namespace
}  // namespace doudi::bench

int main() {
  return doudi::bench::run();
}
