// One save is one transaction and one sealed group.
#include <set>

#include <catch2/catch_test_macros.hpp>

#include "field_client/store/catalog_file.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/sync/group_chain.hpp"
#include "tests/unit/field/tablet.hpp"

namespace doudi::test {

TEST_CASE("a visit, its answers, its operations and its group are saved together") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  auto visit = quick_visit(1);
  visit.answers["V02"] = {"ok"};
  const auto receipt = field->save_visit(visit);
  REQUIRE(receipt.ok());
  CHECK(receipt->leads.empty());
  field.reset();
  const auto store = tablet.store();
  CHECK(*store->connection().integer("SELECT count(*) FROM visit") == 1);
  CHECK(*store->connection().integer("SELECT count(*) FROM visit_answer") == 2);
  CHECK(*store->connection().integer("SELECT count(*) FROM op_log WHERE group_seq IS NULL") == 0);
  const auto group = store->groups().read(1);
  REQUIRE(group.ok());
  CHECK(group->operations.size() == 3);
  CHECK(group->operations.front().table == "visit");
  CHECK(group->lane == sync::Lane::ordinary);
}

TEST_CASE("a failed save leaves no row, no operation and no group") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  auto visit = quick_visit(1);
  visit.leads.push_back(
      {std::nullopt, std::nullopt, "", "水电", 2, std::string(2000, 'x'), {}, std::nullopt});
  const auto receipt = field->save_visit(visit);
  REQUIRE_FALSE(receipt.ok());
  CHECK(receipt.error().code == "field.text_too_long");
  field.reset();
  const auto store = tablet.store();
  CHECK(*store->connection().integer("SELECT count(*) FROM visit") == 0);
  CHECK(*store->connection().integer("SELECT count(*) FROM op_log") == 0);
  CHECK(*store->connection().integer("SELECT count(*) FROM op_group") == 0);
}

TEST_CASE("no food today makes the whole group an emergency of grade one within four kilobytes") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  auto visit = quick_visit(1);
  visit.answers["V02"] = {"none"};
  visit.note = "家里没有吃的";
  const auto receipt = field->save_visit(visit);
  REQUIRE(receipt.ok());
  REQUIRE(receipt->leads.size() == 1);
  CHECK(receipt->leads[0].grade == 1);
  CHECK(receipt->leads[0].category == "急难·断粮");
  CHECK(receipt->leads[0].sent == field::Sent::unsent);
  CHECK(receipt->leads[0].due_at.has_value());
  field.reset();
  const auto store = tablet.store();
  const auto group = store->groups().read(1);
  REQUIRE(group.ok());
  CHECK(group->lane == sync::Lane::emergency);
  CHECK(sync::canonical_bytes(*group).size() < 4096);
}

TEST_CASE("the same problem found twice in a day stays one lead") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  auto visit = quick_visit(1);
  visit.answers["V02"] = {"none"};
  REQUIRE(field->save_visit(visit).ok());
  visit.note = "下午仍然没有吃的";
  REQUIRE(field->save_visit(visit).ok());
  const auto problems = field->problems();
  REQUIRE(problems.ok());
  REQUIRE(problems->size() == 1);
  CHECK(problems->front().description == "下午仍然没有吃的");
}

TEST_CASE("a worker may raise a grade and never lower it") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  auto visit = quick_visit(1);
  visit.answers["V02"] = {"none"};
  visit.answers["V12"] = {"wants"};
  visit.leads.push_back({std::nullopt, std::nullopt, "", "急难·断粮", 2, "", {}, std::nullopt});
  visit.leads.push_back({std::nullopt, std::nullopt, "", "应保未保", 1, "", {}, std::nullopt});
  const auto receipt = field->save_visit(visit);
  REQUIRE(receipt.ok());
  REQUIRE(receipt->leads.size() == 2);
  for (const auto& lead : receipt->leads) CHECK(lead.grade == 1);
}

TEST_CASE("a death ends the duties of that person in the same group") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  auto visit = quick_visit(2);
  visit.met = "deceased";
  REQUIRE(field->save_visit(visit).ok());
  field.reset();
  const auto store = tablet.store();
  CHECK(*store->connection().integer("SELECT count(*) FROM person WHERE died_on = '2026-11-18'") == 1);
  const auto group = store->groups().read(1);
  REQUIRE(group.ok());
  CHECK(group->operations.back().table == "person");
  CHECK(group->operations.back().kind == sync::OperationKind::update);
}

TEST_CASE("groups form a chain of hashes that a changed operation breaks") {
  const Tablet tablet;
  {
    auto field = tablet.unlocked();
    for (int i = 1; i <= 3; ++i) REQUIRE(field->save_visit(quick_visit(i)).ok());
    CHECK(field->verify()->empty());
  }
  const auto store = tablet.store();
  const auto first = store->groups().read(1);
  const auto second = store->groups().read(2);
  REQUIRE((first.ok() && second.ok()));
  CHECK(second->previous == sync::group_hash(*first, crypto::sha256));
  REQUIRE(store->connection()
              .run("UPDATE op_log SET changes = replace(changes, 'in_person', 'phone') WHERE group_seq = 2")
              .ok());
  const auto findings = store->groups().verify_chain();
  REQUIRE(findings.ok());
  CHECK_FALSE(findings->empty());
}

TEST_CASE("a finished visit leaves Today and the other doors stay") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  const auto before = field->today();
  REQUIRE(before.ok());
  REQUIRE(field->save_visit(quick_visit(1)).ok());
  const auto after = field->today();
  REQUIRE(after.ok());
  CHECK(after->due.size() + 1 == before->due.size());
  for (const auto& row : after->due) CHECK(row.household != id_number(1001));
}

TEST_CASE("unknown answers and households are refused before anything is written") {
  const Tablet tablet;
  auto field = tablet.unlocked();
  auto visit = quick_visit(1);
  visit.answers["V02"] = {"no_such_answer"};
  CHECK(field->save_visit(visit).error().code == "form.unknown_option");
  CHECK(field->save_visit(quick_visit(99)).error().code == "field.unknown_household");
  CHECK(field->chip().unsent == 0);
}

TEST_CASE("every table of the catalog is in the migrated store with the same columns") {
  const Tablet tablet;
  const auto store = tablet.store();
  for (const auto& table : store->catalog().tables) {
    std::set<std::string> expected{"id", "extra", "deleted"};
    std::set<std::string> later;  // a default of the store would be a value that nobody wrote
    for (const auto& column : table.columns) {
      expected.insert(column.name);
      if (column.since > table.since) later.insert(column.name);
    }
    std::set<std::string> found;
    REQUIRE(store->connection()
                .query("SELECT name, \"notnull\", dflt_value FROM pragma_table_info($1)",
                       sql::params(table.name),
                       [&](const sql::Row& row) {
                         found.emplace(row.text(0));
                         if (later.contains(std::string(row.text(0))))
                           CHECK((row.integer(1) == 0 && row.is_null(2)));
                         return true;
                       })
                .ok());
    CHECK(found == expected);
  }
}

TEST_CASE("a draft survives without being sealed and leaves with its visit") {
  const Tablet tablet;
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_draft(id_number(1001), R"({"note":"半张表"})").ok());
  }
  auto field = tablet.unlocked();
  CHECK(**field->draft(id_number(1001)) == R"({"note":"半张表"})");
  CHECK(field->chip().unsent == 0);
  REQUIRE(field->save_visit(quick_visit(1)).ok());
  CHECK_FALSE(field->draft(id_number(1001))->has_value());
}

}  // namespace doudi::test
