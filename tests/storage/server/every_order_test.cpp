// Three devices with two groups each reach the real writer on a real store in each of the ninety orders, one
// savepoint an order: everything gets a verdict, no written value is lost, what a device pulls brings it to
// the district's rows and digest, and where a rule has a direction all orders end alike.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "shared/crypto/crypto.hpp"
#include "shared/sync/digest.hpp"
#include "sync_server/service/tablet_service.hpp"
#include "tests/storage/server/sim_district.hpp"

namespace doudi::test {
namespace {

using sync::Operation;
using Rows = std::map<Uuid, sync::RowState>;

const Instant kNow = *parse_instant("2026-11-18T09:00:00+08:00");
constexpr std::size_t kDevices = 3;

Uuid row_id(std::uint8_t number) {
  Uuid id;
  id.bytes[0] = 9;
  id.bytes[6] = 0x70;
  id.bytes[8] = 0x80;
  id.bytes[15] = number;
  return id;
}

const Uuid kPerson = row_id(1);
const Uuid kTag = row_id(2);
const Uuid kVisit = row_id(3);
const Uuid kLead = row_id(4);
const Uuid kAbsence = row_id(5);

Value text(std::string value) {
  return value;
}
Value number(std::int64_t value) {
  return value;
}

Operation edit(const char* table, const Uuid& id, const char* column, Value base, Value next) {
  return {table, id, sync::OperationKind::update, {{column, std::move(base), std::move(next)}}};
}

std::vector<std::pair<std::string, Value>> lead_cells(const DistrictTablet& tablet, const Uuid& household) {
  return {{"grid", sql::to_value(tablet.grid)},
          {"household", sql::to_value(household)},
          {"worker", sql::to_value(tablet.device.account)},
          {"source", text("visit")},
          {"category", text("急难·断粮")},
          {"grade_rule", number(2)},
          {"grade_worker", number(3)},
          {"rule_set", text("triage-1")},
          {"found_at", number(kNow.ms)},
          {"monotonic_ms", number(1)},
          {"boot_id", text("boot")},
          {"description", text("旧")},
          {"restricted", number(0)},
          {"urgent_need", text("[\"food\"]")},
          {"state", text("queued")}};
}

std::vector<Operation> first_rows(const DistrictTablet& tablet) {
  const Value grid = sql::to_value(tablet.grid);
  const Value person = sql::to_value(kPerson);
  auto visit = visit_cells(tablet);
  visit.emplace_back("note", text("旧"));
  for (auto& [name, value] : visit)
    if (name == "leaflet_given") value = number(0);
  return {insert_row("person", kPerson,
                     {{"grid", grid},
                      {"household", sql::to_value(tablet.household)},
                      {"name", text("张桂兰")},
                      {"sex", number(2)},
                      {"relation", text("self")},
                      {"is_head", number(1)},
                      {"phone", text("1")}}),
          insert_row("person_tag", kTag,
                     {{"grid", grid},
                      {"person", person},
                      {"tag", text("solo_elder")},
                      {"from_on", text("2026-05-05")},
                      {"source", text("worker")}}),
          insert_row(
              "absence", kAbsence,
              {{"grid", grid}, {"person", person}, {"kind", text("away")}, {"from_on", text("2026-05-05")}}),
          insert_row("visit", kVisit, visit),
          insert_row("lead", kLead, lead_cells(tablet, tablet.household))};
}

sync::Group next_group(DistrictTablet& tablet, std::vector<Operation> operations,
                       sync::Lane lane = sync::Lane::ordinary) {
  sync::Group group;
  group.seq = ++tablet.seq;
  group.previous = tablet.last;
  group.lane = lane;
  group.device_wall_ms = kNow.ms;
  group.boot_id = "boot";
  group.operations = std::move(operations);
  tablet.last = district::prepare_group(group).hash;
  return group;
}

Rows rows_of(const wire::Page& page) {
  Rows rows;
  for (const auto& row : page.rows) rows[row.row] = row;
  return rows;
}

// The district with the rows every device has pulled, and what the devices do after.
class Meeting {
 public:
  Meeting() : devices_{district_.tablet, district_.another_tablet(), district_.another_tablet()} {
    const Status first =
        district_.push(district::prepare_group(next_group(devices_[0], first_rows(devices_[0]))));
    INFO((first.ok() ? std::string() : first.error().message));
    REQUIRE(first.ok());
    known_ = page_since((*district_).store().writer(), 0, {});
  }

