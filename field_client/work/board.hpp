// The grid in memory with its due list: what Today, a household page and search read. Loaded once, then one
// household at a time after a save, so that the list never waits for fifty thousand records.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "field_client/include/doudi/views.hpp"
#include "field_client/work/grid_reader.hpp"
#include "shared/domain/coverage.hpp"
#include "shared/domain/policy.hpp"
#include "shared/domain/work_calendar.hpp"

namespace doudi::field {

class Board {
 public:
  Board(const domain::PolicyPack& pack, const domain::WorkCalendar& calendar)
      : pack_(pack), calendar_(calendar) {}

  Status load(sql::Connection& connection, CivilDate today);
  Status refresh(sql::Connection& connection, const Uuid& household);
  void forget() { day_.reset(); }
  [[nodiscard]] bool holds(CivilDate today) const { return day_ == today; }

  // Without problems: those change without the grid.
  [[nodiscard]] Result<Today> today() const;
  [[nodiscard]] std::vector<DueRow> due_rows_of(const Uuid& household) const;
  [[nodiscard]] std::vector<Member> members_of(const Uuid& household) const;
  [[nodiscard]] std::vector<Tag> tags_of(const Uuid& person) const;
  [[nodiscard]] std::optional<int> age_of(const Uuid& person) const;
  // The person's name, else that of the household's head.
  [[nodiscard]] std::string name_of(const std::optional<Uuid>& person,
                                    const std::optional<Uuid>& household) const;
  [[nodiscard]] std::string door_of(const std::optional<Uuid>& household) const;
  [[nodiscard]] const GridData& data() const { return data_; }

 private:
  [[nodiscard]] std::vector<domain::DueItem> items_of(const Uuid& household) const;
  [[nodiscard]] DueRow row_of(const domain::DueItem& item) const;
  [[nodiscard]] std::string net_state_of(const Uuid& household) const;
  [[nodiscard]] bool seen_today(const std::vector<domain::Visit>& visits, bool tried) const;
  void count_progress(Today& view) const;

  const domain::PolicyPack& pack_;
  const domain::WorkCalendar& calendar_;
  domain::VisitRules rules_;
  std::optional<CivilDate> day_;
  GridData data_;
  std::vector<domain::DueItem> due_;
};

}  // namespace doudi::field
