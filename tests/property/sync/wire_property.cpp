// Laws of the wire: any message goes through bytes and back, its bytes are unique, damage never gets through.
#include "shared/crypto/crypto.hpp"
#include "shared/wire/frame.hpp"
#include "shared/wire/messages.hpp"
#include "tests/property/sync/law.hpp"

namespace doudi::test {
namespace {

constexpr auto kHasher = crypto::sha256;

std::string any_text() {
  static const std::vector<std::string> kParts{"a",  "Z",  "0", "兜", "底",
                                               "\n", "\"", "é", "😀",  std::string(300, 'x')};
  std::string text;
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i)
    text += kParts[*rc::gen::inRange<std::size_t>(0, kParts.size())];
  return text;
}

std::string any_name() {
  return std::string(*rc::gen::inRange<std::size_t>(0, 65), static_cast<char>('a' + *rc::gen::inRange(0, 3)));
}

std::int64_t any_number() {
  return *rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(),
                         rc::gen::element<std::int64_t>(INT64_MIN, -1, 0, 23, 24, 255, 256, INT64_MAX));
}

std::uint64_t any_natural() {
  return static_cast<std::uint64_t>(any_number());
}

Value any_cell() {
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return {};
    case 1:
      return any_number();
    case 2:
      return any_text();
    default:
      return *rc::gen::arbitrary<Bytes>();
  }
}

Uuid any_id() {
  Uuid id;
  for (auto& byte : id.bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
  return id;
}

sync::Operation any_operation() {
  sync::Operation operation{
      any_name(), any_id(), static_cast<sync::OperationKind>(*rc::gen::inRange(1, 4)), {}};
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
    operation.columns.push_back({any_name(), any_cell(), any_cell()});
  return operation;
}

sync::Group any_group() {
  sync::Group group;
  group.incarnation = *rc::gen::arbitrary<std::uint32_t>();
  group.seq = any_natural();
  for (auto& byte : group.previous) byte = *rc::gen::arbitrary<std::uint8_t>();
  group.lane = *rc::gen::element(sync::Lane::emergency, sync::Lane::ordinary);
  group.schema_version = *rc::gen::inRange(0, 1'000'000);
  group.assignment_version = any_number();
  group.device_wall_ms = any_number();
  group.device_monotonic_ms = any_number();
  group.boot_id = any_name();
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) group.operations.push_back(any_operation());
  return group;
}

sync::RowState any_row() {
  sync::RowState row{any_name(), any_id(), *rc::gen::arbitrary<bool>(), {}};
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) row.columns.emplace_back(any_name(), any_cell());
  return row;
}

wire::Cursors any_cursors() {
  wire::Cursors cursors;
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) cursors[any_name()] = any_number();
  return cursors;
}

wire::Push any_push() {
  wire::Push push;
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) push.groups.push_back(any_group());
  return push;
}

TEST_CASE("any push goes through bytes and back") {
  holds("decode(encode(x)) is x", [] {
    const wire::Push push = any_push();
    const auto result = wire::decode_push(wire::encode(push, kHasher), kHasher);
    RC_ASSERT(result.ok());
    RC_ASSERT(*result == push);
  });
}

TEST_CASE("any page goes through bytes and back") {
  holds("decode(encode(x)) is x", [] {
    wire::Page page{any_name(), {any_number()}, {}, any_cursors(), *rc::gen::arbitrary<bool>(), {}};
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) page.rows.push_back(any_row());
    for (const auto& [scope, position] : any_cursors()) page.digests[scope] = {any_natural(), any_natural()};
    const auto result = wire::decode_page(wire::encode(page, kHasher), kHasher);
    RC_ASSERT(result.ok());
    RC_ASSERT(*result == page);
  });
}

