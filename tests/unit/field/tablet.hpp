// An enrolled tablet without a district: real keys, a real encrypted store, a few invented households.
#pragma once

#include <memory>

#include "field_client/include/doudi/field.hpp"
#include "field_client/keys/key_manager.hpp"
#include "field_client/store/store.hpp"
#include "tests/support/temp_directory.hpp"

namespace doudi::test {

inline constexpr const char* kPin = "246810";
inline constexpr crypto::ScryptCost kCheapCost{16, 8, 1};

// A clock that a test moves.
struct TestClock {
  std::shared_ptr<Instant> wall = std::make_shared<Instant>(*parse_instant("2026-11-18T09:00:00+08:00"));
  std::shared_ptr<std::int64_t> monotonic = std::make_shared<std::int64_t>(1'000'000);
  std::string boot = "boot-1";
  [[nodiscard]] field::DeviceClock device() const;
  void advance(std::int64_t ms) const;
};

Uuid id_number(int number);  // a fixed id
sync::RowState grid_row();
sync::RowState household_row(int number);
sync::RowState person_row(int number, int household, const std::string& name);

// What a first pull brings: the grid, some households with one person each, the identity.
Status fill_store(field::Store& store, int households);

struct Tablet {
  explicit Tablet(int households = 3);
  Tablet(const std::filesystem::path& existing, TestClock existing_clock);
  std::unique_ptr<field::Field> open() const;      // locked
  std::unique_ptr<field::Field> unlocked() const;  // REQUIREs success
  std::unique_ptr<field::Store> store() const;     // REQUIREs success; no Field may be open
  [[nodiscard]] field::StoreOptions store_options() const;
  [[nodiscard]] Secret data_key() const;

  TempDirectory home{"field"};
  std::filesystem::path folder = home.path() / "tablet";
  TestClock clock;
};

std::filesystem::path share_folder();
field::NewVisit quick_visit(int household);

}  // namespace doudi::test
