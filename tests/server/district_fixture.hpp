// A small district for one test: two grids with a worker each, one household, a reviewer, a running TLS
// server.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "shared/base/ids.hpp"
#include "sync_server/app/serve.hpp"
#include "sync_server/service/district.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/temp_directory.hpp"

namespace doudi::test {

inline constexpr std::string_view kPassword = "a-good-password";
inline constexpr std::string_view kFirstGrid = "120110001001001";
inline constexpr std::string_view kSecondGrid = "120110002001001";

class DistrictFixture {
 public:
  // The store lies on `disk`; the folder for everything else is real.
  explicit DistrictFixture(files::FileSystem& disk = files::system_files(),
                           const district::Schema& schema = district::shipped_schema());
  // Takes over the folder of a district that was made elsewhere: with its store, key, ca.pem and generation.
  explicit DistrictFixture(const std::filesystem::path& made_elsewhere);
  // The program ends and a version of it with this schema starts in the same folder.
  void update(const district::Schema& schema);

  district::District& district() { return *district_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  // A TLS connection that trusts only this district's authority.
  RawClient connect();
  [[nodiscard]] std::string new_code(const std::string& login = "w001001001");
  [[nodiscard]] Uuid id_of(std::string_view table, std::string_view column, std::string_view value);
  [[nodiscard]] std::int64_t count(const std::string& query);
  void add_account(const std::string& login, const std::string& role, const std::string& scope);
  void advance(std::chrono::milliseconds span) { *offset_ += span.count(); }
  district::RunningServer& server() { return *server_; }
  void stop() { server_->drain(); }
  // Runs a command line as an administrator would; the output is both streams.
  std::pair<int, std::string> command(const std::vector<std::string>& line);

 private:
  TempDirectory folder_{"district"};
  std::string authority_;
  std::shared_ptr<std::atomic<std::int64_t>> offset_ = std::make_shared<std::atomic<std::int64_t>>(0);
  void open(const district::Schema& schema);
  void start_server();
  files::FileSystem& disk_;
  std::unique_ptr<district::District> district_;
  std::unique_ptr<district::RunningServer> server_;
};

// A household of the sample roster, a person in it, its grid and a grid of somebody else.
struct Place {
  explicit Place(DistrictFixture& fixture);
  Uuid grid, other_grid, household, person;
};

// One request on a fresh connection.
RawAnswer ask(DistrictFixture& fixture, std::string_view method, std::string_view target,
              std::string_view body = {}, const std::vector<std::string>& headers = {});

// Signed in at the console.
struct Console {
  Console(DistrictFixture& fixture, const std::string& login);
  RawAnswer get(const std::string& target);
  RawAnswer post(const std::string& target, const std::string& body);
  DistrictFixture& fixture;
  std::string cookie;
  std::string csrf;
};

}  // namespace doudi::test
