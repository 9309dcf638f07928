// Which table a row found on a page belongs to, by what its cells are: the pages that would say so may be the
// damaged ones.
#pragma once

#include <string>
#include <vector>

#include "field_client/rescue/leaf_rows.hpp"
#include "shared/sql/connection.hpp"

namespace doudi::field {

struct ShapeColumn {
  std::string name;
  std::string type;  // "BLOB", "TEXT", "INTEGER"; empty: any
  bool filled = false;
  bool is_number = false;  // stands for the row's own number
};
struct TableShape {
  std::string table;
  std::vector<ShapeColumn> columns;
};
// Of the tables whose rows are worth taking: what the district and the worker wrote. Positions, digests and
// settings are learned again or come from the sealed copy.
Result<std::vector<TableShape>> table_shapes(sql::Connection& connection);
// All rows of a page are of one table: the only one that fits them all, or null.
const TableShape* shape_of(const std::vector<TableShape>& shapes, const LeafRows& rows);

}  // namespace doudi::field
