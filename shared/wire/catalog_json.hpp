// schema/catalog.json to the registry the pure sync core works with, checked before anything is derived from
// it.
#pragma once

#include <string_view>

#include "shared/base/result.hpp"
#include "shared/sync/catalog.hpp"

namespace doudi::wire {

inline constexpr std::size_t kCatalogBytesMax = 1024 * 1024;

// Errors "catalog.invalid": names unique, types and rules known, references to tables listed before (or the
// table itself), the scope column there.
Result<sync::Catalog> read_catalog(std::string_view json);
// schema/catalog.json as it was when the program was built.
sync::Catalog shipped_catalog();

}  // namespace doudi::wire
