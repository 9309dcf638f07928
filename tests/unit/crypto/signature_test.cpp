// Ed25519 against RFC 8032, and against changes.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include "shared/crypto/crypto.hpp"

namespace doudi::crypto {
namespace {

SigningKey key_from(std::string_view private_hex, std::string_view public_hex) {
  SigningKey key;
  key.private_key = Secret(*from_hex(private_hex));
  const Bytes public_key = *from_hex(public_hex);
  std::copy(public_key.begin(), public_key.end(), key.public_key.begin());
  return key;
}

TEST_CASE("signatures agree with RFC 8032") {
  const SigningKey first = key_from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                                    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  CHECK(to_hex(sign(first, {})) ==
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b");
  const SigningKey second = key_from("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                                     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const Bytes message{0x72};
  CHECK(to_hex(sign(second, message)) ==
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00");
  CHECK(verify(second.public_key, message, sign(second, message)));
}

TEST_CASE("a made key signs what its public half verifies") {
  const SigningKey key = make_signing_key();
  const auto signature = sign(key, as_bytes("POST /sync"));
  CHECK(verify(key.public_key, as_bytes("POST /sync"), signature));
  CHECK_FALSE(verify(key.public_key, as_bytes("POST /sync "), signature));
  CHECK_FALSE(verify(make_signing_key().public_key, as_bytes("POST /sync"), signature));
}

TEST_CASE("every changed bit of a signature is noticed") {
  const SigningKey key = make_signing_key();
  const auto signature = sign(key, as_bytes("message"));
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    auto changed = signature;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    CHECK_FALSE(verify(key.public_key, as_bytes("message"), changed));
  }
}

TEST_CASE("keys and signatures of the wrong length verify nothing") {
  const SigningKey key = make_signing_key();
  const auto signature = sign(key, as_bytes("message"));
  CHECK_FALSE(verify(key.public_key, as_bytes("message"), ByteView(signature).first(63)));
  CHECK_FALSE(verify(ByteView(key.public_key).first(31), as_bytes("message"), signature));
  CHECK_FALSE(verify({}, as_bytes("message"), {}));
}

}  // namespace
}  // namespace doudi::crypto
