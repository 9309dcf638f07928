// Which texts contain a piece of text, without reading them all: every pair of neighbouring characters knows
// its texts. Names and doors of a tablet are found with it at any character.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace doudi::domain {

class SubstringIndex {
 public:
  // A slot may have several texts; they are removed together.
  void add(std::uint32_t slot, std::string_view text);
  void remove(std::uint32_t slot, std::string_view text);
  // Every slot with a text that contains `wanted`, some perhaps twice. From three characters on also others:
  // the caller looks at each. None when `wanted` is not well-formed UTF-8 or empty: look at all texts.
  [[nodiscard]] std::optional<std::vector<std::uint32_t>> candidates(std::string_view wanted) const;

 private:
  using Slots = std::vector<std::uint32_t>;
  [[nodiscard]] Slots beginning_with(std::uint64_t first) const;

  std::map<std::uint64_t, Slots> pairs_;  // two characters' bytes, the second 0 at the end of a text
};

}  // namespace doudi::domain
