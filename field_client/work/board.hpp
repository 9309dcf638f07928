// The grid in memory with its due list: what Today, a household page and search read. Loaded once, then one
// household at a time after a save, so that the list never waits for fifty thousand records.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "field_client/include/doudi/views.hpp"
#include "field_client/work/grid_reader.hpp"
#include "shared/domain/due_board.hpp"
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
  // How often everything was read anew: what was made of the data before is out of date.
  [[nodiscard]] std::uint64_t loads() const { return loads_; }

  // Without problems: those change without the grid.
  [[nodiscard]] Today today() const;
  [[nodiscard]] std::vector<DueRow> due_rows_of(const Uuid& household) const;
  [[nodiscard]] std::vector<Member> members_of(const Uuid& household) const;
  [[nodiscard]] std::vector<Tag> tags_of(const Uuid& person) const;
  [[nodiscard]] std::optional<int> age_of(const Uuid& person) const;
  // The person's name, else that of the household's head.
  [[nodiscard]] std::string name_of(const std::optional<Uuid>& person,
                                    const std::optional<Uuid>& household) const;
  [[nodiscard]] std::string door_of(const std::optional<Uuid>& household) const;
  [[nodiscard]] const GridData& data() const { return data_; }
  [[nodiscard]] const std::vector<domain::DueItem>& due_items() const { return due_.items(); }

 private:
  [[nodiscard]] domain::DueBoard::Door door(const Uuid& household) const;
  // What the screen shows of this door, made once and not at every look.
  void show(const Uuid& household);
  [[nodiscard]] DueRow row_of(const domain::DueItem& item) const;
  [[nodiscard]] std::string net_state_of(const Uuid& household) const;
  [[nodiscard]] bool seen_today(const std::vector<domain::Visit>& visits, bool tried) const;
  void count_progress(Today& view) const;

  const domain::PolicyPack& pack_;
  const domain::WorkCalendar& calendar_;
  std::optional<CivilDate> day_;
  std::uint64_t loads_ = 0;
  GridData data_;
  domain::DueBoard due_;
  std::map<std::string, NetCell> net_;  // by door order and id
};

}  // namespace doudi::field
