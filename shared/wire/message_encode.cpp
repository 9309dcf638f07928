// Messages to bytes. Keys are written in the order canonical CBOR asks for: shorter first, then bytewise.
#include "shared/wire/frame.hpp"
#include "shared/wire/message_parts.hpp"

namespace doudi::wire {
namespace {

template <class List, class Write>
void write_list(CborWriter& writer, const List& list, const Write& write) {
  writer.array(list.size());
  for (const auto& item : list) write(writer, item);
}

void write_name(CborWriter& writer, const std::string& name) {
  writer.text(name);
}

void write_departure(CborWriter& writer, const Departure& departure) {
  writer.array(3);
  writer.text(departure.scope);
  writer.text(departure.table);
  writer.blob(departure.row.view());
}

void write_set_aside(CborWriter& writer, const SetAside& group) {
  writer.array(3);
  writer.natural(group.incarnation);
  writer.natural(group.seq);
  writer.blob(group.hash);
}

}  // namespace

Bytes encode(const Hello& message, sync::Hasher hasher) {
  CborWriter writer;
  writer.map(14U + (message.purged.empty() ? 0U : 1U) + (message.holds ? 1U : 0U) +
             (message.set_aside.empty() ? 0U : 1U));
  writer.text("cur"), write_cursors(writer, message.cursors);
  writer.text("inc"), writer.natural(message.incarnation);
  writer.text("nos"), write_cursors(writer, message.numbers);
  writer.text("old"), writer.integer(message.oldest_unsent_ms);
  writer.text("seq"), writer.natural(message.last_seq);
  writer.text("boot"), writer.text(message.boot_id);
  writer.text("hash"), writer.blob(message.last_hash);
  writer.text("mark"), write_cursors(writer, message.marks);
  writer.text("mono"), writer.integer(message.device_monotonic_ms);
  writer.text("prog"), writer.text(message.program_version);
  writer.text("wall"), writer.integer(message.device_wall_ms);
  if (!message.set_aside.empty())
    writer.text("aside"), write_list(writer, message.set_aside, write_set_aside);
  writer.text("epoch"), writer.text(message.epoch);
  if (message.holds) writer.text("holds"), write_list(writer, *message.holds, write_name);
  if (!message.purged.empty()) writer.text("purged"), write_list(writer, message.purged, write_name);
  writer.text("schema"), writer.integer(message.schema_version);
  writer.text("unsent"), writer.natural(message.unsent_groups);
  return make_frame(Payload::hello, writer.take(), hasher);
}

Bytes encode(const HelloReply& message, sync::Hasher hasher) {
  CborWriter writer;
  const bool proves = message.known_hash != sync::Hash{};
  writer.map(11U + (message.recovery_key.empty() ? 0U : 1U) + (proves ? 1U : 0U) +
             (message.settled.empty() ? 0U : 1U));
  writer.text("inc"), writer.natural(message.next_incarnation);
  if (!message.recovery_key.empty()) writer.text("key"), writer.blob(message.recovery_key);
  writer.text("news"), writer.boolean(message.news);
  writer.text("seqs"),
      write_list(writer, message.known_beyond, [](CborWriter& w, std::uint64_t seq) { w.natural(seq); });
  writer.text("chain"), writer.text(message.chain);
  writer.text("epoch"), writer.text(message.epoch);
  writer.text("known"), writer.natural(message.known_seq);
  writer.text("other"), writer.boolean(message.history_lost);
  if (proves) writer.text("proof"), writer.blob(message.known_hash);
  writer.text("saved"), writer.natural(message.backed_up);
  writer.text("scopes"), write_list(writer, message.scopes, write_name);
  writer.text("server"), writer.integer(message.server_time.ms);
  if (!message.settled.empty()) writer.text("settled"), write_list(writer, message.settled, write_verdict);
  writer.text("assigned"), writer.integer(message.assignment_version);
  return make_frame(Payload::hello_reply, writer.take(), hasher);
}

Bytes encode(const Push& message, sync::Hasher hasher) {
  CborWriter writer;
  writer.map(1);
  writer.text("groups"), write_list(writer, message.groups, write_group);
  return make_frame(Payload::push, writer.take(), hasher);
}

Bytes encode(const PushReply& message, sync::Hasher hasher) {
  CborWriter writer;
  writer.map(4);
  writer.text("epoch"), writer.text(message.epoch);
  writer.text("known"), writer.natural(message.known_seq);
  writer.text("server"), writer.integer(message.server_time.ms);
  writer.text("verdicts"), write_list(writer, message.verdicts, write_verdict);
  return make_frame(Payload::push_reply, writer.take(), hasher);
}

Bytes encode(const Pull& message, sync::Hasher hasher) {
  CborWriter writer;
  writer.map(3);
  writer.text("rows"), writer.natural(message.rows_max);
  writer.text("epoch"), writer.text(message.epoch);
  writer.text("cursors"), write_cursors(writer, message.cursors);
  return make_frame(Payload::pull, writer.take(), hasher);
}

Bytes encode(const Page& message, sync::Hasher hasher) {
  CborWriter writer;
  const bool departures = !message.departures.empty();
  const bool assigned = message.assignment_version != 0;
  writer.map(6U + (departures ? 1U : 0U) + (assigned ? 1U : 0U));
  if (departures) writer.text("left"), write_list(writer, message.departures, write_departure);
  writer.text("more"), writer.boolean(message.more);
  writer.text("rows"), write_list(writer, message.rows, write_row);
  writer.text("epoch"), writer.text(message.epoch);
  writer.text("server"), writer.integer(message.server_time.ms);
  writer.text("cursors"), write_cursors(writer, message.cursors);
  writer.text("digests"), write_digests(writer, message.digests);
  if (assigned) writer.text("assigned"), writer.integer(message.assignment_version);
  return make_frame(Payload::page, writer.take(), hasher);
}

Bytes encode(const Wait& message, sync::Hasher hasher) {
  CborWriter writer;
  const bool assigned = message.assignment_version != 0;
  const bool has_epoch = !message.epoch.empty();
  writer.map(2U + (assigned ? 1U : 0U) + (has_epoch ? 1U : 0U));
  if (has_epoch) writer.text("epoch"), writer.text(message.epoch);
  writer.text("cursors"), write_cursors(writer, message.cursors);
  writer.text("seconds"), writer.natural(message.timeout_s);
  if (assigned) writer.text("assigned"), writer.integer(message.assignment_version);
  return make_frame(Payload::wait, writer.take(), hasher);
}

Bytes encode(const WaitReply& message, sync::Hasher hasher) {
  CborWriter writer;
  writer.map(2);
  writer.text("news"), writer.boolean(message.news);
  writer.text("server"), writer.integer(message.server_time.ms);
  return make_frame(Payload::wait_reply, writer.take(), hasher);
}

}  // namespace doudi::wire
