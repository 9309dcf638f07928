// What a day costs on a slow mobile network: the promises are ten kilobytes for twenty visits and one
// kilobyte for an emergency.
#include <algorithm>
#include <array>

#include <catch2/catch_test_macros.hpp>

#include "shared/crypto/crypto.hpp"
#include "shared/sync/group_chain.hpp"
#include "shared/wire/messages.hpp"

namespace doudi::wire {
namespace {

constexpr std::int64_t kMorning = 1'795'000'000'000;

// Row ids as a tablet makes them: time in front, then bits no compressor can foretell. The sequence is always
// the same.
class RowIds {
 public:
  Uuid next(std::int64_t at_ms) {
    std::array<std::uint8_t, 10> random{};
    const auto hash = crypto::sha256(as_bytes(std::to_string(++count_)));
    std::copy_n(hash.begin(), random.size(), random.begin());
    return make_uuid_v7({at_ms}, random);
  }

 private:
  int count_ = 0;
};

Value blob(const Uuid& id) {
  return to_bytes(id.view());
}
Value text(std::string value) {
  return value;
}

class Day {
 public:
  sync::Group visit(int number) {
    const std::int64_t at = kMorning + number * 900'000 + number * 7'919;
    const Uuid visit = ids_.next(at);
    sync::Group group = group_at(at);
    group.operations.push_back(
        {"visit",
         visit,
         sync::OperationKind::insert,
         {{"grid", {}, blob(grid_)},
          {"household", {}, blob(ids_.next(at - 90'000'000'000))},
          {"worker", {}, blob(worker_)},
          {"seen_at", {}, at},
          {"monotonic_ms", {}, at - kMorning + 3'600'000},
          {"boot_id", {}, text(boot_)},
          {"mode", {}, text("door")},
          {"outcome", {}, text("met")},
          {"form", {}, text("visit-v1")},
          {"form_version", {}, std::int64_t{1}},
          {"leaflet_given", {}, std::int64_t{number % 2}},
          {"leaflet_posted", {}, std::int64_t{0}},
          {"note", {}, number % 3 == 0 ? text("老人在家，精神好，已提醒关煤气") : Value{}}}});
    for (int question = 2; question <= 9; ++question) {
      group.operations.push_back({"visit_answer",
                                  ids_.next(at),
                                  sync::OperationKind::insert,
                                  {{"grid", {}, blob(grid_)},
                                   {"visit", {}, blob(visit)},
                                   {"question", {}, text("V0" + std::to_string(question))},
                                   {"answer", {}, text(question % 4 == 0 ? R"(["none"])" : R"(["ok"])")}}});
    }
    chain(group);
    return group;
  }

  sync::Group emergency() {
    sync::Group group = group_at(kMorning);
    group.lane = sync::Lane::emergency;
    group.operations.push_back({"lead",
                                ids_.next(kMorning),
                                sync::OperationKind::insert,
                                {{"grid", {}, blob(grid_)},
                                 {"household", {}, blob(ids_.next(kMorning))},
                                 {"person", {}, blob(ids_.next(kMorning))},
                                 {"worker", {}, blob(worker_)},
                                 {"source", {}, text("visit")},
                                 {"category", {}, text("no_food_or_heating")},
                                 {"grade_rule", {}, std::int64_t{1}},
                                 {"rules_hit", {}, text(R"(["R01","R07"])")},
                                 {"rule_set", {}, text("dongli-2020")},
                                 {"found_at", {}, kMorning},
                                 {"monotonic_ms", {}, std::int64_t{3'600'000}},
                                 {"boot_id", {}, text(boot_)},
                                 {"description",
                                  {},
                                  text("独居老人家中暖气停了三天，室温约八度，老人咳嗽，家里只剩一点米，没有"
                                       "其他亲属在本市，需要今天安排取暖和食品")},
                                 {"urgent_need", {}, text(R"(["food","heating"])")},
                                 {"restricted", {}, std::int64_t{0}},
                                 {"state", {}, text("reported")}}});
    chain(group);
    return group;
  }

 private:
  sync::Group group_at(std::int64_t at) {
    sync::Group group;
    group.seq = ++seq_;
    group.previous = last_;
    group.assignment_version = 2;
    group.device_wall_ms = at;
    group.device_monotonic_ms = at - kMorning + 3'600'000;
    group.boot_id = boot_;
    return group;
  }

  void chain(const sync::Group& group) { last_ = sync::group_hash(group, crypto::sha256); }

  RowIds ids_;
  Uuid grid_ = ids_.next(kMorning - 90'000'000'000);
  Uuid worker_ = ids_.next(kMorning - 90'000'000'000);
  std::string boot_ = "5c0e1f64-7d0f-4f3a-9f5e-1f2d3c4b5a69";
  std::uint64_t seq_ = 0;
  sync::Hash last_{};
};

TEST_CASE("a day of twenty visits sent in the evening is less than ten kilobytes") {
  Day day;
  Push push;
  for (int number = 0; number < 20; ++number) push.groups.push_back(day.visit(number));
  const std::size_t bytes = encode(push, crypto::sha256).size();
  CAPTURE(bytes);
  CHECK(bytes < 10'000);
}

TEST_CASE("an emergency is less than one kilobyte") {
  Day day;
  const std::size_t bytes = encode(Push{{day.emergency()}}, crypto::sha256).size();
  CAPTURE(bytes);
  CHECK(bytes < 1'024);
}

TEST_CASE("one visit sent by itself is less than one kilobyte") {
  Day day;
  const std::size_t bytes = encode(Push{{day.visit(0)}}, crypto::sha256).size();
  CAPTURE(bytes);
  CHECK(bytes < 1'024);
}

}  // namespace
}  // namespace doudi::wire
