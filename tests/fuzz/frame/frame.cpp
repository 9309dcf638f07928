// Any bytes as a frame, raw and with a right hash: the process lives, and what opens as a message encodes to
// an equal one.
#include <algorithm>
#include <cstdlib>

#include "shared/crypto/crypto.hpp"
#include "shared/wire/frame.hpp"
#include "shared/wire/messages.hpp"

namespace doudi {
namespace {

constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kHashBytes = 32;

template <class Decode>
void round_trip(ByteView frame, const Decode& decode) {
  const auto message = decode(frame, crypto::sha256);
  if (!message.ok()) return;
  const auto again = decode(wire::encode(*message, crypto::sha256), crypto::sha256);
  if (!again.ok() || !(*again == *message)) std::abort();
}

void decode_all(ByteView frame) {
  round_trip(frame, wire::decode_hello);
  round_trip(frame, wire::decode_hello_reply);
  round_trip(frame, wire::decode_push);
  round_trip(frame, wire::decode_push_reply);
  round_trip(frame, wire::decode_pull);
  round_trip(frame, wire::decode_page);
  round_trip(frame, wire::decode_wait);
  round_trip(frame, wire::decode_wait_reply);
  round_trip(frame, wire::decode_compare);
  round_trip(frame, wire::decode_compare_reply);
}

// Lets the fuzzer reach what lies behind the hash and the length.
Bytes repaired(ByteView input) {
  Bytes frame = to_bytes(input);
  const std::size_t body = frame.size() - kHeaderBytes - kHashBytes;
  for (std::size_t i = 0; i < 4; ++i) frame[8 + i] = static_cast<std::uint8_t>((body >> (8U * i)) & 255U);
  const auto hash = crypto::sha256(ByteView(frame).first(frame.size() - kHashBytes));
  std::copy(hash.begin(), hash.end(), frame.end() - static_cast<std::ptrdiff_t>(kHashBytes));
  return frame;
}

}  // namespace
}  // namespace doudi

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const doudi::ByteView input(data, size);
  doudi::decode_all(input);
  if (size >= doudi::kHeaderBytes + doudi::kHashBytes) doudi::decode_all(doudi::repaired(input));
  return 0;
}
