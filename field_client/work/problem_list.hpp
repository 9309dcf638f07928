// The leads of this tablet with what the district said about each, and how far each got.
#pragma once

#include <string>
#include <vector>

#include "field_client/include/doudi/views.hpp"
#include "field_client/work/board.hpp"
#include "shared/domain/policy.hpp"
#include "shared/domain/work_calendar.hpp"
#include "shared/sql/connection.hpp"

namespace doudi::field {

class ProblemList {
 public:
  ProblemList(sql::Connection& connection, const Board& board, const domain::PolicyPack& pack,
              const domain::WorkCalendar& calendar)
      : connection_(connection), board_(board), pack_(pack), calendar_(calendar) {}
  // Newest first. `where` continues "WHERE deleted = 0 ".
  Result<std::vector<Problem>> read(const std::string& where, const std::vector<Value>& parameters,
                                    Instant now);

 private:
  Problem problem_of(const sql::Row& row) const;
  void add_clock(Problem& problem, Instant now) const;

  sql::Connection& connection_;
  const Board& board_;
  const domain::PolicyPack& pack_;
  const domain::WorkCalendar& calendar_;
};

// What became of the newest group that touched the row.
Result<Sent> sent_state(sql::Connection& connection, std::string_view table, const Uuid& row);

}  // namespace doudi::field
