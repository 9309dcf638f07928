// Grids with the worker who has them: 网格编号, 网格名称, 社区, 街道, 网格员账号, 网格员姓名, 值班电话,
// 备用电话.
#pragma once

#include "sync_server/service/district.hpp"
#include "sync_server/service/import.hpp"

namespace doudi::district {

Result<ImportReport> import_grids(District& district, const ImportOptions& options);

}  // namespace doudi::district
