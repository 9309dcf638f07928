// Who is meant by pieces of syllables ("zgl", "zhanggl"): a sorted array of every name from each of its
// syllables on, in which the pieces are found by bisection. One index reads exactly, another fuzzily.
#pragma once

#include <array>
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
    // Two syllables at once: fifty thousand names are sorted while a worker waits.
    bool operator<(const Entry& other) const {
      const std::uint64_t left = pair(0), right = other.pair(0);
      if (left != right) return left < right;
      const std::uint64_t next = pair(2), other_next = other.pair(2);
      return next != other_next ? next < other_next : slot < other.slot;
    }
    [[nodiscard]] std::uint64_t pair(std::size_t at) const {
      return std::uint64_t{syllables[at]} << 32U | syllables[at + 1];
    }
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
