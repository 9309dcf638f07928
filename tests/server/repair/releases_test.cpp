// Stores as released programs left them (tests/fixtures/releases): today's programs open, update, verify and
// sync them, and the copy that was taken before the update goes back.
#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <sstream>

#include "field_client/client/parts.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/sql/sqlcipher.hpp"
#include "sync_server/service/verify_store.hpp"
#include "tests/server/repair/field_tablet.hpp"

namespace doudi::test {
namespace {

using Path = std::filesystem::path;

std::string content_of(const Path& file) {
  const std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  REQUIRE(stream.good());
  return text.str();
}

std::vector<Path> releases() {
  std::vector<Path> found;
  for (const auto& entry : std::filesystem::directory_iterator(DOUDI_RELEASES))
    if (entry.is_directory()) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

Secret key_of(const Path& release) {
  const std::string text = content_of(release / "tablet.key");
  return Secret(*from_hex(std::string_view(text).substr(0, 64)));
}

void encrypt(const Path& text, const Path& file, const Secret& key) {
  auto made = sql::open_sqlcipher({.file = file, .create = true}, key);
  REQUIRE(made.ok());
  const std::string script = "PRAGMA foreign_keys=OFF; BEGIN;" + content_of(text) + "COMMIT;";
  const Status loaded = (*made)->script(script);
  INFO((loaded.ok() ? std::string() : loaded.error().message));
  REQUIRE(loaded.ok());
  REQUIRE(sql::checkpoint(**made).ok());
}

Secret office_key() {
  return Secret(Bytes(32, 5));
}

// The stores of a release, encrypted as they lie on the machines.
struct Release {
  explicit Release(const Path& release) : tablet_key(key_of(release)) {
    std::ofstream(district() / "district.key", std::ios::binary) << std::string(32, '\5');
    encrypt(release / "district.sql", district() / "district.db", office_key());
    for (const char* name : {"ca.pem", "district.generation"})
      std::filesystem::copy_file(release / name, district() / name);
    encrypt(release / "tablet.sql", tablet() / "field.db", tablet_key);
    std::filesystem::copy_file(release / "field.seal", tablet() / "field.seal");
  }
  [[nodiscard]] Path district() const { return district_.path(); }
  [[nodiscard]] Path tablet() const { return tablet_.path(); }
  Secret tablet_key;

 private:
  TempDirectory district_{"release-district"};
  TempDirectory tablet_{"release-tablet"};
};

std::int64_t level_of(sql::Connection& connection) {
  const auto level = connection.integer("SELECT max(number) FROM schema_migration");
  REQUIRE(level.ok());
  return *level;
}

std::int64_t level_of(const Path& file, const Secret& key) {
  auto opened = sql::open_sqlcipher({.file = file}, key);
  REQUIRE(opened.ok());
  return level_of(**opened);
}

void require_clean(DistrictFixture& fixture) {
  const auto report = district::verify_store(fixture.district());
  REQUIRE(report.ok());
  INFO((report->faults.empty() ? std::string() : report->faults.front()));
  CHECK(report->faults.empty());
}

void require_whole(field::Store& store) {
  const auto chain = store.groups().verify_chain();
  REQUIRE(chain.ok());
  CHECK(chain->empty());
  const auto digests = field::verify_digests(store);
  REQUIRE(digests.ok());
  CHECK(digests->empty());
}

}  // namespace

TEST_CASE("the stores of every release open with today's programs and go on as if nothing had happened") {
  REQUIRE_FALSE(releases().empty());
  for (const Path& folder : releases()) {
    INFO(folder.filename().string());
    const Release release(folder);
    DistrictFixture fixture(release.district());
    require_clean(fixture);
    const std::int64_t visits = fixture.count("SELECT count(*) FROM visit");
    const std::int64_t people = fixture.count("SELECT count(*) FROM person WHERE name='张桂兰'");
    CHECK(visits >= 1);
    CHECK(people == 1);
    FieldTablet tablet(fixture, release.tablet(), Secret(ByteView(release.tablet_key.view())));
    require_whole(tablet.store());
    const auto unsent = tablet.store().groups().unsent();
    REQUIRE(unsent.ok());
    REQUIRE(unsent->groups > 0);
    *tablet.wall = fixture.district().now();
    const Status synced = tablet.sync();
    INFO((synced.ok() ? std::string() : synced.error().code + " " + synced.error().message));
    REQUIRE(synced.ok());
    CHECK(fixture.count("SELECT count(*) FROM visit") == visits + 1);
    CHECK(fixture.count("SELECT count(*) FROM quarantine") == 0);
    CHECK(tablet.store().groups().unsent()->groups == 0);
    CHECK(tablet.count("SELECT count(*) FROM incident WHERE kind='range_repair'") == 0);
    require_whole(tablet.store());
    require_clean(fixture);
    // A tablet of today beside it gets the same rows.
    FieldTablet today(fixture);
    REQUIRE(today.sync().ok());
    CHECK(today.count("SELECT count(*) FROM visit") == visits + 1);
    require_whole(today.store());
  }
}

TEST_CASE("a store goes back to the release before by the copy that the update took") {
  for (const Path& folder : releases()) {
    INFO(folder.filename().string());
    const Release release(folder);
    const Secret office = office_key();
    const auto before = level_of(release.district() / "district.db", office);
    const auto tablet_before = level_of(release.tablet() / "field.db", release.tablet_key);
    const auto now = static_cast<std::int64_t>(district::shipped_schema().migrations.size());
    {
      DistrictFixture fixture(release.district());
      const auto copy = fixture.folder() / "data" / district::kCopyBeforeUpdate;
      CHECK(std::filesystem::exists(copy) == (before < now));
      if (before < now) CHECK(level_of(copy, office) == before);
      CHECK(fixture.count("SELECT max(number) FROM schema_migration") == now);
    }
    field::StoreOptions options{release.tablet(), field::DeviceClock::system()};
    { REQUIRE(field::Store::open(options, release.tablet_key).ok()); }
    const auto tablet_now = static_cast<std::int64_t>(field::shipped_schema().migrations.size());
    const auto copy = release.tablet() / field::kCopyBeforeUpdate;
    REQUIRE(std::filesystem::exists(copy) == (tablet_before < tablet_now));
    if (tablet_before == tablet_now) continue;
    for (const char* suffix : {"-wal", "-shm"})
      std::filesystem::remove(release.tablet() / ("field.db" + std::string(suffix)));
    std::filesystem::rename(copy, release.tablet() / "field.db");
    CHECK(level_of(release.tablet() / "field.db", release.tablet_key) == tablet_before);
    // The seal knows every save: the copy is the store of that moment, with nothing missing.
    const field::Schema then{field::shipped_schema().catalog, field::shipped_schema().migrations.first(
                                                                  static_cast<std::size_t>(tablet_before))};
    auto copied = sql::open_sqlcipher({.file = release.tablet() / "field.db"}, release.tablet_key);
    REQUIRE(copied.ok());
    CHECK(*sql::migrate(**copied, then.migrations) == tablet_before);
    copied->reset();
    const auto again = field::Store::open(options, release.tablet_key);
    REQUIRE(again.ok());
    require_whole(**again);
  }
}

}  // namespace doudi::test
