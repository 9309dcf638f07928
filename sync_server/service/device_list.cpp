// The registry is told after the commit: from then on the device is refused.
#include "sync_server/service/device_list.hpp"

#include "sync_server/service/log.hpp"
#include "sync_server/store/event_log.hpp"
#include "sync_server/store/revocations.hpp"

namespace doudi::district {
namespace {

std::optional<Instant> instant(const sql::Row& row, int column) {
  const auto ms = row.optional_integer(column);
  return ms ? std::optional(Instant{*ms}) : std::nullopt;
}

Status add_left_grids(sql::Connection& connection, DeviceFacts& device) {
  return connection.query(
      "SELECT g.code, g.name, s.purged_at FROM device d JOIN device_scope s ON s.device=d.number JOIN grid g "
      "ON "
      "lower(hex(g.id))=replace(s.scope, '-', '') WHERE d.id=$1 AND s.left_at IS NOT NULL ORDER BY g.code",
      sql::params(device.id), [&device](const sql::Row& row) {
        device.left_grids.push_back({std::string(row.text(0)), std::string(row.text(1)), instant(row, 2)});
        return true;
      });
}

}  // namespace

Result<std::vector<DeviceFacts>> list_devices(sql::Connection& connection) {
  std::vector<DeviceFacts> devices;
  std::vector<Uuid> accounts;
  DOUDI_TRY(connection.query(
      "SELECT d.id, d.label, a.name, a.login, d.state, d.unsent, d.last_contact_at, d.oldest_unsent_at, "
      "d.program_version, "
      "d.clock_offset_ms, d.account, (SELECT count(*) FROM sync_incident i WHERE i.device=d.number AND "
      "i.closed_at IS NULL) FROM device d JOIN account a ON a.id=d.account ORDER BY d.number",
      [&](const sql::Row& row) {
        devices.push_back({row.uuid(0),
                           std::string(row.text(1)),
                           std::string(row.text(2)),
                           std::string(row.text(3)),
                           std::string(row.text(4)),
                           row.integer(5),
                           instant(row, 6),
                           instant(row, 7),
                           row.optional_text(8),
                           row.optional_integer(9),
                           {},
                           row.integer(11),
                           {}});
        accounts.push_back(row.uuid(10));
        return true;
      }));
  for (std::size_t index = 0; index < devices.size(); ++index) {
    DOUDI_TRY(
        connection.query("SELECT g.code FROM grid_duty d JOIN grid g ON g.id=d.grid WHERE d.account=$1 AND "
                         "d.to_version IS NULL ORDER BY g.code",
                         sql::params(accounts[index]), [&](const sql::Row& row) {
                           devices[index].grid_codes.emplace_back(row.text(0));
                           return true;
                         }));
    DOUDI_TRY(add_left_grids(connection, devices[index]));
  }
  return devices;
}

Status revoke_device(District& district, const Uuid& device, const std::optional<Uuid>& by) {
  const Status stored = district.writer().run([&](sql::Connection& connection) -> Status {
    const auto changed = connection.run("UPDATE device SET state='revoked' WHERE id=$1", sql::params(device));
    if (!changed.ok()) return changed.error();
    if (*changed == 0) return Error{"not_found", "There is no such device."};
    DOUDI_TRY(keep_revocation(district.store(), Shut::device, device));
    return append_audit(connection,
                        {district.now(), by, std::nullopt, "device.revoke", "device", device, ""});
  });
  DOUDI_TRY(stored);
  district.devices().revoke(device);
  log(LogLevel::info, "device_revoked", {{"device", to_string(device)}});
  return {};
}

}  // namespace doudi::district