TEST_CASE("any greeting and its answer go through bytes and back") {
  holds("decode(encode(x)) is x", [] {
    wire::Hello hello{*rc::gen::arbitrary<std::uint32_t>(),
                      any_natural(),
                      {},
                      *rc::gen::inRange(0, 99),
                      any_name(),
                      any_name(),
                      any_cursors(),
                      any_number(),
                      any_number(),
                      any_name(),
                      any_natural(),
                      any_number(),
                      any_cursors(),
                      any_cursors(),
                      {any_name()},
                      {}};
    if (*rc::gen::arbitrary<bool>()) hello.holds = std::vector<std::string>{any_name(), any_name()};
    for (auto& byte : hello.last_hash) byte = *rc::gen::arbitrary<std::uint8_t>();
    const auto greeting = wire::decode_hello(wire::encode(hello, kHasher), kHasher);
    RC_ASSERT(greeting.ok());
    RC_ASSERT(*greeting == hello);
    wire::HelloReply reply{any_name(),
                           {any_number()},
                           any_name(),
                           *rc::gen::arbitrary<std::uint32_t>(),
                           any_natural(),
                           {any_natural()},
                           {any_name(), any_name()},
                           any_number(),
                           *rc::gen::arbitrary<bool>()};
    const auto answer = wire::decode_hello_reply(wire::encode(reply, kHasher), kHasher);
    RC_ASSERT(answer.ok());
    RC_ASSERT(*answer == reply);
  });
}

TEST_CASE("any verdict, pull and wait go through bytes and back") {
  holds("decode(encode(x)) is x", [] {
    const wire::PushReply verdicts{any_name(),
                                   {any_number()},
                                   {{*rc::gen::arbitrary<std::uint32_t>(), any_natural(),
                                     static_cast<sync::Verdict>(*rc::gen::inRange(1, 6)), any_name()}},
                                   any_natural()};
    RC_ASSERT(*wire::decode_push_reply(wire::encode(verdicts, kHasher), kHasher) == verdicts);
    const wire::Pull pull{any_name(), any_cursors(), *rc::gen::arbitrary<std::uint32_t>()};
    RC_ASSERT(*wire::decode_pull(wire::encode(pull, kHasher), kHasher) == pull);
    const wire::Wait wait{any_cursors(), *rc::gen::arbitrary<std::uint32_t>(), any_number(), any_name()};
    RC_ASSERT(*wire::decode_wait(wire::encode(wait, kHasher), kHasher) == wait);
    const wire::WaitReply news{*rc::gen::arbitrary<bool>(), {any_number()}};
    RC_ASSERT(*wire::decode_wait_reply(wire::encode(news, kHasher), kHasher) == news);
  });
}

TEST_CASE("two different pushes never have the same bytes") {
  holds("the encoding is unique", [] {
    const wire::Push a = any_push();
    const wire::Push b = *rc::gen::arbitrary<bool>() ? any_push() : a;
    RC_ASSERT((a == b) == (wire::encode(a, kHasher) == wire::encode(b, kHasher)));
  });
}

TEST_CASE("a damaged frame never opens") {
  holds("cut or flipped, it is refused", [] {
    const Bytes frame = wire::encode(any_push(), kHasher);
    Bytes damaged = frame;
    if (*rc::gen::arbitrary<bool>()) {
      damaged.resize(*rc::gen::inRange<std::size_t>(0, frame.size()));
    } else {
      damaged[*rc::gen::inRange<std::size_t>(0, frame.size())] ^=
          static_cast<std::uint8_t>(1U << static_cast<unsigned>(*rc::gen::inRange(0, 8)));
    }
    const auto result = wire::decode_push(damaged, kHasher);
    RC_ASSERT(!result.ok());
    RC_ASSERT(result.error().code == "wire.frame");
  });
}

TEST_CASE("any body behind a right frame is read without harm, and what is accepted encodes to itself") {
  holds("the decoder takes only canonical bytes", [] {
    const Bytes good = *wire::open_frame(wire::Payload::push, wire::encode(any_push(), kHasher), kHasher);
    Bytes body = good;
    for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
      body[*rc::gen::inRange<std::size_t>(0, body.size())] = *rc::gen::arbitrary<std::uint8_t>();
    }
    const auto result = wire::decode_push(wire::make_frame(wire::Payload::push, body, kHasher), kHasher);
    if (!result.ok()) return;
    const auto again = wire::decode_push(wire::encode(*result, kHasher), kHasher);
    RC_ASSERT(again.ok());
    RC_ASSERT(*again == *result);
  });
}

}  // namespace
}  // namespace doudi::test
