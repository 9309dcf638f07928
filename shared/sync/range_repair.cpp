// The asker splits by its own rows, so the pieces are even however the ids are distributed.
#include "shared/sync/range_repair.hpp"

#include <algorithm>

namespace doudi::sync {
namespace {

Uuid highest() {
  Uuid id;
  id.bytes.fill(0xff);
  return id;
}

// `id` is not the highest.
Uuid after(Uuid id) {
  for (std::size_t i = id.bytes.size(); i-- > 0;) {
    if (++id.bytes[i] != 0) break;
  }
  return id;
}

// `id` is not the lowest.
Uuid before(Uuid id) {
  for (std::size_t i = id.bytes.size(); i-- > 0;) {
    if (id.bytes[i]-- != 0) break;
  }
  return id;
}

bool earlier(const RowMark& a, const RowMark& b) {
  if (a.row != b.row) return a.row < b.row;
  if (a.digest.high != b.digest.high) return a.digest.high < b.digest.high;
  return a.digest.low < b.digest.low;
}

bool is_deleted(const RowMark& mark) {
  return mark.digest == Digest{};
}

std::span<const RowMark> within(std::span<const RowMark> marks, const KeyRange& range) {
  const auto low = std::lower_bound(marks.begin(), marks.end(), range.first,
                                    [](const RowMark& mark, const Uuid& row) { return mark.row < row; });
  const auto high = std::upper_bound(low, marks.end(), range.last,
                                     [](const Uuid& row, const RowMark& mark) { return row < mark.row; });
  return {low, high};
}

std::uint64_t living(std::span<const RowMark> marks) {
  return static_cast<std::uint64_t>(
      std::count_if(marks.begin(), marks.end(), [](const RowMark& mark) { return !is_deleted(mark); }));
}

bool has_row(std::span<const RowMark> marks, const Uuid& row) {
  return !within(marks, {row, row}).empty();
}

// One range whose rows the asker named.
class Leaf {
 public:
  Leaf(std::span<const RowMark> here, const RangeRows& asked, std::size_t rows_max, RangeAnswer& answer)
      : here_(within(here, asked.range)), asked_(asked), rows_max_(rows_max), answer_(answer) {
    std::sort(theirs_.begin(), theirs_.end(), earlier);
  }

  void answer() {
    for (const RowMark& mark : theirs_) {
      if (!has_row(here_, mark.row)) answer_.absent.push_back(mark.row);
    }
    for (const RowMark& mark : here_) {
      if (is_same(mark)) continue;
      if (answer_.send.size() >= rows_max_) return answer_.open.push_back({mark.row, asked_.range.last});
      answer_.send.push_back(mark);
    }
  }

 private:
  // A deleted row matters only to an asker that still has it.
  [[nodiscard]] bool is_same(const RowMark& mark) const {
    if (is_deleted(mark)) return !has_row(theirs_, mark.row);
    return std::binary_search(theirs_.begin(), theirs_.end(), mark, earlier);
  }

