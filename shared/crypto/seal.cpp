// Authenticated encryption of small things: wrapped keys, sealed counters, exports.
#include "shared/crypto/crypto.hpp"
#include "shared/crypto/openssl_handle.hpp"

namespace doudi::crypto {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kPlaintextMax = std::size_t{1} << 30U;

}  // namespace

Bytes seal(const Secret& key, ByteView plaintext, ByteView associated) {
  ensure(key.size() == kKeySize, "a sealing key has 32 bytes");
  ensure(plaintext.size() <= kPlaintextMax && associated.size() <= kPlaintextMax, "sealed data is small");
  Bytes sealed(kNonceSize + plaintext.size() + kTagSize);
  random_bytes(std::span(sealed).first(kNonceSize));
  std::uint8_t* const body = sealed.data() + kNonceSize;
  const CipherHandle context(EVP_CIPHER_CTX_new());
  int count = 0;
  bool good =
      EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.view().data(), sealed.data(), nullptr) == 1;
  good = good && (associated.empty() || EVP_EncryptUpdate(context.get(), nullptr, &count, associated.data(),
                                                          static_cast<int>(associated.size())) == 1);
  good = good && (plaintext.empty() || EVP_EncryptUpdate(context.get(), body, &count, plaintext.data(),
                                                         static_cast<int>(plaintext.size())) == 1);
  good = good && EVP_EncryptFinal_ex(context.get(), body + plaintext.size(), &count) == 1;
  good = good && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTagSize),
                                     body + plaintext.size()) == 1;
  ensure(good, "AES-256-GCM seals");
  return sealed;
}

Result<Bytes> open(const Secret& key, ByteView sealed, ByteView associated) {
  ensure(key.size() == kKeySize, "a sealing key has 32 bytes");
  const Error forged{"crypto.forged", "The sealed data was changed, or this is not its key."};
  if (sealed.size() < kNonceSize + kTagSize || sealed.size() > kPlaintextMax ||
      associated.size() > kPlaintextMax)
    return forged;
  const ByteView body = sealed.subspan(kNonceSize, sealed.size() - kNonceSize - kTagSize);
  Bytes tag = to_bytes(sealed.last(kTagSize));
  Bytes plaintext(body.size());
  const CipherHandle context(EVP_CIPHER_CTX_new());
  int count = 0;
  bool good =
      EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.view().data(), sealed.data(), nullptr) == 1;
  good = good && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTagSize),
                                     tag.data()) == 1;
  good = good && (associated.empty() || EVP_DecryptUpdate(context.get(), nullptr, &count, associated.data(),
                                                          static_cast<int>(associated.size())) == 1);
  good = good && (body.empty() || EVP_DecryptUpdate(context.get(), plaintext.data(), &count, body.data(),
                                                    static_cast<int>(body.size())) == 1);
  std::array<std::uint8_t, kTagSize> rest{};  // GCM has no padding: nothing is written here
  if (good && EVP_DecryptFinal_ex(context.get(), rest.data(), &count) == 1) return plaintext;
  wipe(plaintext);  // decrypted, but not authenticated
  return forged;
}

}  // namespace doudi::crypto
