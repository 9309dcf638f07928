// 名单比对: two or more lists of people, matched by number, then by name and birth; what does not agree
// becomes a finding for a person to judge (domain.md 3.5 I). Lists come row by row and findings leave one by
// one: two lists of a million rows need memory for the rows only. The order of the rows changes no finding.
#pragma once

#include <array>
#include <functional>
#include <span>

#include "shared/domain/register_rows.hpp"

namespace doudi::domain {

// F01 only in the first list · F02 only in another · F03 name differs · F04 bad number · F05 twice in one
// list · F06 household differs · F07 two benefits that exclude each other · F08 class rule · F09 no usable
// number · F10 probably the same person
struct Finding {
  std::string code;
  std::string name;  // empty for a row that only describes a household
  std::string number;
  std::optional<CivilDate> birth;
  std::string household;
  std::string list;  // kind of the list the row is in
  std::int64_t row = 0;
  std::string other_list;
  std::int64_t other_row = 0;
  std::string other_name;
  std::string other_number;
  std::string other_household;
  std::string key;     // stable across runs, so that an explained finding stays closed
  std::string action;  // what it should lead to: "应保尽保", "应扶尽扶", …
};

struct ComparisonNote {
  std::string code;  // "id15", "other_category"
  std::string name;
  std::string list;
  std::int64_t row = 0;
};

// Called every few ten thousand rows; false ends the work with "compare.cancelled".
using ComparisonProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

class RegisterComparison {
 public:
  explicit RegisterComparison(CivilDate today, ComparisonProgress progress = {});

  // The first list is the side the others are compared with.
  void begin_list(std::string kind);
  // "number_lost" when a spreadsheet turned the number into 9.9E+17: the list is refused, the row named.
  Status add(const RegisterRow& row);
  // Matches everything; afterwards the findings can be visited any number of times.
  Status finish();

  [[nodiscard]] std::int64_t matched_by_number() const { return matched_by_number_; }
  [[nodiscard]] std::int64_t clean() const { return clean_; }
  [[nodiscard]] std::size_t finding_count() const { return hits_.size(); }
  // By code, then in the order of the lists.
  Status visit_findings(const std::function<Status(const Finding&)>& visit) const;
  void visit_notes(const std::function<void(const ComparisonNote&)>& visit) const;

 private:
  enum class Code : std::uint8_t { f01 = 1, f02, f03, f04, f05, f06, f07, f08, f09, f10 };
  static constexpr RowIndex kNobody = 0xFFFFFFFFU;
  struct Hit {
    Code code = Code::f01;
    RowIndex row = 0;
    RowIndex other = kNobody;
    friend auto operator<=>(const Hit&, const Hit&) = default;
  };
  struct Hashed {
    std::uint64_t hash = 0;  // or the number itself
    RowIndex row = 0;
    friend auto operator<=>(const Hashed&, const Hashed&) = default;
  };
  // The people who share one name and birth: for each side somebody, and somebody without a valid number.
  struct Namesakes {
    std::uint64_t hash = 0;
    std::array<RowIndex, 2> any{kNobody, kNobody};
    std::array<RowIndex, 2> numberless{kNobody, kNobody};
  };
  using Group = std::span<const Hashed>;

  [[nodiscard]] std::size_t side(RowIndex row) const { return rows_.list(row) == 0 ? 0 : 1; }
  [[nodiscard]] const std::string& kind(RowIndex row) const { return kinds_[rows_.list(row)]; }
  void hit(Code code, RowIndex row, RowIndex other = kNobody);
  Status go_on(std::uint64_t rows);
  template <class Visit>
  Status each_number(Visit&& visit);

  Status match_numbers();
  void find_different_names(Group same);
  void find_duplicates(Group same);
  void find_different_households(Group same);
  void find_double_benefits(Group same);
  void find_missing(Group same);
  [[nodiscard]] bool before(const Hashed& a, const Hashed& b) const;
  Status match_numberless();
  void collect_namesakes();
  [[nodiscard]] bool is_better(RowIndex candidate, RowIndex known) const;
  [[nodiscard]] RowIndex probable(RowIndex row) const;
  [[nodiscard]] RowIndex spokesman(RowIndex row) const;
  Status judge_missing();
  void find_class_breaches();
  Status count_matches();

  [[nodiscard]] std::string person_key(RowIndex row) const;
  [[nodiscard]] std::string key_of(const Hit& hit) const;
  [[nodiscard]] std::string other_kinds() const;

  CivilDate today_;
  ComparisonProgress progress_;
  std::uint64_t done_ = 0;
  std::uint64_t reported_ = 0;
  std::vector<std::string> kinds_;
  RegisterRows rows_;
  std::vector<Hashed> numbered_;    // rows with a valid number, by number
  std::vector<Hashed> numberless_;  // the others, by name and birth
  std::vector<RowIndex> breaches_;  // rows that break a class rule
  std::vector<RowIndex> missing_;   // rows of people who are on one side only, those of a person together
  std::vector<Namesakes> namesakes_;
  std::vector<Hit> hits_;
  std::vector<std::pair<RowIndex, RowIndex>> other_category_;
  std::int64_t matched_by_number_ = 0;
  std::int64_t clean_ = 0;
};

// Small lists at once.
struct RegisterList {
  std::string kind;  // "registered_poor", "dibao", "tekun", "orphan"
  std::vector<RegisterRow> rows;
};
struct ComparisonResult {
  std::int64_t matched_by_number = 0;  // people of the first list found in another
  std::int64_t clean = 0;              // of them without a finding
  std::vector<Finding> findings;
  std::vector<Finding> explained;  // known and closed
  std::vector<ComparisonNote> notes;
};
Result<ComparisonResult> compare_registers(const std::vector<RegisterList>& lists, CivilDate today,
                                           const std::vector<std::string>& explained_keys = {});

}  // namespace doudi::domain
