// 128-bit additive digest of the rows of a scope: the same on both sides exactly when the rows are. Adding
// and removing a row is one addition, so both stores keep it in the transaction that changes the row.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "shared/sync/catalog.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::sync {

struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const Digest&, const Digest&) = default;
};
Digest operator+(Digest a, Digest b);
Digest operator-(Digest a, Digest b);
// First 16 bytes of the hash of the canonical row (columns as `in_order` of kept_columns.hpp puts them, empty
// ones left out); a deleted row counts as zero.
Digest row_digest(const RowState& row, Hasher hasher);
std::string to_text(const Digest& digest);  // 32 hex digits
std::optional<Digest> parse_digest(std::string_view text);

}  // namespace doudi::sync
