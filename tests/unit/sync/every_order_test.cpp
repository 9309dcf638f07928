// Every order in which six operations of three devices can arrive, for every merge rule and every script of
// two writes or removals: no value disappears unseen, every device ends with the district's row, and where a
// rule has a direction the order does not matter.
#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <set>

#include "shared/sync/column_check.hpp"
#include "shared/sync/merge.hpp"
#include "tests/unit/sync/rows.hpp"

namespace doudi::sync::test {
namespace {

constexpr std::size_t kDevices = 3;
constexpr std::size_t kSteps = 2;
constexpr int kRemoval = 0;  // other steps write the value of this number

bool forward_only(std::string_view, std::string_view from, std::string_view to) {
  return from < to;
}

// Numbers grow along `max` and along the sets, so that scripts go with a rule's direction and against it.
Value value_of(const Column& column, int number) {
  switch (column.type) {
    case ColumnType::id:
    case ColumnType::blob:
      return blob(static_cast<std::uint8_t>(number));
    case ColumnType::boolean:
    case ColumnType::integer:
    case ColumnType::instant:
      return std::int64_t{column.type == ColumnType::boolean ? number % 2 : number};
    case ColumnType::date:
      return "2020-01-0" + std::to_string(number + 1);
    case ColumnType::set:
      return std::array{"[\"a\"]", "[\"a\",\"b\"]", "[\"a\",\"c\"]", "[\"a\",\"b\",\"c\"]"}.at(
          static_cast<std::size_t>(number));
    case ColumnType::text:
    case ColumnType::code:
      return std::string(1, static_cast<char>('a' + number));
  }
  return {};
}

bool has_direction(MergeRule rule) {
  return rule == MergeRule::max || rule == MergeRule::min || rule == MergeRule::set_union ||
         rule == MergeRule::most_urgent;
}

bool goes_forward(MergeRule rule, const Value& from, const Value& to) {
  if (is_null(from)) return true;
  if (rule == MergeRule::max) return from < to;
  if (rule != MergeRule::set_union) return to < from;
  const auto before = *parse_set(std::get<std::string>(from));
  const auto after = *parse_set(std::get<std::string>(to));
  return std::includes(after.begin(), after.end(), before.begin(), before.end());
}

Table with_rule(const Column& column) {
  Table table;
  table.name = "sample";
  table.scope_column = "grid";
  table.columns = {every_rule().columns.front(), column};
  return table;
}

// What one device does to its own copy of the row.
struct Device {
  RowState copy;
  std::vector<Operation> operations;
};

Device device_with(const Table& table, const RowState& start, const std::vector<int>& script) {
  const Column& column = table.columns.back();
  Device device{start, {}};
  for (const int step : script) {
    if (device.copy.deleted) break;
    Value& standing = device.copy.columns.back().second;
    if (step == kRemoval) {
      device.operations.push_back(
          operation(OperationKind::remove, {{"grid", cell(start, "grid"), {}}, {column.name, standing, {}}}));
      device.copy.deleted = true;
    } else if (const Value next = value_of(column, step); next != standing) {
      device.operations.push_back(operation(OperationKind::update, {{column.name, standing, next}}));
      standing = next;
    }
  }
  return device;
}

// What the district holds and has in its register while an order is played.
struct District {
  RowState row;
  bool touched = false;  // every device pulls the row again
  std::vector<Conflict> conflicts;
};

void deliver(const Table& table, District& district, const Operation& operation) {
  const RowMerge merge = merge_operation(table, district.row, operation, forward_only);
  REQUIRE(merge.verdict != Verdict::rejected);
  REQUIRE(merge.conflicts.empty() == (merge.verdict == Verdict::applied));
  if (merge.row) REQUIRE((!district.row.deleted || merge.row->deleted));
  district.touched = district.touched || merge.row.has_value();
  if (merge.row) district.row = *merge.row;
  district.conflicts.insert(district.conflicts.end(), merge.conflicts.begin(), merge.conflicts.end());
}

// A written value stands, is in the register, or somebody who had seen it wrote another.
bool survives(const District& district, const std::vector<Device>& devices, const ColumnChange& change) {
  if (cell(district.row, change.column) == change.next) return true;
  const auto names = [&](const Conflict& conflict) {
    return conflict.column == change.column &&
           (conflict.next == change.next || conflict.current == change.next || conflict.kept == change.next);
  };
  if (std::any_of(district.conflicts.begin(), district.conflicts.end(), names)) return true;
  return std::any_of(devices.begin(), devices.end(), [&](const Device& device) {
    return std::any_of(device.operations.begin(), device.operations.end(), [&](const Operation& operation) {
      return operation.columns.back().base == change.next;
    });
  });
}

// One device's removal takes nothing away that another one wrote and nobody was asked about.
void nothing_is_lost(const District& district, const std::vector<Device>& devices) {
  for (const Device& device : devices) {
    if (!district.touched) REQUIRE(device.copy == district.row);
    for (const Operation& operation : device.operations) {
      if (operation.kind == OperationKind::update)
        REQUIRE(survives(district, devices, operation.columns.back()));
    }
  }
}

// Plays every order that keeps each device's own; `end` sees the district after each.
std::size_t play(const Table& table, const std::vector<Device>& devices,
                 std::array<std::size_t, kDevices> done, const District& district,
                 const std::function<void(const District&)>& end) {
  std::size_t orders = 0;
  bool over = true;
  for (std::size_t device = 0; device < devices.size(); ++device) {
    if (done.at(device) == devices[device].operations.size()) continue;
    over = false;
    District next = district;
    deliver(table, next, devices[device].operations[done.at(device)]);
    auto further = done;
    ++further.at(device);
    orders += play(table, devices, further, next, end);
  }
  if (!over) return orders;
  end(district);
  return 1;
}

bool is_directed(const Column& column, const std::vector<Device>& devices) {
  if (!has_direction(column.merge)) return false;
  for (const Device& device : devices) {
    for (const Operation& operation : device.operations) {
      if (operation.kind == OperationKind::remove) return false;
      if (!goes_forward(column.merge, operation.columns.back().base, operation.columns.back().next))
        return false;
    }
  }
  return true;
}

std::size_t every_order(const Table& table, const RowState& start, const std::vector<Device>& devices) {
  const bool same_in_every_order = is_directed(table.columns.back(), devices);
  std::optional<RowState> first;
  return play(table, devices, {}, {start, false, {}}, [&](const District& district) {
    nothing_is_lost(district, devices);
    if (!first) first = district.row;
    if (same_in_every_order) REQUIRE(district.row == *first);
  });
}

std::vector<std::vector<int>> every_script() {
  std::vector<std::vector<int>> scripts{{kRemoval}};
  for (int first = 1; first <= 3; ++first)
    for (int second = kRemoval; second <= 3; ++second) scripts.push_back({first, second});
  static_assert(kSteps == 2);
  return scripts;
}

// Devices are alike: which of them plays which script changes nothing once every order is played.
std::size_t every_trio(const Table& table, const RowState& start) {
  const auto scripts = every_script();
  std::size_t orders = 0;
  for (std::size_t a = 0; a < scripts.size(); ++a) {
    for (std::size_t b = a; b < scripts.size(); ++b) {
      for (std::size_t c = b; c < scripts.size(); ++c) {
        INFO(table.columns.back().name << " scripts " << a << " " << b << " " << c);
        orders += every_order(table, start,
                              {device_with(table, start, scripts[a]), device_with(table, start, scripts[b]),
                               device_with(table, start, scripts[c])});
      }
    }
  }
  return orders;
}

}  // namespace

TEST_CASE("whatever three devices write or remove, in every order of arrival nothing written is lost") {
  std::size_t orders = 0;
  std::set<MergeRule> rules;
  for (const Column& column : every_rule().columns) {
    if (column.merge == MergeRule::server) continue;
    rules.insert(column.merge);
    const Table table = with_rule(column);
    orders += every_trio(table, row(table, {{"grid", blob(9)}, {column.name, value_of(column, 0)}}));
    if (column.nullable) orders += every_trio(table, row(table, {{"grid", blob(9)}}));
  }
  CHECK(rules.size() == 9);
  CHECK(orders > 100'000);
}

TEST_CASE("six edits of two fields by three devices meet in each of the ninety orders without mixing") {
  const Table table = every_rule();
  const RowState start = row(table, {{"grid", blob(9)}, {"door", text("1")}, {"note", text("旧")}});
  const auto edits = [&](const std::string& name) {
    Device device{start, {}};
    device.operations.push_back(operation(OperationKind::update, {{"door", text("1"), text("门" + name)}}));
    device.operations.push_back(
        operation(OperationKind::update, {{"note", text("旧"), text("旧\n记" + name)}}));
    return device;
  };
  const std::vector<Device> devices{edits("甲"), edits("乙"), edits("丙")};
  const std::size_t orders = play(table, devices, {}, {start, false, {}}, [&](const District& district) {
    const std::string note = std::get<std::string>(cell(district.row, "note"));
    for (const std::string name : {"甲", "乙", "丙"}) {
      REQUIRE(note.find("记" + name) != std::string::npos);
      REQUIRE(survives(district, devices, {"door", text("1"), text("门" + name)}));
    }
    REQUIRE(district.conflicts.size() == 4);  // the first of each field meets nobody
  });
  CHECK(orders == 90);
}

TEST_CASE("an edit that arrives before its row waits for a person in every order, and never makes the row") {
  const Table table = every_rule();
  const std::vector<ColumnChange> filled{{"grid", {}, blob(9)}, {"door", {}, text("1")}};
  const Operation insert = operation(OperationKind::insert, filled);
  std::vector<Operation> arriving{insert};
  for (const char* door : {"2", "3", "4", "5", "6"})
    arriving.push_back(operation(OperationKind::update, {{"door", text("1"), text(door)}}));
  std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
  std::size_t orders = 0;
  do {
    std::optional<RowState> standing;
    std::set<Value> kept;
    for (const std::size_t next : order) {
      const RowMerge merge = merge_operation(table, standing, arriving[next], forward_only);
      REQUIRE((next == 0 || standing || (merge.verdict == Verdict::held && merge.reason == "row_missing")));
      for (const Conflict& conflict : merge.conflicts) kept.insert({conflict.current, conflict.next});
      if (merge.row) standing = merge.row;
      REQUIRE((!standing ||
               std::find(order.begin(), order.end(), 0U) <= std::find(order.begin(), order.end(), next)));
    }
    kept.insert(cell(*standing, "door"));
    for (const char* door : {"2", "3", "4", "5", "6"}) REQUIRE(kept.contains(text(door)));
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(orders == 720);
}

// An emergency is sent first, whatever its device had recorded before it.
TEST_CASE("an emergency that overtakes anything changes nothing of what the other edits come to") {
  const Table table = every_rule();
  const RowState start =
      row(table, {{"grid", blob(9)}, {"door", text("1")}, {"grade", number(3)}, {"needs", text("[]")}});
  const auto edit = [](std::string column, Value base, Value next) {
    return operation(OperationKind::update, {{std::move(column), std::move(base), std::move(next)}});
  };
  const std::vector<Operation> ordinary{
      edit("needs", text("[]"), text("[\"a\"]")), edit("needs", text("[\"a\"]"), text("[\"a\",\"b\"]")),
      edit("needs", text("[]"), text("[\"c\"]")), edit("grade", number(3), number(2)),
      edit("needs", text("[]"), text("[\"d\"]"))};
  const Operation emergency = edit("grade", number(3), number(1));
  std::vector<std::size_t> order{0, 1, 2, 3, 4};
  std::size_t orders = 0;
  do {
    if (std::find(order.begin(), order.end(), 0U) > std::find(order.begin(), order.end(), 1U)) continue;
    for (std::size_t before = 0; before <= order.size(); ++before) {
      District district{start, false, {}};
      for (std::size_t place = 0; place <= order.size(); ++place) {
        if (place == before) deliver(table, district, emergency);
        if (place < order.size()) deliver(table, district, ordinary[order[place]]);
      }
      REQUIRE(cell(district.row, "grade") == number(1));
      REQUIRE(cell(district.row, "needs") == text("[\"a\",\"b\",\"c\",\"d\"]"));
      ++orders;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(orders == 360);
}

}  // namespace doudi::sync::test
