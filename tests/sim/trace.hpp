// What happened in a run, line by line: its hash proves that the same seed gives the same run, its lines show
// a failing one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace doudi::sim {

class Trace {
 public:
  void keep_lines(bool keep) { keep_ = keep; }
  void add(std::int64_t at_ms, const std::string& line);
  [[nodiscard]] std::string hash() const;
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  bool keep_ = false;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
  std::vector<std::string> lines_;
};

// How often something was reached: a fault that never happens is not tested.
using Counters = std::map<std::string, std::uint64_t>;

}  // namespace doudi::sim
