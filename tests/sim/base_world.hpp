// The state every run starts from, made once per process by the products' own steps: a district with three
// grids, and tablets enrolled with its codes. A run works on copies of their disks.
#pragma once

#include <memory>
#include <vector>

#include "field_client/client/enrolment.hpp"
#include "field_client/net/device_client.hpp"
#include "field_client/work/share_data.hpp"
#include "shared/base/ids.hpp"
#include "sync_server/auth/access.hpp"
#include "tests/sim/storage/sim_storage.hpp"
#include "tests/support/versions.hpp"

namespace doudi::sim {

inline constexpr std::int64_t kStartMs = 1'793'671'200'000;  // 2026-11-02T10:00:00+08:00
inline constexpr int kTabletsMax = 12;
inline const std::filesystem::path kDistrictFolder = "/district";
inline const std::filesystem::path kTabletFolder = "/tablet";
inline constexpr std::string_view kFirstPin = "246810";

class SimServer;

// What the district gave to a tablet that asked with a code.
struct NewIdentity {
  field::EnrolmentAnswer answer;
  crypto::SigningKey key;
};

// A tablet as enrolment left it.
struct Enrolled {
  void take(const NewIdentity& made) {
    identity = {made.answer.device, to_bytes(made.key.private_key.view()), made.key.public_key};
    worker = made.answer.worker;
  }
  field::DeviceIdentity identity;
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
  // The one who sits at the console.
  [[nodiscard]] const district::Actor& officer() const { return officer_; }

 private:
  void add_officer(SimServer& server);

  DiskImage district_;
  std::unique_ptr<field::ShareData> share_;
  std::vector<Enrolled> tablets_;
  std::vector<Uuid> grids_;
  district::Actor officer_;
};

// A tablet is enrolled by the products' own steps: over a line that does not fail, with the worker at the
// office.
Result<NewIdentity> ask_for_identity(SimServer& server, const std::string& login);
Result<Enrolled> enrol_tablet(SimServer& server, const std::string& login);

// This program, or one of a later release.
const test::Version& version_ahead(int versions);

// Stops the program with a sentence: a simulation whose world cannot be made proves nothing.
void must(const Status& status);
template <class T>
T must(Result<T> result) {
  if (!result.ok()) must(Status(result.error()));
  return std::move(*result);
}

}  // namespace doudi::sim
