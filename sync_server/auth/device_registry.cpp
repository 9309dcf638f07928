// Loaded at start, changed after the commit of an enrolment or a revocation.
#include "sync_server/auth/device_registry.hpp"

#include <mutex>

namespace doudi::district {

Status DeviceRegistry::load(sql::Connection& connection) {
  const std::unique_lock lock(mutex_);
  devices_.clear();
  return connection.query(
      "SELECT d.number, d.id, d.account, a.name, d.label, d.public_key, d.state FROM device d JOIN account a "
      "ON a.id=d.account",
      [this](const sql::Row& row) {
        auto device = std::make_shared<Device>();
        device->number = row.integer(0);
        device->id = row.uuid(1);
        device->account = row.uuid(2);
        device->worker_name = row.text(3);
        device->label = row.text(4);
        device->public_key = to_bytes(row.blob(5));
        device->revoked = row.text(6) != "active";
        devices_[device->id] = std::move(device);
        return true;
      });
}

std::shared_ptr<const Device> DeviceRegistry::find(const Uuid& id) const {
  const std::shared_lock lock(mutex_);
  const auto found = devices_.find(id);
  return found == devices_.end() ? nullptr : found->second;
}

void DeviceRegistry::put(Device device) {
  const std::unique_lock lock(mutex_);
  const Uuid id = device.id;
  devices_[id] = std::make_shared<const Device>(std::move(device));
}

void DeviceRegistry::revoke(const Uuid& id) {
  const std::unique_lock lock(mutex_);
  const auto found = devices_.find(id);
  if (found == devices_.end()) return;
  Device copy = *found->second;
  copy.revoked = true;
  found->second = std::make_shared<const Device>(std::move(copy));
}

std::size_t DeviceRegistry::size() const {
  const std::shared_lock lock(mutex_);
  return devices_.size();
}

}  // namespace doudi::district
