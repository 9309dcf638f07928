#include "shared/domain/due_board.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "shared/domain/duty_calendar.hpp"

namespace doudi::domain {
namespace {

void add(CoverageCount& sum, const CoverageCount& part) {
  sum.due += part.due;
  sum.on_time += part.on_time;
  sum.makeup += part.makeup;
  sum.excused += part.excused;
  sum.cancelled += part.cancelled;
  sum.missing.insert(sum.missing.end(), part.missing.begin(), part.missing.end());
}

}  // namespace

CivilDate visits_needed_from(const VisitRules& rules, CivilDate today) {
  const CivilDate month_before_last = month_first(month_first(month_first(today) - 1) - 1);
  const auto round = round_of(rules, today);
  return round ? std::min(round->from, month_before_last) : month_before_last;
}

DueBoard::DueBoard(VisitRules rules, CivilDate today, std::span<const Door> doors)
    : rules_(std::move(rules)), today_(today) {
  for (const Door& door : doors) {
    std::vector<DueItem> items = take(door);
    items_.insert(items_.end(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
  }
  std::sort(items_.begin(), items_.end(), due_before);
}

std::vector<DueItem> DueBoard::take(const Door& door) {
  std::vector<DueItem> items = due_items(rules_, today_, door.household, door.members);
  Share share;
  for (const DueItem& item : items) share.subjects.push_back(item.subject);
  share.coverage = coverage_of(rules_, today_, door.household, door.members);
  shares_[door.key] = std::move(share);
  return items;
}

void DueBoard::replace(const Door& door) {
  if (const auto known = shares_.find(door.key); known != shares_.end()) {
    const std::vector<Uuid>& old = known->second.subjects;
    std::erase_if(items_, [&](const DueItem& item) {
      return std::find(old.begin(), old.end(), item.subject) != old.end();
    });
  }
  std::vector<DueItem> fresh = take(door);
  const auto middle = static_cast<std::ptrdiff_t>(items_.size());
  items_.insert(items_.end(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
  std::inplace_merge(items_.begin(), items_.begin() + middle, items_.end(), due_before);
}

CoverageReport DueBoard::report() const {
  CoverageReport report = coverage_of(rules_, today_, nullptr, {});
  for (const auto& [key, share] : shares_) {
    for (std::size_t i = 0; i < report.periods.size(); ++i) {
      const PeriodCoverage& part = share.coverage.periods[i];
      add(report.periods[i].households, part.households);
      add(report.periods[i].persons, part.persons);
      report.periods[i].households_person_by_person += part.households_person_by_person;
    }
  }
  return report;
}

}  // namespace doudi::domain
