// The first start of an updated program: what tablets of the newer version had already sent moves from the
// kept columns into the columns this program has now.
#pragma once

#include "sync_server/store/row_table.hpp"

namespace doudi::district {

// One transaction with the mark that it was done. No digest and no position changes, so no tablet hears of
// it; only a value that the new column cannot hold leaves the row, for the conflict register.
Status adopt_kept(sql::Connection& connection, const RowTables& tables, Instant now);

}  // namespace doudi::district
