// Photos go last, survive every cut and every death of either program, and show no more than the picture.
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "shared/media/media.hpp"
#include "tests/e2e/district.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/media_samples.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargePhoto = 3'000'000;

std::vector<std::string> due_households(const Tablet& tablet) {
  std::vector<std::string> households;
  const auto due = Json::parse(tablet.field({"due"}).out);
  for (const auto& row : due.at("due")) {
    const auto household = row.at("household").get<std::string>();
    if (households.empty() || households.back() != household) households.push_back(household);
  }
  return households;
}

std::string write_photo(const std::filesystem::path& folder, const std::string& name, const Bytes& photo) {
  const auto file = folder / name;
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(photo.data()), static_cast<std::streamsize>(photo.size()));
  return file.string();
}

Json pictures(const Console& console, const std::string& household) {
  return Json::parse(console.get("/v1/households/" + household + "/attachments")).at("attachments");
}

std::string address_of(const FaultProxy& relay) {
  return "https://127.0.0.1:" + std::to_string(relay.port());
}

bool any_file_holds(const std::filesystem::path& folder, std::string_view text) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

// One tablet behind a relay, with a household to visit and a large photo of it.
struct Door {
  District district;
  std::unique_ptr<FaultProxy> relay;
  std::unique_ptr<Tablet> tablet;
  std::string household;
  Bytes taken = jpeg_with_place(kLargePhoto);
  Bytes kept = media::without_metadata(taken).value();

  Door() {
    district.serve();
    relay = std::make_unique<FaultProxy>(static_cast<std::uint16_t>(district.port()));
    tablet = std::make_unique<Tablet>(district, "tablet");
    tablet->enroll(district.workers().at(0), address_of(*relay));
    household = due_households(*tablet).at(0);
  }
  void visit_with_photo() const {
    const auto file = write_photo(district.root(), "taken.jpg", taken);
    const Finished visit =
        tablet->field({"visit", "--household", household, "--met", "self", "--photo", file});
    INFO(visit.out << visit.err);
    REQUIRE(visit.exit_code == 0);
  }
  // The district shows exactly the picture that was taken.
  void check_arrived() const {
    const Console console = district.reviewer();
    const Json listed = pictures(console, household);
    REQUIRE(listed.size() == 1);
    REQUIRE(listed[0].at("state") == "stored");
    const std::string shown =
        console.get("/v1/attachments/" + listed[0].at("id").get<std::string>() + "/content");
    CHECK(shown.size() == kept.size());
    CHECK((shown == as_text(kept)));
  }
};

}  // namespace

TEST_CASE("a 3 MB photo completes over a link cut every 200 KB") {
  Door door;
  door.visit_with_photo();
  FaultPlan cuts;
  cuts.cut_every = 200'000;
  door.relay->set_plan(cuts);
  const auto before = door.relay->bytes_up() + door.relay->bytes_down();
  const Finished synced = door.tablet->field({"sync", "--timeout", "300"});
  INFO(synced.out << synced.err);
  REQUIRE(synced.exit_code == 0);
  const auto bytes = door.relay->bytes_up() + door.relay->bytes_down() - before;
  const auto percent_more = (bytes - door.kept.size()) * 100 / door.kept.size();
  std::cout << "photo of " << door.kept.size() << " bytes, link cut every 200 KB: " << bytes
            << " bytes both ways over " << door.relay->connections() << " connections, " << percent_more
            << " % more\n";
  CHECK(door.relay->faults() >= 15);
  CHECK(percent_more <= 10);
  door.relay->set_plan({});
  door.check_arrived();

  SECTION("no file of either program shows the place or a part of the picture") {
    door.district.stop_server();
    const std::string part(as_text(ByteView(door.kept).subspan(1'000'000, 32)));
    for (const auto& folder : {door.tablet->directory(), door.district.store()}) {
      CHECK_FALSE(any_file_holds(folder, kPlaceMarker));
      CHECK_FALSE(any_file_holds(folder, part));
    }
    CHECK(door.district.server({"verify"}).exit_code == 0);
  }
}

TEST_CASE("a 3 MB photo over a whole link costs hardly more than its bytes") {
  Door door;
  door.visit_with_photo();
  const auto before = door.relay->bytes_up() + door.relay->bytes_down();
  const auto start = std::chrono::steady_clock::now();
  door.tablet->sync();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  const auto bytes = door.relay->bytes_up() + door.relay->bytes_down() - before;
  const auto percent_more = (bytes - door.kept.size()) * 100 / door.kept.size();
  std::cout << "photo of " << door.kept.size() << " bytes, whole link: " << bytes << " bytes both ways, "
            << percent_more << " % more, " << static_cast<double>(door.kept.size()) / 1e6 / taken.count()
            << " MB/s with the start of the program\n";
  CHECK(percent_more <= 4);
  door.check_arrived();
}

