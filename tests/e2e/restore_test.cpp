// A server that was put back from a backup while tablets went on: nothing they recorded is lost or doubled.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "shared/media/media.hpp"
#include "tests/e2e/district.hpp"
#include "tests/support/media_samples.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

// Visits different households, each once, and remembers what was acknowledged.
class Worker {
 public:
  Worker(const District& district, const std::string& name, const std::string& login)
      : tablet_(district, name) {
    tablet_.enroll(login);
    households_ = tablet_.due_households();
  }
  void visit(int count) {
    for (int i = 0; i < count; ++i) {
      const auto done = tablet_.field(
          {"visit", "--household", households_.at(next_++ % households_.size()), "--met", "self"});
      INFO(done.err);
      REQUIRE(done.exit_code == 0);
      ++visits;
    }
  }
  void sync() const { tablet_.sync(); }
  void enroll_again(const std::string& login) { tablet_.enroll(login); }
  [[nodiscard]] bool is_sound() const {
    const auto verified = tablet_.field({"verify"});
    INFO(verified.out << verified.err);
    return verified.exit_code == 0;
  }
  [[nodiscard]] const Tablet& tablet() const { return tablet_; }
  int visits = 0;

 private:
  Tablet tablet_;
  std::vector<std::string> households_;
  std::size_t next_ = 0;
};

Json json_of(const Finished& finished) {
  INFO(finished.out << finished.err);
  REQUIRE(finished.exit_code == 0);
  return Json::parse(finished.out);
}

void back_up(const District& district, const std::filesystem::path& file) {
  const auto made = json_of(district.server({"backup", "create", "--to", file.string(), "--json"}));
  CHECK(made.at("state") == "good");
}

void copy_back(District& district, const std::filesystem::path& file) {
  district.stop_server();
  const Finished restored = district.server({"backup", "restore", file.string(), "--json"});
  INFO(restored.out << restored.err);
  REQUIRE(restored.exit_code == 0);
}

void put_back(District& district, const std::filesystem::path& file) {
  copy_back(district, file);
  const Finished refused = district.server({"verify"});
  CHECK(refused.exit_code == 1);
  CHECK(refused.err.find("--accept-restore") != std::string::npos);
  district.serve({"--accept-restore"});
}

std::string device_of(const Worker& worker) {
  return Json::parse(worker.tablet().status()).at("device").at("device_id").get<std::string>();
}

std::string state_of(const District& district, const std::string& device) {
  const auto list = json_of(district.server({"device", "list", "--json"}));
  for (const auto& line : list.at("devices"))
    if (line.at("id") == device) return line.at("state").get<std::string>();
  return {};
}

}  // namespace

TEST_CASE("a server restored twice from backups ends with every visit present once") {
  District district;
  district.serve();  // 1
  Worker first(district, "first", district.workers().at(0));
  Worker second(district, "second", district.workers().at(1));
  const Worker mirror(district, "mirror", district.workers().at(0));  // the same grid as the first
  const auto older = district.root() / "older.backup";
  const auto newer = district.root() / "newer.backup";
  first.visit(1);
  first.sync();
  back_up(district, older);
  first.visit(2);
  second.visit(2);
  first.sync();
  second.sync();
  back_up(district, newer);  // 2
  first.visit(2);
  second.visit(1);
  first.sync();  // 3
  second.sync();
  mirror.sync();
  put_back(district, newer);  // 4, 5: the tablets are ahead of it
  mirror.sync();              // holds what the district has lost and others bring back
  first.visit(1);             // 6
  second.visit(2);
  first.sync();  // 7
  second.sync();
  const auto all_present_once = [&] {  // 8
    first.sync();
    second.sync();
    mirror.sync();
    const auto verified = json_of(district.server({"verify", "--json"}));
    CHECK(verified.at("faults").empty());
    CHECK(verified.at("visits") == first.visits + second.visits);
    CHECK(first.is_sound());  // 9: rows equal the district's digests
    CHECK(second.is_sound());
    CHECK(mirror.is_sound());
    for (const Worker* worker : std::initializer_list<const Worker*>{&first, &second, &mirror})
      CHECK(Json::parse(worker->tablet().status()).at("chip").at("unsent") == 0);
  };
  all_present_once();

  put_back(district, older);
  second.visit(1);
  all_present_once();
  const auto devices = json_of(district.server({"device", "list", "--json"}));
  CHECK(devices.at("devices").size() == 3);
}

