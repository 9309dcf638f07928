// A tablet becomes a device of the district with one good code, once.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <thread>

#include "shared/crypto/crypto.hpp"
#include "tests/server/district_fixture.hpp"

namespace doudi::test {
namespace {

RawAnswer enrol(DistrictFixture& fixture, const std::string& code) {
  const auto key = crypto::make_signing_key();
  const nlohmann::json body{
      {"code", code}, {"public_key", to_base64url(key.public_key)}, {"label", "tablet"}};
  return ask(fixture, "POST", "/v1/enroll", body.dump());
}

std::string code_of(const RawAnswer& answer) {
  return nlohmann::json::parse(answer.body)["code"];
}

}  // namespace

TEST_CASE("an enrolment code works once, for ten minutes, and five wrong guesses end it") {
  DistrictFixture fixture;
  const std::string code = fixture.new_code();
  REQUIRE(code.size() == 28);
  const RawAnswer good = enrol(fixture, code.substr(0, 11));
  REQUIRE(good.status == 200);
  CHECK(nlohmann::json::parse(good.body)["grids"].size() == 1);

  const RawAnswer again = enrol(fixture, code);
  CHECK(again.status == 403);
  CHECK(code_of(again) == "enroll.code_used");

  const std::string late = fixture.new_code();
  fixture.advance(std::chrono::minutes(11));
  CHECK(code_of(enrol(fixture, late)) == "enroll.code_expired");

  const std::string guessed = fixture.new_code();
  for (int guess = 0; guess < 5; ++guess)
    CHECK(code_of(enrol(fixture, "00000-00000")) == "enroll.code_wrong");
  const RawAnswer sixth = enrol(fixture, "00000-00000");
  CHECK(sixth.status == 429);
  const RawAnswer right_but_late = enrol(fixture, guessed);
  CHECK(right_but_late.status == 429);
  CHECK(code_of(right_but_late) == "enroll.too_many_tries");
  CHECK(fixture.count("SELECT count(*) FROM device") == 1);
}

TEST_CASE("of two devices that race for one code exactly one wins") {
  DistrictFixture fixture;
  const std::string code = fixture.new_code();
  int first = 0;
  int second = 0;
  RawClient a = fixture.connect();
  RawClient b = fixture.connect();
  const auto run = [&code](RawClient& client, int& status) {
    const auto key = crypto::make_signing_key();
    const nlohmann::json body{
        {"code", code}, {"public_key", to_base64url(key.public_key)}, {"label", "tablet"}};
    client.send(raw_request("POST", "/v1/enroll", body.dump()));
    const auto answer = client.read_answer();
    status = answer ? answer->status : 0;
  };
  {
    std::jthread one([&] { run(a, first); });
    std::jthread two([&] { run(b, second); });
  }
  CHECK(std::minmax(first, second) == std::minmax(200, 403));
  CHECK(fixture.count("SELECT count(*) FROM device") == 1);
}

TEST_CASE("the code of the command line carries the fingerprint of the district's authority") {
  DistrictFixture fixture;
  const auto [exit, output] = fixture.command({"device", "code", "--worker", "w001001001", "--json"});
  REQUIRE(exit == 0);
  const std::string first = nlohmann::json::parse(output)["code"];
  CHECK(first.substr(12) == fixture.new_code().substr(12));
  CHECK(fixture.command({"device", "code", "--worker", "sun"}).first == 1);
}

}  // namespace doudi::test
