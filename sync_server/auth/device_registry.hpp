// The devices of the district in memory: every request of a tablet is checked here without touching the disk,
// and a revocation counts from the next request on.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

#include "shared/base/ids.hpp"
#include "shared/sql/connection.hpp"

namespace doudi::district {

struct Device {
  std::int64_t number = 0;
  Uuid id;
  Uuid account;
  std::string worker_name;
  std::string label;
  Bytes public_key;
  bool revoked = false;
};

class DeviceRegistry {
 public:
  Status load(sql::Connection& connection);
  [[nodiscard]] std::shared_ptr<const Device> find(const Uuid& id) const;
  void put(Device device);
  void revoke(const Uuid& id);
  [[nodiscard]] std::size_t size() const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<Uuid, std::shared_ptr<const Device>> devices_;
};

}  // namespace doudi::district
