// "MARK17M": what the workload writes into every save and nothing else does, so that each can be found again.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace doudi::sim {

inline std::vector<std::string> markers_in(std::string_view text) {
  std::vector<std::string> markers;
  for (auto at = text.find("MARK"); at != std::string_view::npos; at = text.find("MARK", at + 1)) {
    auto end = at + 4;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    if (end > at + 4 && end < text.size() && text[end] == 'M')
      markers.emplace_back(text.substr(at, end + 1 - at));
  }
  return markers;
}

inline std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

}  // namespace doudi::sim
