#include "field_client/rescue/leaf_rows.hpp"

#include <optional>

namespace doudi::field {
namespace {

constexpr std::uint8_t kTableLeaf = 0x0d;
constexpr std::size_t kFileHeaderBytes = 100;  // before the first page's own
constexpr std::size_t kLeafHeaderBytes = 8;
constexpr std::size_t kUsableBytes = crypto::kDatabasePageBytes - crypto::kDatabaseReserveBytes;
// How much of a row stands on its leaf (SQLite's file format, "Cell payload overflow pages").
constexpr std::size_t kLocalMax = kUsableBytes - 35;
constexpr std::size_t kLocalMin = (kUsableBytes - 12) * 32 / 255 - 23;
constexpr std::size_t kOverflowBytes = kUsableBytes - 4;
constexpr std::uint64_t kRowBytesMax = 64 * 1024 * 1024;

// Reads forward and stays at the end once anything is missing.
class Reader {
 public:
  explicit Reader(ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::size_t place() const { return at_; }

  ByteView take(std::size_t count) {
    if (!good_ || bytes_.size() - at_ < count) {
      good_ = false;
      return {};
    }
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }

  std::uint64_t number(std::size_t count) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(count)) value = value << 8U | byte;
    return value;
  }

  std::uint64_t variable() {
    std::uint64_t value = 0;
    for (int i = 0; i < 9; ++i) {
      const ByteView next = take(1);
      if (next.empty()) return 0;
      if (i == 8) return value << 8U | next[0];
      value = value << 7U | (next[0] & 0x7fU);
      if ((next[0] & 0x80U) == 0) return value;
    }
    return value;
  }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
  bool good_ = true;
};

std::int64_t signed_number(Reader& reader, std::size_t bytes) {
  const std::uint64_t value = reader.number(bytes);
  const auto shift = static_cast<unsigned>(64 - 8 * bytes);
  return static_cast<std::int64_t>(value << shift) >> shift;
}

// Of the kinds of cells the store never writes, a fraction is the only one.
std::optional<Value> cell(Reader& reader, std::uint64_t kind) {
  static constexpr std::size_t kIntegerBytes[] = {0, 1, 2, 3, 4, 6, 8};
  if (kind == 0) return Value{};
  if (kind <= 6) return Value{signed_number(reader, kIntegerBytes[kind])};
  if (kind == 8 || kind == 9) return Value{static_cast<std::int64_t>(kind - 8)};
  if (kind < 12) return std::nullopt;
  const ByteView content = reader.take(static_cast<std::size_t>((kind - 12) / 2));
  if (kind % 2 == 0) return Value{to_bytes(content)};
  return Value{std::string(as_text(content))};
}

std::optional<std::vector<Value>> values_of(ByteView payload) {
  Reader header(payload);
  const std::uint64_t header_bytes = header.variable();
  if (!header.good() || header_bytes > payload.size()) return std::nullopt;
  Reader body(payload.subspan(static_cast<std::size_t>(header_bytes)));
  std::vector<Value> values;
  while (header.place() < header_bytes) {
    const std::uint64_t kind = header.variable();
    if (!header.good() || kind / 2 > payload.size() + 12) return std::nullopt;
    auto value = cell(body, kind);
    if (!value || !body.good()) return std::nullopt;
    values.push_back(std::move(*value));
  }
  return values;
}

// The part of a row that did not fit on its leaf, page after page.
bool append_overflow(const PageFile& file, std::uint64_t number, std::size_t bytes, Bytes& payload) {
  while (payload.size() < bytes) {
    if (number == 0 || number > file.pages()) return false;
    const auto page = file.page(static_cast<std::uint32_t>(number));
    if (!page.ok()) return false;
    Reader reader(*page);
    number = reader.number(4);
    const ByteView part = reader.take(std::min(kOverflowBytes, bytes - payload.size()));
    payload.insert(payload.end(), part.begin(), part.end());
  }
  return true;
}

std::optional<StoredRow> row_at(const PageFile& file, ByteView page, std::size_t at) {
  if (at >= kUsableBytes) return std::nullopt;
  Reader reader(page.first(kUsableBytes).subspan(at));
  const std::uint64_t bytes = reader.variable();
  StoredRow row;
  row.number = static_cast<std::int64_t>(reader.variable());
  if (!reader.good() || bytes > kRowBytesMax) return std::nullopt;
  const auto whole = static_cast<std::size_t>(bytes);
  std::size_t local = whole;
  if (whole > kLocalMax) {
    const std::size_t fitting = kLocalMin + (whole - kLocalMin) % kOverflowBytes;
    local = fitting <= kLocalMax ? fitting : kLocalMin;
  }
  Bytes payload = to_bytes(reader.take(local));
  if (!reader.good()) return std::nullopt;
  if (local < whole && !append_overflow(file, reader.number(4), whole, payload)) return std::nullopt;
  auto values = values_of(payload);
  if (!values) return std::nullopt;
  row.values = std::move(*values);
  return row;
}

}  // namespace

LeafRows leaf_rows(const PageFile& file, std::uint32_t number, ByteView page) {
  LeafRows found;
  const std::size_t start = number == 1 ? kFileHeaderBytes : 0;
  if (page[start] != kTableLeaf) return found;
  Reader header(page.first(kUsableBytes).subspan(start));
  header.take(3);
  const std::uint64_t count = header.number(2);
  header.take(kLeafHeaderBytes - 5);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(header.number(2));
    if (!header.good()) break;
    auto row = row_at(file, page, at);
    if (row)
      found.rows.push_back(std::move(*row));
    else
      ++found.unreadable;
  }
  return found;
}

}  // namespace doudi::field
