// Sealed to a public key: opened by its private key, and by nothing else.
#include "shared/crypto/sealed_box.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shared/crypto/crypto.hpp"

namespace doudi::crypto {
namespace {

const Bytes kText = to_bytes(as_bytes("一户不漏"));

TEST_CASE("what is sealed to a key is opened by it") {
  const BoxKey key = make_box_key();
  const auto sealed = seal_to(key.public_key, kText, as_bytes("purpose"));
  REQUIRE(sealed.ok());
  CHECK(*open_sealed(key, *sealed, as_bytes("purpose")) == kText);
  CHECK(*seal_to(key.public_key, kText, as_bytes("purpose")) != *sealed);
}

TEST_CASE("another key, another purpose and every changed bit are refused") {
  const BoxKey key = make_box_key();
  const Bytes sealed = *seal_to(key.public_key, kText, as_bytes("purpose"));
  CHECK_FALSE(open_sealed(make_box_key(), sealed, as_bytes("purpose")).ok());
  CHECK_FALSE(open_sealed(key, sealed, as_bytes("other")).ok());
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    // The highest bit of an X25519 public key is not part of it, but it is part of what is hashed.
    REQUIRE_FALSE(open_sealed(key, changed, as_bytes("purpose")).ok());
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    REQUIRE_FALSE(open_sealed(key, ByteView(sealed).first(size), as_bytes("purpose")).ok());
}

TEST_CASE("a public key of small order is refused") {
  CHECK(seal_to(Bytes(32), kText, {}).error().code == "crypto.key");
  CHECK(seal_to(Bytes(31, 1), kText, {}).error().code == "crypto.key");
}

}  // namespace
}  // namespace doudi::crypto
