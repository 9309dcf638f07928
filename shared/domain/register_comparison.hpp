// 名单比对: two or more lists of people, matched by number, then by name and birth; what does not agree
// becomes a finding for a person to judge (domain.md 3.5 I).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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
  bool deceased = false;
};

struct RegisterList {
  std::string kind;  // "registered_poor", "dibao", "tekun", "orphan"
  std::vector<RegisterRow> rows;
};

// F01 only in the first list · F02 only in another · F03 name differs · F04 bad number · F05 twice in one
// list · F06 household differs · F07 two benefits that exclude each other · F08 class rule · F09 no usable
// number · F10 probably the same person
struct Finding {
  std::string code;
  std::string name;  // empty for a row that only describes a household
  std::string household;
  std::string list;  // kind of the list the row is in
  std::int64_t row = 0;
  std::string other_list;
  std::int64_t other_row = 0;
  std::string key;     // stable across runs, so that an explained finding stays closed
  std::string action;  // what it should lead to: "应保尽保", "应扶尽扶", …
};

struct ComparisonNote {
  std::string code;  // "id15", "other_category"
  std::string name;
  std::string list;
  std::int64_t row = 0;
};

struct ComparisonResult {
  std::int64_t matched_by_number = 0;  // people of the first list found in another
  std::int64_t clean = 0;              // of them without a finding
  std::vector<Finding> findings;       // by code, then list order
  std::vector<Finding> explained;      // known and closed
  std::vector<ComparisonNote> notes;
};

// Fails with "number_lost" when a spreadsheet turned numbers into 9.9E+17: the file is refused, the row
// named.
Result<ComparisonResult> compare_registers(const std::vector<RegisterList>& lists, CivilDate today,
                                           const std::vector<std::string>& explained_keys = {});

}  // namespace doudi::domain
