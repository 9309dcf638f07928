// Who was seen and who was not, grid by grid, and the tablets that say so.
#include <algorithm>

#include "sync_server/api/console_json.hpp"

namespace doudi::district {
namespace {

Json count_json(const Count& count) {
  return {{"due", count.due}, {"done", count.done}};
}
Json period_json(const PeriodCount& period) {
  return {{"households", count_json(period.households)}, {"persons", count_json(period.persons)}};
}
void add(PeriodCount& sum, const PeriodCount& part) {
  sum.households.due += part.households.due;
  sum.households.done += part.households.done;
  sum.persons.due += part.persons.due;
  sum.persons.done += part.persons.done;
}

struct Sums {
  PeriodCount month, week, day;
  void take(const GridCoverage& grid) {
    add(month, grid.month);
    add(week, grid.week);
    add(day, grid.day);
  }
  void write(Json& target) const {
    target["month"] = period_json(month);
    target["week"] = period_json(week);
    target["day"] = period_json(day);
  }
};

Json grid_json(const GridCoverage& grid) {
  Json shown{{"id", to_string(grid.id)},
             {"code", grid.code},
             {"name", grid.name},
             {"worker", grid.worker},
             {"last_sync_at", json_time(grid.last_sync_at)}};
  Sums sums;
  sums.take(grid);
  sums.write(shown);
  shown["month"]["due"] = grid.month.households.due;
  shown["month"]["done"] = grid.month.households.done;
  return shown;
}

}  // namespace

// Grids come sorted by code, so streets and communities follow each other.
Json coverage_json(const std::vector<GridCoverage>& grids, Instant now) {
  Sums all;
  Json streets = Json::array();
  for (std::size_t first = 0; first < grids.size();) {
    Sums street_sums;
    Json communities = Json::array();
    std::size_t at = first;
    while (at < grids.size() && grids[at].street == grids[first].street) {
      Sums community_sums;
      Json list = Json::array();
      const std::string& community = grids[at].community;
      for (; at < grids.size() && grids[at].street == grids[first].street && grids[at].community == community;
           ++at) {
        list.push_back(grid_json(grids[at]));
        community_sums.take(grids[at]);
        street_sums.take(grids[at]);
        all.take(grids[at]);
      }
      Json shown{{"name", community}, {"grids", list}};
      community_sums.write(shown);
      communities.push_back(std::move(shown));
    }
    Json shown{{"code", grids[first].code.substr(0, 9)},
               {"name", grids[first].street},
               {"communities", communities}};
    street_sums.write(shown);
    streets.push_back(std::move(shown));
    first = at;
  }
  Json document{{"as_of", format_instant(now)}, {"streets", streets}};
  all.write(document);
  return document;
}

Json missing_json(const std::vector<MissingItem>& missing) {
  Json list = Json::array();
  for (const MissingItem& item : missing) {
    list.push_back({{"id", to_string(item.id)},
                    {"household", item.is_household},
                    {"name_masked", item.name},
                    {"door", item.door},
                    {"duty", item.duty}});
  }
  return list;
}

Json devices_json(const std::vector<DeviceFacts>& devices, const Actor& actor) {
  Json list = Json::array();
  const bool all = actor.has_any({"sysadmin", "secadmin"});
  for (const DeviceFacts& device : devices) {
    const auto is_mine = [&](const std::string& code) { return !actor.roles_over(code).empty(); };
    const bool mine = all || std::any_of(device.grid_codes.begin(), device.grid_codes.end(), is_mine) ||
                      std::any_of(device.left_grids.begin(), device.left_grids.end(),
                                  [&](const auto& grid) { return is_mine(grid.code); });
    if (!mine) continue;
    Json left = Json::array();
    for (const DeviceFacts::LeftGrid& grid : device.left_grids)
      left.push_back({{"code", grid.code}, {"name", grid.name}, {"purged_at", json_time(grid.purged_at)}});
    list.push_back({{"id", to_string(device.id)},
                    {"label", device.label},
                    {"worker", device.worker},
                    {"state", device.state},
                    {"last_contact_at", json_time(device.last_contact_at)},
                    {"unsent", device.unsent},
                    {"incidents", device.incidents},
                    {"left_grids", left},
                    {"oldest_unsent_at", json_time(device.oldest_unsent_at)},
                    {"version", json_text(device.version)},
                    {"clock_offset_ms", device.clock_offset_ms ? Json(*device.clock_offset_ms) : Json()}});
  }
  return list;
}

}  // namespace doudi::district
