// The envelope: magic, version, algorithm ids, lengths, zstd(CBOR), SHA-256. It is checked before any parser
// sees the payload; every prefix and every flipped bit is refused (sync.md, Envelope).
#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::wire {

inline constexpr std::size_t kBodyBytesMax = 4 * 1024 * 1024;
inline constexpr std::size_t kInflatedBytesMax = 16 * 1024 * 1024;
inline constexpr std::size_t kInflationRatioMax = 100;

enum class Payload : std::uint8_t {
  hello = 1,
  hello_reply = 2,
  push = 3,
  push_reply = 4,
  pull = 5,
  page = 6,
  wait = 7,
  wait_reply = 8,
  compare = 9,
  compare_reply = 10
};

// Layout (little endian): "DDI1", version u8, payload u8, compression u8 (0 none, 1 zstd), hash u8 (1
// SHA-256), compressed length u32, inflated length u32, body, hash[32] over everything before it.
Bytes make_frame(Payload payload, ByteView body, sync::Hasher hasher);
// Errors "wire.frame": the reason in words, never content.
Result<Bytes> open_frame(Payload expected, ByteView frame, sync::Hasher hasher);

}  // namespace doudi::wire
