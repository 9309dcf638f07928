// Columns a program does not know, as one value of its store: column `extra` of every replicated table.
#pragma once

#include "shared/base/result.hpp"
#include "shared/sync/kept_columns.hpp"

namespace doudi::wire {

// Nothing when there are no cells, so that an ordinary row stays as it was.
Value kept_cells_value(const sync::Cells& cells);
// Error "sync.kept_columns" when it is not what the function above made.
Result<sync::Cells> read_kept_cells(const Value& value);

}  // namespace doudi::wire
