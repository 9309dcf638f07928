// The state every run starts from, made once per process by the products' own steps: a district with three
// grids, and tablets enrolled with its codes. A run works on copies of their disks.
#pragma once

#include <memory>
#include <vector>

#include "field_client/net/device_client.hpp"
#include "field_client/work/share_data.hpp"
#include "shared/base/ids.hpp"
#include "tests/sim/storage/sim_storage.hpp"

namespace doudi::sim {

inline constexpr std::int64_t kStartMs = 1'793'671'200'000;  // 2026-11-02T10:00:00+08:00
inline constexpr int kTabletsMax = 6;
inline const std::filesystem::path kDistrictFolder = "/district";
inline const std::filesystem::path kTabletFolder = "/tablet";

class SimServer;

// A tablet as enrolment left it.
struct Enrolled {
  field::DeviceIdentity identity;
  Bytes data_key;
  Uuid worker;
  std::string login;
  DiskImage disk;
};

class BaseWorld {
 public:
  BaseWorld();
  [[nodiscard]] const DiskImage& district() const { return district_; }
  [[nodiscard]] const std::vector<Enrolled>& tablets() const { return tablets_; }
  [[nodiscard]] const std::vector<Uuid>& grids() const { return grids_; }  // the first is w1's
  [[nodiscard]] const field::ShareData& share() const { return *share_; }

 private:
  void enrol_tablets(SimServer& server);

  DiskImage district_;
  std::unique_ptr<field::ShareData> share_;
  std::vector<Enrolled> tablets_;
  std::vector<Uuid> grids_;
};

// Stops the program with a sentence: a simulation whose world cannot be made proves nothing.
void must(const Status& status);
template <class T>
T must(Result<T> result) {
  if (!result.ok()) must(Status(result.error()));
  return std::move(*result);
}

}  // namespace doudi::sim
