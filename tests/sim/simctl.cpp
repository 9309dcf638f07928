// Runs seeds of the simulation and says what they reached.
//   simctl --seeds A..B [--jobs N]     each seed in turn; the faults found, then what happened how often
//   simctl --seed N [--trace]          one seed, twice, with its options, its trace and the hash of it
//   simctl --file FILE                 the seeds of a file, one a line
//   --bug NAME [--until-found]         with a fault planted (only the program built for that)
//   --sometimes                        fail unless everything that must sometimes happen did
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "shared/base/planted.hpp"
#include "tests/sim/sometimes.hpp"
#include "tests/sim/world.hpp"

namespace {

using namespace doudi;

struct Arguments {
  std::vector<std::uint64_t> seeds;
  unsigned jobs = 1;
  bool one = false;
  bool trace = false;
  bool until_found = false;
  bool sometimes = false;
  std::string bug;
};

struct Summary {
  std::uint64_t seeds = 0, failed = 0;
  sim::Counters counters;
};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void add_range(std::string_view range, std::vector<std::uint64_t>& seeds) {
  const auto dots = range.find("..");
  const std::uint64_t first = number(range.substr(0, dots));
  const std::uint64_t last = dots == std::string_view::npos ? first : number(range.substr(dots + 2));
  for (std::uint64_t seed = first; seed <= last; ++seed) seeds.push_back(seed);
}

void add_file(const std::string& file, std::vector<std::uint64_t>& seeds) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);)
    if (!line.empty() && line.front() != '#') seeds.push_back(number(line));
}

std::optional<Arguments> parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool has_value = i + 1 < words.size();
    if (word == "--trace")
      arguments.trace = true;
    else if (word == "--until-found")
      arguments.until_found = true;
    else if (word == "--sometimes")
      arguments.sometimes = true;
    else if (word == "--seed" && has_value)
      arguments.one = true, arguments.seeds.push_back(number(words[++i]));
    else if (word == "--seeds" && has_value)
      add_range(words[++i], arguments.seeds);
    else if (word == "--file" && has_value)
      add_file(words[++i], arguments.seeds);
    else if (word == "--jobs" && has_value)
      arguments.jobs = static_cast<unsigned>(number(words[++i]));
    else if (word == "--bug" && has_value)
      arguments.bug = words[++i];
    else
      return std::nullopt;
  }
  if (arguments.seeds.empty()) return std::nullopt;
  return arguments;
}

void print_faults(const sim::Options& options, const sim::RunResult& result) {
  std::printf("FAILED %s\n", describe(options).c_str());
  for (const auto& fault : result.faults) std::printf("  %s\n", fault.c_str());
  // The end of the trace is what led to it; all of it comes with --seed N --trace.
  const std::size_t count = result.trace.size();
  for (std::size_t i = count > 12 ? count - 12 : 0; i < count; ++i)
    std::printf("  | %s\n", result.trace[i].c_str());
}

Summary run_share(const sim::BaseWorld& base, const Arguments& arguments, unsigned share) {
  Summary summary;
  for (std::size_t i = share; i < arguments.seeds.size(); i += arguments.jobs) {
    const auto options = sim::expand(arguments.seeds[i]);
    const auto result = sim::run_seed(base, options, true);
    ++summary.seeds;
    for (const auto& [name, value] : result.counters) summary.counters[name] += value;
    if (result.faults.empty()) continue;
    ++summary.failed;
    if (arguments.bug.empty()) print_faults(options, result);
    std::fflush(stdout);
    if (!arguments.until_found) continue;
    std::printf("%s found by seed %llu: %s\n", arguments.bug.c_str(),
                static_cast<unsigned long long>(options.seed), result.faults.front().c_str());
    break;
  }
  return summary;
}

// Shares run in processes of their own and tell their counts through a pipe.
Summary run_all(const sim::BaseWorld& base, const Arguments& arguments) {
  if (arguments.jobs <= 1) return run_share(base, arguments, 0);
  Summary total;
  std::vector<int> pipes;
  for (unsigned share = 0; share < arguments.jobs; ++share) {
    int ends[2];
    if (::pipe(ends) != 0) std::exit(2);
    if (::fork() == 0) {
      const Summary part = run_share(base, arguments, share);
      std::ostringstream text;
      text << part.seeds << ' ' << part.failed << '\n';
      for (const auto& [name, value] : part.counters) text << value << ' ' << name << '\n';
      const std::string all = text.str();
      const bool told = ::write(ends[1], all.data(), all.size()) == static_cast<ssize_t>(all.size());
      std::fflush(stdout);
      ::_exit(told ? 0 : 2);
    }
    ::close(ends[1]);
    pipes.push_back(ends[0]);
  }
  for (const int end : pipes) {
    std::string text;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::read(end, buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(count));
    ::close(end);
    std::istringstream lines(text);
    std::uint64_t seeds = 0, failed = 0, value = 0;
    lines >> seeds >> failed;
    total.seeds += seeds;
    total.failed += failed;
    for (std::string name; lines >> value && std::getline(lines >> std::ws, name);)
      total.counters[name] += value;
  }
  while (::wait(nullptr) > 0) {
  }
  return total;
}

// One seed, twice: the same number must give the same run.
int run_one(const sim::BaseWorld& base, const Arguments& arguments) {
  const auto options = sim::expand(arguments.seeds.front());
  const auto first = sim::run_seed(base, options, true);
  const auto second = sim::run_seed(base, options, false);
  std::printf("%s\n", describe(options).c_str());
  for (const auto& line : first.trace)
    if (arguments.trace) std::printf("%s\n", line.c_str());
  for (const auto& fault : first.faults) std::printf("%s\n", fault.c_str());
  std::printf("trace %s\n", first.trace_hash.c_str());
  if (first.trace_hash != second.trace_hash)
    std::printf("NOT REPEATABLE: then %s\n", second.trace_hash.c_str());
  return first.faults.empty() && first.trace_hash == second.trace_hash ? 0 : 1;
}

bool plant(const std::string& bug) {
#ifdef DOUDI_PLANT
  doudi::planted_fault = bug;
  return true;
#else
  return bug.empty();
#endif
}

}  // namespace

int main(int count, char** texts) {
  const auto arguments = parse(std::vector<std::string>(texts + 1, texts + count));
  if (!arguments || !plant(arguments->bug)) {
    std::fprintf(stderr,
                 "usage: simctl --seeds A..B | --seed N | --file FILE [--trace] [--jobs N] [--sometimes]\n");
    return 2;
  }
  const sim::BaseWorld base;
  if (arguments->one) return run_one(base, *arguments);
  const auto started = std::chrono::steady_clock::now();
  const Summary summary = run_all(base, *arguments);
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  if (arguments->until_found) return summary.failed > 0 ? 0 : 1;
  for (const auto& [name, value] : summary.counters)
    std::printf("%10llu  %s\n", static_cast<unsigned long long>(value), name.c_str());
  const auto never = arguments->sometimes ? sim::never_reached(summary.counters) : std::vector<std::string>();
  for (const auto& name : never) std::printf("NEVER: %s\n", name.c_str());
  // A share that ended before it told its counts: what it had found is not known.
  const auto lost = arguments->seeds.size() - summary.seeds;
  if (lost > 0) std::printf("LOST: %zu seeds, their process ended early\n", lost);
  const auto failed = summary.failed + lost;
  std::printf("%zu seeds, %llu failed, %.1f s\n", arguments->seeds.size(),
              static_cast<unsigned long long>(failed), seconds);
  return failed == 0 && never.empty() ? 0 : 1;
}
