// One record of a tablet's sealed outbox: a group as it would be pushed, signed by the device, so that
// whoever holds only the district's public key cannot put words into a worker's mouth.
#pragma once

#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/result.hpp"

namespace doudi::wire {

inline constexpr std::string_view kOutboxMagic = "DOUTBOX1";
inline constexpr std::string_view kOutboxPurpose = "doudi sealed outbox 1";
inline constexpr std::size_t kOutboxRecordBytesMax = 8 * 1024 * 1024;

// What is sealed: device, signature over kOutboxPurpose ‖ device ‖ frame, frame of one Push.
struct OutboxRecord {
  Uuid device;
  Bytes signature;
  Bytes frame;
};
Bytes outbox_signed_bytes(const Uuid& device, ByteView frame);
Bytes encode(const OutboxRecord& record);
Result<OutboxRecord> decode_outbox_record(ByteView bytes);

// A record as it stands in the file: its length, then the sealed bytes.
Bytes outbox_file_record(ByteView sealed);
// The sealed records of a file. A torn last record is left out: its save was never acknowledged to be here.
// "outbox.file" when it is no such file.
Result<std::vector<Bytes>> outbox_records(ByteView file);

}  // namespace doudi::wire
