#include "field_client/work/problem_list.hpp"

#include <algorithm>

#include "field_client/work/labels.hpp"
#include "shared/domain/clock.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::field {
namespace {

constexpr std::string_view kSelect =
    "SELECT id, household, person, category, grade_rule, grade_worker, found_at, due_at, state, entry_no, "
    "accepted_at, "
    "received_at, reply, description, offline_call_at, offline_call_result FROM lead WHERE deleted = 0 ";

std::optional<Uuid> id_at(const sql::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional<Uuid>(row.uuid(column));
}

std::optional<Instant> instant_at(const sql::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional<Instant>(Instant{row.integer(column)});
}

bool is_running(std::string_view state) {
  return state == "queued" || state == "reported" || state == "accepted";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back().push_back(c);
  }
  std::erase_if(lines, [](const std::string& line) { return line.empty(); });
  return lines;
}

}  // namespace

Result<Sent> sent_state(sql::Connection& connection, std::string_view table, const Uuid& row) {
  Sent sent = Sent::sent;
  DOUDI_TRY(
      connection.query("SELECT g.state, g.verdict FROM op_log o JOIN op_group g ON g.id = o.group_seq "
                       "WHERE o.table_name = $1 AND o.row_id = $2 ORDER BY g.id DESC LIMIT 1",
                       sql::params(table, row), [&](const sql::Row& group) {
                         const auto verdict = static_cast<sync::Verdict>(group.integer(1));
                         if (group.text(0) == "unsent")
                           sent = Sent::unsent;
                         else if (verdict == sync::Verdict::held || verdict == sync::Verdict::rejected)
                           sent = Sent::conflict;
                         return false;
                       }));
  return sent;
}

Problem ProblemList::problem_of(const sql::Row& row) const {
  Problem problem;
  problem.id = row.uuid(0);
  problem.household = id_at(row, 1);
  problem.person = id_at(row, 2);
  problem.category = std::string(row.text(3));
  problem.grade =
      static_cast<int>(std::min(row.optional_integer(4).value_or(2), row.optional_integer(5).value_or(2)));
  problem.found_at = Instant{row.integer(6)};
  problem.due_at = instant_at(row, 7);
  problem.state = std::string(row.text(8));
  problem.entry_no = row.optional_text(9);
  problem.accepted_at = instant_at(row, 10);
  problem.received_at = instant_at(row, 11);
  problem.reply = row.optional_text(12);
  problem.description = std::string(row.text(13));
  problem.offline_call_at = instant_at(row, 14);
  problem.offline_call_result = row.optional_text(15).value_or("");
  problem.state_text = lead_state_text(problem.state);
  problem.name = board_.name_of(problem.person, problem.household);
  problem.door = board_.door_of(problem.household);
  if (problem.state == "returned" && problem.reply) problem.returned_items = lines_of(*problem.reply);
  return problem;
}

// Until the district has answered, the tablet runs the emergency clock itself, from the moment of finding.
void ProblemList::add_clock(Problem& problem, Instant now) const {
  if (!is_running(problem.state)) return;
  domain::Deadline deadline{
      domain::DeadlineBasis::hours, 0, problem.found_at, problem.due_at.value_or(Instant{}), {}, false, 0};
  if (!problem.due_at) {
    const domain::ClockKind kind =
        problem.grade == 1 ? domain::ClockKind::emergency_total : domain::ClockKind::acceptance;
    const auto clock = domain::start_clock(kind, problem.grade, problem.found_at, pack_, calendar_);
    if (!clock) return;
    deadline = clock->deadline;
    problem.due_at = deadline.due_at;
  }
  problem.lamp = domain::to_string(domain::lamp_at(deadline, now));
}

Result<std::vector<Problem>> ProblemList::read(const std::string& where, const std::vector<Value>& parameters,
                                               Instant now) {
  std::vector<Problem> problems;
  DOUDI_TRY(connection_.query(std::string(kSelect) + where + " ORDER BY found_at DESC, id DESC", parameters,
                              [&](const sql::Row& row) {
                                problems.push_back(problem_of(row));
                                return true;
                              }));
  std::optional<Instant> learned;
  DOUDI_ASSIGN(const auto last,
               connection_.value("SELECT CAST(value AS INTEGER) FROM setting WHERE key = 'last_success_ms'"));
  if (last && !is_null(*last)) learned = Instant{std::get<std::int64_t>(*last)};
  for (auto& problem : problems) {
    DOUDI_ASSIGN(problem.sent, sent_state(connection_, "lead", problem.id));
    if (problem.state == "returned" && problem.sent == Sent::sent) problem.sent = Sent::returned;
    problem.learned_at = learned;
    add_clock(problem, now);
  }
  return problems;
}

}  // namespace doudi::field
