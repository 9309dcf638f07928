// The rows that lie on one leaf page of a table, read from its bytes alone: neither the pages above it nor
// the names of tables are needed, so that a damaged page costs nothing but its own rows.
#pragma once

#include <functional>
#include <vector>

#include "field_client/rescue/page_file.hpp"
#include "shared/base/value.hpp"

namespace doudi::field {

struct StoredRow {
  std::int64_t number = 0;  // the row's own, which is its INTEGER PRIMARY KEY where it has one
  std::vector<Value> values;
};
struct LeafRows {
  std::vector<StoredRow> rows;
  std::size_t unreadable = 0;  // rows that go on on a damaged page
};
// Nothing when the page is not a leaf of a table.
LeafRows leaf_rows(const PageFile& file, std::uint32_t number, ByteView page);

}  // namespace doudi::field
