// The tablet's key and PIN, changed by the real program: whenever it dies, every record is there.
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "tests/e2e/district.hpp"
#include "tests/support/media_samples.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int kKills = 20;
constexpr int kVisits = 3;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::filesystem::path write_file(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
  return file;
}

// An enrolled tablet with three visits and a photo that the district does not have.
struct Worker {
  Worker() {
    district.serve();
    tablet.enroll(district.workers().at(0));
    const auto households = tablet.due_households();
    district.stop_server();
    const Bytes photo = jpeg_with_place(300'000);
    const auto file = write_file(district.root() / "door.jpg", std::string(photo.begin(), photo.end()));
    for (std::size_t i = 0; i < kVisits; ++i) {
      std::vector<std::string> words{"visit", "--household", households.at(i), "--met", "self"};
      if (i == 0) words.insert(words.end(), {"--photo", file.string()});
      REQUIRE(tablet.field(words).exit_code == 0);
    }
  }

  void check_all_there() const {
    const Finished verified = tablet.field({"verify"});
    INFO(verified.out << verified.err);
    REQUIRE(verified.exit_code == 0);
    const auto status = Json::parse(tablet.status());
    REQUIRE(status.at("device").at("visits_recorded").get<int>() == kVisits);
    REQUIRE(status.at("chip").at("unsent").get<int>() == kVisits);
  }

  [[nodiscard]] std::string keys() const { return text_of(tablet.directory() / "keys.json"); }

  District district;
  Tablet tablet{district, "tablet"};
};

}  // namespace

TEST_CASE("a key change killed at any moment loses no visit, and what was unsent arrives afterwards") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Worker worker;
  const std::string first_keys = worker.keys();
  const auto begun = Clock::now();
  const Finished changed = worker.tablet.field({"key", "change"});
  INFO(changed.out << changed.err);
  REQUIRE(changed.exit_code == 0);
  CHECK(Json::parse(changed.out).at("changed") == "key");
  CHECK(worker.keys() != first_keys);
  // Only where the blows fall: a slower machine has later ones.
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun).count();
  for (int kill = 0; kill < kKills; ++kill) {
    Process change = worker.tablet.start({"key", "change"});
    std::this_thread::sleep_for(std::chrono::microseconds(random() % static_cast<unsigned>(whole)));
    change.signal(SIGKILL);
    static_cast<void>(change.finish(std::chrono::seconds(60)));
    INFO("kill " << kill);
    worker.check_all_there();
  }
  REQUIRE(worker.tablet.field({"key", "change"}).exit_code == 0);
  worker.district.serve();
  worker.tablet.sync();
  worker.district.stop_server();
  const Finished verified = worker.district.server({"verify", "--json"});
  REQUIRE(verified.exit_code == 0);
  CHECK(Json::parse(verified.out).at("visits").get<int>() == kVisits);
}

TEST_CASE("a key change without room for the copy fails clearly and changes nothing") {
  const Worker worker;
  Tablet narrow = worker.tablet;
  narrow.run_under({"/usr/bin/prlimit", "--fsize=65536"});
  const std::string keys = worker.keys();
  const Finished refused = narrow.field({"key", "change"});
  INFO(refused.out << refused.err);
  CHECK(refused.exit_code == 1);
  CHECK(Json::parse(refused.out).at("code") == "sql.full");
  CHECK(worker.keys() == keys);
  worker.check_all_there();
}

TEST_CASE("the PIN is changed on the command line, and the old one opens nothing any more") {
  const Worker worker;
  const Tablet& tablet = worker.tablet;
  const auto short_pin = write_file(worker.district.root() / "short", "12345\n").string();
  const auto new_pin = write_file(worker.district.root() / "pin", "135791\n").string();
  CHECK(Json::parse(tablet.field({"pin", "change", "--new-pin-file", short_pin}).out).at("code") ==
        "keys.weak_pin");
  CHECK(tablet.field({"pin"}).exit_code == 2);
  CHECK(tablet.field({"pin", "change"}).exit_code == 2);  // no terminal to ask at
  const Finished changed = tablet.field({"pin", "change", "--new-pin-file", new_pin});
  REQUIRE(changed.exit_code == 0);
  CHECK(Json::parse(changed.out).at("changed") == "pin");
  CHECK(Json::parse(tablet.field({"key", "change"}).out).at("code") == "keys.wrong_pin");
  REQUIRE(tablet.field({"key", "change", "--pin-file", new_pin}).exit_code == 0);
  const auto status = Json::parse(tablet.field({"status", "--pin-file", new_pin}).out);
  CHECK(status.at("device").at("visits_recorded").get<int>() == kVisits);
}

}  // namespace doudi::test
