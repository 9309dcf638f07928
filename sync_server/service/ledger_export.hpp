// 区级问题台账 as a table with the columns of a real one (domain.md 2.9): numbers and telephones masked,
// times to the minute, one matter one row. Columns the district does not fill yet stay empty for the pen.
#pragma once

#include "shared/base/instant.hpp"
#include "sync_server/service/district.hpp"
#include "sync_server/service/spreadsheet_writer.hpp"

namespace doudi::district {

Result<Sheet> ledger_sheet(sql::Connection& connection, const District& district, Instant now);

}  // namespace doudi::district