  void say(std::size_t device, std::vector<Operation> operations, sync::Lane lane = sync::Lane::ordinary) {
    said_.at(device).push_back(next_group(devices_.at(device), std::move(operations), lane));
  }
  [[nodiscard]] const DistrictTablet& device(std::size_t number) const { return devices_.at(number); }

  // Plays every order; `overtaking`: the second group of the first device may come before its first.
  std::size_t every_order(bool overtaking, const std::vector<std::pair<Uuid, std::string>>& directed) {
    std::vector<std::size_t> order;  // which device's turn it is
    for (std::size_t device = 0; device < kDevices; ++device) order.insert(order.end(), 2, device);
    std::size_t orders = 0;
    std::optional<std::vector<Value>> first;
    do {
      for (const bool swapped : {false, true}) {
        if (swapped && !overtaking) continue;
        const auto ended = play(order, swapped, directed);
        if (!first) first = ended;
        REQUIRE(ended == *first);
        ++orders;
      }
    } while (std::next_permutation(order.begin(), order.end()));
    return orders;
  }

  std::vector<std::string> verdicts;  // of the newest order, in the order of arrival

 private:
  wire::Page page_since(sql::Connection& connection, std::size_t device, const wire::Cursors& cursors) {
    wire::Pull pull;
    pull.cursors = cursors;
    auto page = district::read_page(connection, *district_, devices_.at(device).device, pull, kNow);
    REQUIRE(page.ok());
    REQUIRE_FALSE(page->more);
    return std::move(*page);
  }

  std::vector<Value> play(const std::vector<std::size_t>& order, bool swapped,
                          const std::vector<std::pair<Uuid, std::string>>& directed) {
    std::vector<Value> ended;
    const Status undone = (*district_).writer().run([&](sql::Connection& connection) -> Status {
      deliver(connection, order, swapped);
      const wire::Page whole = page_since(connection, 0, {});
      for (std::size_t device = 0; device < kDevices; ++device) all_is_pulled(connection, device, whole);
      nothing_is_lost(connection, rows_of(whole));
      for (const auto& [row, column] : directed)
        ended.push_back(district::cell(rows_of(whole).at(row), column));
      return Error{"test.undo", "the next order starts from the same rows"};
    });
    REQUIRE(undone.error().code == "test.undo");
    return ended;
  }

  void deliver(sql::Connection& connection, const std::vector<std::size_t>& order, bool swapped) {
    std::array<std::size_t, kDevices> done{};
    verdicts.clear();
    for (const std::size_t device : order) {
      std::size_t at = done.at(device)++;
      if (swapped && device == 0) at = 1 - at;
      const std::vector<district::PreparedGroup> groups{district::prepare_group(said_.at(device).at(at))};
      for (int times = 0; times < 2; ++times) {  // each comes twice
        district::PushOutcome outcome;
        REQUIRE(
            (*district_).ingest().apply(connection, devices_.at(device).device, groups, kNow, outcome).ok());
        REQUIRE(outcome.verdicts.size() == 1);
        const auto& verdict = outcome.verdicts.front();
        const std::string seen = std::to_string(static_cast<int>(verdict.verdict)) + " " + verdict.reason;
        if (times == 1) REQUIRE(seen == verdicts.back());
        if (times == 0) verdicts.push_back(seen);
      }
    }
    const auto groups = connection.integer("SELECT count(*) FROM device_group WHERE verdict BETWEEN 1 AND 3");
    REQUIRE(*groups == static_cast<std::int64_t>(order.size()) + 1);
  }

