#include "shared/domain/register_comparison.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "shared/domain/identity_number.hpp"
#include "shared/domain/name_index.hpp"

namespace doudi::domain {
namespace {

constexpr int kLeastInsured = 2;  // S12: each household of class B or C insures at least two

struct Entry {
  std::size_t list = 0;
  const RegisterRow* row = nullptr;
  IdentityNumber number;
  std::string name;  // folded
  [[nodiscard]] bool has_number() const { return number.verdict == IdentityVerdict::valid; }
  [[nodiscard]] std::optional<CivilDate> birth() const { return row->birth ? row->birth : number.birth_date; }
};

struct Run {
  const std::vector<RegisterList>* lists = nullptr;
  std::vector<Entry> entries;                                  // in file order
  std::map<std::string, std::vector<const Entry*>> by_number;  // valid numbers only
  ComparisonResult result;
};

const std::string& kind_of(const Run& run, const Entry& entry) {
  return (*run.lists)[entry.list].kind;
}

bool is_first(const Entry& entry) {
  return entry.list == 0;
}

void add(Run& run, const char* code, const Entry& entry, const Entry* other, const char* action) {
  Finding finding;
  finding.code = code;
  finding.name = entry.row->name;
  finding.household = entry.row->household;
  finding.list = kind_of(run, entry);
  finding.row = entry.row->row;
  if (other != nullptr) {
    finding.other_list = kind_of(run, *other);
    finding.other_row = other->row->row;
  }
  // Row numbers move between two exports of a list; the person does not.
  const std::string who = entry.number.normalized.empty() ? entry.name : entry.number.normalized;
  finding.key =
      finding.code + "|" + finding.list + "|" + finding.other_list + "|" + who + "|" + entry.row->household;
  finding.action = action;
  run.result.findings.push_back(std::move(finding));
}

Status read_rows(Run& run, CivilDate today) {
  for (std::size_t i = 0; i < run.lists->size(); ++i) {
    for (const RegisterRow& row : (*run.lists)[i].rows) {
      Entry entry{i, &row, check_identity_number(row.id_number, today), fold_name(row.name)};
      const auto& warnings = entry.number.warnings;
      if (std::find(warnings.begin(), warnings.end(), "number_lost") != warnings.end()) {
        return Error{"number_lost", (*run.lists)[i].kind + " row " + std::to_string(row.row) +
                                        ": the number column was stored as numbers and lost its last digits"};
      }
      run.entries.push_back(std::move(entry));
    }
  }
  for (const Entry& entry : run.entries) {
    if (entry.has_number()) run.by_number[entry.number.normalized].push_back(&entry);
  }
  return {};
}

const std::vector<const Entry*>& same_number(const Run& run, const Entry& entry) {
  static const std::vector<const Entry*> kNone;
  const auto found = entry.has_number() ? run.by_number.find(entry.number.normalized) : run.by_number.end();
  return found == run.by_number.end() ? kNone : found->second;
}

// Another row that has the same name and birth though its number differs or is unusable.
const Entry* probable(const Run& run, const Entry& entry) {
  if (!entry.birth()) return nullptr;
  for (const Entry& other : run.entries) {
    if (is_first(other) == is_first(entry) || other.name != entry.name || other.birth() != entry.birth())
      continue;
    if (!other.has_number() || !entry.has_number()) return &other;
  }
  return nullptr;
}

bool in_other_side(const Run& run, const Entry& entry) {
  const auto& same = same_number(run, entry);
  return std::any_of(same.begin(), same.end(),
                     [&](const Entry* other) { return is_first(*other) != is_first(entry); });
}

void find_missing(Run& run) {
  std::set<std::string> done;  // one finding per person, not per row
  for (const Entry& entry : run.entries) {
    if (in_other_side(run, entry)) continue;
    const std::string who = entry.has_number() ? entry.number.normalized : entry.name + entry.row->id_number;
    if (!done.insert(std::to_string(is_first(entry)) + who).second) continue;
    const Entry* likely = probable(run, entry);
    if (likely != nullptr) {
      if (is_first(entry)) add(run, "F10", entry, likely, "核对身份");
    } else if (is_first(entry)) {
      add(run, "F01", entry, nullptr, "应保尽保");
    } else {
      add(run, "F02", entry, nullptr, "应扶尽扶");
    }
  }
}

void find_bad_numbers(Run& run) {
  for (const Entry& entry : run.entries) {
    const bool no_number = entry.number.normalized.empty();
    if (no_number) add(run, "F09", entry, nullptr, "补录身份证号");
    if (!no_number && !entry.has_number()) add(run, "F04", entry, nullptr, "更正身份证号");
    if (entry.number.was_15_digits)
      run.result.notes.push_back({"id15", entry.row->name, kind_of(run, entry), entry.row->row});
  }
}

void find_duplicates(Run& run) {
  for (const auto& [number, same] : run.by_number) {
    std::map<std::size_t, const Entry*> first_in_list;
    std::set<std::size_t> reported;
    for (const Entry* entry : same) {
      const auto [known, fresh] = first_in_list.emplace(entry->list, entry);
      if (!fresh && reported.insert(entry->list).second) add(run, "F05", *known->second, entry, "删除重复");
    }
  }
}

void find_different_names(Run& run) {
  for (const auto& numbered : run.by_number) {
    const auto& same = numbered.second;
    const auto differs = [&](const Entry* entry) { return entry->name != same.front()->name; };
    const auto other = std::find_if(same.begin(), same.end(), differs);
    if (other != same.end()) add(run, "F03", *same.front(), *other, "核对姓名");
  }
}

// The first list names a household of this person that the other lists do not.
void find_different_households(Run& run) {
  for (const auto& [number, same] : run.by_number) {
    std::set<std::string> known;
    for (const Entry* entry : same) {
      if (!is_first(*entry) && !entry->row->household.empty()) known.insert(entry->row->household);
    }
    if (known.empty()) continue;
    for (const Entry* entry : same) {
      const std::string& household = entry->row->household;
      if (!is_first(*entry) || household.empty() || known.contains(household)) continue;
      add(run, "F06", *entry, nullptr, "核对户编号");
      break;
    }
  }
}

bool excludes(const std::string& a, const std::string& b) {
  return (a == "dibao" && b == "tekun") || (a == "tekun" && b == "dibao");
}

void find_double_benefits(Run& run) {
  for (const auto& numbered : run.by_number) {
    const auto& same = numbered.second;
    for (std::size_t i = 1; i < same.size(); ++i) {
      const auto clash = std::find_if(
          same.begin(), same.begin() + static_cast<std::ptrdiff_t>(i),
          [&](const Entry* before) { return excludes(kind_of(run, *before), kind_of(run, *same[i])); });
      if (clash == same.begin() + static_cast<std::ptrdiff_t>(i)) continue;
      add(run, "F07", **clash, same[i], "只能享受一项");
      break;
    }
  }
}

bool breaks_class_rule(const RegisterRow& row) {
  if (row.dibao_class.empty() || !row.household_persons || !row.insured_persons) return false;
  if (row.dibao_class == "A") return *row.insured_persons != *row.household_persons;
  return !row.exempt && *row.household_persons >= kLeastInsured && *row.insured_persons < kLeastInsured;
}

void find_class_breaches(Run& run) {
  for (const Entry& entry : run.entries) {
    if (breaks_class_rule(*entry.row)) add(run, "F08", entry, nullptr, "复核施保人数");
  }
}

// Rows that only describe a household have neither name nor number and take no part in matching people.
bool is_household_row(const RegisterRow& row) {
  return row.name.empty() && row.id_number.empty();
}

bool has_finding(const Run& run, const std::vector<const Entry*>& same) {
  return std::any_of(run.result.findings.begin(), run.result.findings.end(), [&](const Finding& finding) {
    return std::any_of(same.begin(), same.end(), [&](const Entry* entry) {
      return finding.row == entry->row->row && finding.list == kind_of(run, *entry);
    });
  });
}

void count_matches(Run& run) {
  for (const auto& [number, same] : run.by_number) {
    const bool first = std::any_of(same.begin(), same.end(), [](const Entry* e) { return is_first(*e); });
    const bool other = std::any_of(same.begin(), same.end(), [](const Entry* e) { return !is_first(*e); });
    if (!first || !other) continue;
    ++run.result.matched_by_number;
    if (!has_finding(run, same)) ++run.result.clean;
    const bool only_tekun = std::all_of(same.begin(), same.end(), [&](const Entry* e) {
      return is_first(*e) || kind_of(run, *e) == "tekun" || kind_of(run, *e) == "orphan";
    });
    if (only_tekun)
      run.result.notes.push_back(
          {"other_category", same.front()->row->name, kind_of(run, *same.back()), same.back()->row->row});
  }
}

void set_explained_aside(ComparisonResult& result, const std::vector<std::string>& keys) {
  const auto is_open = [&](const Finding& finding) {
    return std::find(keys.begin(), keys.end(), finding.key) == keys.end();
  };
  const auto closed = std::stable_partition(result.findings.begin(), result.findings.end(), is_open);
  result.explained.assign(closed, result.findings.end());
  result.findings.erase(closed, result.findings.end());
}

}  // namespace

Result<ComparisonResult> compare_registers(const std::vector<RegisterList>& lists, CivilDate today,
                                           const std::vector<std::string>& explained_keys) {
  Run run;
  run.lists = &lists;
  DOUDI_TRY(read_rows(run, today));
  find_class_breaches(run);
  std::erase_if(run.entries, [](const Entry& entry) { return is_household_row(*entry.row); });
  run.by_number.clear();
  for (const Entry& entry : run.entries) {
    if (entry.has_number()) run.by_number[entry.number.normalized].push_back(&entry);
  }
  find_missing(run);
  find_different_names(run);
  find_bad_numbers(run);
  find_duplicates(run);
  find_different_households(run);
  find_double_benefits(run);
  count_matches(run);
  std::stable_sort(run.result.findings.begin(), run.result.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.code < b.code; });
  set_explained_aside(run.result, explained_keys);
  return std::move(run.result);
}

}  // namespace doudi::domain
