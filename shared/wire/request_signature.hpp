// The text a device signs for every request (after RFC 9421): method, target, body digest, device, server
// nonce.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::wire {

inline constexpr std::string_view kDeviceHeader = "doudi-device";        // UUID text
inline constexpr std::string_view kNonceHeader = "doudi-nonce";          // the nonce being spent
inline constexpr std::string_view kSignatureHeader = "doudi-signature";  // base64url of 64 bytes Ed25519
inline constexpr std::string_view kNextNonceHeader =
    "doudi-next-nonce";  // in every answer to a device, 401 included

// "doudi-sign-1\n<METHOD>\n<target>\n<hex sha256 of body>\n<device>\n<nonce>\n"
// `body_digest`: of a body that is announced, whether or not all of it arrives.
std::string signed_text(std::string_view method, std::string_view target, const sync::Hash& body_digest,
                        const Uuid& device, std::string_view nonce);
std::string signed_text(std::string_view method, std::string_view target, ByteView body, const Uuid& device,
                        std::string_view nonce, sync::Hasher hasher);

}  // namespace doudi::wire
