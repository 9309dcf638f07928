// Any bytes as the body of the message that the first byte names: the process lives, memory follows the
// input, and what is accepted encodes to an equal message.
#include <cstdlib>

#include "shared/crypto/crypto.hpp"
#include "shared/wire/frame.hpp"
#include "shared/wire/messages.hpp"

namespace doudi {
namespace {

constexpr std::size_t kInputBytesMax = 1024 * 1024;

template <class Decode>
void round_trip(wire::Payload payload, ByteView body, const Decode& decode) {
  const auto message = decode(wire::make_frame(payload, body, crypto::sha256), crypto::sha256);
  if (!message.ok()) return;
  const auto again = decode(wire::encode(*message, crypto::sha256), crypto::sha256);
  if (!again.ok() || !(*again == *message)) std::abort();
}

void decode_as(wire::Payload payload, ByteView body) {
  switch (payload) {
    case wire::Payload::hello:
      return round_trip(payload, body, wire::decode_hello);
    case wire::Payload::hello_reply:
      return round_trip(payload, body, wire::decode_hello_reply);
    case wire::Payload::push:
      return round_trip(payload, body, wire::decode_push);
    case wire::Payload::push_reply:
      return round_trip(payload, body, wire::decode_push_reply);
    case wire::Payload::pull:
      return round_trip(payload, body, wire::decode_pull);
    case wire::Payload::page:
      return round_trip(payload, body, wire::decode_page);
    case wire::Payload::wait:
      return round_trip(payload, body, wire::decode_wait);
    case wire::Payload::wait_reply:
      return round_trip(payload, body, wire::decode_wait_reply);
    case wire::Payload::compare:
      return round_trip(payload, body, wire::decode_compare);
    case wire::Payload::compare_reply:
      return round_trip(payload, body, wire::decode_compare_reply);
  }
}

}  // namespace
}  // namespace doudi

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > doudi::kInputBytesMax || data[0] < 1 || data[0] > 10) return 0;
  doudi::decode_as(static_cast<doudi::wire::Payload>(data[0]), doudi::ByteView(data, size).subspan(1));
  return 0;
}
