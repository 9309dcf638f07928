// The catalog and the captured changes as JSON: the two places where the pure sync core meets JSON text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/sync/catalog.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::wire {

inline constexpr std::size_t kCatalogBytesMax = 1024 * 1024;
inline constexpr std::size_t kChangesBytesMax = 1024 * 1024;

// Errors "catalog.invalid": names unique, types and rules known, references to tables listed before (or the table
// itself), the scope column there.
Result<sync::Catalog> read_catalog(std::string_view json);
// schema/catalog.json as it was when the program was built.
sync::Catalog shipped_catalog();

// `changes` of one op_log row (sync/capture.hpp) in catalog order. Errors "sync.changes": not such an object, a column
// the table lacks, a value of another type.
Result<std::vector<sync::ColumnChange>> read_changes(const sync::Table& table, std::string_view json);
// The same JSON from changes: what the capture triggers would have written.
std::string write_changes(const sync::Table& table, const std::vector<sync::ColumnChange>& changes);

}  // namespace doudi::wire
