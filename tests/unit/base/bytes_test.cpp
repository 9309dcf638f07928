// Text forms of bytes, and bytes that must not stay behind.
#include "shared/base/bytes.hpp"

#include <catch2/catch_test_macros.hpp>

namespace doudi {
namespace {

TEST_CASE("hex goes both ways and takes capitals") {
  const Bytes bytes{0x00, 0x7f, 0x80, 0xff};
  CHECK(to_hex(bytes) == "007f80ff");
  CHECK(from_hex("007f80ff") == bytes);
  CHECK(from_hex("007F80Ff") == bytes);
  CHECK(to_hex({}).empty());
  CHECK(from_hex("") == Bytes{});
}

TEST_CASE("text that is not hex is refused") {
  for (const std::string_view text : {"0", "0g", "g0", "0x00", " 00", "00 ", "00\n"}) {
    INFO(text);
    CHECK(from_hex(text) == std::nullopt);
  }
}

TEST_CASE("base64url agrees with RFC 4648 without its padding") {
  const std::pair<std::string_view, std::string_view> answers[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : answers) {
    CHECK(to_base64url(as_bytes(plain)) == encoded);
    CHECK(from_base64url(encoded) == to_bytes(as_bytes(plain)));
  }
  CHECK(to_base64url(Bytes{0xfb, 0xff}) == "-_8");
}

TEST_CASE("base64url of every byte value goes both ways") {
  Bytes bytes;
  for (unsigned value = 0; value < 256; ++value) {
    bytes.push_back(static_cast<std::uint8_t>(value));
    CHECK(from_base64url(to_base64url(bytes)) == bytes);
  }
}

TEST_CASE("one value has one base64url form") {
  // The last two have bits set that carry nothing.
  for (const std::string_view text : {"Z", "Zg==", "Zm9v\n", "Zm+v", "Zm/v", "Zh", "Zm9"}) {
    INFO(text);
    CHECK(from_base64url(text) == std::nullopt);
  }
}

TEST_CASE("a long base64url text does not depend on bits long gone") {
  const Bytes bytes(100'000, 0xff);
  CHECK(from_base64url(to_base64url(bytes)) == bytes);
}

TEST_CASE("wipe leaves zeros") {
  Bytes bytes(100, 0xaa);
  wipe(bytes);
  CHECK(bytes == Bytes(100, 0));
}

TEST_CASE("constant-time comparison sees every difference") {
  const Bytes bytes(32, 7);
  CHECK(equal_constant_time(bytes, Bytes(32, 7)));
  CHECK(equal_constant_time({}, {}));
  CHECK_FALSE(equal_constant_time(bytes, Bytes(31, 7)));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes other = bytes;
    other[i] ^= 0x80;
    CHECK_FALSE(equal_constant_time(bytes, other));
  }
}

TEST_CASE("a secret moves, and a moved-from secret holds nothing") {
  Secret first(Bytes(32, 9));
  Secret second(std::move(first));
  CHECK(first.empty());  // NOLINT(bugprone-use-after-move): that is the question
  CHECK(second.size() == 32);
  Secret third;
  third = std::move(second);
  CHECK(second.empty());  // NOLINT(bugprone-use-after-move)
  CHECK(third.clone().view()[31] == 9);
}

}  // namespace
}  // namespace doudi
