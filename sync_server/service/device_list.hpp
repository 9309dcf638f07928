// Devices as an administrator sees them, and their revocation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync_server/service/district.hpp"

namespace doudi::district {

struct DeviceFacts {
  Uuid id;
  std::string label;
  std::string worker;
  std::string login;
  std::string state;
  std::int64_t unsent = 0;
  std::optional<Instant> last_contact_at;
  std::optional<Instant> oldest_unsent_at;
  std::optional<std::string> version;
  std::optional<std::int64_t> clock_offset_ms;
  std::vector<std::string> grid_codes;
  std::int64_t incidents = 0;  // repairs and lost histories nobody has closed
  // Handed over: until `purged_at` the tablet may still hold people of the grid.
  struct LeftGrid {
    std::string code;
    std::string name;
    std::optional<Instant> purged_at;
  };
  std::vector<LeftGrid> left_grids;
};
Result<std::vector<DeviceFacts>> list_devices(sql::Connection& connection);
// Effective from the device's next request. "not_found".
Status revoke_device(District& district, const Uuid& device, const std::optional<Uuid>& by);

}  // namespace doudi::district
