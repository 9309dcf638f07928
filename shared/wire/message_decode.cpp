// Bytes to messages: frame first, then one pass over bounded CBOR. An unknown key is skipped, a missing one
// refused.
#include <limits>

#include "shared/wire/frame.hpp"
#include "shared/wire/message_parts.hpp"

namespace doudi::wire {
namespace {

std::uint32_t read_u32(CborReader& reader) {
  return static_cast<std::uint32_t>(reader.natural(std::numeric_limits<std::uint32_t>::max()));
}

std::int32_t read_version(CborReader& reader) {
  return static_cast<std::int32_t>(reader.natural(std::numeric_limits<std::int32_t>::max()));
}

std::uint64_t read_seq(CborReader& reader) {
  return reader.natural();
}

std::string read_name(CborReader& reader) {
  return reader.text(kNameBytesMax);
}

template <class Message, class Read>
Result<Message> decode(Payload payload, ByteView frame, sync::Hasher hasher, const Read& read) {
  DOUDI_ASSIGN(const Bytes body, open_frame(payload, frame, hasher));
  CborReader reader(body);
  Message message;
  read(reader, message);
  DOUDI_TRY(reader.finish());
  return message;
}

Departure read_departure(CborReader& reader) {
  Departure departure;
  if (reader.array(3) != 3) reader.fail("a departure has three parts");
  departure.scope = read_name(reader);
  departure.table = read_name(reader);
  departure.row = read_uuid(reader);
  reader.leave();
  return departure;
}

SetAside read_set_aside(CborReader& reader) {
  SetAside group;
  if (reader.array(3) != 3) reader.fail("a group set aside has three parts");
  group.incarnation = read_u32(reader);
  group.seq = read_seq(reader);
  group.hash = read_hash(reader);
  reader.leave();
  return group;
}

// Keys that older programs do not send are not counted.
void read_hello(CborReader& reader, Hello& message) {
  std::size_t later = 0;
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "cur") return message.cursors = read_cursors(reader), true;
    if (key == "inc") return message.incarnation = read_u32(reader), true;
    if (key == "nos") return message.numbers = read_cursors(reader), ++later, true;
    if (key == "old") return message.oldest_unsent_ms = reader.integer(), true;
    if (key == "seq") return message.last_seq = reader.natural(), true;
    if (key == "boot") return message.boot_id = reader.text(kNameBytesMax), true;
    if (key == "hash") return message.last_hash = read_hash(reader), true;
    if (key == "mark") return message.marks = read_cursors(reader), ++later, true;
    if (key == "mono") return message.device_monotonic_ms = reader.integer(), true;
    if (key == "prog") return message.program_version = reader.text(kNameBytesMax), true;
    if (key == "wall") return message.device_wall_ms = reader.integer(), true;
    if (key == "aside")
      return message.set_aside = read_list(reader, kSetAsideMax, read_set_aside), ++later, true;
    if (key == "epoch") return message.epoch = reader.text(kNameBytesMax), true;
    if (key == "schema") return message.schema_version = read_version(reader), true;
    if (key == "unsent") return message.unsent_groups = reader.natural(), true;
    if (key == "holds") return message.holds = read_list(reader, kScopesMax, read_name), ++later, true;
    if (key == "purged") return message.purged = read_list(reader, kScopesMax, read_name), ++later, true;
    return false;
  });
  require_keys(reader, known - later, 12);
}

void read_hello_reply(CborReader& reader, HelloReply& message) {
  std::size_t later = 0;
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "inc") return message.next_incarnation = read_u32(reader), true;
    if (key == "news") return message.news = reader.boolean(), true;
    if (key == "seqs") return message.known_beyond = read_list(reader, kGroupsMax, read_seq), true;
    if (key == "chain") return message.chain = reader.text(kNameBytesMax), true;
    if (key == "epoch") return message.epoch = reader.text(kNameBytesMax), true;
    if (key == "known") return message.known_seq = reader.natural(), true;
    if (key == "proof") return message.known_hash = read_hash(reader), ++later, true;
    if (key == "other") return message.history_lost = reader.boolean(), ++later, true;
    if (key == "saved") return message.backed_up = reader.natural(), ++later, true;
    if (key == "scopes") return message.scopes = read_list(reader, kScopesMax, read_name), true;
    if (key == "server") return message.server_time = Instant{reader.integer()}, true;
    if (key == "assigned") return message.assignment_version = reader.integer(), true;
    if (key == "settled")
      return message.settled = read_list(reader, kSetAsideMax, read_verdict), ++later, true;
    if (key == "key") return message.recovery_key = reader.blob(kKeyBytesMax), ++later, true;
    return false;
  });
  require_keys(reader, known - later, 9);
}