  // What is new since the devices' position makes of their rows those of the district, with its digest.
  void all_is_pulled(sql::Connection& connection, std::size_t device, const wire::Page& whole) {
    Rows rows = rows_of(known_);
    for (const auto& row : page_since(connection, device, known_.cursors).rows) rows[row.row] = row;
    REQUIRE(rows == rows_of(whole));
    sync::Digest digest;
    for (const auto& [id, row] : rows) digest = digest + sync::row_digest(row, &crypto::sha256);
    REQUIRE(digest == whole.digests.at(to_string(devices_.at(device).grid)));
  }

  bool is_registered(sql::Connection& connection, const Operation& operation,
                     const sync::ColumnChange& change) {
    return *connection.integer(
               "SELECT count(*) FROM conflict WHERE row_id=$1 AND column_name=$2 AND "
               "(next_value=$3 OR current_value=$3)",
               sql::params(operation.row, change.column, change.next)) > 0;
  }

  bool was_seen(const Uuid& row, const sync::ColumnChange& written) {
    for (const auto& groups : said_)
      for (const auto& group : groups)
        for (const auto& operation : group.operations)
          for (const auto& change : operation.columns)
            if (operation.row == row && change.column == written.column && change.base == written.next)
              return true;
    return false;
  }

  void nothing_is_lost(sql::Connection& connection, const Rows& rows) {
    for (const auto& groups : said_) {
      for (const auto& group : groups) {
        for (const auto& operation : group.operations) {
          if (operation.kind == sync::OperationKind::remove) continue;
          for (const auto& change : operation.columns) {
            if (change.column == "state" || change.column == "grid") continue;  // the district moves them on
            INFO(operation.table << "." << change.column);
            REQUIRE((district::cell(rows.at(operation.row), change.column) == change.next ||
                     is_registered(connection, operation, change) || was_seen(operation.row, change)));
          }
        }
      }
    }
  }

