// A household or person that moves to another grid takes everything that hangs on it along: children must
// stand in the scope of their parent, or tablets would hold rows without one.
#pragma once

#include "sync_server/service/district.hpp"

namespace doudi::district {

// Gives `grid` to every row that refers to `row`, directly or through others; the row itself is the caller's.
// Returns how many rows moved.
Result<std::int64_t> move_dependents(sql::Connection& connection, const RowTables& tables, FeedWriter& feed,
                                     const TableStatements& table, const Uuid& row, const Uuid& grid);

// By the office: household or person to the grid with this code, audited. "not_found",
// "relocation.unchanged".
struct Relocation {
  std::string table;  // "household" or "person"
  Uuid row;
  std::string grid_code;
  std::optional<Uuid> by;
};
Result<std::int64_t> relocate(District& district, const Relocation& relocation);

}  // namespace doudi::district
