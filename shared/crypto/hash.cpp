// Randomness, digests and key derivation.
#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "shared/crypto/crypto.hpp"
#include "shared/crypto/openssl_handle.hpp"

namespace doudi::crypto {
namespace {

constexpr std::uint64_t kScryptMemoryMax = std::uint64_t{512} * 1024 * 1024;

// An empty view has no address, which OpenSSL takes for a missing argument or for "as before".
const std::uint8_t* address_of(ByteView bytes) {
  static constexpr std::uint8_t kNothing = 0;
  return bytes.empty() ? &kNothing : bytes.data();
}

// OpenSSL takes octet parameters through a mutable pointer, but only reads them.
OSSL_PARAM octets(const char* name, ByteView bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(address_of(bytes)), bytes.size());
}

}  // namespace

void random_bytes(std::span<std::uint8_t> out) {
  ensure(out.size() <= 1U << 20U, "random bytes are asked for in small numbers");
  ensure(RAND_priv_bytes(out.data(), static_cast<int>(out.size())) == 1, "the system gives random bytes");
}

Bytes random_bytes(std::size_t count) {
  Bytes bytes(count);
  random_bytes(bytes);
  return bytes;
}

Hash sha256(ByteView data) {
  Hash hash{};
  unsigned size = 0;
  const int done = EVP_Digest(data.data(), data.size(), hash.data(), &size, EVP_sha256(), nullptr);
  ensure(done == 1 && size == hash.size(), "SHA-256 is available");
  return hash;
}

Hash hmac_sha256(ByteView key, ByteView data) {
  Hash hash{};
  unsigned size = 0;
  const auto* done = HMAC(EVP_sha256(), address_of(key), static_cast<int>(key.size()), data.data(),
                          data.size(), hash.data(), &size);
  ensure(done != nullptr && size == hash.size(), "HMAC-SHA-256 is available");
  return hash;
}

Secret hkdf_sha256(ByteView key, ByteView salt, std::string_view info, std::size_t length) {
  const KdfHandle kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const KdfContextHandle context(EVP_KDF_CTX_new(kdf.get()));
  ensure(context != nullptr, "HKDF is available");
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 5> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), digest.size()),
      octets(OSSL_KDF_PARAM_KEY, key), octets(OSSL_KDF_PARAM_SALT, salt),
      octets(OSSL_KDF_PARAM_INFO, as_bytes(info)), OSSL_PARAM_construct_end()};
  Secret derived{Bytes(length)};
  ensure(EVP_KDF_derive(context.get(), derived.writable().data(), length, parameters.data()) == 1,
         "HKDF derives a key");
  return derived;
}

Result<Secret> scrypt(ByteView password, ByteView salt, const ScryptCost& cost, std::size_t length) {
  Secret derived{Bytes(length)};
  const int done = EVP_PBE_scrypt(as_text(password).data(), password.size(), salt.data(), salt.size(), cost.n,
                                  cost.r, cost.p, kScryptMemoryMax, derived.writable().data(), length);
  if (done != 1)
    return Error{"crypto.scrypt", "The cost of the password hash is not valid or needs too much memory."};
  return derived;
}

}  // namespace doudi::crypto
