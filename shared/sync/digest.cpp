#include "shared/sync/digest.hpp"

#include "shared/sync/canonical.hpp"

namespace doudi::sync {
namespace {

std::uint64_t big_endian(const Hash& hash, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = at; i < at + 8; ++i) number = (number << 8U) | hash[i];
  return number;
}

}  // namespace

Digest operator+(Digest a, Digest b) {
  Digest sum{a.high + b.high, a.low + b.low};
  if (sum.low < a.low) ++sum.high;
  return sum;
}

Digest operator-(Digest a, Digest b) {
  Digest difference{a.high - b.high, a.low - b.low};
  if (a.low < b.low) --difference.high;
  return difference;
}

Digest row_digest(const RowState& row, Hasher hasher) {
  if (row.deleted) return {};
  CanonicalWriter writer;
  writer.text("doudi-row-1");
  writer.text(row.table);
  writer.raw(row.row.view());
  // Null columns are left out: a column added by a newer schema changes no digest until it holds something.
  for (const auto& [name, value] : row.columns) {
    if (is_null(value)) continue;
    writer.text(name);
    writer.value(value);
  }
  const Hash hash = hasher(writer.take());
  return {big_endian(hash, 0), big_endian(hash, 8)};
}

std::string to_text(const Digest& digest) {
  Bytes bytes;
  for (const std::uint64_t half : {digest.high, digest.low}) {
    for (unsigned i = 0; i < 8; ++i)
      bytes.push_back(static_cast<std::uint8_t>((half >> (56U - 8U * i)) & 255U));
  }
  return to_hex(bytes);
}

std::optional<Digest> parse_digest(std::string_view text) {
  const auto bytes = text.size() == 32 ? from_hex(text) : std::nullopt;
  if (!bytes) return std::nullopt;
  Digest digest;
  for (std::size_t i = 0; i < 8; ++i) {
    digest.high = (digest.high << 8U) | (*bytes)[i];
    digest.low = (digest.low << 8U) | (*bytes)[i + 8];
  }
  return digest;
}

}  // namespace doudi::sync