  std::span<const RowMark> here_;
  const RangeRows& asked_;
  std::vector<RowMark> theirs_ = asked_.marks;
  std::size_t rows_max_;
  RangeAnswer& answer_;
};

}  // namespace

bool operator==(const RowMark& a, const RowMark& b) {
  return a.row == b.row && a.digest == b.digest;
}

void sort_marks(std::vector<RowMark>& marks) {
  std::sort(marks.begin(), marks.end(), earlier);
}

KeyRange whole_range() {
  return {Uuid{}, highest()};
}

Digest sum_of(std::span<const RowMark> marks) {
  Digest sum;
  for (const RowMark& mark : marks) sum = sum + mark.digest;
  return sum;
}

std::vector<RangeDigest> split_range(std::span<const RowMark> marks, const KeyRange& range,
                                     std::size_t parts) {
  const auto inside = within(marks, range);
  const std::size_t step = std::max<std::size_t>(1, (inside.size() + parts - 1) / parts);
  std::vector<RangeDigest> pieces;
  Uuid first = range.first;
  for (std::size_t at = 0; at == 0 || at < inside.size(); at += step) {
    const auto piece = inside.subspan(at, std::min(step, inside.size() - at));
    // Rows of the same id must not be torn apart: the next piece begins at the next id.
    const bool last = at + step >= inside.size() || inside[at + step].row == piece.back().row;
    const Uuid end = last ? range.last : before(inside[at + step].row);
    const auto rows = within(inside, {first, end});
    pieces.push_back({{first, end}, rows.size(), sum_of(rows)});
    if (last) break;
    first = after(end);
  }
  return pieces;
}

RangeSearch::RangeSearch(std::vector<RowMark> marks) : marks_(std::move(marks)), open_{whole_range()} {
  std::erase_if(marks_, is_deleted);
  sort_marks(marks_);
}

RangeQuestion RangeSearch::question() const {
  RangeQuestion asked;
  std::size_t marks = 0;
  for (const KeyRange& range : open_) {
    const auto inside = within(marks_, range);
    if (inside.size() <= kLeafRowsMax) {
      if (marks + inside.size() > kQuestionMarksMax || asked.leaves.size() >= kQuestionRangesMax) break;
      marks += inside.size();
      asked.leaves.push_back({range, {inside.begin(), inside.end()}});
    } else {
      if (asked.ranges.size() + kRangeFanOut > kQuestionRangesMax) break;
      const auto pieces = split_range(marks_, range);
      asked.ranges.insert(asked.ranges.end(), pieces.begin(), pieces.end());
    }
  }
  return asked;
}

Status RangeSearch::answered(const RangeQuestion& asked, const std::vector<KeyRange>& open) {
  const std::vector<KeyRange> done = ranges_of(asked);
  for (const KeyRange& range : open) {
    const bool inside = std::any_of(done.begin(), done.end(), [&](const KeyRange& whole) {
      return range.first <= range.last && whole.holds(range.first) && whole.holds(range.last);
    });
    if (!inside) return Error{"sync.range", "the district answered about rows nobody asked for"};
  }
  if (++rounds_ > kSearchRoundsMax) return Error{"sync.range", "the comparison did not come to an end"};
  // What was asked stood at the beginning: a range that was split ends with its last piece.
  std::erase_if(open_, [&](const KeyRange& range) {
    return std::any_of(done.begin(), done.end(),
                       [&](const KeyRange& part) { return part.first == range.first; });
  });
  open_.insert(open_.end(), open.begin(), open.end());
  std::sort(open_.begin(), open_.end(),
            [](const KeyRange& a, const KeyRange& b) { return a.first < b.first; });
  const auto overlap = std::adjacent_find(
      open_.begin(), open_.end(), [](const KeyRange& a, const KeyRange& b) { return b.first <= a.last; });
  if (overlap != open_.end()) return Error{"sync.range", "the district named a range twice"};
  return {};
}

const RowMark* RangeSearch::find(const Uuid& row) const {
  const auto found = within(marks_, {row, row});
  return found.empty() ? nullptr : &found.front();
}

RangeAnswer answer_question(std::span<const RowMark> marks, const RangeQuestion& question,
                            std::size_t rows_max) {
  RangeAnswer answer;
  for (const RangeDigest& asked : question.ranges) {
    const auto here = within(marks, asked.range);
    if (living(here) != asked.rows || sum_of(here) != asked.digest) answer.open.push_back(asked.range);
  }
  for (const RangeRows& leaf : question.leaves) {
    if (answer.send.size() >= rows_max)
      answer.open.push_back(leaf.range);
    else
      Leaf(marks, leaf, rows_max, answer).answer();
  }
  return answer;
}

std::vector<KeyRange> ranges_of(const RangeQuestion& question) {
  std::vector<KeyRange> ranges;
  for (const RangeDigest& asked : question.ranges) ranges.push_back(asked.range);
  for (const RangeRows& leaf : question.leaves) ranges.push_back(leaf.range);
  return ranges;
}

}  // namespace doudi::sync
