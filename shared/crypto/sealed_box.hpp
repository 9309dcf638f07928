// Anyone who knows a public key can seal something to it; only the private key opens it. For what a tablet
// keeps for the office in case it is lost: the tablet itself cannot read it back.
#pragma once

#include <array>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace doudi::crypto {

// X25519.
struct BoxKey {
  Secret private_key;  // 32 bytes
  std::array<std::uint8_t, 32> public_key{};
};
BoxKey make_box_key();
// The key pair of a stored private key. "crypto.key".
Result<BoxKey> box_key(Secret private_key);

// A fresh key pair per message; its public key, then AES-256-GCM under the shared secret. "crypto.key" when
// the public key is not one.
Result<Bytes> seal_to(ByteView public_key, ByteView plaintext, ByteView associated);
// "crypto.forged".
Result<Bytes> open_sealed(const BoxKey& key, ByteView sealed, ByteView associated);

}  // namespace doudi::crypto
