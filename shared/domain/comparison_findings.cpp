// From what was matched to findings as people read them, one at a time: nothing here is kept for all rows.
#include <algorithm>

#include "shared/domain/register_comparison.hpp"

namespace doudi::domain {
namespace {

constexpr std::array<const char*, 11> kCodes{"",    "F01", "F02", "F03", "F04", "F05",
                                             "F06", "F07", "F08", "F09", "F10"};
constexpr std::array<const char*, 11> kActions{
    "",           "应保尽保",     "应扶尽扶",     "核对姓名",     "更正身份证号", "删除重复",
    "核对户编号", "只能享受一项", "复核施保人数", "补录身份证号", "核对身份"};

}  // namespace

std::string RegisterComparison::other_kinds() const {
  std::string joined;
  for (std::size_t i = 1; i < kinds_.size(); ++i) joined += (i > 1 ? "+" : "") + kinds_[i];
  return joined;
}

// Row numbers move between two exports of a list; the person does not.
std::string RegisterComparison::person_key(RowIndex row) const {
  if (rows_.number(row) != 0) return rows_.full_number(row);
  const auto birth = rows_.birth(row);
  return rows_.folded_name(row) + "~" + (birth ? format_date(*birth) : "") + "~" + rows_.full_number(row) +
         "~" + std::string(rows_.household(row));
}

std::string RegisterComparison::key_of(const Hit& hit) const {
  const std::string code = kCodes[static_cast<std::size_t>(hit.code)];
  const std::string who = person_key(hit.row);
  const std::string household(rows_.household(hit.row));
  switch (hit.code) {
    case Code::f01:
      return code + "|" + kind(hit.row) + "|" + other_kinds() + "|" + who;
    case Code::f02:
      return code + "|" + kind(hit.row) + "|" + kinds_.front() + "|" + who;
    case Code::f03: {
      const std::string name = rows_.folded_name(hit.row);
      const std::string other = rows_.folded_name(hit.other);
      return code + "|" + who + "|" + std::min(name, other) + "|" + std::max(name, other);
    }
    case Code::f10:
      return code + "|" + who + "|" + person_key(hit.other);
    case Code::f06:
      return code + "|" + who + "|" + household;
    case Code::f07:
      return code + "|" + who;
    case Code::f08:
      return code + "|" + kind(hit.row) + "|" + (household.empty() ? who : household);
    case Code::f04:
    case Code::f05:
    case Code::f09:
      break;
  }
  return code + "|" + kind(hit.row) + "|" + who;
}

Status RegisterComparison::visit_findings(const std::function<Status(const Finding&)>& visit) const {
  for (const Hit& one : hits_) {
    Finding finding;
    finding.code = kCodes[static_cast<std::size_t>(one.code)];
    finding.action = kActions[static_cast<std::size_t>(one.code)];
    finding.name = rows_.name(one.row);
    finding.number = rows_.full_number(one.row);
    finding.birth = rows_.birth(one.row);
    finding.household = rows_.household(one.row);
    finding.list = kind(one.row);
    finding.row = rows_.row_in_file(one.row);
    if (one.other != kNobody) {
      finding.other_list = kind(one.other);
      finding.other_row = rows_.row_in_file(one.other);
      finding.other_name = rows_.name(one.other);
      finding.other_number = rows_.full_number(one.other);
      finding.other_household = rows_.household(one.other);
    }
    finding.key = key_of(one);
    DOUDI_TRY(visit(finding));
  }
  return {};
}

void RegisterComparison::visit_notes(const std::function<void(const ComparisonNote&)>& visit) const {
  for (RowIndex row = 0; row < rows_.size(); ++row) {
    if (rows_.was_15_digits(row))
      visit({"id15", std::string(rows_.name(row)), kind(row), rows_.row_in_file(row)});
  }
  for (const auto& [row, other] : other_category_)
    visit({"other_category", std::string(rows_.name(row)), kind(other), rows_.row_in_file(other)});
}

Result<ComparisonResult> compare_registers(const std::vector<RegisterList>& lists, CivilDate today,
                                           const std::vector<std::string>& explained_keys) {
  RegisterComparison comparison(today);
  for (const RegisterList& list : lists) {
    comparison.begin_list(list.kind);
    for (const RegisterRow& row : list.rows) DOUDI_TRY(comparison.add(row));
  }
  DOUDI_TRY(comparison.finish());
  std::vector<std::string> closed = explained_keys;
  std::sort(closed.begin(), closed.end());
  ComparisonResult result;
  result.matched_by_number = comparison.matched_by_number();
  result.clean = comparison.clean();
  DOUDI_TRY(comparison.visit_findings([&](const Finding& finding) -> Status {
    const bool known = std::binary_search(closed.begin(), closed.end(), finding.key);
    (known ? result.explained : result.findings).push_back(finding);
    return {};
  }));
  comparison.visit_notes([&result](const ComparisonNote& note) { result.notes.push_back(note); });
  return result;
}

}  // namespace doudi::domain
