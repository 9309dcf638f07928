// Matching is sorting: rows with a valid number by the number, the few without one by name and birth.
#include "shared/domain/register_comparison.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "shared/domain/identity_number.hpp"

namespace doudi::domain {
namespace {

constexpr int kLeastInsured = 2;  // S12: each household of class B or C insures at least two
constexpr std::uint64_t kReportEvery = 50'000;
constexpr std::uint64_t kPasses = 4;  // over all rows; what progress is measured in
constexpr std::size_t kListsMax = 255;

bool breaks_class_rule(const RegisterRow& row) {
  if (row.dibao_class.empty() || !row.household_persons || !row.insured_persons) return false;
  if (row.dibao_class == "A") return *row.insured_persons != *row.household_persons;
  return !row.exempt && *row.household_persons >= kLeastInsured && *row.insured_persons < kLeastInsured;
}

// A list of this aid, or the district's own register of those who have it.
bool is_aid(std::string_view kind, std::string_view aid) {
  constexpr std::string_view kOwn = "register:";
  if (kind.substr(0, kOwn.size()) == kOwn) kind.remove_prefix(kOwn.size());
  return kind == aid;
}

std::uint64_t packed(const IdentityNumber& number) {
  std::uint64_t value = 0;
  if (number.verdict == IdentityVerdict::valid)
    std::from_chars(number.normalized.data(), number.normalized.data() + 17, value);
  return value;
}

}  // namespace

RegisterComparison::RegisterComparison(CivilDate today, ComparisonProgress progress)
    : today_(today), progress_(std::move(progress)) {}

void RegisterComparison::begin_list(std::string kind) {
  ensure(kinds_.size() < kListsMax, "no more lists than a byte can count");
  kinds_.push_back(std::move(kind));
}

Status RegisterComparison::add(const RegisterRow& row) {
  ensure(!kinds_.empty(), "a list before its rows");
  const IdentityNumber number = check_identity_number(row.id_number, today_);
  const auto& warnings = number.warnings;
  if (std::find(warnings.begin(), warnings.end(), "number_lost") != warnings.end())
    return Error{"number_lost", kinds_.back() + " row " + std::to_string(row.row) +
                                    ": the number column was stored as numbers and lost its last digits"};
  // Rows that only describe a household have neither name nor number and take no part in matching people.
  const bool only_household = row.name.empty() && row.id_number.empty();
  const bool breach = breaks_class_rule(row);
  if (only_household && !breach) return {};
  RegisterRows::Facts facts;
  facts.number = packed(number);
  facts.birth = row.birth ? row.birth : number.birth_date;
  facts.list = static_cast<std::uint8_t>(kinds_.size() - 1);
  facts.was_15_digits = number.was_15_digits;
  DOUDI_ASSIGN(const RowIndex index, rows_.add(row, facts.number == 0 ? number.normalized : "", facts));
  if (breach) breaches_.push_back(index);
  if (only_household) return {};
  if (facts.number != 0) {
    numbered_.push_back({facts.number, index});
  } else {
    numberless_.push_back({rows_.namesake_hash(index), index});
  }
  return {};
}

Status RegisterComparison::finish() {
  std::sort(numbered_.begin(), numbered_.end());
  DOUDI_TRY(go_on(rows_.size()));
  DOUDI_TRY(match_numbers());
  DOUDI_TRY(match_numberless());
  collect_namesakes();
  DOUDI_TRY(judge_missing());
  find_class_breaches();
  DOUDI_TRY(count_matches());
  std::sort(hits_.begin(), hits_.end());
  hits_.erase(std::unique(hits_.begin(), hits_.end()), hits_.end());
  return go_on(kPasses * rows_.size() - done_);
}

Status RegisterComparison::go_on(std::uint64_t rows) {
  done_ += rows;
  if (!progress_ || (done_ - reported_ < kReportEvery && done_ < kPasses * rows_.size())) return {};
  reported_ = done_;
  if (progress_(done_, kPasses * rows_.size())) return {};
  return Error{"compare.cancelled", "The comparison was stopped."};
}

void RegisterComparison::hit(Code code, RowIndex row, RowIndex other) {
  hits_.push_back({code, row, other});
  rows_.flag(row);
  if (other != kNobody) rows_.flag(other);
}

template <class Visit>
Status RegisterComparison::each_number(Visit&& visit) {
  for (std::size_t begin = 0; begin < numbered_.size();) {
    std::size_t end = begin + 1;
    while (end < numbered_.size() && numbered_[end].hash == numbered_[begin].hash) ++end;
    visit(Group(numbered_).subspan(begin, end - begin));
    DOUDI_TRY(go_on(end - begin));
    begin = end;
  }
  return {};
}

Status RegisterComparison::match_numbers() {
  return each_number([this](Group same) {
    find_missing(same);
    if (same.size() == 1) return;
    find_different_names(same);
    find_duplicates(same);
    find_different_households(same);
    find_double_benefits(same);
  });
}

// A group is in the order of the lists.
void RegisterComparison::find_missing(Group same) {
  if (side(same.front().row) != side(same.back().row)) return;
  for (const Hashed& one : same) missing_.push_back(one.row);
}

// The two names that are furthest apart in order, so that the order of the rows changes nothing.
void RegisterComparison::find_different_names(Group same) {
  RowIndex low = same.front().row;
  RowIndex high = low;
  for (const Hashed& one : same.subspan(1)) {
    if (rows_.name(one.row) == rows_.name(low)) continue;
    const std::string name = rows_.folded_name(one.row);
    if (name < rows_.folded_name(low)) low = one.row;
    if (name > rows_.folded_name(high)) high = one.row;
  }
  if (low != high) hit(Code::f03, std::min(low, high), std::max(low, high));
}

void RegisterComparison::find_duplicates(Group same) {
  for (std::size_t i = 1; i < same.size(); ++i) {
    const bool again = rows_.list(same[i].row) == rows_.list(same[i - 1].row);
    const bool reported = i > 1 && rows_.list(same[i].row) == rows_.list(same[i - 2].row);
    if (again && !reported) hit(Code::f05, same[i - 1].row, same[i].row);
  }
}

// A household that only one side names, while the other names another one. The first list speaks first.
void RegisterComparison::find_different_households(Group same) {
  const std::string_view common = rows_.household(same.front().row);
  if (std::all_of(same.begin(), same.end(),
                  [&](const Hashed& one) { return rows_.household(one.row) == common; }))
    return;
  std::array<std::set<std::string_view>, 2> named;
  for (const Hashed& one : same) {
    if (!rows_.household(one.row).empty()) named[side(one.row)].insert(rows_.household(one.row));
  }
  if (named[0].empty() || named[1].empty()) return;
  for (const std::size_t mine : {std::size_t{0}, std::size_t{1}}) {
    const auto& theirs = named[1 - mine];
    const auto alone = std::find_if(named[mine].begin(), named[mine].end(),
                                    [&](std::string_view household) { return !theirs.contains(household); });
    if (alone == named[mine].end()) continue;
    const auto row = std::find_if(same.begin(), same.end(), [&](const Hashed& one) {
      return side(one.row) == mine && rows_.household(one.row) == *alone;
    });
    const auto other = std::find_if(same.begin(), same.end(), [&](const Hashed& one) {
      return side(one.row) != mine && !rows_.household(one.row).empty();
    });
    return hit(Code::f06, row->row, other->row);
  }
}

// 低保 and 特困 exclude each other.
void RegisterComparison::find_double_benefits(Group same) {
  const auto first_of = [&](std::string_view aid) {
    return std::find_if(same.begin(), same.end(),
                        [&](const Hashed& one) { return is_aid(kind(one.row), aid); });
  };
  const auto dibao = first_of("dibao");
  const auto tekun = first_of("tekun");
  if (dibao == same.end() || tekun == same.end()) return;
  hit(Code::f07, std::min(dibao->row, tekun->row), std::max(dibao->row, tekun->row));
}

bool RegisterComparison::before(const Hashed& a, const Hashed& b) const {
  if (a.hash != b.hash) return a.hash < b.hash;
  const auto by = rows_.compare_people(a.row, b.row);
  return by != 0 ? by < 0 : a.row < b.row;
}

// Rows that mean the same person stand beside each other; one of each list and one of each side is told of.
Status RegisterComparison::match_numberless() {
  std::sort(numberless_.begin(), numberless_.end(),
            [this](const Hashed& a, const Hashed& b) { return before(a, b); });
  for (std::size_t i = 0; i < numberless_.size(); ++i) {
    const RowIndex row = numberless_[i].row;
    DOUDI_TRY(go_on(1));
    const bool same = i > 0 && numberless_[i - 1].hash == numberless_[i].hash &&
                      rows_.compare_people(numberless_[i - 1].row, row) == 0;
    const RowIndex before = same ? numberless_[i - 1].row : kNobody;
    if (!same || side(before) != side(row)) missing_.push_back(row);
    if (same && rows_.list(before) == rows_.list(row)) continue;
    hit(rows_.written_number(row).empty() ? Code::f09 : Code::f04, row);
  }
  return {};
}

// Only hashes that a row without a valid number has can lead to anybody.
void RegisterComparison::collect_namesakes() {
  for (const Hashed& one : numberless_) {
    if (rows_.birth(one.row) && (namesakes_.empty() || namesakes_.back().hash != one.hash))
      namesakes_.push_back({one.hash, {kNobody, kNobody}, {kNobody, kNobody}});
  }
  if (namesakes_.empty()) return;
  const auto take = [this](RowIndex row, std::uint64_t hash) {
    const auto found =
        std::lower_bound(namesakes_.begin(), namesakes_.end(), hash,
                         [](const Namesakes& some, std::uint64_t wanted) { return some.hash < wanted; });
    if (found == namesakes_.end() || found->hash != hash) return;
    RowIndex& any = found->any[side(row)];
    if (is_better(row, any)) any = row;
    RowIndex& numberless = found->numberless[side(row)];
    if (rows_.number(row) == 0 && is_better(row, numberless)) numberless = row;
  };
  for (const Hashed& one : numberless_) take(one.row, one.hash);
  for (RowIndex row = 0; row < rows_.size(); ++row) {  // in the order they lie in memory
    if (rows_.number(row) != 0) take(row, rows_.namesake_hash(row));
  }
}

bool RegisterComparison::is_better(RowIndex candidate, RowIndex known) const {
  if (known == kNobody) return true;
  const auto by = rows_.compare_people(candidate, known);
  return by != 0 ? by < 0 : candidate < known;
}

// Somebody on the other side with the same name and birth whose number, or this one's, cannot be used. Two
// names with one hash are told apart here: then nobody is named.
RowIndex RegisterComparison::probable(RowIndex row) const {
  if (!rows_.birth(row)) return kNobody;
  const std::uint64_t hash = rows_.namesake_hash(row);
  const auto found =
      std::lower_bound(namesakes_.begin(), namesakes_.end(), hash,
                       [](const Namesakes& some, std::uint64_t wanted) { return some.hash < wanted; });
  if (found == namesakes_.end() || found->hash != hash) return kNobody;
  const std::size_t other = 1 - side(row);
  const RowIndex likely = rows_.number(row) == 0 ? found->any[other] : found->numberless[other];
  const bool same =
      likely != kNobody && rows_.same_name(row, likely) && rows_.birth(row) == rows_.birth(likely);
  return same ? likely : kNobody;
}

// The first row of its side that means the same person.
RowIndex RegisterComparison::spokesman(RowIndex row) const {
  const bool numbered = rows_.number(row) != 0;
  const std::vector<Hashed>& all = numbered ? numbered_ : numberless_;
  const Hashed mine{numbered ? rows_.number(row) : rows_.namesake_hash(row), row};
  auto at = std::lower_bound(all.begin(), all.end(), mine, [&](const Hashed& a, const Hashed& b) {
    return numbered ? a < b : before(a, b);
  });
  while (at != all.begin()) {
    const Hashed& last = *std::prev(at);
    if (last.hash != mine.hash || side(last.row) != side(row)) break;
    if (!numbered && rows_.compare_people(last.row, row) != 0) break;
    --at;
  }
  return at->row;
}

// The rows of one number are one person: any of its names may lead to somebody, the best of them is told.
Status RegisterComparison::judge_missing() {
  for (std::size_t begin = 0; begin < missing_.size();) {
    const RowIndex row = missing_[begin];
    RowIndex likely = kNobody;
    std::size_t end = begin;
    do {
      const RowIndex found = namesakes_.empty() ? kNobody : probable(missing_[end]);
      if (found != kNobody && is_better(found, likely)) likely = found;
      ++end;
    } while (end < missing_.size() && rows_.number(row) != 0 &&
             rows_.number(missing_[end]) == rows_.number(row));
    if (likely != kNobody) {
      const RowIndex one = spokesman(row);
      const RowIndex other = spokesman(likely);
      hit(Code::f10, std::min(one, other), std::max(one, other));
    } else {
      hit(side(row) == 0 ? Code::f01 : Code::f02, row);
    }
    DOUDI_TRY(go_on(end - begin));
    begin = end;
  }
  return {};
}

// A household is told of once, however many of its people the list has.
void RegisterComparison::find_class_breaches() {
  const auto before = [this](RowIndex a, RowIndex b) {
    if (rows_.list(a) != rows_.list(b)) return rows_.list(a) < rows_.list(b);
    const int by = rows_.household(a).compare(rows_.household(b));
    return by != 0 ? by < 0 : a < b;
  };
  std::sort(breaches_.begin(), breaches_.end(), before);
  RowIndex told = kNobody;
  for (const RowIndex row : breaches_) {
    const bool again = told != kNobody && rows_.list(told) == rows_.list(row) &&
                       !rows_.household(row).empty() && rows_.household(told) == rows_.household(row);
    if (!again) hit(Code::f08, row);
    told = row;
  }
}

Status RegisterComparison::count_matches() {
  return each_number([this](Group same) {
    if (side(same.front().row) == side(same.back().row)) return;
    ++matched_by_number_;
    if (std::none_of(same.begin(), same.end(),
                     [this](const Hashed& one) { return rows_.is_flagged(one.row); }))
      ++clean_;
    const bool other_category = std::all_of(same.begin(), same.end(), [this](const Hashed& one) {
      return side(one.row) == 0 || is_aid(kind(one.row), "tekun") || is_aid(kind(one.row), "orphan");
    });
    if (other_category) other_category_.emplace_back(same.front().row, same.back().row);
  });
}

}  // namespace doudi::domain
