// A district that starts with other calendars than before: what runs is computed again, what was decided by
// the old one stays as it was, and both values are on record.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>

#include "sync_server/app/arguments.hpp"
#include "sync_server/app/commands.hpp"
#include "sync_server/auth/accounts.hpp"
#include "sync_server/service/lead_receipt.hpp"
#include "sync_server/service/ledger_service.hpp"
#include "sync_server/service/verify_store.hpp"
#include "tests/server/district_fixture.hpp"

namespace doudi::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A district without a network, with its own copy of the rules and a clock that stands still.
class Office {
 public:
  explicit Office(std::string_view time) {
    fs::copy(DOUDI_SHARE, share(), fs::copy_options::recursive);
    move_to(time);
    std::string pack = read_file(share() / "policies" / "dongli-2020.jsonc");
    const std::string limit = R"("clock.decision.grade2_workdays": {"state": "assumed", "value": 15)";
    REQUIRE(pack.find(limit) != std::string::npos);
    pack.replace(pack.find(limit) + limit.size() - 2, 2, "8");
    write_file(share() / "policies" / "dongli-2020.jsonc", pack);
  }

  void found() {
    REQUIRE(district::init_district(
                {folder_.path() / "data", share(), "120110", "dongli-2020", "admin", std::string(kPassword)},
                now_)
                .ok());
    start();
    write_file(folder_.path() / "grids.csv",
               "网格编号,网格名称,社区,街道,网格员账号,网格员姓名,值班电话,备用电话\n"
               "120110001001001,春华里第1网格,春华里社区,张贵庄街道,w1,王敏,022-00010001,022-00010002\n");
    run({"import", "grids", (folder_.path() / "grids.csv").string()});
    REQUIRE(district_->writer()
                .run([&](sql::Connection& connection) {
                  return district::add_account(
                      connection, {"sun", "sun", "district", "120110", std::string(kPassword)}, now_);
                })
                .ok());
  }

  void move_to(std::string_view time) { now_ = parse_instant(time).value(); }
  void start() {
    district_.reset();
    auto opened = district::District::open({folder_.path() / "data", share(), [this] { return now_; }});
    INFO((opened.ok() ? "" : opened.error().message));
    REQUIRE(opened.ok());
    district_ = std::move(*opened);
  }

  // A grade-2 lead received now.
  Uuid report() {
    const auto& table = *district_->tables().find("lead");
    sync::RowState row{"lead", district::new_id(now_), false, {}};
    const std::map<std::string, Value> known{{"grid", sql::to_value(id("grid", "code", kFirstGrid))},
                                             {"worker", sql::to_value(id("account", "login", "w1"))},
                                             {"source", std::string("visit")},
                                             {"category", std::string("医疗")},
                                             {"grade_rule", sql::to_value(2)},
                                             {"rule_set", std::string("triage-1")},
                                             {"found_at", sql::to_value(now_)},
                                             {"monotonic_ms", sql::to_value(0)},
                                             {"boot_id", std::string("boot")},
                                             {"description", std::string("住院费用负担重")},
                                             {"restricted", sql::to_value(false)},
                                             {"state", std::string("reported")},
                                             {"received_at", sql::to_value(now_)},
                                             {"found_corrected_at", sql::to_value(now_)}};
    for (const sync::Column& column : table.table->columns)
      row.columns.emplace_back(column.name, known.contains(column.name) ? known.at(column.name) : Value{});
    const Status stored = district_->writer().run([&](sql::Connection& connection) -> Status {
      const auto alert = district::record_lead_receipt(
          connection, district_->rules(), {std::nullopt, std::nullopt, "王敏"}, row, "queued", now_);
      if (!alert.ok()) return alert.error();
      district::FeedWriter feed(connection, district_->tables());
      DOUDI_TRY(feed.put(std::nullopt, row));
      return feed.flush();
    });
    REQUIRE(stored.ok());
    return row.row;
  }

  void accept(const Uuid& lead) {
    auto reader = district_->store().read();
    REQUIRE(reader.ok());
    const auto actor = district::load_actor(**reader, id("account", "login", "sun"));
    REQUIRE(actor.ok());
    const auto decided = district::decide_lead(*district_, *actor, lead, {});
    INFO((decided.ok() ? "" : decided.error().message));
    REQUIRE(decided.ok());
  }

  std::string text(const std::string& query) {
    auto reader = district_->store().read();
    REQUIRE(reader.ok());
    std::string found;
    REQUIRE((*reader)
                ->query(query, {},
                        [&found](const sql::Row& row) {
                          found = row.text(0);
                          return false;
                        })
                .ok());
    return found;
  }
  std::int64_t number(const std::string& query) {
    auto reader = district_->store().read();
    REQUIRE(reader.ok());
    const auto value = (*reader)->integer(query);
    REQUIRE(value.ok());
    return *value;
  }
  std::string last_day(const std::string& query) { return format_date(date_of(Instant{number(query) - 1})); }
  std::vector<std::string> faults() {
    const auto report = district::verify_store(*district_);
    REQUIRE(report.ok());
    return report->faults;
  }
  [[nodiscard]] fs::path share() const { return folder_.path() / "share"; }