TEST_CASE("a restored server has the photos of its backup and asks the tablets for the others") {
  District district;
  district.serve();
  const Tablet tablet = [&] {
    Tablet made(district, "tablet");
    made.enroll(district.workers().at(0));
    return made;
  }();
  const auto due = Json::parse(tablet.field({"due"}).out).at("due");
  const auto household = due.at(0).at("household").get<std::string>();
  std::vector<Bytes> kept;
  const auto visit_with_photo = [&](std::uint32_t seed) {
    const Bytes taken = jpeg_with_place(300'000, seed);
    const auto file = district.root() / ("photo" + std::to_string(seed) + ".jpg");
    std::ofstream(file, std::ios::binary) << as_text(taken);
    json_of(tablet.field({"visit", "--household", household, "--met", "self", "--photo", file.string()}));
    tablet.sync();
    kept.push_back(media::without_metadata(taken).value());
  };
  const auto check_pictures = [&] {
    const Console console = district.reviewer();
    const auto listed =
        Json::parse(console.get("/v1/households/" + household + "/attachments")).at("attachments");
    REQUIRE(listed.size() == kept.size());
    for (const auto& item : listed) {
      REQUIRE(item.at("state") == "stored");
      const auto shown = console.get("/v1/attachments/" + item.at("id").get<std::string>() + "/content");
      CHECK(std::any_of(kept.begin(), kept.end(),
                        [&shown](const Bytes& photo) { return shown == as_text(photo); }));
    }
  };
  const auto file = district.root() / "district.backup";
  visit_with_photo(1);
  back_up(district, file);
  visit_with_photo(2);
  check_pictures();
  district.stop_server();
  std::filesystem::remove_all(district.store() / "attachments");
  district.serve();
  put_back(district, file);
  tablet.sync();
  check_pictures();
  CHECK(tablet.field({"verify"}).exit_code == 0);

  SECTION("a photo of the backup with one flipped bit is noticed") {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(file.string() + ".attachments"))
      if (entry.is_regular_file()) flip_bit(entry.path(), entry.file_size() / 2);
    const Finished verified = district.server({"backup", "verify", file.string()});
    CHECK(verified.exit_code == 1);
    CHECK(verified.err.find("备份不可用") != std::string::npos);
  }
}

TEST_CASE("a tablet enrolled after the backup is enrolled again and keeps its records") {
  District district;
  district.serve();
  const auto file = district.root() / "district.backup";
  back_up(district, file);
  const std::string login = district.workers().at(0);
  Worker late(district, "late", login);
  late.visit(2);
  late.sync();
  late.visit(1);
  put_back(district, file);
  CHECK(late.tablet().field({"sync"}).exit_code != 0);
  {
    District other;
    other.serve();
    const auto foreign =
        json_of(other.server({"device", "code", "--worker", other.workers().at(0), "--json"}));
    const auto refused = late.tablet().field(
        {"enroll", "--server", other.url(), "--code", foreign.at("code").get<std::string>()});
    CHECK(refused.exit_code != 0);
    CHECK(refused.out.find("enroll.other_district") != std::string::npos);
  }
  late.enroll_again(login);
  late.sync();
  const auto verified = json_of(district.server({"verify", "--json"}));
  CHECK(verified.at("faults").empty());
  CHECK(verified.at("visits") == late.visits);
  CHECK(late.is_sound());
  const auto code = json_of(district.server({"device", "code", "--worker", login, "--json"}));
  const auto enroll_once_more = [&] {
    const auto refused = late.tablet().field(
        {"enroll", "--server", district.url(), "--code", code.at("code").get<std::string>()});
    CHECK(refused.exit_code != 0);
    return refused.out;
  };
  CHECK(enroll_once_more().find("field.enrolled") != std::string::npos);
  district.stop_server();
  CHECK(enroll_once_more().find("net.unreachable") != std::string::npos);
}

TEST_CASE("a number of the ledger issued after the backup is not given to another matter") {
  District district;
  district.serve();
  Worker worker(district, "tablet", district.workers().at(0));
  const auto file = district.root() / "district.backup";
  back_up(district, file);
  const auto lead = worker.tablet().field(
      {"lead", "--category", "水电", "--grade", "2", "--description", "停水", "--place", "村口"});
  REQUIRE(lead.exit_code == 0);
  worker.sync();
  const auto accept = [&district] {
    Console console = district.reviewer();
    const auto duty = Json::parse(console.get("/v1/duty"));
    const std::string id = duty.at("items").at(0).at("lead_id").get<std::string>();
    const auto entry = Json::parse(console.post("/v1/leads/" + id + "/accept", R"({"grade":2})"));
    return entry.at("entry_no").get<std::string>();
  };
  const std::string before = accept();
  worker.sync();
  put_back(district, file);
  worker.sync();
  const std::string after = accept();
  CHECK(before != after);
  worker.sync();
  CHECK(Json::parse(worker.tablet().field({"leads"}).out).at("leads").at(0).at("entry_no") == after);
}