  SimDistrict district_;
  std::array<DistrictTablet, kDevices> devices_;
  std::array<std::vector<sync::Group>, kDevices> said_;
  wire::Page known_;
};

}  // namespace

TEST_CASE("three devices edit the same fields: in each of the ninety orders the district keeps every value") {
  Meeting meeting;
  const Uuid household = meeting.device(0).household;
  for (std::size_t device = 0; device < kDevices; ++device) {
    const std::string name(1, static_cast<char>('a' + device));
    const auto own = static_cast<std::int64_t>(device);
    meeting.say(device, {edit("household", household, "door", text("1号楼"), text(name)),
                         edit("household", household, "phone", Value{}, text(name)),
                         edit("person", kPerson, "name", text("张桂兰"), text(name)),
                         edit("visit", kVisit, "note", text("旧"), text("旧\n" + name))});
    meeting.say(device, {edit("household", household, "phone", text(name), text(name + "2")),
                         edit("lead", kLead, "description", text("旧"), text("旧\n" + name)),
                         edit("lead", kLead, "offline_call_at", Value{}, number(own + 1)),
                         edit("lead", kLead, "category", text("急难·断粮"), text(name))});
  }
  CHECK(meeting.every_order(false, {}) == 90);
}

TEST_CASE("where a rule has a direction the district ends alike in each of the ninety orders") {
  Meeting meeting;
  for (std::size_t device = 0; device < kDevices; ++device) {
    const std::string name(1, static_cast<char>('a' + device));
    const auto own = static_cast<std::int64_t>(device);
    meeting.say(device, {edit("person_tag", kTag, "from_on", text("2026-05-05"),
                              text("2026-04-0" + std::to_string(own + 1))),
                         edit("absence", kAbsence, "from_on", text("2026-05-05"),
                              text("2026-03-0" + std::to_string(own + 1))),
                         edit("visit", kVisit, "leaflet_given", number(0), number(1))});
    meeting.say(device,
                {edit("lead", kLead, "urgent_need", text("[\"food\"]"), text("[\"" + name + "\",\"food\"]")),
                 edit("lead", kLead, "grade_worker", number(3), number(device == 1 ? 1 : 2)),
                 edit("lead", kLead, "restricted", number(0), number(device == 2 ? 1 : 0))});
  }
  CHECK(meeting.every_order(false, {{kTag, "from_on"},
                                    {kAbsence, "from_on"},
                                    {kVisit, "leaflet_given"},
                                    {kLead, "urgent_need"},
                                    {kLead, "grade_worker"},
                                    {kLead, "restricted"}}) == 90);
}

TEST_CASE("a removal among edits destroys no edited row in any of the ninety orders") {
  Meeting meeting;
  const Value grid = sql::to_value(meeting.device(0).grid);
  meeting.say(0, {{"absence",
                   kAbsence,
                   sync::OperationKind::remove,
                   {{"grid", grid, {}},
                    {"person", sql::to_value(kPerson), {}},
                    {"kind", text("away"), {}},
                    {"from_on", text("2026-05-05"), {}}}}});
  meeting.say(0, {edit("person", kPerson, "phone", text("1"), text("a"))});
  meeting.say(1, {edit("absence", kAbsence, "to_on", Value{}, text("2026-06-01"))});
  meeting.say(1, {edit("absence", kAbsence, "to_on", text("2026-06-01"), text("2026-07-01"))});
  meeting.say(2, {edit("absence", kAbsence, "kind", text("away"), text("hospital"))});
  meeting.say(2, {edit("absence", kAbsence, "from_on", text("2026-05-05"), text("2026-05-01"))});
  CHECK(meeting.every_order(false, {}) == 90);
}

TEST_CASE("an emergency overtakes the household it belongs to in every order, and both are there once") {
  Meeting meeting;
  const Uuid home = row_id(20);
  const Uuid emergency = row_id(21);
  const Value grid = sql::to_value(meeting.device(0).grid);
  meeting.say(0, {insert_row("household", home,
                             {{"grid", grid},
                              {"door", text("9号楼")},
                              {"door_order", number(9)},
                              {"address", text("9号楼")},
                              {"enrolled_on", text("2026-11-18")}})});
  meeting.say(0, {insert_row("lead", emergency, lead_cells(meeting.device(0), home))}, sync::Lane::emergency);
  meeting.say(1, {edit("household", meeting.device(1).household, "note", Value{}, text("乙"))});
  meeting.say(1, {insert_row("visit", row_id(22), visit_cells(meeting.device(1)))});
  meeting.say(2, {edit("household", meeting.device(2).household, "note", Value{}, text("丙"))});
  meeting.say(2, {edit("lead", kLead, "grade_worker", number(3), number(1))});
  CHECK(meeting.every_order(
            true,
            {{home, "door"}, {emergency, "grade_worker"}, {emergency, "state"}, {kLead, "grade_worker"}}) ==
        180);
}

TEST_CASE("a visit that arrives before its household waits and is there in every order once both came") {
  Meeting meeting;
  const Uuid home = row_id(30);
  const Value grid = sql::to_value(meeting.device(0).grid);
  auto visit = visit_cells(meeting.device(0));
  for (auto& [name, value] : visit)
    if (name == "household") value = sql::to_value(home);
  meeting.say(0, {insert_row("household", home,
                             {{"grid", grid},
                              {"door", text("8号楼")},
                              {"door_order", number(8)},
                              {"address", text("8号楼")},
                              {"enrolled_on", text("2026-11-18")}})});
  meeting.say(0, {insert_row("visit", row_id(31), visit)});
  for (std::size_t device = 1; device < kDevices; ++device) {
    meeting.say(device, {edit("person", kPerson, "phone", text("1"), text(std::to_string(device)))});
    meeting.say(device, {edit("visit", kVisit, "note", text("旧"), text("旧\n记"))});
  }
  CHECK(meeting.every_order(true, {{row_id(31), "mode"}, {home, "door"}, {kVisit, "note"}}) == 180);
}

}  // namespace doudi::test
