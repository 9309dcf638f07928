// Which calendar the district counted with, and since when. A limit that was over before the State Council's
// notice came is judged by what was known then; one that still runs is computed again, and both values stay.
#pragma once

#include "sync_server/service/rulebook.hpp"
#include "sync_server/store/row_table.hpp"

namespace doudi::district {

struct CalendarUpdate {
  bool loaded = false;  // the files say something else than before
  std::int64_t limits = 0;
};
// Reads the calendars of earlier starts into `rules`; when the loaded files differ from the newest of them,
// keeps the files' content from now on and recomputes every limit that runs, with an event for each lead. In
// one transaction; a second call changes nothing.
Result<CalendarUpdate> apply_calendar(sql::Connection& connection, const RowTables& tables, Rulebook& rules,
                                      Instant now);

}  // namespace doudi::district
