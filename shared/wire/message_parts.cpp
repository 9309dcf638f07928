#include "shared/wire/message_parts.hpp"

#include <algorithm>
#include <limits>

namespace doudi::wire {
namespace {

constexpr std::uint64_t kIncarnationMax = std::numeric_limits<std::uint32_t>::max();

// Keys in the order CBOR wants them: shorter first, then bytewise.
template <class Entry>
auto in_key_order(const std::map<std::string, Entry>& map) {
  std::vector<const std::pair<const std::string, Entry>*> entries;
  for (const auto& entry : map) entries.push_back(&entry);
  std::stable_sort(entries.begin(), entries.end(),
                   [](auto* a, auto* b) { return a->first.size() < b->first.size(); });
  return entries;
}

void write_operation(CborWriter& writer, const sync::Operation& operation) {
  writer.map(4);
  writer.text("c");
  writer.array(operation.columns.size() * 3);
  for (const sync::ColumnChange& change : operation.columns) {
    writer.text(change.column);
    writer.value(change.base);
    writer.value(change.next);
  }
  writer.text("k");
  writer.natural(static_cast<std::uint64_t>(operation.kind));
  writer.text("r");
  writer.blob(operation.row.view());
  writer.text("t");
  writer.text(operation.table);
}

// Name, base and next follow one another in one flat list.
std::vector<sync::ColumnChange> read_column_changes(CborReader& reader) {
  std::vector<sync::ColumnChange> changes;
  const std::size_t items = reader.array(kColumnsMax * 3);
  if (items % 3 != 0) reader.fail("a column is incomplete");
  for (std::size_t i = 0; i < items && reader.good(); i += 3) {
    sync::ColumnChange change;
    change.column = reader.text(kNameBytesMax);
    change.base = reader.value();
    change.next = reader.value();
    changes.push_back(std::move(change));
  }
  reader.leave();
  return changes;
}

template <class Kind>
Kind read_kind(CborReader& reader, Kind last) {
  const std::uint64_t number = reader.natural(static_cast<std::uint64_t>(last));
  if (number == 0) reader.fail("a kind is unknown");
  return static_cast<Kind>(number);
}

sync::Operation read_operation(CborReader& reader) {
  sync::Operation operation;
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "c") return operation.columns = read_column_changes(reader), true;
    if (key == "k") return operation.kind = read_kind(reader, sync::OperationKind::remove), true;
    if (key == "r") return operation.row = read_uuid(reader), true;
    if (key == "t") return operation.table = reader.text(kNameBytesMax), true;
    return false;
  });
  require_keys(reader, known, 4);
  return operation;
}

std::int32_t read_version(CborReader& reader) {
  return static_cast<std::int32_t>(reader.natural(std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

void write_group(CborWriter& writer, const sync::Group& group) {
  writer.map(10);
  writer.text("a"), writer.integer(group.assignment_version);
  writer.text("b"), writer.text(group.boot_id);
  writer.text("h"), writer.blob(group.previous);
  writer.text("i"), writer.natural(group.incarnation);
  writer.text("l"), writer.natural(static_cast<std::uint64_t>(group.lane));
  writer.text("m"), writer.integer(group.device_monotonic_ms);
  writer.text("o"), writer.array(group.operations.size());
  for (const sync::Operation& operation : group.operations) write_operation(writer, operation);
  writer.text("s"), writer.natural(group.seq);
  writer.text("v"), writer.integer(group.schema_version);
  writer.text("w"), writer.integer(group.device_wall_ms);
}

sync::Group read_group(CborReader& reader) {
  sync::Group group;
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "a") return group.assignment_version = reader.integer(), true;
    if (key == "b") return group.boot_id = reader.text(kNameBytesMax), true;
    if (key == "h") return group.previous = read_hash(reader), true;
    if (key == "i")
      return group.incarnation = static_cast<std::uint32_t>(reader.natural(kIncarnationMax)), true;
    if (key == "l") return group.lane = read_kind(reader, sync::Lane::ordinary), true;
    if (key == "m") return group.device_monotonic_ms = reader.integer(), true;
    if (key == "o") return group.operations = read_list(reader, kOperationsMax, read_operation), true;
    if (key == "s") return group.seq = reader.natural(), true;
    if (key == "v") return group.schema_version = read_version(reader), true;
    if (key == "w") return group.device_wall_ms = reader.integer(), true;
    return false;
  });
  require_keys(reader, known, 10);
  return group;
}

