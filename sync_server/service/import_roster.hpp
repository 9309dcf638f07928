// The people of the district as its offices list them: one row a person, households by number within a grid.
#pragma once

#include "sync_server/service/district.hpp"
#include "sync_server/service/import.hpp"

namespace doudi::district {

Result<ImportReport> import_roster(District& district, const ImportOptions& options);
// "3号楼 2门 501" → a number that orders doors as people walk them.
std::int64_t door_order(std::string_view door);

}  // namespace doudi::district
