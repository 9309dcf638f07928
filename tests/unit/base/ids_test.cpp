// Identities: made in order of time, written one way, read strictly.
#include "shared/base/ids.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

namespace doudi {
namespace {

std::array<std::uint8_t, 10> random_of(std::uint8_t byte) {
  std::array<std::uint8_t, 10> random{};
  random.fill(byte);
  return random;
}

TEST_CASE("a version 7 identity agrees with the example of RFC 9562") {
  const Uuid id =
      make_uuid_v7(Instant{0x017F22E279B0}, {0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F});
  CHECK(to_string(id) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST_CASE("version and variant stand whatever the random bits are") {
  for (const std::uint8_t byte : {std::uint8_t{0x00}, std::uint8_t{0xff}, std::uint8_t{0xa5}}) {
    const Uuid id = make_uuid_v7(Instant{1'700'000'000'000}, random_of(byte));
    CHECK((id.bytes[6] >> 4U) == 7);
    CHECK((id.bytes[8] >> 6U) == 2);
  }
}

TEST_CASE("identities sort by the time they were made, also as text") {
  const Uuid early = make_uuid_v7(Instant{1'700'000'000'000}, random_of(0xff));
  const Uuid late = make_uuid_v7(Instant{1'700'000'000'001}, random_of(0x00));
  CHECK(early < late);
  CHECK(to_string(early) < to_string(late));
}

TEST_CASE("an identity goes to text and bytes and back") {
  const Uuid id = make_uuid_v7(Instant{1'700'000'000'000}, random_of(0x5a));
  CHECK(parse_uuid(to_string(id)) == id);
  CHECK(uuid_from_bytes(id.view()) == id);
  CHECK(parse_uuid("017F22E2-79B0-7CC3-98C4-DC0C0C07398F") ==
        parse_uuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
}

TEST_CASE("text that is not an identity is refused") {
  for (const std::string_view text :
       {"", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
        "017f22e279b0-7cc3-98c4-dc0c0c07398f-", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}", "017f22e2_79b0_7cc3_98c4_dc0c0c07398f",
        "-17f22e2-79b0-7cc3-98c4-dc0c0c07398f"}) {
    INFO(text);
    CHECK(parse_uuid(text) == std::nullopt);
  }
}

TEST_CASE("only 16 bytes are an identity") {
  CHECK(uuid_from_bytes(Bytes(15, 1)) == std::nullopt);
  CHECK(uuid_from_bytes(Bytes(17, 1)) == std::nullopt);
  CHECK(uuid_from_bytes({}) == std::nullopt);
}

TEST_CASE("only the identity of zeros is nil") {
  CHECK(Uuid{}.is_nil());
  CHECK_FALSE(make_uuid_v7(Instant{0}, random_of(0)).is_nil());
}

}  // namespace
}  // namespace doudi
