// A district on a simulated device, with one grid, one household and one enrolled tablet: the real store,
// rules, writer and ingest, without sockets.
#pragma once

#include "sync_server/service/district.hpp"
#include "tests/sim/storage/sim_storage.hpp"

namespace doudi::test {

inline const std::filesystem::path kDistrictFolder = "/district";

// The tablet's side of the chain.
struct DistrictTablet {
  district::Device device;
  Uuid grid;
  Uuid household;
  std::uint64_t seq = 0;
  sync::Hash last{};
};

class SimDistrict {
 public:
  SimDistrict();
  // Another device of the same worker.
  DistrictTablet another_tablet();
  // The next visit of the tablet as one group.
  district::PreparedGroup next_visit();
  // Through the writer and Ingest: what a push does. The group may be tried again after an error.
  Status push(const district::PreparedGroup& group);
  // The process ends and starts again.
  void restart();
  district::District& operator*() { return *district_; }

  sim::SimStorage storage;
  DistrictTablet tablet;

 private:
  void open();
  void enrol_tablet();
  std::unique_ptr<district::District> district_;
};

sync::Operation insert_row(const char* table, const Uuid& id,
                           std::vector<std::pair<std::string, Value>> cells);
// Everything a visit must have.
std::vector<std::pair<std::string, Value>> visit_cells(const DistrictTablet& tablet);

// The groups of the tablet that a store holds with verdict, row and feed, as one gapless run from 1; an error
// when one is there in part.
Result<std::uint64_t> whole_groups(district::Store& store);

}  // namespace doudi::test
