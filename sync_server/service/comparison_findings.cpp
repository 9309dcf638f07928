// A decision about a finding names who made it and why, in the finding and in the audit record.
#include <algorithm>

#include "shared/domain/ledger.hpp"
#include "sync_server/service/comparison.hpp"
#include "sync_server/service/console_events.hpp"
#include "sync_server/service/lead_receipt.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kReasonBytesMax = 1'500;
constexpr std::string_view kCategory = "数据核查";
constexpr std::string_view kColumns =
    "SELECT number, lower(hex(key)), code, name, id_number, household, list, row, other_list, other_row, "
    "other_name, other_number, other_household, action, state, decided_at, decided_name, reason, lead FROM "
    "comparison_finding ";

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

FindingFacts to_facts(const sql::Row& row) {
  const auto text = [&](int column) { return std::string(row.text(column)); };
  FindingFacts facts;
  facts.number = row.integer(0);
  facts.key = text(1);
  facts.code = text(2);
  facts.name = text(3);
  facts.id_number = text(4);
  facts.household = text(5);
  facts.list = text(6);
  facts.row = row.integer(7);
  facts.other_list = text(8);
  facts.other_row = row.integer(9);
  facts.other_name = text(10);
  facts.other_number = text(11);
  facts.other_household = text(12);
  facts.action = text(13);
  facts.state = text(14);
  if (const auto at = row.optional_integer(15)) facts.decided_at = Instant{*at};
  facts.decided_name = row.optional_text(16).value_or("");
  facts.reason = row.optional_text(17).value_or("");
  if (!row.is_null(18)) facts.lead = row.uuid(18);
  return facts;
}

Error not_found() {
  return {"not_found", "There is no such finding."};
}

// Only a finding nobody has decided about.
Result<FindingFacts> open_finding(sql::Connection& connection, const std::string& key) {
  DOUDI_ASSIGN(FindingFacts facts, read_finding(connection, key));
  if (facts.state != "open")
    return Error{"compare.wrong_state", "Somebody has decided about this finding already."};
  return facts;
}

Status decide(sql::Connection& connection, const FindingFacts& finding, const char* state,
              const std::string& reason, const Requester& by, const std::optional<Uuid>& lead, Instant now) {
  DOUDI_TRY(
      plain(connection.run("UPDATE comparison_finding SET state=$2, decided_at=$3, decided_by=$4, "
                           "decided_name=$5, reason=$6, lead=$7 "
                           "WHERE number=$1",
                           sql::params(finding.number, state, now, by.account, by.name, reason, lead))));
  return append_audit(connection, {now, by.account, std::nullopt, std::string("compare.") + state,
                                   "comparison_finding", lead, finding.key});
}

// What the grid worker reads: who, what is wrong, what to look at.
std::string describe(const FindingFacts& finding, const std::string& note) {
  const std::string who = finding.name.empty() ? "户编号 " + finding.household : finding.name;
  std::string text = "名单比对 " + finding.code + "（" + finding.action + "）：" + who;
  if (!finding.other_name.empty() && finding.other_name != finding.name)
    text += "；另一名单为 " + finding.other_name;
  if (!finding.household.empty() && !finding.name.empty()) text += "；户编号 " + finding.household;
  if (!finding.other_household.empty() && finding.other_household != finding.household)
    text += "；另一名单户编号 " + finding.other_household;
  return text + (note.empty() ? "" : "。" + note);
}

class LeadMaker {
 public:
  LeadMaker(District& district, sql::Connection& connection, const FindingLead& request)
      : district_(district),
        connection_(connection),
        request_(request),
        now_(district.now()),
        feed_(connection, district.tables()) {}

  Result<LeadAlert> run() {
    DOUDI_ASSIGN(const FindingFacts finding, open_finding(connection_, request_.key));
    DOUDI_TRY(find_grid());
    sync::RowState row{"lead", new_id(now_), false, {}};
    const std::string description = describe(finding, request_.note);
    DOUDI_TRY(ask_guard(description));
    DOUDI_TRY(fill(row, finding, description));
    const LeadOrigin origin{std::nullopt, request_.by.account, request_.by.name, request_.role, "capture"};
    DOUDI_ASSIGN(LeadAlert alert,
                 record_lead_receipt(connection_, district_.rules(), origin, row, "none", now_));
    DOUDI_TRY(feed_.put(std::nullopt, row));
    DOUDI_TRY(feed_.flush());
    DOUDI_TRY(decide(connection_, finding, "lead", request_.note, request_.by, row.row, now_));
    return alert;
  }
  [[nodiscard]] const std::set<std::string>& touched() const { return feed_.touched(); }

 private:
  Status find_grid() {
    bool found = false;
    DOUDI_TRY(connection_.query(
        "SELECT g.id, d.account FROM grid g LEFT JOIN grid_duty d ON d.grid=g.id AND d.to_version IS NULL "
        "WHERE g.code=$1 AND g.deleted=0",
        sql::params(request_.grid_code), [&](const sql::Row& row) {
          found = true;
          grid_ = row.uuid(0);
          if (!row.is_null(1)) worker_ = row.uuid(1);
          return !worker_;
        }));
    if (!found) return Error{"compare.no_grid", "There is no such grid."};
    if (!worker_) return Error{"compare.no_worker", "This grid has no worker who could verify it."};
    return {};
  }

