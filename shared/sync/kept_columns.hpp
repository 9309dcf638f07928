// Old and new programs work on the same rows. A row may hold columns that this program's catalog does not
// name: they are kept with it, merge by `latest`, count in its digest and are given out again, so that a
// program that knows them finds them as they were written.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/sync/catalog.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::sync {

inline constexpr std::size_t kUnknownColumnsMax = 64;  // in one row

using Cells = std::vector<std::pair<std::string, Value>>;

// Versions that work together: the district accepts its own, three older ones and the next.
inline constexpr std::int32_t kVersionsBehind = 3;
inline constexpr std::int32_t kVersionsAhead = 1;
// "sync.schema_old" and "sync.schema_new" say in Chinese and English what to do; nothing is lost by either.
Status check_window(std::int32_t tablet, std::int32_t district);

// A table this program does not know, as far as it can be known: its rows are of a grid, and everything else
// is an unknown column. Every table that comes later is scoped so (schema/README.md).
Table unknown_table(std::string_view name);
bool is_unknown(const Table& table);

// A lower-case word that may become a column: not one of the columns every table has.
bool is_column_name(std::string_view name);
// "sync.unknown_column" for a name or value that no catalog could bring.
Status check_unknown(std::string_view name, const Value& value);

// The row as digests and stores want it: every column of the table once (null when the row lacks it), those
// of the first version in their order, all others by name, unknown ones among them unless they are null.
RowState in_order(const Table& table, const RowState& row);
// What `in_order` puts beyond the catalog, by name.
Cells unknown_cells(const Table& table, const RowState& row);
// Adds unknown columns of `before` that `after` does not name at all: who builds a row from the catalog
// cannot lose them.
void carry_unknown(const Table& table, const RowState& before, RowState& after);

}  // namespace doudi::sync
