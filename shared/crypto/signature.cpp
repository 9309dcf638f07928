// Ed25519 (RFC 8032): what a device signs, the district can check without sharing a secret.
#include "shared/crypto/crypto.hpp"
#include "shared/crypto/openssl_handle.hpp"

namespace doudi::crypto {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kSignatureSize = 64;

}  // namespace

SigningKey make_signing_key() {
  SigningKey key;
  key.private_key = Secret(Bytes(kKeySize));
  random_bytes(key.private_key.writable());
  const KeyHandle pair(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.private_key.view().data(), kKeySize));
  std::size_t size = key.public_key.size();
  const bool good =
      pair != nullptr && EVP_PKEY_get_raw_public_key(pair.get(), key.public_key.data(), &size) == 1;
  ensure(good && size == kKeySize, "Ed25519 is available");
  return key;
}

std::array<std::uint8_t, 64> sign(const SigningKey& key, ByteView message) {
  ensure(key.private_key.size() == kKeySize, "a signing key has 32 bytes");
  const KeyHandle pair(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.private_key.view().data(), kKeySize));
  const DigestHandle context(EVP_MD_CTX_new());
  std::array<std::uint8_t, kSignatureSize> signature{};
  std::size_t size = signature.size();
  const bool good =
      pair != nullptr && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pair.get()) == 1 &&
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1;
  ensure(good && size == kSignatureSize, "Ed25519 signs");
  return signature;
}

bool verify(ByteView public_key, ByteView message, ByteView signature) {
  if (public_key.size() != kKeySize || signature.size() != kSignatureSize) return false;
  const KeyHandle key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
  const DigestHandle context(EVP_MD_CTX_new());
  return key != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace doudi::crypto
