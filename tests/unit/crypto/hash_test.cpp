// Known answers from the standards, so that a wrong parameter order cannot agree with itself.
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "shared/crypto/crypto.hpp"

namespace doudi::crypto {
namespace {

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}
std::string hex_of(const Hash& hash) {
  return to_hex(hash);
}

TEST_CASE("SHA-256 agrees with FIPS 180-2") {
  CHECK(hex_of(sha256(as_bytes("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex_of(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex_of(sha256(as_bytes(std::string(1'000'000, 'a')))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("HMAC-SHA-256 agrees with RFC 4231") {
  CHECK(hex_of(hmac_sha256(Bytes(20, 0x0b), as_bytes("Hi There"))) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hex_of(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex_of(hmac_sha256(Bytes(131, 0xaa),
                           as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("HMAC-SHA-256 takes empty keys and data") {
  CHECK(hex_of(hmac_sha256({}, {})) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("HKDF agrees with RFC 5869") {
  const Bytes info = hex("f0f1f2f3f4f5f6f7f8f9");
  const Secret basic = hkdf_sha256(Bytes(22, 0x0b), hex("000102030405060708090a0b0c"), as_text(info), 42);
  CHECK(to_hex(basic.view()) ==
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  const Secret bare = hkdf_sha256(Bytes(22, 0x0b), {}, "", 42);
  CHECK(to_hex(bare.view()) ==
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST_CASE("HKDF gives every purpose a key of its own") {
  const Bytes key(32, 1);
  CHECK(to_hex(hkdf_sha256(key, {}, "store", 32).view()) != to_hex(hkdf_sha256(key, {}, "seal", 32).view()));
}

TEST_CASE("scrypt agrees with RFC 7914") {
  const auto empty = scrypt({}, {}, {.n = 16, .r = 1, .p = 1}, 64);
  REQUIRE(empty.ok());
  CHECK(to_hex(empty->view()) ==
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
        "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
  const auto password = scrypt(as_bytes("password"), as_bytes("NaCl"), {.n = 1024, .r = 8, .p = 16}, 64);
  REQUIRE(password.ok());
  CHECK(to_hex(password->view()) ==
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
}

TEST_CASE("scrypt refuses costs that are invalid or too dear") {
  for (const ScryptCost& cost : {ScryptCost{.n = 3, .r = 1, .p = 1}, ScryptCost{.n = 0, .r = 1, .p = 1},
                                 ScryptCost{.n = std::uint64_t{1} << 40U, .r = 8, .p = 1}}) {
    const auto derived = scrypt(as_bytes("password"), as_bytes("salt"), cost, 32);
    REQUIRE_FALSE(derived.ok());
    CHECK(derived.error().code == "crypto.scrypt");
  }
}

TEST_CASE("random bytes fill what is asked for and do not repeat") {
  CHECK(random_bytes(0).empty());
  std::set<Bytes> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(random_bytes(16));
  CHECK(seen.size() == 1'000);
}

}  // namespace
}  // namespace doudi::crypto
