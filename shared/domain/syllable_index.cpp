#include "shared/domain/syllable_index.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace doudi::domain {
namespace {

constexpr std::size_t kLettersMax = 6;  // "zhuang"
constexpr unsigned kLetterBits = 5;
constexpr std::size_t kEntriesOfNameMax = 64;

std::optional<std::uint32_t> packed(std::string_view letters) {
  if (letters.size() > kLettersMax) return std::nullopt;
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < kLettersMax; ++i) {
    const char c = i < letters.size() ? letters[i] : '`';
    if (c < '`' || c > 'z' || (i < letters.size() && c == '`')) return std::nullopt;
    code = (code << kLetterBits) | static_cast<std::uint32_t>(c - '`');
  }
  return code;
}

// The packed syllables that begin with a piece.
struct Range {
  std::uint32_t low = 0, high = 0;
};

std::optional<Range> range_of(std::string_view piece) {
  const auto low = packed(piece);
  if (!low) return std::nullopt;
  return Range{*low, *low | ((1U << (kLetterBits * (kLettersMax - piece.size()))) - 1U)};
}

}  // namespace

bool SyllableIndex::codes_of(const NameKey& key, Codes& codes) const {
  for (const std::vector<std::string>& syllable : key.syllables) {
    std::vector<std::uint32_t> readings;
    for (const std::string& spelling : syllable) {
      const auto code = packed(reading_ == Reading::fuzzy ? fuzzy_spelling(spelling) : spelling);
      if (!code) return false;
      if (std::find(readings.begin(), readings.end(), *code) == readings.end()) readings.push_back(*code);
    }
    codes.push_back(std::move(readings));
  }
  return true;
}

void SyllableIndex::add(std::uint32_t slot, const NameKey& key) {
  Codes codes;
  std::vector<Entry> made;
  bool fits = codes_of(key, codes);
  for (std::size_t start = 0; fits && start < codes.size(); ++start) {
    std::vector<Entry> longer{Entry{{}, slot}};
    for (std::size_t depth = 0; fits && depth < kDepth && start + depth < codes.size(); ++depth) {
      std::vector<Entry> next;
      for (const Entry& entry : longer) {
        for (const std::uint32_t code : codes[start + depth]) {
          next.push_back(entry);
          next.back().syllables[depth] = code;
        }
      }
      longer = std::move(next);
      fits = longer.size() + made.size() <= kEntriesOfNameMax;
    }
    made.insert(made.end(), longer.begin(), longer.end());
  }
  if (fits)
    entries_.insert(entries_.end(), made.begin(), made.end());
  else
    odd_.push_back(slot);
}

void SyllableIndex::settle() {
  const auto middle = entries_.begin() + static_cast<std::ptrdiff_t>(settled_);
  std::sort(middle, entries_.end());
  std::inplace_merge(entries_.begin(), middle, entries_.end());
  settled_ = entries_.size();
}

void SyllableIndex::remove(std::uint32_t slot) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.slot == slot; });
  settled_ = entries_.size();
  std::erase(odd_, slot);
}

// One query: which packed syllables may follow at each of its letters, and the walk through the array.
class SyllableIndex::Search {
 public:
  Search(const SyllableIndex& index, std::string_view query, const KeyOf& key_of, std::vector<bool>& found)
      : index_(index), query_(query), key_of_(key_of), found_(found) {
    for (std::size_t at = 0; at < query.size(); ++at) pieces_.push_back(pieces_at(at));
  }

  void run() {
    walk(index_.entries_.begin(), index_.entries_.end(), 0, 0);
    for (const std::uint32_t slot : index_.odd_) look_at(slot);
  }

 private:
  using Place = std::vector<Entry>::const_iterator;

  // By length less one: ranges of the pieces that begin at this letter.
  [[nodiscard]] std::vector<Range> pieces_at(std::size_t at) const {
    std::vector<Range> ranges;
    for (std::size_t length = 1; at + length <= query_.size(); ++length) {
      const std::string_view piece = query_.substr(at, length);
      const auto range =
          index_.reading_ == Reading::fuzzy ? range_of(fuzzy_spelling(piece)) : range_of(piece);
      if (!range) break;
      ranges.push_back(*range);
    }
    return ranges;
  }

  // The names from `first` on have the same syllables before `depth`; `at` letters of the query are theirs.
  void walk(Place first, Place last, std::size_t depth, std::size_t at) {
    for (std::size_t length = 1; length <= pieces_[at].size(); ++length) {
      const Range& range = pieces_[at][length - 1];
      const Place from = std::partition_point(
          first, last, [&](const Entry& entry) { return entry.syllables[depth] < range.low; });
      const Place to = std::partition_point(
          from, last, [&](const Entry& entry) { return entry.syllables[depth] <= range.high; });
      if (from == to) return;  // and none for a longer piece
      follow(from, to, depth, at + length);
    }
  }

  void follow(Place from, Place to, std::size_t depth, std::size_t at) {
    if (at == query_.size()) {
      for (; from != to; ++from) found_[from->slot] = true;
    } else if (depth + 1 == kDepth) {
      for (; from != to; ++from) look_at(from->slot);
    } else {
      while (from != to) {
        const std::uint32_t syllable = from->syllables[depth];
        const Place next = std::partition_point(
            from, to, [&](const Entry& entry) { return entry.syllables[depth] == syllable; });
        walk(from, next, depth + 1, at);
        from = next;
      }
    }
  }

  void look_at(std::uint32_t slot) {
    if (found_[slot]) return;
    const NameKey key = key_of_(slot);
    found_[slot] = index_.reading_ == Reading::fuzzy ? matches_fuzzily(key, query_) : matches(key, query_);
  }

  const SyllableIndex& index_;
  std::string_view query_;
  const KeyOf& key_of_;
  std::vector<bool>& found_;
  std::vector<std::vector<Range>> pieces_;
};

void SyllableIndex::find(std::string_view query, const KeyOf& key_of, std::vector<bool>& found) const {
  if (!query.empty()) Search(*this, query, key_of, found).run();
}

}  // namespace doudi::domain
