// The same random history of visits, voids, tags, absences, deaths and moves in a tablet's store and in a
// district's: after every event the tablet's list kept door by door, its list built anew and the district's
// are one list.
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "field_client/work/board.hpp"
#include "sync_server/service/coverage_view.hpp"
#include "sync_server/store/store.hpp"
#include "tests/unit/domain/domain_builders.hpp"
#include "tests/unit/field/tablet.hpp"

namespace doudi::test {
namespace {

constexpr int kHistories = 32;
constexpr int kEvents = 10;
constexpr int kHouseholds = 4;
constexpr int kPersons = 9;

void set(sync::RowState& row, const std::string& column, const Value& value) {
  for (auto& [name, held] : row.columns) {
    if (name != column) continue;
    held = value;
    return;
  }
  row.columns.emplace_back(column, value);
}

Uuid cell_id(const sync::RowState& row, const std::string& column) {
  for (const auto& [name, value] : row.columns)
    if (name == column) return *uuid_from_bytes(std::get<Bytes>(value));
  return {};
}

class History {
 public:
  explicit History(unsigned seed) : chance_(seed) {
    auto made = district::Store::create(folder_.path() / "district");
    REQUIRE(made.ok());
    district_ = std::move(*made);
    store_ = tablet_.store();
    today_ = today_ + below(700);
    put(grid_row());
    for (int i = 1; i <= kHouseholds; ++i) put(new_household(i));
    for (int i = 1; i <= kPersons; ++i) people_.push_back(new_person(i));
    for (const sync::RowState& person : people_) put(person);
    for (int i = 0; i < 25; ++i) add_visit();
    for (int i = 0; i < 8; ++i) add_tag();
    REQUIRE(board_.load(store_->connection(), today_).ok());
  }

  void check() {
    field::Board anew(pack_, calendar_);
    REQUIRE(anew.load(store_->connection(), today_).ok());
    auto reader = district_->read();
    REQUIRE(reader.ok());
    const auto of_district = district::due_items(**reader, id_number(1), pack_, today_);
    REQUIRE(of_district.ok());
    CHECK(board_.due_items() == anew.due_items());
    CHECK(anew.due_items() == *of_district);
    listed_ += of_district->size();
  }

  // One event, saved as each program would hold it, and the door it happened at.
  void step() {
    std::vector<Uuid> doors;
    switch (below(9)) {
      case 0:
        return next_day();
      case 1:
        doors = void_visit();
        break;
      case 2:
        doors = {add_tag()};
        break;
      case 3:
        doors = end_tag();
        break;
      case 4:
        doors = {add_absence()};
        break;
      case 5:
        doors = {change_person(below(2) == 0 ? "died_on" : "moved_on", format_date(today_ - below(4)))};
        break;
      case 6:
        doors = move_person();
        break;
      default:
        doors = {add_visit()};
        break;
    }
    for (const Uuid& door : doors) REQUIRE(board_.refresh(store_->connection(), door).ok());
  }
  [[nodiscard]] std::size_t listed() const { return listed_; }

 private:
  int below(int limit) { return static_cast<int>(chance_() % static_cast<unsigned>(limit)); }

