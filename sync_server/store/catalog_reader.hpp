// Reads the embedded catalog: the one list of replicated tables that both programs follow.
#pragma once

#include <string_view>

#include "shared/base/result.hpp"
#include "shared/sync/catalog.hpp"

namespace doudi::district {

Result<sync::Catalog> read_catalog(std::string_view json);

}  // namespace doudi::district
