#include "tests/sim/trace.hpp"

#include <array>
#include <cstdio>

namespace doudi::sim {

void Trace::add(std::int64_t at_ms, const std::string& line) {
  std::array<char, 32> time{};
  const int length = std::snprintf(time.data(), time.size(), "%10.3f  ", static_cast<double>(at_ms) / 1000.0);
  const std::string whole = std::string(time.data(), static_cast<std::size_t>(length)) + line;
  for (const char c : whole) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  if (keep_) lines_.push_back(whole);
}

std::string Trace::hash() const {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash_));
  return text.data();
}

}  // namespace doudi::sim