  sync::RowState row(const std::string& table) {
    return {table, id_number(10'000 + next_id_++), false, {{"grid", sql::to_value(id_number(1))}}};
  }

  sync::RowState new_household(int number) {
    sync::RowState household = household_row(number);
    set(household, "enrolled_on", format_date(today_ - below(2) * below(300)));
    set(household, "door_order", std::int64_t{below(3)});
    return household;
  }

  sync::RowState new_person(int number) {
    sync::RowState person = person_row(number, 1 + below(kHouseholds), "张" + std::to_string(number));
    set(person, "birth", format_date(today_ - below(34'000)));
    set(person, "is_head", std::int64_t{below(2)});
    set(person, "self_care", std::string(below(3) == 0 ? "partial" : "full"));
    return person;
  }

  void next_day() {
    today_ = today_ + 1 + below(12);
    REQUIRE(board_.load(store_->connection(), today_).ok());
  }

  Uuid home(const sync::RowState& person) { return cell_id(person, "household"); }
  sync::RowState& somebody() { return people_[static_cast<std::size_t>(below(kPersons))]; }

  Uuid add_visit() {
    static constexpr const char* kOutcomes[] = {"met", "family_met", "nobody", "refused", "met"};
    static constexpr const char* kModes[] = {"in_person", "phone", "neighbour", "in_person"};
    const sync::RowState& person = somebody();
    sync::RowState visit = row("visit");
    const Instant seen{start_of(today_ - below(below(3) == 0 ? 200 : 35)).ms + below(86'400) * 1000LL};
    set(visit, "household", sql::to_value(home(person)));
    if (below(4) != 0) set(visit, "person", sql::to_value(person.row));
    set(visit, "worker", sql::to_value(id_number(7)));
    set(visit, "seen_at", seen.ms);
    set(visit, "monotonic_ms", std::int64_t{next_id_});
    set(visit, "boot_id", std::string("boot"));
    set(visit, "outcome", std::string(kOutcomes[below(5)]));
    set(visit, "mode", std::string(kModes[below(4)]));
    set(visit, "form", std::string("visit"));
    set(visit, "form_version", std::int64_t{1});
    set(visit, "leaflet_given", std::int64_t{0});
    set(visit, "leaflet_posted", std::int64_t{0});
    if (below(6) == 0) set(visit, "makeup_for", format_date(date_of(seen) - below(20)));
    put(visit);
    visits_.push_back(visit);
    return cell_id(visit, "household");
  }

  std::vector<Uuid> void_visit() {
    sync::RowState& visit = visits_[static_cast<std::size_t>(below(static_cast<int>(visits_.size())))];
    set(visit, "void_reason", std::string("记错了人"));
    put(visit);
    return {cell_id(visit, "household")};
  }

  Uuid add_tag() {
    static constexpr const char* kTags[] = {"daily_check", "lives_alone", "child_in_difficulty"};
    const sync::RowState& person = somebody();
    sync::RowState tag = row("person_tag");
    set(tag, "person", sql::to_value(person.row));
    set(tag, "tag", std::string(kTags[below(3)]));
    set(tag, "from_on", format_date(today_ - below(30)));
    set(tag, "source", std::string("worker"));
    put(tag);
    tags_.emplace_back(tag, home(person));
    return home(person);
  }

  std::vector<Uuid> end_tag() {
    auto& [tag, door] = tags_[static_cast<std::size_t>(below(static_cast<int>(tags_.size())))];
    set(tag, "to_on", format_date(today_ - below(5)));
    put(tag);
    std::vector<Uuid> doors;
    for (const sync::RowState& person : people_)
      if (person.row == cell_id(tag, "person")) doors.push_back(home(person));
    return doors;
  }

  Uuid add_absence() {
    static constexpr const char* kKinds[] = {"hospital", "institution", "work_away", "visiting", "other"};
    const sync::RowState& person = somebody();
    sync::RowState absence = row("absence");
    set(absence, "person", sql::to_value(person.row));
    set(absence, "kind", std::string(kKinds[below(5)]));
    set(absence, "from_on", format_date(today_ - below(15)));
    if (below(2) == 0) set(absence, "to_on", format_date(today_ + below(9)));
    put(absence);
    return home(person);
  }

  Uuid change_person(const std::string& column, const std::string& value) {
    sync::RowState& person = somebody();
    set(person, column, value);
    put(person);
    return home(person);
  }

  std::vector<Uuid> move_person() {
    sync::RowState& person = somebody();
    const Uuid before = home(person);
    set(person, "household", sql::to_value(id_number(1000 + 1 + below(kHouseholds))));
    put(person);
    std::vector<Uuid> doors{before, home(person)};
    if (below(2) == 0) std::swap(doors.front(), doors.back());
    return doors;
  }

  void put(const sync::RowState& state) {
    REQUIRE(store_->apply([&](field::RowWriter& writer) { return writer.put(state); }).ok());
    std::string names = "id", marks = "$1", updates = "deleted=0";
    std::vector<Value> values = sql::params(state.row);
    for (const auto& [name, value] : state.columns) {
      values.push_back(value);
      const std::string mark = "$" + std::to_string(values.size());
      names += "," + name;
      marks += "," + mark;
      updates += "," + name + "=" + mark;
    }
    REQUIRE(district_->writer()
                .run("INSERT INTO " + state.table + "(" + names + ") VALUES(" + marks +
                         ") ON CONFLICT(id) DO UPDATE SET " + updates,
                     values)
                .ok());
  }

  std::mt19937 chance_;
  TempDirectory folder_{"programs"};
  Tablet tablet_{0};
  std::unique_ptr<field::Store> store_;
  std::unique_ptr<district::Store> district_;
  domain::PolicyPack pack_ = domain::test::dongli();
  domain::WorkCalendar calendar_;
  field::Board board_{pack_, calendar_};
  CivilDate today_ = domain::test::day("2020-03-01");
  int next_id_ = 0;
  std::vector<sync::RowState> people_, visits_;
  std::vector<std::pair<sync::RowState, Uuid>> tags_;
  std::size_t listed_ = 0;
};

}  // namespace

TEST_CASE("after every event of a random history tablet and district show one list") {
  std::size_t listed = 0;
  for (unsigned seed = 1; seed <= kHistories; ++seed) {
    INFO("history " << seed);
    History history(seed);
    history.check();
    for (int event = 0; event < kEvents; ++event) {
      INFO("event " << event);
      history.step();
      history.check();
    }
    listed += history.listed();
  }
  CHECK(listed > 1000);
}

}  // namespace doudi::test
