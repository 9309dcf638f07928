#include "shared/wire/frame.hpp"

#include <algorithm>
#include <string_view>

#include <zstd.h>

namespace doudi::wire {
namespace {

constexpr std::string_view kMagic = "DDI1";
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kPlain = 0;
constexpr std::uint8_t kZstd = 1;
constexpr std::uint8_t kSha256 = 1;
constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr int kCompressionLevel = 9;
constexpr std::size_t kSkippableHeaderBytes = 8;
constexpr std::uint32_t kSkippableMagic = 0x184D2A50U;

void append_number(Bytes& into, std::size_t number) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    into.push_back(static_cast<std::uint8_t>((number >> shift) & 255U));
}

std::size_t number_at(ByteView bytes, std::size_t at) {
  std::size_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = (number << 8U) | bytes[at + i];
  return number;
}

// A body that shrinks beyond the allowed ratio is filled up with a frame that zstd skips: what we send can be
// opened.
void pad_to_ratio(Bytes& compressed, std::size_t inflated) {
  const std::size_t least = (inflated + kInflationRatioMax - 1) / kInflationRatioMax;
  if (compressed.size() >= least) return;
  const std::size_t missing = least - compressed.size();
  const std::size_t filling = missing > kSkippableHeaderBytes ? missing - kSkippableHeaderBytes : 0;
  append_number(compressed, kSkippableMagic);
  append_number(compressed, filling);
  compressed.resize(compressed.size() + filling);
}

Bytes compress(ByteView body) {
  Bytes compressed(ZSTD_compressBound(body.size()));
  const std::size_t size =
      ZSTD_compress(compressed.data(), compressed.size(), body.data(), body.size(), kCompressionLevel);
  ensure(ZSTD_isError(size) == 0, "zstd compresses into a buffer of its own bound");
  compressed.resize(size);
  pad_to_ratio(compressed, body.size());
  return compressed;
}

Error refused(std::string why) {
  return {"wire.frame", "the frame was refused: " + std::move(why)};
}

struct Header {
  std::uint8_t compression = kPlain;
  std::size_t compressed = 0;
  std::size_t inflated = 0;
};

Result<Header> read_header(Payload expected, ByteView frame) {
  if (frame.size() < kHeaderBytes + kHashBytes) return refused("it is too short");
  if (frame.size() > kHeaderBytes + kBodyBytesMax + kHashBytes) return refused("it is too long");
  if (as_text(frame.first(kMagic.size())) != kMagic) return refused("it does not start as a frame");
  if (frame[4] != kVersion) return refused("its version is unknown");
  if (frame[5] != static_cast<std::uint8_t>(expected)) return refused("it holds another message");
  if (frame[6] != kPlain && frame[6] != kZstd) return refused("its compression is unknown");
  if (frame[7] != kSha256) return refused("its hash is unknown");
  const Header header{frame[6], number_at(frame, 8), number_at(frame, 12)};
  if (header.compressed != frame.size() - kHeaderBytes - kHashBytes) return refused("its length is wrong");
  if (header.inflated > kInflatedBytesMax) return refused("it would grow too large");
  if (header.inflated > header.compressed * kInflationRatioMax) return refused("it would grow too much");
  return header;
}

Result<Bytes> inflate(ByteView body, std::size_t inflated) {
  Bytes out(inflated);
  const std::size_t size = ZSTD_decompress(out.data(), out.size(), body.data(), body.size());
  if (ZSTD_isError(size) != 0 || size != inflated) return refused("its body does not inflate");
  return out;
}

}  // namespace

Bytes make_frame(Payload payload, ByteView body, sync::Hasher hasher) {
  ensure(body.size() <= kInflatedBytesMax, "a message keeps below the size limit");
  const Bytes compressed = compress(body);
  const bool plain = compressed.size() >= body.size();
  const ByteView chosen = plain ? body : ByteView(compressed);
  ensure(chosen.size() <= kBodyBytesMax, "a message keeps below the compressed size limit");
  Bytes frame = to_bytes(as_bytes(kMagic));
  for (const std::uint8_t byte :
       {kVersion, static_cast<std::uint8_t>(payload), plain ? kPlain : kZstd, kSha256}) {
    frame.push_back(byte);
  }
  append_number(frame, chosen.size());
  append_number(frame, body.size());
  frame.insert(frame.end(), chosen.begin(), chosen.end());
  const sync::Hash hash = hasher(frame);
  frame.insert(frame.end(), hash.begin(), hash.end());
  return frame;
}

Result<Bytes> open_frame(Payload expected, ByteView frame, sync::Hasher hasher) {
  DOUDI_ASSIGN(const Header header, read_header(expected, frame));
  const ByteView hashed = frame.first(frame.size() - kHashBytes);
  const sync::Hash hash = hasher(hashed);
  if (!std::equal(hash.begin(), hash.end(), frame.end() - kHashBytes)) return refused("its hash is wrong");
  const ByteView body = hashed.subspan(kHeaderBytes);
  if (header.compression == kZstd) return inflate(body, header.inflated);
  if (header.inflated != header.compressed) return refused("its length is wrong");
  return to_bytes(body);
}

}  // namespace doudi::wire
