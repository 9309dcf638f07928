// The messages of a range comparison. Ids and digests are packed into byte strings: they do not compress.
#include <algorithm>

#include "shared/wire/frame.hpp"
#include "shared/wire/message_parts.hpp"

namespace doudi::wire {
namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kDigestBytes = 16;
constexpr std::size_t kMarkBytes = kIdBytes + kDigestBytes;
constexpr std::size_t kRangeBytes = 2 * kIdBytes;
constexpr std::size_t kSumBytes = kRangeBytes + kDigestBytes;

void put(Bytes& out, const Uuid& id) {
  out.insert(out.end(), id.bytes.begin(), id.bytes.end());
}

void put(Bytes& out, const sync::Digest& digest) {
  for (const std::uint64_t half : {digest.high, digest.low}) {
    for (unsigned shift = 64; shift > 0; shift -= 8)
      out.push_back(static_cast<std::uint8_t>((half >> (shift - 8)) & 255U));
  }
}

void put(Bytes& out, const sync::KeyRange& range) {
  put(out, range.first);
  put(out, range.last);
}

// Takes fixed pieces off a byte string whose length was checked.
class Pieces {
 public:
  explicit Pieces(ByteView bytes) : rest_(bytes) {}
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  Uuid id() {
    Uuid id;
    std::copy_n(rest_.begin(), kIdBytes, id.bytes.begin());
    rest_ = rest_.subspan(kIdBytes);
    return id;
  }
  sync::Digest digest() {
    const std::uint64_t high = half();
    return {high, half()};
  }
  sync::KeyRange range() {
    const Uuid first = id();
    return {first, id()};
  }

 private:
  std::uint64_t half() {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) number = (number << 8U) | rest_[i];
    rest_ = rest_.subspan(8);
    return number;
  }
  ByteView rest_;
};

Bytes read_pieces(CborReader& reader, std::size_t piece, std::size_t pieces_max) {
  Bytes bytes = reader.blob(piece * pieces_max);
  if (bytes.size() % piece != 0) return reader.fail("a packed list has a torn end"), Bytes{};
  return bytes;
}

sync::KeyRange checked(CborReader& reader, const sync::KeyRange& range) {
  if (range.last < range.first) reader.fail("a range ends before it begins");
  return range;
}

void write_range(CborWriter& writer, const sync::RangeDigest& range) {
  Bytes packed;
  put(packed, range.range);
  put(packed, range.digest);
  writer.array(2);
  writer.natural(range.rows);
  writer.blob(packed);
}

sync::RangeDigest read_range(CborReader& reader) {
  sync::RangeDigest range;
  if (reader.array(2) != 2) reader.fail("a range has a count and a digest");
  range.rows = reader.natural();
  const Bytes packed = reader.blob(kSumBytes);
  if (packed.size() != kSumBytes) return reader.fail("a range is not whole"), range;
  Pieces pieces(packed);
  range.range = checked(reader, pieces.range());
  range.digest = pieces.digest();
  reader.leave();
  return range;
}

void write_leaf(CborWriter& writer, const sync::RangeRows& leaf) {
  Bytes packed;
  put(packed, leaf.range);
  for (const sync::RowMark& mark : leaf.marks) {
    put(packed, mark.row);
    put(packed, mark.digest);
  }
  writer.blob(packed);
}

sync::RangeRows read_leaf(CborReader& reader) {
  sync::RangeRows leaf;
  const Bytes packed = read_pieces(reader, kMarkBytes, sync::kQuestionMarksMax + 1);
  if (packed.size() < kRangeBytes) return reader.fail("a leaf is not whole"), leaf;
  Pieces pieces(packed);
  leaf.range = checked(reader, pieces.range());
  while (!pieces.empty()) {
    const Uuid row = pieces.id();
    leaf.marks.push_back({row, pieces.digest(), 0});
  }
  return leaf;
}

Bytes pack(const std::vector<sync::KeyRange>& ranges) {
  Bytes packed;
  for (const sync::KeyRange& range : ranges) put(packed, range);
  return packed;
}

Bytes pack(const std::vector<Uuid>& ids) {
  Bytes packed;
  for (const Uuid& id : ids) put(packed, id);
  return packed;
}

Bytes pack(const sync::Digest& digest) {
  Bytes packed;
  put(packed, digest);
  return packed;
}

std::vector<sync::KeyRange> read_open(CborReader& reader) {
  const Bytes packed = read_pieces(reader, kRangeBytes, sync::kOpenRangesMax);
  std::vector<sync::KeyRange> ranges;
  for (Pieces pieces(packed); !pieces.empty();) ranges.push_back(checked(reader, pieces.range()));
  return ranges;
}

