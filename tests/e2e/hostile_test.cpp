// Wrong secrets and hostile bytes against the real programs: a clear error, no effect, the program lives.
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/e2e/district.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

std::string status_of(const District& district, const std::vector<std::string>& more) {
  std::vector<std::string> words{
      "/usr/bin/curl", "-s", "--cacert",    (district.store() / "ca.pem").string(), "-o",
      "/dev/null",     "-w", "%{http_code}"};
  words.insert(words.end(), more.begin(), more.end());
  return run(words).out;
}

// Ends of the administrator's socket: the listener and one for each command that has reached it.
int ends_of_admin_socket(const District& district) {
  std::ifstream file("/proc/net/unix");
  const std::string path = (district.store() / "admin.sock").string();
  int ends = 0;
  for (std::string line; std::getline(file, line);) ends += line.ends_with(path) ? 1 : 0;
  return ends;
}

}  // namespace

TEST_CASE("wrong secrets are refused with a clear error and change nothing") {
  District district;
  district.serve();
  Tablet tablet(district, "tablet");

  const auto code =
      Json::parse(district.server({"device", "code", "--worker", district.workers().at(0), "--json"}).out)
          .at("code")
          .get<std::string>();
  std::string wrong = code;
  wrong[0] = wrong[0] == 'A' ? 'B' : 'A';
  const Finished refused = tablet.field({"enroll", "--server", district.url(), "--code", wrong});
  CHECK(refused.exit_code == 1);
  CHECK(refused.out.find("enroll.code_wrong") != std::string::npos);

  std::string other_authority = code;
  other_authority.back() = other_authority.back() == 'A' ? 'B' : 'A';
  other_authority[code.rfind('-') + 1] = other_authority[code.rfind('-') + 1] == 'A' ? 'B' : 'A';
  const Finished untrusted = tablet.field({"enroll", "--server", district.url(), "--code", other_authority});
  CHECK(untrusted.exit_code == 1);
  CHECK(untrusted.out.find("tls.unknown_authority") != std::string::npos);

  REQUIRE(tablet.field({"enroll", "--server", district.url(), "--code", code}).exit_code == 0);
  Tablet second(district, "second");
  const Finished reused = second.field({"enroll", "--server", district.url(), "--code", code});
  CHECK(reused.exit_code == 1);
  CHECK(reused.out.find("enroll.code_used") != std::string::npos);

  const Finished wrong_pin =
      run({program("doudi-field").string(), "status", "--data", tablet.directory().string(), "--json"},
          {{"DOUDI_PIN", "000000"}});
  CHECK(wrong_pin.exit_code == 1);
  CHECK(wrong_pin.out.find("keys.wrong_pin") != std::string::npos);
  CHECK(tablet.field({"status"}).exit_code == 0);
}

TEST_CASE("hostile bodies get a 4xx and the server lives") {
  District district;
  district.serve();
  const auto deep = district.root() / "deep.json";
  std::ofstream(deep) << std::string(1'000'000, '[');
  const auto large = district.root() / "large.bin";
  std::ofstream(large, std::ios::binary) << std::string(5'000'000, 'x');
  const std::vector<std::string> json{"-H", "content-type: application/json"};

  const auto send = [&](const std::string& path, const std::string& file) {
    return status_of(district, {"-H", "content-type: application/json", "--data-binary", "@" + file,
                                district.url() + path});
  };
  CHECK(send("/v1/enroll", deep.string()).starts_with("4"));
  CHECK(send("/v1/session", deep.string()).starts_with("4"));
  CHECK(send("/v1/sync/push", deep.string()).starts_with("4"));
  CHECK(send("/v1/enroll", large.string()).starts_with("4"));
  CHECK(status_of(district, {"-H", "transfer-encoding: gzip", "-d", "x", district.url() + "/v1/enroll"})
            .starts_with("4"));
  CHECK(status_of(district, {district.url() + "/../../etc/passwd", "--path-as-is"}).starts_with("4"));
  CHECK(status_of(district, {district.url() + "/livez"}) == "200");
}

TEST_CASE("an import whose file does not come keeps no other command waiting") {
  District district;
  district.serve();
  const auto pipe = district.root() / "list.csv";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  Process import = district.start({"import", "list", "--kind", "dibao", pipe.string()});
  while (ends_of_admin_socket(district) < 2) std::this_thread::yield();
  const Finished listed = district.server({"device", "list"});  // would wait behind it
  CHECK(listed.exit_code == 0);
  std::ofstream(pipe).close();
  CHECK(import.finish(std::chrono::seconds(60)).exit_code == 1);  // an empty list is none
  CHECK(district.server({"verify"}).exit_code == 0);
  district.stop_server();
}

}  // namespace doudi::test
