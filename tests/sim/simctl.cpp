// Runs seeds of the simulation: `simctl run --seeds A..B`, `simctl run --seed N [--trace]`.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/sim/world.hpp"

namespace {

using namespace doudi;

struct Arguments {
  std::uint64_t first = 1, last = 100;
  bool trace = false;
};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Arguments parse(int count, char** texts) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = texts[i];
    if (word == "--trace") arguments.trace = true;
    if (word == "--seed" && i + 1 < count) arguments.first = arguments.last = number(texts[++i]);
    if (word == "--seeds" && i + 1 < count) {
      const std::string_view range = texts[++i];
      const auto dots = range.find("..");
      arguments.first = number(range.substr(0, dots));
      arguments.last = dots == std::string_view::npos ? arguments.first : number(range.substr(dots + 2));
    }
  }
  return arguments;
}

}  // namespace

int main(int count, char** texts) {
  if (std::filesystem::exists("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  const Arguments arguments = parse(count, texts);
  const sim::BaseWorld base;
  sim::Counters counters;
  std::uint64_t failed = 0;
  const auto started = std::chrono::steady_clock::now();
  for (std::uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
    const auto options = sim::expand(seed);
    const auto result = sim::run_seed(base, options, arguments.trace);
    for (const auto& [name, value] : result.counters) counters[name] += value;
    if (arguments.trace)
      for (const auto& line : result.trace) std::printf("%s\n", line.c_str());
    if (arguments.first == arguments.last)
      std::printf("%s\ntrace %s\n", describe(options).c_str(), result.trace_hash.c_str());
    if (result.faults.empty()) continue;
    ++failed;
    std::printf("FAILED %s\n", describe(options).c_str());
    for (const auto& fault : result.faults) std::printf("  %s\n", fault.c_str());
  }
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started)
          .count();
  for (const auto& [name, value] : counters)
    std::printf("%10llu  %s\n", static_cast<unsigned long long>(value), name.c_str());
  std::printf("%llu seeds, %llu failed, %lld ms\n",
              static_cast<unsigned long long>(arguments.last - arguments.first + 1),
              static_cast<unsigned long long>(failed), static_cast<long long>(ms));
  return failed == 0 ? 0 : 1;
}
