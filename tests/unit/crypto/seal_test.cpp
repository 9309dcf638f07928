// Sealed data opens unchanged, or not at all.
#include <catch2/catch_test_macros.hpp>

#include "shared/crypto/crypto.hpp"

namespace doudi::crypto {
namespace {

Secret key_of(std::uint8_t byte) {
  return Secret(Bytes(32, byte));
}
std::string code_of(const Result<Bytes>& result) {
  return result.ok() ? "ok" : result.error().code;
}

TEST_CASE("opening agrees with a known answer for AES-256-GCM") {
  // NIST GCM test case 16.
  const Secret key(*from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
  const Bytes sealed = *from_hex(
      "cafebabefacedbaddecaf888"
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e"
      "63"
      "93ba7a0abcc9f662"
      "76fc6ece0f4e1768cddf8853bb2d551b");
  const auto plain = open(key, sealed, *from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
  REQUIRE(plain.ok());
  CHECK(to_hex(*plain) ==
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
        "b16aedf5aa0de657ba637b39");
}

TEST_CASE("sealed data opens with its key and its associated data") {
  for (const std::size_t size : {0U, 1U, 16U, 10'000U}) {
    const Bytes plain(size, 0x5a);
    const Bytes sealed = seal(key_of(1), plain, as_bytes("device 7"));
    CHECK(sealed.size() == size + 28);
    const auto opened = open(key_of(1), sealed, as_bytes("device 7"));
    REQUIRE(opened.ok());
    CHECK(*opened == plain);
  }
}

TEST_CASE("sealing twice gives two texts") {
  CHECK(seal(key_of(1), as_bytes("same"), {}) != seal(key_of(1), as_bytes("same"), {}));
}

TEST_CASE("another key or other associated data opens nothing") {
  const Bytes sealed = seal(key_of(1), as_bytes("plain"), as_bytes("device 7"));
  CHECK(code_of(open(key_of(2), sealed, as_bytes("device 7"))) == "crypto.forged");
  CHECK(code_of(open(key_of(1), sealed, as_bytes("device 8"))) == "crypto.forged");
  CHECK(code_of(open(key_of(1), sealed, {})) == "crypto.forged");
}

TEST_CASE("every changed, cut or added byte is noticed") {
  const Bytes sealed = seal(key_of(1), as_bytes("a short plain text"), as_bytes("x"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 0x80;
    CHECK(code_of(open(key_of(1), changed, as_bytes("x"))) == "crypto.forged");
    CHECK(code_of(open(key_of(1), ByteView(sealed).first(i), as_bytes("x"))) == "crypto.forged");
  }
  Bytes longer = sealed;
  longer.push_back(0);
  CHECK(code_of(open(key_of(1), longer, as_bytes("x"))) == "crypto.forged");
}

}  // namespace
}  // namespace doudi::crypto
