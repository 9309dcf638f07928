// Latencies as p50 and p99, and comparisons as ratios within one run: absolute figures move from machine to
// machine.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace doudi::bench {

using Clock = std::chrono::steady_clock;

class Latencies {
 public:
  template <class Work>
  void time(Work&& work) {
    const auto start = Clock::now();
    work();
    samples_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  // Milliseconds at quantile 0 … 1.
  [[nodiscard]] double at(double quantile) const {
    std::vector<double> sorted = samples_;
    std::sort(sorted.begin(), sorted.end());
    return sorted.empty()
               ? 0
               : sorted[static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1))];
  }
  [[nodiscard]] double p50() const { return at(0.50); }
  [[nodiscard]] double p99() const { return at(0.99); }
  [[nodiscard]] std::size_t count() const { return samples_.size(); }

 private:
  std::vector<double> samples_;
};

inline void print_latency(const std::string& what, const Latencies& latencies) {
  std::printf("%-62s p50 %8.3f ms   p99 %8.3f ms   (%zu)\n", what.c_str(), latencies.p50(), latencies.p99(),
              latencies.count());
}
inline void print_figure(const std::string& what, double value, const char* unit) {
  std::printf("%-62s %12.1f %s\n", what.c_str(), value, unit);
}

}  // namespace doudi::bench
