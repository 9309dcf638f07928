// 并案: two workers reported the same thing. One lead ends as merged, the other goes on and takes over the
// earlier finding with the clock that runs from it.
#pragma once

#include "sync_server/service/rulebook.hpp"
#include "sync_server/store/event_log.hpp"
#include "sync_server/store/row_table.hpp"

namespace doudi::district {

// Another lead of the same household and category, at least as urgent, reported or with an open entry.
Result<bool> may_take_in(sql::Connection& connection, const RowTables& tables, const sync::RowState& lead,
                         const Uuid& target);
// The newest leads this one may be merged into.
Result<std::vector<Uuid>> merge_targets(sql::Connection& connection, const RowTables& tables,
                                        const Uuid& lead);
// The target's side: found earlier if the lead was, with its clock and an event that names the lead. `by` is
// filled with who judged; its lead, states and details are set here. Answers what the lead's worker is told.
Result<std::string> take_in(sql::Connection& connection, const RowTables& tables, const Rulebook& rules,
                            FeedWriter& feed, const sync::RowState& lead, const Uuid& target, LedgerEvent by);

}  // namespace doudi::district