std::vector<Uuid> read_absent(CborReader& reader) {
  const Bytes packed = read_pieces(reader, kIdBytes, sync::kQuestionMarksMax);
  std::vector<Uuid> ids;
  for (Pieces pieces(packed); !pieces.empty();) ids.push_back(pieces.id());
  return ids;
}

sync::Digest read_digest(CborReader& reader) {
  const Bytes packed = reader.blob(kDigestBytes);
  if (packed.size() != kDigestBytes) return reader.fail("a digest is not 16 bytes"), sync::Digest{};
  return Pieces(packed).digest();
}

void read_compare(CborReader& reader, Compare& message) {
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "got") return message.fetched = reader.natural(), true;
    if (key == "pos") return message.position = reader.integer(), true;
    if (key == "aside") return message.set_aside = reader.natural(), true;
    if (key == "begin") return message.begins = reader.boolean(), true;
    if (key == "epoch") return message.epoch = reader.text(kNameBytesMax), true;
    if (key == "scope") return message.scope = reader.text(kNameBytesMax), true;
    if (key == "leaves")
      return message.question.leaves = read_list(reader, sync::kQuestionRangesMax, read_leaf), true;
    if (key == "ranges")
      return message.question.ranges = read_list(reader, sync::kQuestionRangesMax, read_range), true;
    return false;
  });
  std::size_t marks = 0;
  for (const auto& leaf : message.question.leaves) marks += leaf.marks.size();
  if (marks > sync::kQuestionMarksMax) reader.fail("too many rows are named");
  require_keys(reader, known, 8);
}

void read_compare_reply(CborReader& reader, CompareReply& message) {
  const std::size_t known = reader.map([&](std::string_view key) {
    if (key == "pos") return message.position = reader.integer(), true;
    if (key == "sum") return message.digest = read_digest(reader), true;
    if (key == "open") return message.open = read_open(reader), true;
    if (key == "rows") return message.rows = read_list(reader, kRowsMax, read_row), true;
    if (key == "epoch") return message.epoch = reader.text(kNameBytesMax), true;
    if (key == "absent") return message.absent = read_absent(reader), true;
    if (key == "server") return message.server_time = Instant{reader.integer()}, true;
    return false;
  });
  require_keys(reader, known, 7);
}

}  // namespace

Bytes encode(const Compare& message, sync::Hasher hasher) {
  CborWriter writer;
  writer.map(8);
  writer.text("got"), writer.natural(message.fetched);
  writer.text("pos"), writer.integer(message.position);
  writer.text("aside"), writer.natural(message.set_aside);
  writer.text("begin"), writer.boolean(message.begins);
  writer.text("epoch"), writer.text(message.epoch);
  writer.text("scope"), writer.text(message.scope);
  writer.text("leaves"), writer.array(message.question.leaves.size());
  for (const auto& leaf : message.question.leaves) write_leaf(writer, leaf);
  writer.text("ranges"), writer.array(message.question.ranges.size());
  for (const auto& range : message.question.ranges) write_range(writer, range);
  return make_frame(Payload::compare, writer.take(), hasher);
}

Bytes encode(const CompareReply& message, sync::Hasher hasher) {
  CborWriter writer;
  writer.map(7);
  writer.text("pos"), writer.integer(message.position);
  writer.text("sum"), writer.blob(pack(message.digest));
  writer.text("open"), writer.blob(pack(message.open));
  writer.text("rows"), writer.array(message.rows.size());
  for (const auto& row : message.rows) write_row(writer, row);
  writer.text("epoch"), writer.text(message.epoch);
  writer.text("absent"), writer.blob(pack(message.absent));
  writer.text("server"), writer.integer(message.server_time.ms);
  return make_frame(Payload::compare_reply, writer.take(), hasher);
}

Result<Compare> decode_compare(ByteView frame, sync::Hasher hasher) {
  DOUDI_ASSIGN(const Bytes body, open_frame(Payload::compare, frame, hasher));
  CborReader reader(body);
  Compare message;
  read_compare(reader, message);
  DOUDI_TRY(reader.finish());
  return message;
}

Result<CompareReply> decode_compare_reply(ByteView frame, sync::Hasher hasher) {
  DOUDI_ASSIGN(const Bytes body, open_frame(Payload::compare_reply, frame, hasher));
  CborReader reader(body);
  CompareReply message;
  read_compare_reply(reader, message);
  DOUDI_TRY(reader.finish());
  return message;
}

}  // namespace doudi::wire