TEST_CASE("a tablet and an account shut out after the backup stay out in the restored district") {
  District district;
  district.serve();
  Worker stolen(district, "stolen", district.workers().at(0));
  Worker other(district, "other", district.workers().at(1));
  const auto file = district.root() / "district.backup";
  back_up(district, file);
  const std::string device = device_of(stolen);
  REQUIRE(district.server({"device", "revoke", "--id", device}).exit_code == 0);
  REQUIRE(district.server({"account", "lock", "--login", "admin"}).exit_code == 0);
  stolen.visit(1);
  put_back(district, file);
  CHECK(state_of(district, device) == "revoked");
  const Finished refused = stolen.tablet().field({"sync"});
  CHECK(refused.exit_code == 1);
  CHECK(refused.out.find("auth.revoked") != std::string::npos);
  CHECK(refused.out.find("\"pulled\"") == std::string::npos);
  Console admin(district.url(), district.store() / "ca.pem");
  CHECK_THROWS(admin.sign_in("admin", "sample-password-1"));
  other.visit(1);
  other.sync();
  CHECK(json_of(district.server({"verify", "--json"})).at("faults").empty());
}

TEST_CASE("a restore without a sound record of revocations needs a word of its own") {
  District district;
  district.serve();
  Worker stolen(district, "stolen", district.workers().at(0));
  const auto file = district.root() / "district.backup";
  back_up(district, file);
  const std::string device = device_of(stolen);
  REQUIRE(district.server({"device", "revoke", "--id", device}).exit_code == 0);
  copy_back(district, file);
  const auto record = district.store() / "district.revoked";
  const auto sound = district.root() / "sound.revoked";
  std::filesystem::copy_file(record, sound);
  flip_bit(record, std::filesystem::file_size(record) / 2);
  const Finished damaged = district.server({"verify", "--accept-restore"});
  CHECK(damaged.exit_code == 1);
  CHECK(damaged.err.find("--accept-lost-revocations") != std::string::npos);
  std::filesystem::remove(record);
  CHECK(district.server({"verify", "--accept-restore"}).exit_code == 1);

  std::filesystem::copy_file(sound, record);  // found again: nothing is lost
  district.serve({"--accept-restore"});
  CHECK(state_of(district, device) == "revoked");
  copy_back(district, file);
  std::filesystem::remove(record);
  district.serve({"--accept-restore", "--accept-lost-revocations"});
  CHECK(state_of(district, device) == "active");
  CHECK(std::filesystem::exists(record));
}

TEST_CASE("an enrolment code handed out before a restore opens nothing afterwards") {
  District district;
  district.serve();
  const auto made =
      json_of(district.server({"device", "code", "--worker", district.workers().at(0), "--json"}));
  const auto file = district.root() / "district.backup";
  back_up(district, file);
  put_back(district, file);
  const Tablet tablet(district, "tablet");
  const Finished late =
      tablet.field({"enroll", "--server", district.url(), "--code", made.at("code").get<std::string>()});
  CHECK(late.exit_code == 1);
  CHECK(late.out.find("enroll.code_used") != std::string::npos);
}

TEST_CASE("a backup with one flipped bit is not good and cannot be restored") {
  District district;
  district.serve();
  const auto file = district.root() / "district.backup";
  back_up(district, file);
  district.stop_server();
  CHECK(district.server({"backup", "verify", file.string()}).exit_code == 0);
  flip_bit(file, std::filesystem::file_size(file) / 2);
  const Finished verified = district.server({"backup", "verify", file.string()});
  CHECK(verified.exit_code == 1);
  CHECK(verified.err.find("备份不可用") != std::string::npos);
  CHECK(district.server({"backup", "restore", file.string()}).exit_code == 1);
  district.serve();  // nothing was put in its place
}

TEST_CASE("an older copy of the store put back without a word is noticed") {
  District district;
  district.serve();
  district.stop_server();
  const auto copy = district.root() / "copy.db";
  std::filesystem::copy_file(district.store() / "district.db", copy);
  district.serve();
  district.stop_server();
  std::filesystem::copy_file(copy, district.store() / "district.db",
                             std::filesystem::copy_options::overwrite_existing);
  const Finished refused = district.server({"serve", "--listen", "127.0.0.1:0"});
  CHECK(refused.exit_code == 1);
  CHECK(refused.err.find("备份") != std::string::npos);
}

TEST_CASE("readiness turns when the last good backup is too old") {
  District district;
  district.serve();
  Console console = district.reviewer();
  console.get("/readyz", 200);
  json_of(district.server({"backup", "limit", "--hours", "24", "--json"}));
  console.get("/readyz", 503);
  back_up(district, district.root() / "district.backup");
  console.get("/readyz", 200);
}

}  // namespace doudi::test
