// The pieces messages are made of (groups, rows, verdicts, cursors), written and read in one place for both
// directions.
#pragma once

#include "shared/sync/kept_columns.hpp"
#include "shared/wire/cbor_reader.hpp"
#include "shared/wire/cbor_writer.hpp"
#include "shared/wire/messages.hpp"

namespace doudi::wire {

inline constexpr std::size_t kNameBytesMax = 64;  // table, column, code, version
inline constexpr std::size_t kReasonBytesMax = 256;
inline constexpr std::size_t kKeyBytesMax = 128;
inline constexpr std::size_t kScopesMax = 4'096;
inline constexpr std::size_t kGroupsMax = 10'000;
inline constexpr std::size_t kOperationsMax = 10'000;  // in one group
inline constexpr std::size_t kColumnsMax = 256;        // in one operation or row
inline constexpr std::size_t kRowsMax = 20'000;        // in one page

void write_group(CborWriter& writer, const sync::Group& group);
sync::Group read_group(CborReader& reader);
void write_verdict(CborWriter& writer, const sync::GroupVerdict& verdict);
sync::GroupVerdict read_verdict(CborReader& reader);
void write_cells(CborWriter& writer, const sync::Cells& cells);
sync::Cells read_cells(CborReader& reader);
void write_row(CborWriter& writer, const sync::RowState& row);
sync::RowState read_row(CborReader& reader);
void write_cursors(CborWriter& writer, const Cursors& cursors);
Cursors read_cursors(CborReader& reader);
void write_digests(CborWriter& writer, const std::map<std::string, sync::Digest>& digests);
std::map<std::string, sync::Digest> read_digests(CborReader& reader);
sync::Hash read_hash(CborReader& reader);
Uuid read_uuid(CborReader& reader);

// Reads a list of at most `items_max` with `read(reader)`; nothing is reserved, so memory follows what has
// arrived.
template <class Read>
auto read_list(CborReader& reader, std::size_t items_max, const Read& read) {
  std::vector<decltype(read(reader))> list;
  const std::size_t items = reader.array(items_max);
  for (std::size_t i = 0; i < items && reader.good(); ++i) list.push_back(read(reader));
  reader.leave();
  return list;
}

// Every key of a message is required.
inline void require_keys(CborReader& reader, std::size_t known, std::size_t required) {
  if (known != required) reader.fail("something required is missing");
}

}  // namespace doudi::wire
