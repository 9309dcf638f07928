#include "shared/crypto/database_page.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "shared/crypto/openssl_handle.hpp"

namespace doudi::crypto {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kVectorBytes = 16;
constexpr std::size_t kCodeBytes = 64;
constexpr std::uint8_t kCodeSaltMask = 0x3a;
constexpr int kCodeKeyRounds = 2;
constexpr std::size_t kContentBytes = kDatabasePageBytes - kDatabaseReserveBytes;

Secret code_key(const Secret& key, ByteView salt) {
  Bytes masked = to_bytes(salt);
  for (std::uint8_t& byte : masked) byte ^= kCodeSaltMask;
  Bytes derived(kKeyBytes);
  const auto password = key.view();
  const int done =
      PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(password.data()), static_cast<int>(password.size()),
                        masked.data(), static_cast<int>(masked.size()), kCodeKeyRounds, EVP_sha512(),
                        static_cast<int>(derived.size()), derived.data());
  ensure(done == 1, "the key of the page codes is derived");
  return Secret(std::move(derived));
}

}  // namespace

DatabasePages::DatabasePages(const Secret& key, ByteView salt)
    : key_(key.clone()), code_key_(code_key(key, salt)) {
  ensure(key.size() == kKeyBytes && salt.size() == kDatabaseSaltBytes, "a raw key and a whole salt");
}

bool DatabasePages::is_authentic(std::uint32_t number, ByteView page, std::size_t from) const {
  Bytes covered = to_bytes(page.subspan(from, kContentBytes + kVectorBytes - from));
  for (unsigned shift = 0; shift < 32; shift += 8)
    covered.push_back(static_cast<std::uint8_t>(number >> shift));
  Bytes code(kCodeBytes);
  unsigned int size = 0;
  const auto key = code_key_.view();
  HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()), covered.data(), covered.size(), code.data(),
       &size);
  return size == kCodeBytes &&
         equal_constant_time(code, page.subspan(kContentBytes + kVectorBytes, kCodeBytes));
}

Result<Bytes> DatabasePages::open(std::uint32_t number, ByteView page) const {
  const Error damaged{"crypto.damaged", "the page is not as it was written"};
  const std::size_t from = number == 1 ? kDatabaseSaltBytes : 0;
  if (page.size() != kDatabasePageBytes || !is_authentic(number, page, from)) return damaged;
  const CipherHandle context(EVP_CIPHER_CTX_new());
  Bytes plain(kDatabasePageBytes);
  int written = 0;
  const bool opened =
      EVP_DecryptInit_ex2(context.get(), EVP_aes_256_cbc(), key_.view().data(),
                          page.subspan(kContentBytes).data(), nullptr) == 1 &&
      EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
      EVP_DecryptUpdate(context.get(), plain.data() + from, &written, page.subspan(from).data(),
                        static_cast<int>(kContentBytes - from)) == 1;
  if (!opened) return damaged;
  std::fill(plain.begin() + static_cast<std::ptrdiff_t>(kContentBytes), plain.end(), std::uint8_t{0});
  return plain;
}

}  // namespace doudi::crypto
