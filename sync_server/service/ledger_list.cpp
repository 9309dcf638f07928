// Reads only; the web console has its own richer view.
#include "sync_server/service/ledger_list.hpp"

#include <nlohmann/json.hpp>

#include "shared/domain/masking.hpp"

namespace doudi::district {
namespace {

using nlohmann::json;

constexpr std::string_view kSelect =
    "SELECT e.number, e.id, e.lead, e.grade, e.category, e.state, g.street, g.name, p.name, "
    "l.found_corrected_at, l.received_at, "
    "e.accepted_at, e.due_at, e.overdue_on_arrival FROM ledger_entry e JOIN lead l ON l.id=e.lead JOIN grid "
    "g ON g.id=e.grid "
    "LEFT JOIN person p ON p.id=e.person ";

std::optional<Instant> instant(const sql::Row& row, int column) {
  const auto ms = row.optional_integer(column);
  return ms ? std::optional(Instant{*ms}) : std::nullopt;
}

LedgerLine read_line(const sql::Row& row) {
  LedgerLine line;
  line.number = row.text(0);
  line.entry = row.uuid(1);
  line.lead = row.uuid(2);
  line.grade = static_cast<int>(row.integer(3));
  line.category = row.text(4);
  line.state = row.text(5);
  line.street = row.text(6);
  line.grid_name = row.text(7);
  line.person_masked = domain::mask_name(row.text(8), domain::MaskLevel::staff);
  line.found_at = instant(row, 9);
  line.received_at = instant(row, 10);
  line.accepted_at = instant(row, 11);
  line.due_at = instant(row, 12);
  line.overdue_on_arrival = row.integer(13) != 0;
  return line;
}

json time_json(const std::optional<Instant>& at) {
  return at ? json(format_instant(*at)) : json();
}

json line_json(const LedgerLine& line) {
  return {{"entry_no", line.number},
          {"entry_id", to_string(line.entry)},
          {"lead_id", to_string(line.lead)},
          {"grade", line.grade},
          {"category", line.category},
          {"state", line.state},
          {"street", line.street},
          {"grid_name", line.grid_name},
          {"person_masked", line.person_masked},
          {"found_at", time_json(line.found_at)},
          {"received_at", time_json(line.received_at)},
          {"accepted_at", time_json(line.accepted_at)},
          {"due_at", time_json(line.due_at)},
          {"overdue_on_arrival", line.overdue_on_arrival}};
}

std::string time_text(const std::optional<Instant>& at) {
  return at ? format_instant(*at) : "-";
}

}  // namespace

Result<std::vector<LedgerLine>> list_ledger(sql::Connection& connection) {
  std::vector<LedgerLine> lines;
  DOUDI_TRY(connection.query(std::string(kSelect) + "ORDER BY e.accepted_at DESC, e.number DESC",
                             [&lines](const sql::Row& row) {
                               lines.push_back(read_line(row));
                               return true;
                             }));
  return lines;
}

Result<std::vector<TimelineStep>> timeline_of(sql::Connection& connection, const Uuid& lead) {
  std::vector<TimelineStep> steps;
  DOUDI_TRY(connection.query(
      "SELECT at, action, by_name, by_role, from_state, to_state, reason, details FROM ledger_event WHERE "
      "lead=$1 ORDER BY number",
      sql::params(lead), [&steps](const sql::Row& row) {
        steps.push_back({Instant{row.integer(0)}, std::string(row.text(1)), std::string(row.text(2)),
                         std::string(row.text(3)), std::string(row.text(4)), std::string(row.text(5)),
                         std::string(row.text(6)), std::string(row.text(7))});
        return true;
      }));
  return steps;
}

Result<LedgerDetail> show_entry(sql::Connection& connection, const std::string& number) {
  LedgerDetail detail;
  bool found = false;
  DOUDI_TRY(connection.query(std::string(kSelect) + "WHERE e.number=$1", sql::params(number),
                             [&](const sql::Row& row) {
                               detail.line = read_line(row);
                               found = true;
                               return false;
                             }));
  if (!found) return Error{"not_found", "There is no entry with this number."};
  DOUDI_ASSIGN(detail.timeline, timeline_of(connection, detail.line.lead));
  return detail;
}

json ledger_json(const std::vector<LedgerLine>& lines) {
  json rows = json::array();
  for (const LedgerLine& line : lines) rows.push_back(line_json(line));
  return {{"rows", rows}};
}

json detail_json(const LedgerDetail& detail) {
  json timeline = json::array();
  for (const TimelineStep& step : detail.timeline) {
    timeline.push_back({{"at", format_instant(step.at)},
                        {"action", step.action},
                        {"by", step.by},
                        {"role", step.role},
                        {"from", step.from},
                        {"to", step.to},
                        {"reason", step.reason}});
  }
  json document = line_json(detail.line);
  document["timeline"] = timeline;
  return document;
}

std::string ledger_text(const std::vector<LedgerLine>& lines) {
  std::string text;
  for (const LedgerLine& line : lines) {
    text += line.number + "  " + std::to_string(line.grade) + "  " + line.state + "  " + line.category +
            "  " + line.street + "  " + line.person_masked + "  due " + time_text(line.due_at) + "\n";
  }
  if (text.empty()) return "the ledger is empty";
  text.pop_back();
  return text;
}

std::string detail_text(const LedgerDetail& detail) {
  const LedgerLine& line = detail.line;
  std::string text = line.number + "  grade " + std::to_string(line.grade) + "  " + line.state + "  " +
                     line.category + "\n" + "found    " + time_text(line.found_at) + "\nreceived " +
                     time_text(line.received_at) + "\naccepted " + time_text(line.accepted_at) +
                     "\ndue      " + time_text(line.due_at);
  for (const TimelineStep& step : detail.timeline) {
    text += "\n" + format_instant(step.at) + "  " + step.action + "  " + step.from + " -> " + step.to + "  " +
            step.role;
  }
  return text;
}

}  // namespace doudi::district
