// The triggers that write every change of a replicated table into `op_log` in the transaction that makes it,
// generated from the catalog so that no table and no column can be forgotten (sync.md, Capture).
//
// They expect two tables, and in every replicated table `id` and `deleted` (0 or 1: a row is hidden by this
// mark):
//
//   capture_state(group_seq INTEGER, capturing INTEGER)   one row; 0 while rows from the server are applied
//   op_log(id INTEGER PRIMARY KEY, group_seq INTEGER, table_name TEXT, row_id BLOB, kind INTEGER, changes
//   TEXT)
//
// `kind` is the number of OperationKind. `changes` is a JSON object, column name to [base, next] in catalog
// order, naming only columns whose base and next differ (null before an insert, null after a removal); ids
// and blobs are hex text. wire::read_changes turns it into ColumnChange values. Server-ruled columns are left
// out, but for the scope column of a new row. An update that changes nothing captured writes nothing.
#pragma once

#include <string>

#include "shared/sync/catalog.hpp"

namespace doudi::sync {

// CREATE TRIGGER IF NOT EXISTS … for every table of direction `up` or `both`, to be run as one script.
std::string capture_triggers(const Catalog& catalog);

}  // namespace doudi::sync
