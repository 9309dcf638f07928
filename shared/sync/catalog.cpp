#include "shared/sync/catalog.hpp"

#include <algorithm>

namespace doudi::sync {

const Column* Table::find(std::string_view column) const {
  const auto at =
      std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == column; });
  return at == columns.end() ? nullptr : &*at;
}

const Table* Catalog::find(std::string_view table) const {
  const auto at = std::find_if(tables.begin(), tables.end(), [&](const Table& t) { return t.name == table; });
  return at == tables.end() ? nullptr : &*at;
}

}  // namespace doudi::sync
