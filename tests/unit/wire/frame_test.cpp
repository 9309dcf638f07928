// The envelope: what was put in comes out, and nothing else ever does.
#include "shared/wire/frame.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shared/crypto/crypto.hpp"

namespace doudi::wire {
namespace {

Bytes framed(const Bytes& body) {
  return make_frame(Payload::push, body, crypto::sha256);
}
Result<Bytes> opened(ByteView frame) {
  return open_frame(Payload::push, frame, crypto::sha256);
}

// Writes the hash again, as somebody who knows the format would.
Bytes rehashed(Bytes frame) {
  const auto hash = crypto::sha256(ByteView(frame).first(frame.size() - 32));
  std::copy(hash.begin(), hash.end(), frame.end() - 32);
  return frame;
}

Bytes mixed_body(std::size_t size) {
  Bytes body(size);
  for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<std::uint8_t>(i * i / 7 + i % 3);
  return body;
}

TEST_CASE("a body of any size comes out as it went in") {
  for (const std::size_t size : {0U, 1U, 31U, 1'000U, 70'000U, 2'000'000U}) {
    INFO(size);
    const auto body = mixed_body(size);
    const auto result = opened(framed(body));
    REQUIRE(result.ok());
    CHECK(*result == body);
  }
}

TEST_CASE("a body that shrinks a thousandfold is filled up so that the other side accepts it") {
  for (const std::size_t size : {5'000U, 1'000'000U, 16U * 1024U * 1024U}) {
    const Bytes body(size, 'a');
    const Bytes frame = framed(body);
    CHECK(frame.size() < size / 50);
    const auto result = opened(frame);
    REQUIRE(result.ok());
    CHECK(*result == body);
  }
}

TEST_CASE("every prefix of a frame is refused") {
  const Bytes frame = framed(mixed_body(300));
  for (std::size_t size = 0; size < frame.size(); ++size) {
    const auto result = opened(ByteView(frame).first(size));
    REQUIRE_FALSE(result.ok());
    REQUIRE(result.error().code == "wire.frame");
  }
}

TEST_CASE("every flipped bit of a frame is refused") {
  for (const Bytes& body : {Bytes(300, 'a'), Bytes{1, 2, 3}}) {
    Bytes frame = framed(body);
    for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
      const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
      frame[bit / 8] ^= mask;
      REQUIRE_FALSE(opened(frame).ok());
      frame[bit / 8] ^= mask;
    }
    CHECK(opened(frame).ok());
  }
}

TEST_CASE("bytes behind a frame are refused") {
  Bytes frame = framed({1, 2, 3});
  frame.push_back(0);
  CHECK_FALSE(opened(frame).ok());
}

TEST_CASE("a frame of another message is refused") {
  CHECK_FALSE(open_frame(Payload::pull, framed({1}), crypto::sha256).ok());
}

TEST_CASE("a hash over a lying header does not help") {
  const Bytes frame = framed(Bytes(300, 'a'));
  const auto refuses = [&](std::size_t at, std::uint8_t value) {
    Bytes lying = frame;
    lying[at] = value;
    return !opened(rehashed(lying)).ok();
  };
  CHECK(refuses(4, 2));      // version
  CHECK(refuses(6, 0));      // compressed content declared plain
  CHECK(refuses(6, 2));      // unknown compression
  CHECK(refuses(7, 2));      // unknown hash
  CHECK(refuses(8, 1));      // compressed length
  CHECK(refuses(12, 1));     // inflated length too small
  CHECK(refuses(13, 9));     // inflated length too large
  CHECK(refuses(14, 0xff));  // ratio beyond the limit
  CHECK(refuses(15, 0xff));  // size beyond the limit
}

TEST_CASE("a body that is no zstd data is refused behind a right hash") {
  Bytes frame = framed(Bytes(300, 'a'));
  for (std::size_t at = 16; at < frame.size() - 32; ++at) frame[at] = 0x55;
  CHECK_FALSE(opened(rehashed(frame)).ok());
}

}  // namespace
}  // namespace doudi::wire
