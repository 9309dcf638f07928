// Whatever bytes arrive, the answer is a 4xx and the server goes on.
#include <catch2/catch_test_macros.hpp>

#include "tests/server/tablet.hpp"

namespace doudi::test {

TEST_CASE("cut, flipped, deep and oversized bodies are refused and the server lives") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Uuid grid = fixture.id_of("grid", "code", kFirstGrid);
  const Uuid household = fixture.id_of("household", "door", "3号楼 2门 501");
  const Bytes frame =
      wire::encode(wire::Push{{tablet.group({visit_row(tablet, grid, household)})}}, &crypto::sha256);
  for (std::size_t length = 0; length < frame.size(); length += 1 + frame.size() / 12) {
    const RawAnswer answer = tablet.call(
        "/v1/sync/push", Bytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length)));
    CHECK(answer.status == 400);
  }
  for (std::size_t at = 0; at < frame.size(); at += 1 + frame.size() / 12) {
    Bytes flipped = frame;
    flipped[at] = static_cast<std::uint8_t>(flipped[at] ^ 0x10U);
    CHECK(tablet.call("/v1/sync/push", flipped).status == 400);
  }
  const std::string deep = "{\"code\":" + std::string(30'000, '[') + std::string(30'000, ']') + "}";
  CHECK(ask(fixture, "POST", "/v1/enroll", deep).status == 400);
  CHECK(ask(fixture, "POST", "/v1/session", deep).status == 400);
  CHECK(ask(fixture, "POST", "/v1/session", std::string(200'000, ' ')).status == 413);
  RawClient large = fixture.connect();
  REQUIRE(large.send("POST /v1/enroll HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\n"));
  const auto refused = large.read_answer();
  REQUIRE(refused.has_value());
  CHECK(refused->status == 413);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 0);
  CHECK(ask(fixture, "GET", "/livez").body == "ok");
  CHECK(ask(fixture, "GET", "/readyz").status == 200);
}

}  // namespace doudi::test
