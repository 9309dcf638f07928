// One grid's due list and coverage, kept household by household: built once a day, then a visit costs one
// household's work and not the grid's. The tablet and the district build theirs through this same code.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "shared/domain/coverage.hpp"

namespace doudi::domain {

// The first day whose visits the rules look at: two full months before today's, and the whole campaign round.
// Of older visits only each subject's newest contact matters.
CivilDate visits_needed_from(const VisitRules& rules, CivilDate today);

class DueBoard {
 public:
  // One door and who lives there; no household: people counted alone.
  struct Door {
    Uuid key;
    const Household* household = nullptr;
    std::vector<const Person*> members;
  };

  DueBoard() = default;
  DueBoard(VisitRules rules, CivilDate today, std::span<const Door> doors);
  // Puts what holds now in place of what held for this door; an empty door takes it off the list.
  void replace(const Door& door);

  // In the order of rule 11.
  [[nodiscard]] const std::vector<DueItem>& items() const { return items_; }
  // Equal to `coverage` over the same people, its missing ones in the order of the doors' keys.
  [[nodiscard]] CoverageReport report() const;
  [[nodiscard]] const VisitRules& rules() const { return rules_; }

 private:
  struct Share {
    std::vector<Uuid> subjects;
    CoverageReport coverage;
  };
  std::vector<DueItem> take(const Door& door);

  VisitRules rules_;
  CivilDate today_;
  std::map<Uuid, Share> shares_;
  std::vector<DueItem> items_;
};

}  // namespace doudi::domain
