#include "sync_server/service/calendar_history.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "sync_server/service/lead_clocks.hpp"
#include "sync_server/store/event_log.hpp"
#include "sync_server/store/store.hpp"

namespace doudi::district {
namespace {

using nlohmann::json;

json years_json(const std::vector<domain::CalendarYear>& years, const std::string& division) {
  json list = json::array();
  for (const domain::CalendarYear& year : years) {
    if (!year.division.empty() && year.division != division) continue;
    json days = json::array();
    for (const domain::CalendarDay& day : year.days)
      days.push_back({format_date(day.day), day.is_off, day.name});
    list.push_back({{"year", year.year},
                    {"version", year.version},
                    {"division", year.division},
                    {"assumed", year.assumed},
                    {"source", year.source},
                    {"known_from", year.known_from ? json(format_date(*year.known_from)) : json()},
                    {"days", days}});
  }
  return list;
}

domain::CalendarYear read_year(const json& stored) {
  domain::CalendarYear year;
  year.year = stored.at("year").get<int>();
  year.version = stored.at("version").get<int>();
  year.division = stored.at("division").get<std::string>();
  year.assumed = stored.at("assumed").get<bool>();
  year.source = stored.at("source").get<std::string>();
  if (stored.at("known_from").is_string())
    year.known_from = parse_date(stored.at("known_from").get<std::string>());
  for (const json& day : stored.at("days"))
    year.days.push_back({parse_date(day.at(0).get<std::string>()).value_or(CivilDate{}),
                         day.at(1).get<bool>(), day.at(2).get<std::string>()});
  return year;
}

// The store seals what it keeps, so a text that does not parse was written by another program.
Result<domain::CalendarInForce> read_calendar(const std::string& text, const std::string& division) {
  try {
    const json stored = json::parse(text);
    std::vector<domain::CalendarYear> years;
    for (const json& year : stored.at("years")) years.push_back(read_year(year));
    return domain::CalendarInForce{Instant{stored.at("from").get<std::int64_t>()},
                                   domain::WorkCalendar(years, division)};
  } catch (const json::exception&) {
    return Error{"store.calendar", "A calendar kept in the store cannot be read."};
  }
}

std::string setting_name(std::size_t number) {
  return "calendar." + std::to_string(number);
}

struct RunningLead {
  Uuid lead;
  std::optional<Uuid> entry;
  std::string state;
};

Result<std::vector<RunningLead>> running_leads(sql::Connection& connection) {
  std::vector<RunningLead> leads;
  DOUDI_TRY(connection.query(
      "SELECT DISTINCT l.id, e.id, ifnull(e.state, l.state) FROM clock c JOIN lead l ON l.id=c.lead "
      "LEFT JOIN ledger_entry e ON e.lead=l.id WHERE c.stopped_at IS NULL ORDER BY l.id",
      {}, [&leads](const sql::Row& row) {
        const auto entry = row.is_null(1) ? std::nullopt : std::optional(row.uuid(1));
        leads.push_back({row.uuid(0), entry, std::string(row.text(2))});
        return true;
      }));
  return leads;
}

json change_json(const domain::DeadlineChange& change, const domain::ClockBook& book) {
  const domain::KeptClock& kept = book.clocks[std::stoul(change.id)];
  return {{"kind", domain::to_string(kept.clock.kind)},
          {"before", format_instant(change.before.due_at)},
          {"after", format_instant(change.after.due_at)},
          {"unconfirmed_before", change.before.calendar_unconfirmed},
          {"unconfirmed", change.after.calendar_unconfirmed},
          {"reason", change.reason}};
}

Status record(sql::Connection& connection, const RunningLead& running, const ClockStep& step,
              const Rulebook& rules, Instant now) {
  json changes = json::array();
  for (const domain::DeadlineChange& change : step.changes) changes.push_back(change_json(change, step.book));
  const json details{{"pack", rules.pack.reference()}, {"deadlines", changes}};
  return append_event(
      connection, {running.lead, running.entry, "note", running.state, running.state, std::nullopt, "系统",
                   "program", now, "日历更新，期限重新计算：" + step.changes.front().reason, details.dump()});
}

Result<std::int64_t> recompute(sql::Connection& connection, const RowTables& tables, const Rulebook& rules,
                               Instant now) {
  DOUDI_ASSIGN(const std::vector<RunningLead> leads, running_leads(connection));
  FeedWriter feed(connection, tables);
  std::int64_t limits = 0;
  for (const RunningLead& running : leads) {
    domain::ClockEvent event;
    event.at = now;
    event.calendar_changed = true;
    DOUDI_ASSIGN(const ClockStep step, step_lead_clocks(connection, rules, running.lead, event));
    if (step.changes.empty()) continue;
    limits += static_cast<std::int64_t>(step.changes.size());
    DOUDI_TRY(record(connection, running, step, rules, now));
    DOUDI_ASSIGN(const std::optional<sync::RowState> before,
                 tables.read(connection, *tables.find("lead"), running.lead));
    if (!before) continue;
    sync::RowState after = *before;
    DOUDI_TRY(show_due(connection, step.book, after));
    DOUDI_TRY(feed.put(before, after));
  }
  DOUDI_TRY(feed.flush());
  return limits;
}

}  // namespace

Result<CalendarUpdate> apply_calendar(sql::Connection& connection, const RowTables& tables, Rulebook& rules,
                                      Instant now) {
  rules.calendars.clear();
  std::string newest;
  for (std::size_t number = 1;; ++number) {
    DOUDI_ASSIGN(const std::string text, read_setting(connection, setting_name(number)));
    if (text.empty()) break;
    newest = text;
    DOUDI_ASSIGN(domain::CalendarInForce known, read_calendar(text, rules.pack.division));
    rules.calendars.push_back(std::move(known));
  }
  const json years = years_json(rules.calendar_years, rules.pack.division);
  if (!newest.empty() && json::parse(newest).at("years") == years) return CalendarUpdate{};
  const json stored{{"from", now.ms}, {"years", years}};
  rules.calendars.push_back({now, domain::WorkCalendar(rules.calendar_years, rules.pack.division)});
  DOUDI_ASSIGN(sql::Transaction transaction, sql::Transaction::begin(connection));
  DOUDI_TRY(write_setting(connection, setting_name(rules.calendars.size()), stored.dump()));
  CalendarUpdate update{true, 0};
  DOUDI_ASSIGN(update.limits, recompute(connection, tables, rules, now));
  DOUDI_TRY(append_audit(connection, {now, std::nullopt, std::nullopt, "calendar.apply", "calendar",
                                      std::nullopt, std::to_string(update.limits)}));
  DOUDI_TRY(transaction.commit());
  return update;
}

}  // namespace doudi::district
