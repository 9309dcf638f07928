// One SELECT for every list, so that a case looks the same wherever it is shown.
#include "sync_server/service/console_view.hpp"

#include <algorithm>

namespace doudi::district {
namespace {

constexpr int kDutyRowsMax = 500;
constexpr std::int64_t kTotalHintMax = 10'000;

const std::string kCaseColumns =
    "SELECT l.id, e.id, e.number, l.state, e.state, ifnull(e.grade, min(ifnull(l.grade_rule,2), "
    "ifnull(l.grade_worker,2))), l.grade_rule, "
    "l.grade_worker, l.category, g.street, g.community, g.name, g.code, p.name, l.found_corrected_at, "
    "l.received_at, l.accepted_at, "
    "ifnull(e.due_at, l.due_at), r.overdue_on_arrival, l.clock_suspect, l.restricted, a.name, l.household, "
    "l.person, l.visit, l.worker, "
    "l.description, l.place, l.urgent_need, l.offline_call_at, l.offline_call_result, r.device "
    "FROM lead l JOIN grid g ON g.id=l.grid LEFT JOIN ledger_entry e ON e.lead=l.id LEFT JOIN person p ON "
    "p.id=l.person "
    "LEFT JOIN lead_receipt r ON r.lead=l.id LEFT JOIN account a ON a.id=e.accepted_by ";

std::optional<Instant> instant(const sql::Row& row, int column) {
  const auto ms = row.optional_integer(column);
  return ms ? std::optional(Instant{*ms}) : std::nullopt;
}
std::optional<Uuid> id(const sql::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : uuid_from_bytes(row.blob(column));
}

CaseItem read_item(const sql::Row& row) {
  CaseItem item;
  item.lead = row.uuid(0);
  item.entry = id(row, 1);
  item.entry_no = row.optional_text(2);
  item.lead_state = row.text(3);
  item.entry_state = row.text(4);
  item.grade = row.optional_integer(5);
  item.grade_rule = row.optional_integer(6);
  item.grade_worker = row.optional_integer(7);
  item.category = row.text(8);
  item.street = row.text(9);
  item.community = row.text(10);
  item.grid_name = row.text(11);
  item.grid_code = row.text(12);
  item.person_name = row.text(13);
  item.found_at = instant(row, 14);
  item.received_at = instant(row, 15);
  item.accepted_at = instant(row, 16);
  item.due_at = instant(row, 17);
  item.overdue_on_arrival = row.integer(18) != 0;
  item.clock_suspect = row.integer(19) != 0;
  item.restricted = row.integer(20) != 0;
  item.owner = row.text(21);
  item.household = id(row, 22);
  item.person = id(row, 23);
  item.visit = id(row, 24);
  item.worker = id(row, 25);
  item.description = row.text(26);
  item.place = row.text(27);
  item.urgent_need = row.optional_text(28);
  item.call_at = instant(row, 29);
  item.call_result = row.optional_text(30);
  item.device = row.integer(31);
  return item;
}

Result<std::vector<CaseItem>> read_items(sql::Connection& connection, const std::string& tail,
                                         const std::vector<Value>& parameters) {
  std::vector<CaseItem> items;
  DOUDI_TRY(connection.query(kCaseColumns + tail, parameters, [&items](const sql::Row& row) {
    items.push_back(read_item(row));
    return true;
  }));
  return items;
}

std::string in_scope(const std::string& condition) {
  return "WHERE " + std::string(kInScope) + " AND l.deleted=0 AND " + condition;
}

Result<std::vector<std::string>> tags_of(sql::Connection& connection, const Uuid& person) {
  std::vector<std::string> tags;
  DOUDI_TRY(connection.query(
      "SELECT DISTINCT tag FROM person_tag WHERE person=$1 AND deleted=0 AND to_on IS NULL ORDER BY tag",
      sql::params(person), [&tags](const sql::Row& row) {
        tags.emplace_back(row.text(0));
        return true;
      }));
  return tags;
}

Status read_household(sql::Connection& connection, CaseDetail& detail) {
  if (!detail.item.household) return {};
  DOUDI_TRY(connection.query("SELECT door, address FROM household WHERE id=$1",
                             sql::params(*detail.item.household), [&detail](const sql::Row& row) {
                               detail.door = row.text(0);
                               detail.address = row.text(1);
                               return false;
                             }));
  DOUDI_TRY(
      connection.query("SELECT id, name, id_number, phone, relation, sex, birth FROM person WHERE "
                       "household=$1 AND deleted=0 AND died_on IS NULL "
                       "AND moved_on IS NULL ORDER BY is_head DESC, birth LIMIT 30",
                       sql::params(*detail.item.household), [&detail](const sql::Row& row) {
                         detail.members.push_back({row.uuid(0),
                                                   std::string(row.text(1)),
                                                   std::string(row.text(2)),
                                                   std::string(row.text(3)),
                                                   std::string(row.text(4)),
                                                   row.integer(5),
                                                   row.optional_text(6),
                                                   {}});
                         return true;
                       }));
  for (PersonFacts& member : detail.members) {
    DOUDI_ASSIGN(member.tags, tags_of(connection, member.id));
  }
  return {};
}

Status read_answers(sql::Connection& connection, CaseDetail& detail) {
  if (!detail.item.visit) return {};
  return connection.query(
      "SELECT question, answer FROM visit_answer WHERE visit=$1 AND deleted=0 ORDER BY question",
      sql::params(*detail.item.visit), [&detail](const sql::Row& row) {
        detail.answers.emplace_back(row.text(0), row.text(1));
        return true;
      });
}

Status read_clocks(sql::Connection& connection, CaseDetail& detail) {
  return connection.query(
      "SELECT kind, basis, started_at, due_at, stopped_at FROM clock WHERE lead=$1 ORDER BY started_at, id",
      sql::params(detail.item.lead), [&detail](const sql::Row& row) {
        detail.clocks.push_back({std::string(row.text(0)), std::string(row.text(1)), Instant{row.integer(2)},
                                 Instant{row.integer(3)}, instant(row, 4)});
        return true;
      });
}

Status read_worker(sql::Connection& connection, CaseDetail& detail) {
  DOUDI_TRY(connection.query("SELECT last_contact_at FROM device WHERE number=$1",
                             sql::params(detail.item.device), [&detail](const sql::Row& row) {
                               detail.device_last_seen = instant(row, 0);
                               return false;
                             }));
  if (!detail.item.worker) return {};
  return connection.query("SELECT name FROM account WHERE id=$1", sql::params(*detail.item.worker),
                          [&detail](const sql::Row& row) {
                            detail.worker_name = row.text(0);
                            return false;
                          });
}

}  // namespace

bool CaseItem::open() const {
  if (entry) return entry_state != "closed" && entry_state != "voided";
  return lead_state == "reported" || lead_state == "returned";
}

Result<DutyBoard> read_duty(sql::Connection& connection, const Actor& actor, Instant) {
  DutyBoard board;
  const std::string scopes = actor.scopes(kCaseRoles);
  DOUDI_ASSIGN(
      board.items,
      read_items(
          connection,
          in_scope(
              "l.state IN('reported','returned','accepted') AND ifnull(e.state,'') NOT IN('closed','voided') "
              "ORDER BY ifnull(e.due_at, l.due_at) IS NULL, ifnull(e.due_at, l.due_at) LIMIT $2"),
          sql::params(scopes, kDutyRowsMax)));
  DOUDI_TRY(
      connection.query("SELECT v.at, v.action, l.entry_no, v.lead FROM (SELECT * FROM ledger_event ORDER BY "
                       "number DESC LIMIT 400) v "
                       "JOIN lead l ON l.id=v.lead JOIN grid g ON g.id=l.grid WHERE " +
                           std::string(kInScope) + " ORDER BY v.number DESC LIMIT 20",
                       sql::params(scopes), [&board](const sql::Row& row) {
                         board.recent.push_back({Instant{row.integer(0)}, std::string(row.text(1)),
                                                 row.optional_text(2), row.uuid(3)});
                         return true;
                       }));
  return board;
}

Result<LedgerPage> read_ledger(sql::Connection& connection, const Actor& actor, const LedgerQuery& query) {
  LedgerPage page;
  const auto optional = [](const std::string& text) { return text.empty() ? Value{} : Value(text); };
  const std::int64_t grade = std::atoi(query.grade.c_str());
  const std::string condition = in_scope(
      "e.id IS NOT NULL AND ($2 IS NULL OR e.state=$2) AND ($3=0 OR e.grade=$3) AND ($4 IS NULL OR "
      "g.street=$4) AND "
      "($5 IS NULL OR e.category=$5) AND ($6 IS NULL OR e.number=$6 OR instr(p.name,$6)=1)");
  std::vector<Value> parameters =
      sql::params(actor.scopes(kCaseRoles), optional(query.state), grade, optional(query.street),
                  optional(query.category), optional(query.text));
  DOUDI_ASSIGN(page.total_hint, connection.integer("SELECT count(*) FROM (SELECT 1 FROM lead l JOIN grid g "
                                                   "ON g.id=l.grid JOIN ledger_entry e ON e.lead=l.id "
                                                   "LEFT JOIN person p ON p.id=l.person " +
                                                       condition + " LIMIT $7)",
                                                   [&] {
                                                     auto all = parameters;
                                                     all.push_back(kTotalHintMax);
                                                     return all;
                                                   }()));
  parameters.push_back(optional(query.cursor));
  parameters.push_back(std::int64_t{query.limit} + 1);
  DOUDI_ASSIGN(
      page.rows,
      read_items(connection, condition + " AND ($7 IS NULL OR e.number<$7) ORDER BY e.number DESC LIMIT $8",
                 parameters));
  if (page.rows.size() > static_cast<std::size_t>(query.limit)) {
    page.rows.pop_back();
    page.next_cursor = page.rows.back().entry_no;
  }
  return page;
}

Result<CaseDetail> read_case(sql::Connection& connection, const Actor& actor, const std::string& key,
                             Instant) {
  const auto uuid = parse_uuid(key);
  const std::string scopes = actor.scopes(kCaseRoles);
  DOUDI_ASSIGN(std::vector<CaseItem> found,
               uuid ? read_items(connection, in_scope("(l.id=$2 OR e.id=$2)"), sql::params(scopes, *uuid))
                    : read_items(connection, in_scope("e.number=$2"), sql::params(scopes, key)));
  if (found.empty()) return Error{"not_found", "There is no such case."};
  CaseDetail detail;
  detail.item = std::move(found.front());
  DOUDI_TRY(read_household(connection, detail));
  DOUDI_TRY(read_answers(connection, detail));
  DOUDI_TRY(read_clocks(connection, detail));
  DOUDI_TRY(read_worker(connection, detail));
  DOUDI_ASSIGN(detail.timeline, timeline_of(connection, detail.item.lead));
  detail.actions = offered_actions(actor, detail.item.grid_code, detail.item.lead_state,
                                   detail.item.entry_state, static_cast<int>(detail.item.grade.value_or(2)));
  detail.show_names = actor.has_any({"township", "township_leader", "district", "district_leader"});
  return detail;
}

}  // namespace doudi::district