 private:
  Uuid id(const std::string& table, const std::string& column, std::string_view value) {
    auto reader = district_->store().read();
    REQUIRE(reader.ok());
    Uuid found;
    REQUIRE((*reader)
                ->query("SELECT id FROM " + table + " WHERE " + column + "=$1", sql::params(value),
                        [&found](const sql::Row& row) {
                          found = row.uuid(0);
                          return false;
                        })
                .ok());
    return found;
  }
  void run(const std::vector<std::string>& line) {
    const auto arguments = district::parse_arguments(line);
    REQUIRE(arguments.ok());
    std::string output;
    const district::Terminal terminal{[&output](std::string_view part) { output += part; },
                                      [&output](std::string_view part) { output += part; }};
    const int exit = district::run_command(*district_, *arguments, terminal);
    INFO(output);
    REQUIRE(exit == 0);
  }

  TempDirectory folder_{"office"};
  Instant now_;
  std::unique_ptr<district::District> district_;
};

const std::string kDecision = "SELECT due_at FROM clock WHERE kind='decision'";
const std::string kNotes = "SELECT count(*) FROM ledger_event WHERE action='note'";

}  // namespace

TEST_CASE("T27: the notice of the longer holiday moves the limits that run, once, and keeps both values") {
  Office office("2020-01-22T09:00:00");
  const std::string notice = read_file(office.share() / "calendars" / "2020-v2.jsonc");
  fs::remove(office.share() / "calendars" / "2020-v2.jsonc");
  office.found();
  const Uuid lead = office.report();
  office.accept(lead);
  CHECK(office.last_day(kDecision) == "2020-02-07");
  const std::int64_t acceptance = office.number("SELECT due_at FROM clock WHERE kind='acceptance'");

  office.move_to("2020-01-27T10:00:00");
  write_file(office.share() / "calendars" / "2020-v2.jsonc", notice);
  office.start();
  CHECK(office.last_day(kDecision) == "2020-02-11");
  CHECK(office.last_day("SELECT due_at FROM ledger_entry") == "2020-02-11");
  CHECK(office.last_day("SELECT due_at FROM lead") == "2020-02-11");
  // Acceptance was met and is over: it keeps the end it was judged by.
  CHECK(office.number("SELECT due_at FROM clock WHERE kind='acceptance'") == acceptance);
  const json change = json::parse(office.text("SELECT details FROM ledger_event WHERE action='note'"));
  REQUIRE(change["deadlines"].size() == 1);
  CHECK(change["deadlines"][0]["kind"] == "decision");
  CHECK(change["deadlines"][0]["before"].get<std::string>().starts_with("2020-02-08T00:00:00"));
  CHECK(change["deadlines"][0]["after"].get<std::string>().starts_with("2020-02-12T00:00:00"));
  CHECK(change["deadlines"][0]["reason"] == "calendar v2");
  CHECK(office.faults().empty());

  office.move_to("2020-01-28T10:00:00");
  office.start();
  CHECK(office.number(kNotes) == 1);
  CHECK(office.last_day(kDecision) == "2020-02-11");
  // What starts now counts with the new calendar, and the old clocks still are what their events give.
  office.accept(office.report());
  CHECK(office.last_day("SELECT max(due_at) FROM clock WHERE kind='decision'") == "2020-02-12");
  CHECK(office.faults().empty());
}

TEST_CASE("T30: a limit in a year without a notice is uncertain until the notice is loaded") {
  Office office("2027-03-01T09:00:00");
  office.found();
  office.accept(office.report());
  CHECK(office.last_day(kDecision) == "2027-03-11");

  write_file(office.share() / "calendars" / "2027.jsonc",
             R"({"year": 2027, "version": 1, "division": "", "known_from": "2026-11-25", "source": "T",
                 "days": [{"day": "2027-03-03", "off": true, "name": "放假"}]})");
  office.move_to("2027-03-02T09:00:00");
  office.start();
  CHECK(office.last_day(kDecision) == "2027-03-12");
  const json change = json::parse(office.text("SELECT details FROM ledger_event WHERE action='note'"));
  CHECK(change["deadlines"].size() == 2);  // the decision, and the dispatch that was only uncertain
  for (const json& one : change["deadlines"]) {
    CHECK(one["unconfirmed_before"] == true);
    CHECK(one["unconfirmed"] == false);
    CHECK(one["reason"] == "calendar v1");
  }
  CHECK(office.faults().empty());
  office.start();
  CHECK(office.number(kNotes) == 1);
}

}  // namespace doudi::test
