#include "tests/unit/wire/sample_messages.hpp"

namespace doudi::wire::test {
namespace {

constexpr std::int64_t kNow = 1'795'000'000'000;
constexpr std::string_view kGrid = "0197a000-0000-7000-8000-000000000001";

Uuid id(std::uint8_t number) {
  Uuid uuid = *parse_uuid(kGrid);
  uuid.bytes[15] = number;
  return uuid;
}

Value blob(std::uint8_t number) {
  return to_bytes(id(number).view());
}

sync::Group sample_group() {
  sync::Group group;
  group.seq = 12;
  group.previous.fill(0x5a);
  group.assignment_version = 3;
  group.device_wall_ms = kNow;
  group.device_monotonic_ms = 86'400'000;
  group.boot_id = "0f3c";
  group.operations.push_back({"visit_answer",
                              id(2),
                              sync::OperationKind::insert,
                              {{"visit", {}, blob(3)},
                               {"question", {}, std::string("V02")},
                               {"answer", {}, std::string(R"(["ok"])")}}});
  group.operations.push_back(
      {"household",
       id(4),
       sync::OperationKind::update,
       {{"note", std::string("旧"), std::string("新")}, {"door_order", std::int64_t{-7}, {}}}});
  group.operations.push_back({"absence", id(5), sync::OperationKind::remove, {}});
  return group;
}

}  // namespace

Hello sample_hello() {
  Hello hello{2,    41,    {},     1, "0.1.0",       "epoch-1", {{"all", 5}, {std::string(kGrid), 1'000}},
              kNow, 5'000, "0f3c", 3, kNow - 60'000, {},        {}};
  hello.last_hash.fill(0xa5);
  hello.marks = {{std::string(kGrid), -77}};
  hello.numbers = {{"120110-2026-", 12}};
  hello.purged = {std::string(kGrid)};
  hello.holds = {"all"};
  hello.set_aside = {{2, 17, sync::Hash{0x52}}};
  return hello;
}

HelloReply sample_hello_reply() {
  return {"epoch-1",
          {kNow},
          "tablet_ahead",
          3,
          38,
          {40, 41},
          {"all", std::string(kGrid)},
          4,
          true,
          true,
          37,
          Bytes(32, 0x77),
          sync::Hash{0x31},
          {{2, 17, sync::Verdict::applied, "sync.late"}}};
}

Push sample_push() {
  return {{sample_group(), sync::Group{}}};
}

PushReply sample_push_reply() {
  return {"epoch-1",
          {kNow},
          {{2, 12, sync::Verdict::held, "row_missing"}, {2, 13, sync::Verdict::applied, ""}},
          13};
}

Pull sample_pull() {
  return {"epoch-1", {{"all", 0}}, 500};
}

Page sample_page() {
  Page page{"epoch-1", {kNow}, {}, {{"all", 9}, {std::string(kGrid), 20}}, true, {{"all", {UINT64_MAX, 7}}}};
  page.rows.push_back({"household",
                       id(6),
                       false,
                       {{"door", std::string("1-101")}, {"ended_on", Value{}}, {"grid", blob(1)}}});
  page.rows.push_back({"person", id(7), true, {}});
  page.departures.push_back({std::string(kGrid), "household", id(8)});
  page.assignment_version = 4;
  return page;
}

Wait sample_wait() {
  return {{{"all", 9}}, 25, 4, "epoch-1"};
}

WaitReply sample_wait_reply() {
  return {true, {kNow}};
}

Compare sample_compare() {
  Compare compare{"epoch-1", std::string(kGrid), 20, true, {}, 3, 1};
  compare.question.ranges.push_back({{Uuid{}, id(8)}, 3'000, {UINT64_MAX, 7}});
  compare.question.leaves.push_back({{id(9), id(12)}, {{id(9), {1, 2}, 0}, {id(11), {3, 4}, 0}}});
  return compare;
}

CompareReply sample_compare_reply() {
  CompareReply reply{"epoch-1", {kNow}, 20, {5, 6}, {{Uuid{}, id(8)}}, {}, {id(9), id(11)}};
  reply.rows.push_back({"person", id(7), true, {}});
  return reply;
}

}  // namespace doudi::wire::test