void write_verdict(CborWriter& writer, const sync::GroupVerdict& verdict) {
  writer.map(4);
  writer.text("i"), writer.natural(verdict.incarnation);
  writer.text("r"), writer.text(verdict.reason);
  writer.text("s"), writer.natural(verdict.seq);
  writer.text("v"), writer.natural(static_cast<std::uint64_t>(verdict.verdict));
}

sync::GroupVerdict read_verdict(CborReader& reader) {
  sync::GroupVerdict verdict;
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "i")
      return verdict.incarnation = static_cast<std::uint32_t>(reader.natural(kIncarnationMax)), true;
    if (key == "r") return verdict.reason = reader.text(kReasonBytesMax), true;
    if (key == "s") return verdict.seq = reader.natural(), true;
    if (key == "v") return verdict.verdict = read_kind(reader, sync::Verdict::duplicate), true;
    return false;
  });
  require_keys(reader, known, 4);
  return verdict;
}

void write_cells(CborWriter& writer, const sync::Cells& cells) {
  writer.array(cells.size() * 2);
  for (const auto& [name, value] : cells) {
    writer.text(name);
    writer.value(value);
  }
}

sync::Cells read_cells(CborReader& reader) {
  sync::Cells cells;
  const std::size_t items = reader.array(kColumnsMax * 2);
  if (items % 2 != 0) reader.fail("a column is incomplete");
  for (std::size_t i = 0; i < items && reader.good(); i += 2) {
    std::string name = reader.text(kNameBytesMax);
    Value value = reader.value();
    cells.emplace_back(std::move(name), std::move(value));
  }
  reader.leave();
  return cells;
}

void write_row(CborWriter& writer, const sync::RowState& row) {
  writer.map(4);
  writer.text("c"), write_cells(writer, row.columns);
  writer.text("d"), writer.boolean(row.deleted);
  writer.text("r"), writer.blob(row.row.view());
  writer.text("t"), writer.text(row.table);
}

sync::RowState read_row(CborReader& reader) {
  sync::RowState row;
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "c") return row.columns = read_cells(reader), true;
    if (key == "d") return row.deleted = reader.boolean(), true;
    if (key == "r") return row.row = read_uuid(reader), true;
    if (key == "t") return row.table = reader.text(kNameBytesMax), true;
    return false;
  });
  require_keys(reader, known, 4);
  return row;
}

void write_cursors(CborWriter& writer, const Cursors& cursors) {
  writer.map(cursors.size());
  for (const auto* entry : in_key_order(cursors)) {
    writer.text(entry->first);
    writer.integer(entry->second);
  }
}

Cursors read_cursors(CborReader& reader) {
  Cursors cursors;
  reader.map([&](std::string_view key) {
    if (key.size() > kNameBytesMax || cursors.size() == kScopesMax)
      return reader.fail("too many scopes"), true;
    cursors[std::string(key)] = reader.integer();
    return true;
  });
  return cursors;
}

void write_digests(CborWriter& writer, const std::map<std::string, sync::Digest>& digests) {
  writer.map(digests.size());
  for (const auto* entry : in_key_order(digests)) {
    writer.text(entry->first);
    writer.array(2);
    writer.natural(entry->second.high);
    writer.natural(entry->second.low);
  }
}

std::map<std::string, sync::Digest> read_digests(CborReader& reader) {
  std::map<std::string, sync::Digest> digests;
  reader.map([&](std::string_view key) {
    if (key.size() > kNameBytesMax || digests.size() == kScopesMax)
      return reader.fail("too many scopes"), true;
    if (reader.array(2) != 2) reader.fail("a digest has two halves");
    const std::uint64_t high = reader.natural();
    digests[std::string(key)] = {high, reader.natural()};
    reader.leave();
    return true;
  });
  return digests;
}

Uuid read_uuid(CborReader& reader) {
  const auto id = uuid_from_bytes(reader.blob(16));
  if (!id) reader.fail("an id is not 16 bytes");
  return id.value_or(Uuid{});
}

sync::Hash read_hash(CborReader& reader) {
  sync::Hash hash{};
  const Bytes bytes = reader.blob(hash.size());
  if (bytes.size() != hash.size()) return reader.fail("a hash is not 32 bytes"), hash;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

}  // namespace doudi::wire
