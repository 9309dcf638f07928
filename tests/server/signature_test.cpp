// Every request of a tablet proves who sent it, once.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/server/tablet.hpp"

namespace doudi::test {
namespace {

std::string code_of(const RawAnswer& answer) {
  return nlohmann::json::parse(answer.body)["code"];
}

RawAnswer send(DistrictFixture& fixture, const std::string& bytes) {
  RawClient client = fixture.connect();
  REQUIRE(client.send(bytes));
  auto answer = client.read_answer();
  REQUIRE(answer.has_value());
  return *answer;
}

}  // namespace

TEST_CASE("a signed request with any part changed is refused and has no effect") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Uuid grid = fixture.id_of("grid", "code", kFirstGrid);
  const Uuid household = fixture.id_of("household", "door", "3号楼 2门 501");
  const Bytes frame =
      wire::encode(wire::Push{{tablet.group({visit_row(tablet, grid, household)})}}, &crypto::sha256);
  const std::string body(as_text(frame));
  for (std::size_t at = 0; at < body.size(); at += 1 + body.size() / 16) {
    std::string request = tablet.signed_request("/v1/sync/push", body, tablet.fetch_nonce());
    char& changed = request[request.size() - body.size() + at];
    changed = static_cast<char>(changed ^ 1);
    CHECK(code_of(send(fixture, request)) == "auth.signature");
  }
  std::string other_path = tablet.signed_request("/v1/sync/push", body, tablet.fetch_nonce());
  other_path.replace(other_path.find("/v1/sync/push"), 13, "/v1/sync/pull");
  CHECK(code_of(send(fixture, other_path)) == "auth.signature");
  Tablet neighbour(fixture, "w002001001");
  std::string other_device = tablet.signed_request("/v1/sync/push", body, neighbour.fetch_nonce());
  other_device.replace(other_device.find(to_string(tablet.device)), 36, to_string(neighbour.device));
  CHECK(code_of(send(fixture, other_device)) == "auth.signature");
  CHECK(fixture.count("SELECT count(*) FROM visit") == 0);
  CHECK(fixture.count("SELECT count(*) FROM device_group") == 0);
}

TEST_CASE("a replayed request is refused and writes nothing a second time") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Uuid grid = fixture.id_of("grid", "code", kFirstGrid);
  const Uuid household = fixture.id_of("household", "door", "3号楼 2门 501");
  const Bytes frame =
      wire::encode(wire::Push{{tablet.group({visit_row(tablet, grid, household)})}}, &crypto::sha256);
  const std::string request = tablet.signed_request("/v1/sync/push", as_text(frame), tablet.fetch_nonce());
  CHECK(send(fixture, request).status == 200);
  const RawAnswer replayed = send(fixture, request);
  CHECK(replayed.status == 401);
  CHECK(code_of(replayed) == "auth.nonce");
  CHECK(replayed.header("doudi-next-nonce").has_value());
  CHECK(fixture.count("SELECT count(*) FROM visit") == 1);
}

TEST_CASE("a revoked device is refused at its next request on the same connection") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  REQUIRE(tablet.hello(0, {}).chain == "in_step");
  REQUIRE(fixture.command({"device", "revoke", "--id", to_string(tablet.device)}).first == 0);
  const RawAnswer refused = tablet.call("/v1/sync/pull", wire::encode(wire::Pull{}, &crypto::sha256));
  CHECK(refused.status == 403);
  CHECK(code_of(refused) == "auth.revoked");
}

}  // namespace doudi::test
