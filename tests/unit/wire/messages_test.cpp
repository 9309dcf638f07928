// Every message goes through bytes and back, and a decoder takes nothing but what an encoder could have
// written.
#include <functional>

#include <catch2/catch_test_macros.hpp>

#include "shared/crypto/crypto.hpp"
#include "shared/wire/cbor_writer.hpp"
#include "shared/wire/frame.hpp"
#include "tests/unit/wire/sample_messages.hpp"

namespace doudi::wire {
namespace {

constexpr auto kHasher = crypto::sha256;

template <class Message, class Decode>
void goes_through(const Message& message, Decode decode) {
  const auto result = decode(encode(message, kHasher), kHasher);
  REQUIRE(result.ok());
  CHECK(*result == message);
  const auto empty = decode(encode(Message{}, kHasher), kHasher);
  REQUIRE(empty.ok());
  CHECK(*empty == Message{});
}

TEST_CASE("every message comes out as it went in") {
  goes_through(test::sample_hello(), decode_hello);
  goes_through(test::sample_hello_reply(), decode_hello_reply);
  goes_through(test::sample_push(), decode_push);
  goes_through(test::sample_push_reply(), decode_push_reply);
  goes_through(test::sample_pull(), decode_pull);
  goes_through(test::sample_page(), decode_page);
  goes_through(test::sample_wait(), decode_wait);
  goes_through(test::sample_wait_reply(), decode_wait_reply);
  goes_through(test::sample_compare(), decode_compare);
  goes_through(test::sample_compare_reply(), decode_compare_reply);
}

Bytes wait_reply_with(const std::function<void(CborWriter&)>& write) {
  CborWriter writer;
  write(writer);
  return make_frame(Payload::wait_reply, writer.take(), kHasher);
}

TEST_CASE("a key of a newer program is skipped") {
  const Bytes frame = wait_reply_with([](CborWriter& writer) {
    writer.map(3);
    writer.text("news"), writer.boolean(true);
    writer.text("later"), writer.array(1), writer.null();
    writer.text("server"), writer.integer(5);
  });
  const auto reply = decode_wait_reply(frame, kHasher);
  REQUIRE(reply.ok());
  CHECK(reply->news);
  CHECK(reply->server_time.ms == 5);
}

TEST_CASE("a wait of an older tablet, which names no epoch, is understood") {
  CborWriter writer;
  writer.map(2);
  writer.text("cursors"), writer.map(0);
  writer.text("seconds"), writer.natural(25);
  const Bytes body = writer.take();
  const auto wait = decode_wait(make_frame(Payload::wait, body, kHasher), kHasher);
  REQUIRE(wait.ok());
  CHECK(wait->epoch.empty());
  CHECK(*open_frame(Payload::wait, encode(*wait, kHasher), kHasher) == body);
}

TEST_CASE("a missing key is refused") {
  const Bytes frame = wait_reply_with([](CborWriter& writer) {
    writer.map(1);
    writer.text("news"), writer.boolean(true);
  });
  CHECK(decode_wait_reply(frame, kHasher).error().code == "wire.message");
}

TEST_CASE("every prefix of a message body is refused behind a right frame") {
  const Bytes body = *open_frame(Payload::push, encode(test::sample_push(), kHasher), kHasher);
  for (std::size_t size = 0; size < body.size(); ++size) {
    const auto result = decode_push(make_frame(Payload::push, ByteView(body).first(size), kHasher), kHasher);
    REQUIRE_FALSE(result.ok());
    REQUIRE(result.error().code == "wire.message");
  }
}

TEST_CASE("a changed body either is refused or has bytes of its own") {
  const Bytes body = *open_frame(Payload::push, encode(test::sample_push(), kHasher), kHasher);
  std::size_t accepted = 0;
  for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
    Bytes changed = body;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto result = decode_push(make_frame(Payload::push, changed, kHasher), kHasher);
    if (!result.ok()) continue;
    ++accepted;
    REQUIRE(*result != test::sample_push());
    REQUIRE(*open_frame(Payload::push, encode(*result, kHasher), kHasher) == changed);
  }
  CHECK(accepted > 0);  // a changed digit in a text is a good message
}

TEST_CASE("kinds, lanes and verdicts outside their list are refused") {
  Push push = test::sample_push();
  push.groups[0].lane = static_cast<sync::Lane>(3);
  CHECK_FALSE(decode_push(encode(push, kHasher), kHasher).ok());
  push = test::sample_push();
  push.groups[0].operations[0].kind = static_cast<sync::OperationKind>(0);
  CHECK_FALSE(decode_push(encode(push, kHasher), kHasher).ok());
  PushReply reply = test::sample_push_reply();
  reply.verdicts[0].verdict = static_cast<sync::Verdict>(6);
  CHECK_FALSE(decode_push_reply(encode(reply, kHasher), kHasher).ok());
}

TEST_CASE("names longer than any name are refused") {
  Pull pull = test::sample_pull();
  pull.epoch = std::string(65, 'e');
  CHECK_FALSE(decode_pull(encode(pull, kHasher), kHasher).ok());
  pull = test::sample_pull();
  pull.cursors[std::string(65, 'c')] = 1;
  CHECK_FALSE(decode_pull(encode(pull, kHasher), kHasher).ok());
}

}  // namespace
}  // namespace doudi::wire
