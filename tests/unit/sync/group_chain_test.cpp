// The chain of groups and what coalescing makes of repeated edits.
#include "shared/sync/group_chain.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shared/crypto/crypto.hpp"
#include "tests/unit/sync/rows.hpp"

namespace doudi::sync {
namespace {

using test::number;
using test::operation;
using test::text;

Group sample_group() {
  Group group;
  group.seq = 7;
  group.boot_id = "boot";
  group.operations.push_back(operation(OperationKind::insert, {{"door", {}, text("101")}}));
  return group;
}

Hash hash(const Group& group) {
  return group_hash(group, crypto::sha256);
}

TEST_CASE("every part of a group is under its hash") {
  const Group base = sample_group();
  CHECK(hash(base) == hash(sample_group()));
  const auto changed = [&](auto change) {
    Group group = base;
    change(group);
    return hash(group) != hash(base);
  };
  CHECK(changed([](Group& group) { group.incarnation = 2; }));
  CHECK(changed([](Group& group) { group.seq = 8; }));
  CHECK(changed([](Group& group) { group.previous[31] = 1; }));
  CHECK(changed([](Group& group) { group.lane = Lane::emergency; }));
  CHECK(changed([](Group& group) { group.schema_version = 2; }));
  CHECK(changed([](Group& group) { group.assignment_version = 1; }));
  CHECK(changed([](Group& group) { group.device_wall_ms = 1; }));
  CHECK(changed([](Group& group) { group.device_monotonic_ms = 1; }));
  CHECK(changed([](Group& group) { group.boot_id = "other"; }));
  CHECK(changed([](Group& group) { group.operations[0].kind = OperationKind::update; }));
  CHECK(changed([](Group& group) { group.operations[0].row.bytes[0] = 1; }));
  CHECK(changed([](Group& group) { group.operations[0].table = "other"; }));
  CHECK(changed([](Group& group) { group.operations[0].columns[0].column = "note"; }));
  CHECK(changed([](Group& group) { group.operations[0].columns[0].base = text(""); }));
  CHECK(changed([](Group& group) { group.operations[0].columns[0].next = number(101); }));
  CHECK(changed([](Group& group) { group.operations.clear(); }));
}

TEST_CASE("moving a letter from one field to the next changes the hash") {
  Group a = sample_group();
  Group b = sample_group();
  a.operations[0].table = "ab";
  a.operations[0].columns[0].column = "c";
  b.operations[0].table = "a";
  b.operations[0].columns[0].column = "bc";
  CHECK(hash(a) != hash(b));
}

TEST_CASE("repeated edits of one column become one with the first base and the last value") {
  const auto result = coalesce({operation(OperationKind::update, {{"door", text("1"), text("2")}}),
                                operation(OperationKind::update, {{"note", {}, text("n")}}, 2),
                                operation(OperationKind::update, {{"door", text("2"), text("3")}})});
  REQUIRE(result.size() == 2);
  CHECK(result[0] == operation(OperationKind::update, {{"door", text("1"), text("3")}}));
  CHECK(result[1].row == test::id(2));
}

TEST_CASE("an edit that is taken back leaves nothing") {
  CHECK(coalesce({operation(OperationKind::update, {{"door", text("1"), text("2")}}),
                  operation(OperationKind::update, {{"door", text("2"), text("1")}})})
            .empty());
}

TEST_CASE("an insert and its edits are one insert") {
  const auto result =
      coalesce({operation(OperationKind::insert, {{"door", {}, text("1")}}),
                operation(OperationKind::update, {{"door", text("1"), text("2")}, {"note", {}, text("n")}})});
  REQUIRE(result.size() == 1);
  CHECK(result[0] == operation(OperationKind::insert, {{"door", {}, text("2")}, {"note", {}, text("n")}}));
}

TEST_CASE("a row made and removed in one group was never there") {
  CHECK(coalesce({operation(OperationKind::insert, {{"door", {}, text("1")}}),
                  operation(OperationKind::remove, {{"door", text("1"), {}}})})
            .empty());
}

TEST_CASE("a removal after an edit carries what was there before the edit") {
  const auto result =
      coalesce({operation(OperationKind::update, {{"door", text("1"), text("2")}, {"note", text("n"), {}}}),
                operation(OperationKind::remove, {{"door", text("2"), {}}})});
  REQUIRE(result.size() == 1);
  CHECK(result[0] == operation(OperationKind::remove, {{"door", text("1"), {}}, {"note", text("n"), {}}}));
}

TEST_CASE("a row removed and written again is one update") {
  const auto result =
      coalesce({operation(OperationKind::remove, {{"door", text("1"), {}}, {"note", text("n"), {}}}),
                operation(OperationKind::insert, {{"door", {}, text("2")}, {"grade", {}, number(1)}})});
  REQUIRE(result.size() == 1);
  CHECK(result[0] ==
        operation(OperationKind::update,
                  {{"door", text("1"), text("2")}, {"note", text("n"), {}}, {"grade", {}, number(1)}}));
}

Hash filled(std::uint8_t byte) {
  Hash hash{};
  hash.fill(byte);
  return hash;
}

TEST_CASE("the handshake tells a tablet ahead, in step, rolled back and cloned apart") {
  CHECK(compare_chain({5, filled(5)}, {5, filled(5)}, filled(5)) == ChainState::in_step);
  CHECK(compare_chain({0, {}}, {0, {}}, std::nullopt) == ChainState::in_step);
  CHECK(compare_chain({7, filled(7)}, {5, filled(5)}, std::nullopt) == ChainState::tablet_ahead);
  CHECK(compare_chain({3, filled(3)}, {5, filled(5)}, filled(3)) == ChainState::tablet_rolled_back);
  CHECK(compare_chain({0, {}}, {5, filled(5)}, std::nullopt) == ChainState::tablet_rolled_back);
  CHECK(compare_chain({5, filled(6)}, {5, filled(5)}, filled(5)) == ChainState::tablet_cloned);
  CHECK(compare_chain({3, filled(9)}, {5, filled(5)}, filled(3)) == ChainState::tablet_cloned);
  // The district has forgotten the groups and kept where they ended.
  CHECK(compare_chain({5, filled(6)}, {5, filled(5)}, std::nullopt) == ChainState::tablet_cloned);
  // An emergency overtook: the server holds the tablet's newest group already.
  CHECK(compare_chain({7, filled(9)}, {5, filled(5)}, filled(7)) == ChainState::tablet_cloned);
  CHECK(compare_chain({7, filled(7)}, {5, filled(5)}, filled(7)) == ChainState::tablet_ahead);
}

}  // namespace
}  // namespace doudi::sync
