// Any bytes as the compressed body of a frame with a right hash, under any claimed size: what opens has
// exactly that size and stays within the limit and the ratio; a bomb never gets memory.
#include <algorithm>
#include <cstdlib>

#include "shared/crypto/crypto.hpp"
#include "shared/wire/frame.hpp"

namespace doudi {
namespace {

constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kInputBytesMax = 64 * 1024;
constexpr std::size_t kClaimBytes = 4;

void put_number(Bytes& frame, std::size_t at, std::size_t number) {
  for (std::size_t i = 0; i < 4; ++i) frame[at + i] = static_cast<std::uint8_t>((number >> (8U * i)) & 255U);
}

std::size_t claimed_size(ByteView input) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < kClaimBytes; ++i) size |= std::size_t{input[i]} << (8U * i);
  return size;
}

Bytes framed(ByteView body, std::size_t claim) {
  Bytes frame = wire::make_frame(wire::Payload::push, {}, crypto::sha256);
  frame.resize(kHeaderBytes);
  frame[6] = 1;  // zstd
  put_number(frame, 8, body.size());
  put_number(frame, 12, claim);
  frame.insert(frame.end(), body.begin(), body.end());
  const auto hash = crypto::sha256(frame);
  frame.insert(frame.end(), hash.begin(), hash.end());
  return frame;
}

}  // namespace
}  // namespace doudi

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace doudi;
  if (size < kClaimBytes || size > kInputBytesMax) return 0;
  const ByteView input(data, size);
  const ByteView body = input.subspan(kClaimBytes);
  const std::size_t claim = claimed_size(input);
  const auto opened = wire::open_frame(wire::Payload::push, framed(body, claim), crypto::sha256);
  if (!opened.ok()) return 0;
  if (opened->size() != claim || claim > wire::kInflatedBytesMax) std::abort();
  if (claim > body.size() * wire::kInflationRatioMax) std::abort();
  return 0;
}