  // The domain's table says who may capture a lead.
  Status ask_guard(const std::string& description) const {
    domain::ActionRequest request;
    request.action = domain::LedgerAction::capture;
    request.role = domain::parse_role(request_.role).value_or(domain::Role::program);
    request.category = kCategory;
    request.description = description;
    const auto transition = domain::may(request);
    if (!transition.ok()) return Error{"ledger.not_allowed", transition.error().message};
    return {};
  }

  // The person of the register, when this grid has one with the number.
  Status find_person(const FindingFacts& finding, Value& person, Value& household) {
    return connection_.query(
        "SELECT id, household FROM person WHERE grid=$1 AND id_number IN($2,$3) AND id_number<>'' AND "
        "deleted=0",
        sql::params(grid_, finding.id_number, finding.other_number), [&](const sql::Row& row) {
          person = sql::to_value(row.uuid(0));
          household = sql::to_value(row.uuid(1));
          return false;
        });
  }

  Status fill(sync::RowState& row, const FindingFacts& finding, const std::string& description) {
    Value person, household;
    DOUDI_TRY(find_person(finding, person, household));
    const std::map<std::string, Value> known{{"grid", sql::to_value(grid_)},
                                             {"household", household},
                                             {"person", person},
                                             {"worker", sql::to_value(*worker_)},
                                             {"source", std::string("data_compare")},
                                             {"category", std::string(kCategory)},
                                             {"grade_rule", sql::to_value(2)},
                                             {"rule_set", std::string("compare")},
                                             {"found_at", sql::to_value(now_)},
                                             {"monotonic_ms", sql::to_value(0)},
                                             {"boot_id", std::string("district")},
                                             {"description", description},
                                             {"restricted", sql::to_value(false)},
                                             {"state", std::string("reported")},
                                             {"received_at", sql::to_value(now_)},
                                             {"found_corrected_at", sql::to_value(now_)},
                                             {"clock_suspect", sql::to_value(false)}};
    for (const sync::Column& column : district_.tables().find("lead")->table->columns) {
      const auto value = known.find(column.name);
      row.columns.emplace_back(column.name, value == known.end() ? Value{} : value->second);
    }
    return {};
  }

  District& district_;
  sql::Connection& connection_;
  const FindingLead& request_;
  Instant now_;
  FeedWriter feed_;
  Uuid grid_;
  std::optional<Uuid> worker_;
};

}  // namespace

Result<std::vector<FindingFacts>> read_findings(sql::Connection& connection, const FindingQuery& query) {
  std::vector<FindingFacts> findings;
  DOUDI_TRY(connection.query(
      std::string(kColumns) +
          "WHERE first=$1 AND others=$2 AND number>$3 AND ($4='' OR code=$4) AND ($5='' OR state=$5) AND "
          "($6='' OR instr(name,$6)>0 OR instr(other_name,$6)>0 OR instr(id_number,$6)>0 OR household=$6) "
          "AND "
          "last_run>=(SELECT max(id) FROM comparison_run WHERE first=$1 AND others=$2 AND state='done') "
          "ORDER BY number LIMIT $7",
      sql::params(query.first, query.others, query.after, query.code, query.state, query.text, query.limit),
      [&findings](const sql::Row& row) {
        findings.push_back(to_facts(row));
        return true;
      }));
  return findings;
}

Result<FindingFacts> read_finding(sql::Connection& connection, const std::string& key) {
  const auto bytes = from_hex(key);
  if (!bytes) return not_found();
  std::optional<FindingFacts> facts;
  DOUDI_TRY(connection.query(std::string(kColumns) + "WHERE key=$1", sql::params(*bytes),
                             [&facts](const sql::Row& row) {
                               facts = to_facts(row);
                               return false;
                             }));
  if (!facts) return not_found();
  return *facts;
}

Status explain_finding(District& district, const std::string& key, const std::string& reason,
                       const Requester& by) {
  if (reason.empty() || reason.size() > kReasonBytesMax)
    return Error{"compare.reason_needed", "Say in some words why this finding needs nothing."};
  return district.writer().run([&](sql::Connection& connection) -> Status {
    DOUDI_ASSIGN(const FindingFacts finding, open_finding(connection, key));
    return decide(connection, finding, "explained", reason, by, std::nullopt, district.now());
  });
}

Result<Uuid> make_lead(District& district, const FindingLead& request) {
  if (request.note.size() > kReasonBytesMax) return Error{"request.field", "The note is too long."};
  LeadAlert alert;
  std::set<std::string> touched;
  DOUDI_TRY(district.writer().run([&](sql::Connection& connection) -> Status {
    LeadMaker maker(district, connection, request);
    DOUDI_ASSIGN(alert, maker.run());
    touched = maker.touched();
    return {};
  }));
  district.announce(touched);
  district.news().publish(alert_event(alert));
  return alert.lead;
}

}  // namespace doudi::district