void read_push(CborReader& reader, Push& message) {
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "groups") return message.groups = read_list(reader, kGroupsMax, read_group), true;
    return false;
  });
  require_keys(reader, known, 1);
}

void read_push_reply(CborReader& reader, PushReply& message) {
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "epoch") return message.epoch = reader.text(kNameBytesMax), true;
    if (key == "known") return message.known_seq = reader.natural(), true;
    if (key == "server") return message.server_time = Instant{reader.integer()}, true;
    if (key == "verdicts") return message.verdicts = read_list(reader, kGroupsMax, read_verdict), true;
    return false;
  });
  require_keys(reader, known, 4);
}

void read_pull(CborReader& reader, Pull& message) {
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "rows") return message.rows_max = read_u32(reader), true;
    if (key == "epoch") return message.epoch = reader.text(kNameBytesMax), true;
    if (key == "cursors") return message.cursors = read_cursors(reader), true;
    return false;
  });
  require_keys(reader, known, 3);
}

void read_page(CborReader& reader, Page& message) {
  std::size_t optional = 0;
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "more") return message.more = reader.boolean(), true;
    if (key == "rows") return message.rows = read_list(reader, kRowsMax, read_row), true;
    if (key == "epoch") return message.epoch = reader.text(kNameBytesMax), true;
    if (key == "server") return message.server_time = Instant{reader.integer()}, true;
    if (key == "cursors") return message.cursors = read_cursors(reader), true;
    if (key == "digests") return message.digests = read_digests(reader), true;
    if (key == "left")
      return message.departures = read_list(reader, kRowsMax, read_departure), ++optional, true;
    if (key == "assigned") return message.assignment_version = reader.integer(), ++optional, true;
    return false;
  });
  require_keys(reader, known - optional, 6);
}

void read_wait(CborReader& reader, Wait& message) {
  std::size_t optional = 0;
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "cursors") return message.cursors = read_cursors(reader), true;
    if (key == "epoch") return message.epoch = reader.text(kNameBytesMax), ++optional, true;
    if (key == "seconds") return message.timeout_s = read_u32(reader), true;
    if (key == "assigned") return message.assignment_version = reader.integer(), ++optional, true;
    return false;
  });
  require_keys(reader, known - optional, 2);
}

void read_wait_reply(CborReader& reader, WaitReply& message) {
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "news") return message.news = reader.boolean(), true;
    if (key == "server") return message.server_time = Instant{reader.integer()}, true;
    return false;
  });
  require_keys(reader, known, 2);
}

}  // namespace

Result<Hello> decode_hello(ByteView frame, sync::Hasher hasher) {
  return decode<Hello>(Payload::hello, frame, hasher, read_hello);
}

Result<HelloReply> decode_hello_reply(ByteView frame, sync::Hasher hasher) {
  return decode<HelloReply>(Payload::hello_reply, frame, hasher, read_hello_reply);
}

Result<Push> decode_push(ByteView frame, sync::Hasher hasher) {
  return decode<Push>(Payload::push, frame, hasher, read_push);
}

Result<PushReply> decode_push_reply(ByteView frame, sync::Hasher hasher) {
  return decode<PushReply>(Payload::push_reply, frame, hasher, read_push_reply);
}

Result<Pull> decode_pull(ByteView frame, sync::Hasher hasher) {
  return decode<Pull>(Payload::pull, frame, hasher, read_pull);
}

Result<Page> decode_page(ByteView frame, sync::Hasher hasher) {
  return decode<Page>(Payload::page, frame, hasher, read_page);
}

Result<Wait> decode_wait(ByteView frame, sync::Hasher hasher) {
  return decode<Wait>(Payload::wait, frame, hasher, read_wait);
}

Result<WaitReply> decode_wait_reply(ByteView frame, sync::Hasher hasher) {
  return decode<WaitReply>(Payload::wait_reply, frame, hasher, read_wait_reply);
}

}  // namespace doudi::wire
