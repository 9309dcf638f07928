// Generators of rows and edits for the table with every merge rule (tests/unit/sync/rows.hpp).
#pragma once

#include <string>
#include <vector>

#include <rapidcheck.h>

#include "tests/unit/sync/rows.hpp"

namespace doudi::test {

// Any value the column's type takes; null too, where it may be.
Value any_value(const sync::Column& column);
// A value at least as far along the rule's direction as `from`: larger for max, more items for a set.
Value further_value(const sync::Column& column, const Value& from);
// A row that fits the table.
sync::RowState any_row(const sync::Table& table, std::uint8_t name = 1);
// An update that follows from `seen`, touching some columns; null when nothing changes.
sync::Operation any_update(const sync::Table& table, const sync::RowState& seen);
bool is_commutative(sync::MergeRule rule);
// Later letters follow earlier ones.
bool forward_only(std::string_view table, std::string_view from, std::string_view to);
// The row after `update` where nobody else writes.
sync::RowState after(const sync::RowState& seen, const sync::Operation& update);

}  // namespace doudi::test
