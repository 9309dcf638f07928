// Every cryptographic primitive of the product, from OpenSSL 3 (the only folder that includes it, beside the
// TLS contexts of shared/http). Algorithm ids travel in every envelope so that SM2/SM3/SM4 can be added.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"

namespace doudi::crypto {

using Hash = std::array<std::uint8_t, 32>;

void random_bytes(std::span<std::uint8_t> out);  // from the system; asserts success
Bytes random_bytes(std::size_t count);
Hash sha256(ByteView data);
Hash hmac_sha256(ByteView key, ByteView data);
Secret hkdf_sha256(ByteView key, ByteView salt, std::string_view info, std::size_t length);

struct ScryptCost {
  std::uint64_t n = 1U << 16U;
  std::uint32_t r = 8;
  std::uint32_t p = 1;
};
Result<Secret> scrypt(ByteView password, ByteView salt, const ScryptCost& cost, std::size_t length);

// AES-256-GCM; output = 12-byte nonce, ciphertext, 16-byte tag. Open fails with "crypto.forged".
Bytes seal(const Secret& key, ByteView plaintext, ByteView associated);
Result<Bytes> open(const Secret& key, ByteView sealed, ByteView associated);

// Ed25519.
struct SigningKey {
  Secret private_key;  // 32 bytes
  std::array<std::uint8_t, 32> public_key{};
};
SigningKey make_signing_key();
std::array<std::uint8_t, 64> sign(const SigningKey& key, ByteView message);
bool verify(ByteView public_key, ByteView message, ByteView signature);

// Password record "scrypt$N$r$p$salt$hash" (base64url).
std::string hash_password(std::string_view password, const ScryptCost& cost = {});
bool check_password(std::string_view password, std::string_view record);

// District CA and the server's leaf certificate, EC P-256, PEM. Leaf has SAN for every name (DNS or IP).
struct Certificate {
  std::string certificate_pem;
  Secret private_key_pem;
};
Certificate make_authority(std::string_view common_name, Instant not_before, std::chrono::days lifetime);
Certificate make_server_certificate(const Certificate& authority, const std::vector<std::string>& names,
                                    Instant not_before, std::chrono::days lifetime);
// SHA-256 over the DER form of the first certificate in the PEM text.
Result<Hash> certificate_fingerprint(std::string_view pem);
// Connects over TLS without trusting anyone, and returns the PEM of the one certificate in the presented
// chain whose fingerprint starts with `fingerprint_prefix` (≥ 10 bytes): trust comes from the prefix in the
// enrolment code. "tls.unknown_authority" if none matches, "net.unreachable" if nobody answers.
Result<std::string> fetch_pinned_authority(const std::string& host, std::uint16_t port,
                                           ByteView fingerprint_prefix, std::chrono::milliseconds timeout);

}  // namespace doudi::crypto
