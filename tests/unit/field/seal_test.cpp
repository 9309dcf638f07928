// The seal file: what was acknowledged is there, or somebody is told.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "tests/unit/field/tablet.hpp"

namespace doudi::test {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kLogHeaderBytes = 32;

// A copy of the folder as a power cut would leave it: the log is not yet in the file.
fs::path crashed_copy(const Tablet& tablet, int visits, const std::string& name) {
  auto field = tablet.unlocked();
  for (int i = 1; i <= visits; ++i) REQUIRE(field->save_visit(quick_visit(i)).ok());
  const fs::path copy = tablet.home / name;
  fs::copy(tablet.folder, copy, fs::copy_options::recursive);
  fs::remove(copy / "field.db-shm");
  return copy;
}

void flip_bit(const fs::path& file, std::size_t at) {
  std::string content = read_file(file);
  content[at] = static_cast<char>(content[at] ^ 0x10);
  write_file(file, content);
}

Result<std::unique_ptr<field::Field>> unlock(const fs::path& folder, const Tablet& like,
                                             bool accept_loss = false) {
  auto field = field::Field::open({folder, share_folder(), like.clock.device()});
  REQUIRE(field.ok());
  if (const Status status = (*field)->unlock(kPin, accept_loss); !status.ok()) return status.error();
  return field;
}

}  // namespace

TEST_CASE("a copy taken before the log was emptied opens with every visit") {
  const Tablet tablet;
  const auto copy = crashed_copy(tablet, 3, "copy");
  REQUIRE(fs::file_size(copy / "field.db-wal") > 0);
  auto field = unlock(copy, tablet);
  REQUIRE(field.ok());
  CHECK((*field)->chip().unsent == 3);
}

TEST_CASE("one flipped bit in the log is data loss, told with numbers, and the files are kept aside") {
  const Tablet tablet;
  const auto copy = crashed_copy(tablet, 3, "copy");
  flip_bit(copy / "field.db-wal", kLogHeaderBytes + 24 + 100);
  const auto field = unlock(copy, tablet);
  REQUIRE_FALSE(field.ok());
  CHECK(field.error().code == "store.data_loss");
  CHECK(field.error().message.find("expected 3") != std::string::npos);
  bool aside = false;
  for (const auto& entry : fs::directory_iterator(copy)) {
    if (!entry.path().filename().string().starts_with("damaged-")) continue;
    aside = fs::exists(entry.path() / "field.db") && fs::exists(entry.path() / "field.seal");
  }
  CHECK(aside);
  SECTION("it stays refused until somebody accepts it, and then an incident is kept") {
    CHECK_FALSE(unlock(copy, tablet).ok());
    REQUIRE(unlock(copy, tablet, true).ok());
    REQUIRE(unlock(copy, tablet).ok());
  }
}

TEST_CASE("a bit flipped in any frame never loses a visit silently") {
  const Tablet tablet;
  const auto original = crashed_copy(tablet, 2, "original");
  const auto bytes = fs::file_size(original / "field.db-wal");
  constexpr std::size_t kFrameBytes = 24 + 4096;
  for (std::size_t frame = 0; kLogHeaderBytes + frame * kFrameBytes < bytes; ++frame) {
    const fs::path copy = tablet.home / ("frame-" + std::to_string(frame));
    fs::copy(original, copy, fs::copy_options::recursive);
    flip_bit(copy / "field.db-wal", kLogHeaderBytes + frame * kFrameBytes + 24 + 777);
    const auto field = unlock(copy, tablet);
    const bool whole = field.ok() && (*field)->chip().unsent == 2;
    CHECK((whole || (!field.ok() && field.error().code == "store.data_loss")));
    fs::remove_all(copy);
  }
}

TEST_CASE("a crash between commit and seal is repaired") {
  const Tablet tablet;
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
    fs::copy_file(tablet.folder / "field.seal", tablet.home / "old.seal");
    REQUIRE(field->save_visit(quick_visit(2)).ok());
  }
  fs::copy_file(tablet.home / "old.seal", tablet.folder / "field.seal", fs::copy_options::overwrite_existing);
  {
    auto field = tablet.unlocked();
    CHECK(field->chip().unsent == 2);
  }
  const field::SealFile seal(files::system_files(), tablet.folder / "field.seal", tablet.data_key());
  CHECK(seal.read()->value().number == 2);
}

TEST_CASE("yesterday's store under today's seal is data loss") {
  const Tablet tablet;
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
    REQUIRE(field->lock().ok());
    fs::copy_file(tablet.folder / "field.db", tablet.home / "yesterday.db");
    REQUIRE(field->unlock(kPin).ok());
    REQUIRE(field->save_visit(quick_visit(2)).ok());
    REQUIRE(field->lock().ok());
  }
  fs::copy_file(tablet.home / "yesterday.db", tablet.folder / "field.db",
                fs::copy_options::overwrite_existing);
  fs::remove(tablet.folder / "field.db-wal");
  CHECK(unlock(tablet.folder, tablet).error().code == "store.data_loss");
}

TEST_CASE("a forged seal is not believed") {
  const Tablet tablet;
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
  }
  for (const std::size_t at : {10U, 512U + 10U}) flip_bit(tablet.folder / "field.seal", at);
  CHECK(unlock(tablet.folder, tablet).error().code == "store.data_loss");
}

TEST_CASE("a torn seal leaves the seal before it, and the next open mends it") {
  const Tablet tablet;
  {
    auto field = tablet.unlocked();
    for (int i = 1; i <= 3; ++i) REQUIRE(field->save_visit(quick_visit(i)).ok());
  }
  flip_bit(tablet.folder / "field.seal", 512U + 20U);  // the slot of save 3
  CHECK(tablet.unlocked()->chip().unsent == 3);
  const field::SealFile seal(files::system_files(), tablet.folder / "field.seal", tablet.data_key());
  CHECK(seal.read()->value().number == 3);
}

TEST_CASE("what a worker wrote is in no file in clear") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  auto visit = quick_visit(1);
  visit.note = "MARKER-51c7 家里断粮";
  REQUIRE(field->save_visit(visit).ok());
  REQUIRE(field->save_draft(id_number(1002), "MARKER-51c7 draft").ok());
  CHECK_FALSE(any_file_contains(tablet.folder, "MARKER-51c7"));
  CHECK_FALSE(any_file_contains(tablet.folder, "990101194503120047"));
  CHECK_FALSE(any_file_contains(tablet.folder, "张桂"));
  REQUIRE(field->lock().ok());
  CHECK_FALSE(any_file_contains(tablet.folder, "MARKER-51c7"));
}

}  // namespace doudi::test
