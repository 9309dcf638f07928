// A tablet with its real encrypted store and its real rounds of sync, speaking to the district of the
// fixture over signed requests. It counts what it sends and gets.
#pragma once

#include <map>
#include <memory>

#include "field_client/rescue/rescue.hpp"
#include "field_client/sync/round.hpp"
#include "tests/server/tablet.hpp"

namespace doudi::test {

class FieldTablet {
 public:
  explicit FieldTablet(DistrictFixture& fixture, const std::string& login = "w001001001",
                       const field::Schema& schema = field::shipped_schema());

  // A store that was made elsewhere, under its own key; it says which device of the district it is.
  FieldTablet(DistrictFixture& fixture, const std::filesystem::path& made_elsewhere, Secret key);

  // One session from the greeting to the long poll. The error it ended with otherwise.
  Status sync();
  // Opens the store again, as after a restart of the program.
  void reopen() { update(*schema_); }
  // A version of the program with this schema takes over.
  void update(const field::Schema& schema);
  // Runs a statement behind the program: nothing is captured.
  void tamper(std::string_view statement, const std::vector<Value>& parameters = {});
  // Closes the store, flips a bit of its file, rescues what is left and opens that.
  field::RescueFacts damage_and_rescue(std::size_t byte);
  [[nodiscard]] std::size_t store_pages(std::size_t page_bytes) const;
  [[nodiscard]] std::int64_t count(const std::string& query);
  // Of the newest session: bytes of frames up and down, and how many calls, by the last word of the target.
  struct Traffic {
    std::size_t up = 0;
    std::size_t down = 0;
    std::size_t calls = 0;
  };
  [[nodiscard]] std::map<std::string, Traffic> traffic() const { return traffic_; }
  [[nodiscard]] field::Store& store() { return *store_; }
  // Called before an answer reaches the tablet; may cut it.
  std::function<Result<Bytes>(std::string_view target, Bytes answer)> on_answer;

  TempDirectory home_{"tablet"};
  Tablet wire;
  std::shared_ptr<Instant> wall = std::make_shared<Instant>(*parse_instant("2026-11-18T09:00:00+08:00"));

 private:
  Result<Bytes> call(const field::SyncCall& call);
  Secret key_;
  const field::Schema* schema_;
  std::unique_ptr<field::Store> store_;
  std::unique_ptr<field::SyncRound> round_;
  std::map<std::string, Traffic> traffic_;
};

// Households straight into the first grid, as an import would write them.
std::vector<Uuid> add_households(DistrictFixture& fixture, int count);

}  // namespace doudi::test
