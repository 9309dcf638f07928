// 1,000 tablets come back at once: every one greets, sends what it recorded without a network and pulls its
// grid, over TLS against the real program. Prints what they saw and what the server used; exit 1 when one
// failed.
#include <algorithm>
#include <barrier>
#include <cstdio>
#include <iostream>
#include <thread>

#include "tests/support/temp_directory.hpp"
#include "tools/load/district.hpp"

namespace doudi::load {
namespace {

double at(std::vector<double> samples, double quantile) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  return samples[static_cast<std::size_t>(quantile * static_cast<double>(samples.size() - 1))];
}

void print_quantiles(const char* what, const std::vector<double>& samples) {
  std::printf("%-58s p50 %7.2f s   p95 %7.2f s   p99 %7.2f s   max %7.2f s   (%zu)\n", what, at(samples, 0.5),
              at(samples, 0.95), at(samples, 0.99), at(samples, 1), samples.size());
}

std::vector<Outcome> come_back(std::vector<TabletFacts> facts, const Target& target, const Plan& plan) {
  std::vector<Outcome> outcomes(facts.size());
  std::barrier start(plan.tablets);
  std::vector<std::jthread> threads;
  for (int number = 0; number < plan.tablets; ++number) {
    threads.emplace_back([&, number] {
      const auto place = static_cast<std::size_t>(number);
      Tablet tablet(std::move(facts[place]), target, number);
      tablet.record(number < plan.heavy ? plan.heavy_visits : plan.visits, plan.answers,
                    plan.emergency_every);
      start.arrive_and_wait();
      std::this_thread::sleep_for(std::chrono::milliseconds(plan.spread_ms * number / plan.tablets));
      outcomes[place] = tablet.sync(std::chrono::seconds(plan.patience_s));
    });
  }
  threads.clear();
  return outcomes;
}

struct Sums {
  std::uint64_t failed = 0, requests = 0, retries = 0, refused = 0, groups = 0, rows = 0, up = 0, down = 0;
  std::vector<double> all, small_pushes, heavy_pushes;
};

Sums add_up(const std::vector<Outcome>& outcomes, const Plan& plan) {
  Sums sums;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& outcome = outcomes[i];
    if (!outcome.complete && ++sums.failed <= 5) std::cerr << "tablet " << i << ": " << outcome.fault << "\n";
    sums.requests += outcome.requests;
    sums.retries += outcome.retries;
    sums.refused += outcome.refused;
    sums.groups += outcome.groups;
    sums.rows += outcome.rows;
    sums.up += outcome.bytes_up;
    sums.down += outcome.bytes_down;
    sums.all.push_back(outcome.seconds);
    const bool heavy = i < static_cast<std::size_t>(plan.heavy);
    (heavy ? sums.heavy_pushes : sums.small_pushes).push_back(outcome.push_seconds);
  }
  return sums;
}

int run(const Plan& plan, const std::filesystem::path& programs) {
  const test::TempDirectory home("load");
  const std::filesystem::path folder = home.path() / "district";
  std::printf("preparing %d grids with %d households and a tablet each\n", plan.tablets, plan.households);
  std::fflush(stdout);
  auto facts = make_district(folder, programs / "../share/doudi", plan);
  Server server(programs / "doudi-server", folder);
  const double cpu_before = server.cpu_seconds();
  const auto start = Clock::now();
  const Sums sums = add_up(come_back(std::move(facts), server.target(), plan), plan);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  print_quantiles("a tablet until all is sent and pulled", sums.all);
  print_quantiles("small pushes until their last verdict", sums.small_pushes);
  print_quantiles("large pushes until their last verdict", sums.heavy_pushes);
  std::printf(
      "%d tablets in %.1f s: %llu failed, %llu requests, %llu answered 503, %llu rounds tried again\n",
      plan.tablets, seconds, static_cast<unsigned long long>(sums.failed),
      static_cast<unsigned long long>(sums.requests), static_cast<unsigned long long>(sums.refused),
      static_cast<unsigned long long>(sums.retries));
  std::printf("%.0f visits a second pushed and %.0f rows a second pulled, over the whole time\n",
              static_cast<double>(sums.groups) / seconds, static_cast<double>(sums.rows) / seconds);
  std::printf("%.1f MiB up, %.1f MiB down (frames); server: %.0f MiB at most, %.1f CPU seconds\n",
              static_cast<double>(sums.up) / 1048576, static_cast<double>(sums.down) / 1048576,
              server.peak_memory(), server.cpu_seconds() - cpu_before);
  server.stop();
  return sums.failed == 0 ? 0 : 1;
}

Plan read_plan(int count, char** arguments) {
  Plan plan;
  const std::pair<const char*, int*> options[] = {{"--tablets", &plan.tablets},
                                                  {"--households", &plan.households},
                                                  {"--visits", &plan.visits},
                                                  {"--answers", &plan.answers},
                                                  {"--heavy", &plan.heavy},
                                                  {"--heavy-visits", &plan.heavy_visits},
                                                  {"--emergency-every", &plan.emergency_every},
                                                  {"--spread-ms", &plan.spread_ms},
                                                  {"--patience", &plan.patience_s}};
  for (int i = 1; i < count; i += 2) {
    const auto option = std::find_if(std::begin(options), std::end(options), [&](const auto& known) {
      return std::string_view(known.first) == arguments[i];
    });
    if (option == std::end(options) || i + 1 == count) {
      std::cerr << "usage: doudi-load";
      for (const auto& [name, value] : options) std::cerr << " [" << name << " " << *value << "]";
      std::cerr << "\n";
      std::exit(2);
    }
    *option->second = std::atoi(arguments[i + 1]);
  }
  return plan;
}

}  // namespace
}  // namespace doudi::load

int main(int count, char** arguments) {
  const auto plan = doudi::load::read_plan(count, arguments);
  return doudi::load::run(plan, std::filesystem::canonical("/proc/self/exe").parent_path());
}
