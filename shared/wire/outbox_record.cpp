#include "shared/wire/outbox_record.hpp"

#include <algorithm>

namespace doudi::wire {
namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kLengthBytes = 4;

void append(Bytes& bytes, ByteView more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

}  // namespace

Bytes outbox_signed_bytes(const Uuid& device, ByteView frame) {
  Bytes bytes = to_bytes(as_bytes(kOutboxPurpose));
  append(bytes, device.view());
  append(bytes, frame);
  return bytes;
}

Bytes encode(const OutboxRecord& record) {
  Bytes bytes = to_bytes(record.device.view());
  append(bytes, record.signature);
  append(bytes, record.frame);
  return bytes;
}

Result<OutboxRecord> decode_outbox_record(ByteView bytes) {
  if (bytes.size() <= kIdBytes + kSignatureBytes) return Error{"outbox.record", "The record is too short."};
  OutboxRecord record;
  record.device = uuid_from_bytes(bytes.first(kIdBytes)).value_or(Uuid{});
  record.signature = to_bytes(bytes.subspan(kIdBytes, kSignatureBytes));
  record.frame = to_bytes(bytes.subspan(kIdBytes + kSignatureBytes));
  return record;
}

Bytes outbox_file_record(ByteView sealed) {
  Bytes bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<std::uint8_t>(sealed.size() >> shift));
  append(bytes, sealed);
  return bytes;
}

Result<std::vector<Bytes>> outbox_records(ByteView file) {
  const ByteView magic = as_bytes(kOutboxMagic);
  if (file.size() < magic.size() || !std::equal(magic.begin(), magic.end(), file.begin()))
    return Error{"outbox.file", "This is not the sealed outbox of a tablet."};
  std::vector<Bytes> records;
  ByteView rest = file.subspan(magic.size());
  while (rest.size() >= kLengthBytes) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < kLengthBytes; ++i) length = length << 8U | rest[i];
    rest = rest.subspan(kLengthBytes);
    if (length > rest.size() || length > kOutboxRecordBytesMax) break;
    records.push_back(to_bytes(rest.first(length)));
    rest = rest.subspan(length);
  }
  return records;
}

}  // namespace doudi::wire
