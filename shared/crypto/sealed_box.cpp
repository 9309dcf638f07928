#include "shared/crypto/sealed_box.hpp"

#include <algorithm>

#include "shared/crypto/crypto.hpp"
#include "shared/crypto/openssl_handle.hpp"

namespace doudi::crypto {
namespace {

constexpr std::size_t kKeySize = 32;
using AgreementHandle = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

// Empty when the other key is of small order: such a secret would be known to everybody.
Secret agree(ByteView private_key, ByteView public_key) {
  const KeyHandle own(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, private_key.data(), kKeySize));
  const KeyHandle other(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, public_key.data(), kKeySize));
  const AgreementHandle context(own ? EVP_PKEY_CTX_new(own.get(), nullptr) : nullptr);
  Secret shared{Bytes(kKeySize)};
  std::size_t size = kKeySize;
  const bool good = context != nullptr && other != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
                    EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1 &&
                    EVP_PKEY_derive(context.get(), shared.writable().data(), &size) == 1;
  return good && size == kKeySize ? std::move(shared) : Secret();
}

Secret message_key(const Secret& shared, ByteView sender, ByteView receiver) {
  Bytes both = to_bytes(sender);
  both.insert(both.end(), receiver.begin(), receiver.end());
  return hkdf_sha256(shared.view(), both, "doudi sealed box 1", kKeySize);
}

}  // namespace

Result<BoxKey> box_key(Secret private_key) {
  const Error wrong{"crypto.key", "This is not an X25519 key."};
  if (private_key.size() != kKeySize) return wrong;
  BoxKey key;
  const KeyHandle pair(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, private_key.view().data(), kKeySize));
  std::size_t size = key.public_key.size();
  if (pair == nullptr || EVP_PKEY_get_raw_public_key(pair.get(), key.public_key.data(), &size) != 1)
    return wrong;
  key.private_key = std::move(private_key);
  return key;
}

BoxKey make_box_key() {
  Secret secret{Bytes(kKeySize)};
  random_bytes(secret.writable());
  auto key = box_key(std::move(secret));
  ensure(key.ok(), "X25519 is available");
  return std::move(*key);
}

Result<Bytes> seal_to(ByteView public_key, ByteView plaintext, ByteView associated) {
  const Error wrong{"crypto.key", "This is not an X25519 key."};
  if (public_key.size() != kKeySize) return wrong;
  const BoxKey once = make_box_key();
  const Secret shared = agree(once.private_key.view(), public_key);
  if (shared.size() != kKeySize) return wrong;
  Bytes sealed(once.public_key.begin(), once.public_key.end());
  const Bytes body = seal(message_key(shared, once.public_key, public_key), plaintext, associated);
  sealed.insert(sealed.end(), body.begin(), body.end());
  return sealed;
}

Result<Bytes> open_sealed(const BoxKey& key, ByteView sealed, ByteView associated) {
  const Error forged{"crypto.forged", "The sealed data was changed, or this is not its key."};
  if (sealed.size() < kKeySize) return forged;
  const ByteView sender = sealed.first(kKeySize);
  const Secret shared = agree(key.private_key.view(), sender);
  if (shared.size() != kKeySize) return forged;
  return open(message_key(shared, sender, key.public_key), sealed.subspan(kKeySize), associated);
}

}  // namespace doudi::crypto
