// The captured changes of one row of op_log, JSON text to typed values and back: the tablet's triggers can
// only write JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/sync/catalog.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::wire {

inline constexpr std::size_t kChangesBytesMax = 1024 * 1024;

// `changes` of one op_log row (sync/capture.hpp) in catalog order. Errors "sync.changes": not such an object,
// a column the table lacks, a value of another type.
Result<std::vector<sync::ColumnChange>> read_changes(const sync::Table& table, std::string_view json);
// The same JSON from changes: what the capture triggers would have written.
std::string write_changes(const sync::Table& table, const std::vector<sync::ColumnChange>& changes);

}  // namespace doudi::wire
