// Who is meant by pieces of syllables ("zgl", "zhanggl"): a sorted array of every name from each of its
// syllables on, in which the pieces are found by bisection. One index reads exactly, another fuzzily.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "shared/domain/name_index.hpp"

namespace doudi::domain {

class SyllableIndex {
 public:
  enum class Reading : std::uint8_t { exact, fuzzy };
  using KeyOf = std::function<NameKey(std::uint32_t)>;

  explicit SyllableIndex(Reading reading) : reading_(reading) {}

  void reserve(std::size_t names) { entries_.reserve(names * 4); }
  // Found after the next settle() only, so that many are sorted at once.
  void add(std::uint32_t slot, const NameKey& key);
  void settle();
  void remove(std::uint32_t slot);
  // Marks in `found` what matches() or matches_fuzzily() finds by pinyin. `query` is plain letters.
  void find(std::string_view query, const KeyOf& key_of, std::vector<bool>& found) const;

 private:
  static constexpr std::size_t kDepth = 4;
  // The syllables from one on, each packed so that the packed order is that of the letters; 0 after the last.
  struct Entry {
    std::array<std::uint32_t, kDepth> syllables{};
    std::uint32_t slot = 0;
    auto operator<=>(const Entry&) const = default;
  };
  using Codes = std::vector<std::vector<std::uint32_t>>;
  class Search;

  [[nodiscard]] bool codes_of(const NameKey& key, Codes& codes) const;

  Reading reading_;
  std::vector<Entry> entries_;
  std::size_t settled_ = 0;
  std::vector<std::uint32_t> odd_;  // names too long or too many-voiced for the array: looked at one by one
};

}  // namespace doudi::domain
