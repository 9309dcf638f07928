// Finds the rows in which two stores of one scope differ, by comparing digests of ranges of row ids and
// splitting only the ranges that differ: one bad row of 50,000 costs a few kilobytes. The tablet asks, the
// district answers; both sides are pure, the rows come in as marks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/sync/digest.hpp"

namespace doudi::sync {

inline constexpr std::size_t kRangeFanOut = 16;
inline constexpr std::size_t kLeafRowsMax = 64;         // so few rows are named one by one
inline constexpr std::size_t kQuestionRangesMax = 256;  // in one question
inline constexpr std::size_t kQuestionMarksMax = 2'048;
inline constexpr std::size_t kOpenRangesMax = 512;      // in one answer
inline constexpr std::size_t kSearchRoundsMax = 4'096;  // a search that does not end is given up

// A row as far as comparing needs it. A deleted row has the digest zero and counts for nothing.
struct RowMark {
  Uuid row;
  Digest digest;
  std::uint32_t table = 0;  // the owner's own numbering; never compared
};
bool operator==(const RowMark& a, const RowMark& b);
void sort_marks(std::vector<RowMark>& marks);

struct KeyRange {
  Uuid first;
  Uuid last;  // included
  friend bool operator==(const KeyRange&, const KeyRange&) = default;
  [[nodiscard]] bool holds(const Uuid& row) const { return first <= row && row <= last; }
};
KeyRange whole_range();

struct RangeDigest {
  KeyRange range;
  std::uint64_t rows = 0;
  Digest digest;
  friend bool operator==(const RangeDigest&, const RangeDigest&) = default;
};
struct RangeRows {
  KeyRange range;
  std::vector<RowMark> marks;
  friend bool operator==(const RangeRows&, const RangeRows&) = default;
};
struct RangeQuestion {
  std::vector<RangeDigest> ranges;
  std::vector<RangeRows> leaves;
  [[nodiscard]] bool empty() const { return ranges.empty() && leaves.empty(); }
  friend bool operator==(const RangeQuestion&, const RangeQuestion&) = default;
};

// `marks` are sorted and without deleted rows.
Digest sum_of(std::span<const RowMark> marks);
// The range cut into at most `parts` pieces that hold about the same number of rows.
std::vector<RangeDigest> split_range(std::span<const RowMark> marks, const KeyRange& range,
                                     std::size_t parts = kRangeFanOut);

// The asking side.
class RangeSearch {
 public:
  // Any order; deleted rows are dropped.
  explicit RangeSearch(std::vector<RowMark> marks);
  // What is to be asked next; empty when the search is over. The same until answered.
  [[nodiscard]] RangeQuestion question() const;
  // `open` must lie within what was asked: "sync.range" otherwise, and when the search does not end.
  Status answered(const RangeQuestion& asked, const std::vector<KeyRange>& open);
  [[nodiscard]] const RowMark* find(const Uuid& row) const;
  [[nodiscard]] Digest digest() const { return sum_of(marks_); }
  [[nodiscard]] std::size_t rounds() const { return rounds_; }

 private:
  std::vector<RowMark> marks_;
  std::vector<KeyRange> open_;
  std::size_t rounds_ = 0;
};

// The answering side.
struct RangeAnswer {
  std::vector<KeyRange> open;  // differ, or were not answered to the end: ask again
  std::vector<RowMark> send;   // rows the asker lacks or holds otherwise
  std::vector<Uuid> absent;    // rows of the asker that are not here
};
// `marks` are sorted; deleted rows are among them. Sends at most `rows_max` rows.
RangeAnswer answer_question(std::span<const RowMark> marks, const RangeQuestion& question,
                            std::size_t rows_max);
// The ranges a question is about, for reading no more rows than needed.
std::vector<KeyRange> ranges_of(const RangeQuestion& question);

}  // namespace doudi::sync
