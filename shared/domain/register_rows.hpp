// Rows of registers kept small, so that two lists of a million people fit beside each other: 24 bytes a row
// and the texts of a row in one store. A number that is valid is one integer; only others keep their text.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"

namespace doudi::domain {

struct RegisterRow {
  std::int64_t row = 0;
  std::string name;
  std::string id_number;  // as written in the file
  std::optional<CivilDate> birth;
  std::string household;
  std::string dibao_class;  // A, B, C; empty: not given
  std::optional<int> household_persons;
  std::optional<int> insured_persons;
  bool exempt = false;  // 单人户 or a special rule
};

using RowIndex = std::uint32_t;

class RegisterRows {
 public:
  // What a row is, apart from its texts.
  struct Facts {
    std::uint64_t number = 0;  // the first 17 digits of a valid number, else 0
    std::optional<CivilDate> birth;
    std::uint8_t list = 0;
    bool was_15_digits = false;
  };
  // "compare.too_large" for a text or a row number no list has. `written` is the number when it is not valid.
  Result<RowIndex> add(const RegisterRow& row, std::string_view written, const Facts& facts);

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] std::string_view name(RowIndex row) const;
  [[nodiscard]] std::string_view household(RowIndex row) const;
  [[nodiscard]] std::string_view written_number(RowIndex row) const;
  [[nodiscard]] std::uint64_t number(RowIndex row) const { return rows_[row].number; }
  [[nodiscard]] std::uint8_t list(RowIndex row) const { return rows_[row].list; }
  [[nodiscard]] std::int64_t row_in_file(RowIndex row) const { return rows_[row].row; }
  [[nodiscard]] std::optional<CivilDate> birth(RowIndex row) const;
  [[nodiscard]] bool was_15_digits(RowIndex row) const { return (rows_[row].flags & kWas15Digits) != 0; }

  // All 18 characters, or what was written.
  [[nodiscard]] std::string full_number(RowIndex row) const;
  [[nodiscard]] std::string folded_name(RowIndex row) const;
  [[nodiscard]] bool same_name(RowIndex a, RowIndex b) const;
  // Whether two rows without a valid number mean the same person: name, birth, number and household.
  [[nodiscard]] std::strong_ordering compare_people(RowIndex a, RowIndex b) const;
  // Of folded name and birth; equal people have equal hashes.
  [[nodiscard]] std::uint64_t namesake_hash(RowIndex row) const;

  void flag(RowIndex row) { rows_[row].flags |= kHasFinding; }
  [[nodiscard]] bool is_flagged(RowIndex row) const { return (rows_[row].flags & kHasFinding) != 0; }

 private:
  static constexpr std::uint8_t kWas15Digits = 1;
  static constexpr std::uint8_t kHasFinding = 2;
  struct Compact {
    std::uint64_t number = 0;
    std::uint32_t text = 0;  // where its texts begin
    std::int32_t birth = 0;
    std::uint32_t row = 0;
    std::uint8_t list = 0;
    std::uint8_t flags = 0;
  };
  [[nodiscard]] std::string_view text(RowIndex row, std::size_t part) const;

  std::vector<Compact> rows_;
  std::string texts_;  // three lengths of two bytes, then name, household, written number
};

}  // namespace doudi::domain