TEST_CASE("either program killed at every piece of a photo sends at most one piece again") {
  Door door;
  door.visit_with_photo();
  constexpr int kKills = 12;
  const std::uint64_t start = door.relay->bytes_up();
  for (int kill = 0; kill < kKills; ++kill) {
    const std::uint64_t wanted = door.relay->bytes_up() + media::kChunkBytes / 2;
    Process sync = door.tablet->start({"sync", "--timeout", "60"});
    // The moment of death is a number of bytes on the wire.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < deadline && door.relay->bytes_up() < wanted)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (kill % 3 == 2) {
      door.district.kill_server();
      door.district.serve();
    }
    sync.signal(SIGKILL);
    sync.finish(std::chrono::seconds(10));
  }
  door.tablet->sync();
  const std::uint64_t sent = door.relay->bytes_up() - start;
  std::cout << "photo of " << door.kept.size() << " bytes, " << kKills << " kills: " << sent << " bytes up\n";
  constexpr std::uint64_t kTalkPerStart = 24'000;  // handshakes, greeting, heads of the pieces
  CHECK(sent <= door.kept.size() * 102 / 100 + (kKills + 1) * (media::kChunkBytes + kTalkPerStart));
  door.check_arrived();
  CHECK(door.tablet->field({"verify"}).exit_code == 0);
}

// The link carries so many bytes more and is gone.
void sync_until_link_dies(const Door& door, std::uint64_t bytes) {
  FaultPlan plan;
  plan.cut_every = bytes;
  plan.dies = true;
  door.relay->set_plan(plan);
  CHECK(door.tablet->field({"sync", "--timeout", "6"}).exit_code != 0);
}

std::size_t count_state(const Console& console, const std::vector<std::string>& households,
                        const std::string& state) {
  std::size_t found = 0;
  for (const auto& household : households)
    for (const auto& picture : pictures(console, household)) found += picture.at("state") == state ? 1U : 0U;
  return found;
}

TEST_CASE("of an emergency and 100 photos the lead arrives within 4 KB, then the texts, the photos last") {
  const Door door;
  auto households = due_households(*door.tablet);
  REQUIRE(households.size() >= 11);
  households.resize(11);
  std::vector<std::string> photo_words;
  for (int i = 0; i < 10; ++i) {
    const auto file = write_photo(door.district.root(), "p" + std::to_string(i) + ".jpg",
                                  jpeg_with_place(30'000, static_cast<std::uint32_t>(i + 2)));
    photo_words.insert(photo_words.end(), {"--photo", file});
  }
  for (std::size_t home = 0; home < 10; ++home) {
    std::vector<std::string> words{"visit", "--household", households[home], "--met", "self"};
    words.insert(words.end(), photo_words.begin(), photo_words.end());
    REQUIRE(door.tablet->field(words).exit_code == 0);
  }
  REQUIRE(door.tablet
              ->field({"lead", "--household", households[10], "--category", "急难·断粮", "--grade", "1",
                       "--description", "家中已经没有吃的"})
              .exit_code == 0);
  CHECK(Json::parse(door.tablet->status()).at("chip").at("attachments_waiting") == 100);
  const Console console = door.district.reviewer();

  sync_until_link_dies(door, 4096);
  CHECK(Json::parse(console.get("/v1/duty")).at("items").size() == 1);
  CHECK(count_state(console, households, "pending") + count_state(console, households, "stored") == 0);

  sync_until_link_dies(door, 150'000);
  const std::size_t pending = count_state(console, households, "pending");
  CHECK(pending >= 90);
  CHECK(pending + count_state(console, households, "stored") == 100);

  door.relay->set_plan({});
  door.tablet->sync();
  CHECK(count_state(console, households, "stored") == 100);
  CHECK(Json::parse(door.tablet->status()).at("chip").at("attachments_waiting") == 0);
  CHECK(Json::parse(door.tablet->status()).at("chip").at("state") == "synced");
}

TEST_CASE("a tablet that is nearly full refuses photos and keeps taking texts") {
  Door door;
  const auto file = write_photo(door.district.root(), "one.jpg", jpeg_with_place(30'000));
  const std::string all = std::to_string(std::int64_t{1} << 60);
  const Finished refused = door.tablet->field(
      {"visit", "--household", door.household, "--met", "self", "--photo", file, "--photo-space-min", all});
  CHECK(refused.exit_code == 1);
  CHECK(refused.out.find("field.low_storage") != std::string::npos);
  CHECK(
      door.tablet->field({"visit", "--household", door.household, "--met", "self", "--photo-space-min", all})
          .exit_code == 0);
}

}  // namespace doudi::test
