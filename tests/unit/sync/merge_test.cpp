// The merge rules one by one, and what becomes of operations that meet a missing, deleted or different row.
#include "shared/sync/merge.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/sync/rows.hpp"

namespace doudi::sync {
namespace {

using test::blob;
using test::cell;
using test::every_rule;
using test::number;
using test::operation;
using test::row;
using test::text;

bool forward_only(std::string_view, std::string_view from, std::string_view to) {
  return from < to;
}

ColumnOutcome merged(const char* column, const Value& base, const Value& current, const Value& next) {
  const Table table = every_rule();
  return merge_column(*table.find(column), table.name, base, current, next, forward_only);
}

TEST_CASE("an edit of a value nobody else touched simply stands") {
  for (const char* column : {"door", "note", "state", "birth"}) {
    INFO(column);
    const ColumnOutcome outcome = merged(column, text("a"), text("a"), text("b"));
    CHECK(outcome.value == text("b"));
    CHECK_FALSE(outcome.conflict);
    CHECK_FALSE(outcome.held);
  }
  CHECK(merged("given", number(1), number(1), number(0)).value == number(0));
  CHECK(merged("grade", number(1), number(1), number(2)).value == number(2));
}

TEST_CASE("two people writing the same value do not conflict") {
  for (const Column& column : every_rule().columns) {
    INFO(column.name);
    const ColumnOutcome outcome =
        merge_column(column, "sample", text("x"), text("b"), text("b"), forward_only);
    CHECK(outcome.value == text("b"));
    CHECK_FALSE(outcome.conflict);
    CHECK_FALSE(outcome.held);
  }
}

TEST_CASE("latest lets the later arrival stand and notes the conflict") {
  const ColumnOutcome outcome = merged("door", text("101"), text("102"), text("103"));
  CHECK(outcome.value == text("103"));
  CHECK(outcome.conflict);
}

TEST_CASE("max and min keep the extreme whatever comes last") {
  CHECK(merged("given", {}, number(1), number(0)).value == number(1));
  CHECK(merged("given", {}, number(0), number(1)).value == number(1));
  CHECK(merged("from_on", text("2020-03-01"), text("2020-01-01"), text("2020-02-01")).value ==
        text("2020-01-01"));
  CHECK(merged("from_on", text("2020-03-01"), text("2020-02-01"), text("2020-01-01")).value ==
        text("2020-01-01"));
  CHECK(merged("from_on", text("2020-03-01"), text("2020-02-01"), {}).value == text("2020-02-01"));
  CHECK(merged("given", {}, number(1), number(0)).conflict);
}

TEST_CASE("the most urgent grade is the smallest and nothing is least urgent") {
  CHECK(merged("grade", {}, number(2), number(1)).value == number(1));
  CHECK(merged("grade", {}, number(1), number(2)).value == number(1));
  CHECK(merged("grade", number(3), {}, number(2)).value == number(2));
  CHECK(merged("grade", number(3), number(2), {}).value == number(2));
}

TEST_CASE("sets are united, sorted and each item is there once") {
  const ColumnOutcome outcome =
      merged("needs", {}, text(R"(["food","oxygen"])"), text(R"(["medicine","food"])"));
  CHECK(outcome.value == text(R"(["food","medicine","oxygen"])"));
  CHECK(outcome.conflict);
  CHECK(merged("needs", text("[]"), text(R"(["food"])"), {}).value == text(R"(["food"])"));
}

TEST_CASE("two notes are both kept, each once") {
  CHECK(merged("note", {}, text("first"), text("second")).value == text("first\nsecond"));
  CHECK(merged("note", {}, text("first\nsecond"), text("second")).value == text("first\nsecond"));
  CHECK(merged("note", {}, text("first"), text("first\nsecond")).value == text("first\nsecond"));
  CHECK(merged("note", text("old"), text("first"), {}).value == text("first"));
  // A part of a line is not the line.
  CHECK(merged("note", {}, text("no heating"), text("heating")).value == text("no heating\nheating"));
}

TEST_CASE("two notes written below the same text keep that text once") {
  CHECK(merged("note", text("old"), text("old\nfirst"), text("old\nsecond")).value ==
        text("old\nfirst\nsecond"));
  CHECK(merged("note", text("old"), text("old\nfirst\nsecond"), text("old\nfirst")).value ==
        text("old\nfirst\nsecond"));
  CHECK(merged("note", text("old"), text("old\nfirst"), text("older")).value == text("old\nfirst\nolder"));
}

TEST_CASE("two notes that do not fit together leave the standing one and the register keeps the other") {
  const ColumnOutcome outcome =
      merged("note", {}, text(std::string(8'000, 'a')), text(std::string(500, 'b')));
  CHECK(outcome.value == text(std::string(8'000, 'a')));
  CHECK(outcome.conflict);
}

TEST_CASE("a legal step of the workflow stands and an illegal one is held") {
  CHECK(merged("state", text("a"), text("b"), text("c")).value == text("c"));
  CHECK(merged("state", text("a"), text("b"), text("c")).conflict);
  const ColumnOutcome illegal = merged("state", text("c"), text("c"), text("b"));
  CHECK(illegal.value == text("c"));
  CHECK(illegal.held);
  CHECK(illegal.conflict);
}

TEST_CASE("without a workflow rule every step is held") {
  const Table table = every_rule();
  const ColumnOutcome outcome =
      merge_column(*table.find("state"), "sample", text("a"), text("a"), text("b"), nullptr);
  CHECK(outcome.value == text("a"));
  CHECK(outcome.held);
}

TEST_CASE("a tablet cannot write what only the server writes") {
  const ColumnOutcome outcome = merged("due_at", number(1), number(2), number(3));
  CHECK(outcome.value == number(2));
  CHECK_FALSE(outcome.conflict);
}

TEST_CASE("a clash under review leaves the standing value and waits for a person") {
  const ColumnOutcome outcome = merged("birth", text("1940-01-01"), text("1940-01-02"), text("1940-01-03"));
  CHECK(outcome.value == text("1940-01-02"));
  CHECK(outcome.conflict);
  CHECK(outcome.held);
}

TEST_CASE("an immutable value stays and the other one is in the register") {
  for (const Value& base : {blob(1), blob(3), Value{}}) {
    const ColumnOutcome outcome = merged("worker", base, blob(1), blob(2));
    CHECK(outcome.value == blob(1));
    CHECK(outcome.conflict);
  }
}

Operation new_sample() {
  return operation(OperationKind::insert,
                   {{"grid", {}, blob(9)}, {"door", {}, text("101")}, {"given", {}, number(1)}});
}

TEST_CASE("an insert becomes a row with every column of the catalog in order") {
  const Table table = every_rule();
  const RowMerge merge = merge_operation(table, std::nullopt, new_sample(), forward_only);
  REQUIRE(merge.verdict == Verdict::applied);
  CHECK(merge.row == row(table, {{"grid", blob(9)}, {"door", text("101")}, {"given", number(1)}}));
}

TEST_CASE("server-ruled columns of a new row come from the shell, not from the tablet") {
  Operation insert = new_sample();
  insert.columns.push_back({"due_at", {}, number(77)});
  const RowMerge merge = merge_operation(every_rule(), std::nullopt, insert, forward_only,
                                         {{"grid", blob(4)}, {"due_at", number(5)}});
  REQUIRE(merge.row);
  CHECK(cell(*merge.row, "grid") == blob(4));
  CHECK(cell(*merge.row, "due_at") == number(5));
  CHECK(is_null(cell(*merge_operation(every_rule(), std::nullopt, insert, forward_only).row, "due_at")));
}

TEST_CASE("the same insert again changes nothing") {
  const Table table = every_rule();
  const RowState current = row(table, {{"grid", blob(9)}, {"door", text("101")}, {"given", number(1)}});
  const RowMerge merge = merge_operation(table, current, new_sample(), forward_only);
  CHECK(merge.verdict == Verdict::applied);
  CHECK_FALSE(merge.row);
  CHECK(merge.conflicts.empty());
}

TEST_CASE("an insert over a different row merges column by column as if nothing had been seen") {
  const Table table = every_rule();
  const RowState current = row(table, {{"grid", blob(9)}, {"door", text("102")}, {"given", number(0)}});
  const RowMerge merge = merge_operation(table, current, new_sample(), forward_only);
  CHECK(merge.verdict == Verdict::merged);
  REQUIRE(merge.row);
  CHECK(cell(*merge.row, "door") == text("101"));
  CHECK(cell(*merge.row, "given") == number(1));
  REQUIRE(merge.conflicts.size() == 2);
  CHECK(merge.conflicts[0].current == text("102"));
  CHECK(merge.conflicts[0].next == text("101"));
}

TEST_CASE("an update of a row that is gone is held and never becomes an insert") {
  const Operation update = operation(OperationKind::update, {{"door", text("101"), text("102")}});
  const RowMerge merge = merge_operation(every_rule(), std::nullopt, update, forward_only);
  CHECK(merge.verdict == Verdict::held);
  CHECK(merge.reason == "row_missing");
  CHECK_FALSE(merge.row);
  REQUIRE(merge.conflicts.size() == 2);
  CHECK(merge.conflicts[0].column.empty());
  CHECK(merge.conflicts[1].next == text("102"));
}

TEST_CASE("an edit made offline never revives a deleted row") {
  const Table table = every_rule();
  RowState deleted = row(table, {{"door", text("101")}});
  deleted.deleted = true;
  for (const Operation& late :
       {operation(OperationKind::update, {{"door", text("101"), text("102")}}), new_sample()}) {
    const RowMerge merge = merge_operation(table, deleted, late, forward_only);
    CHECK(merge.verdict == Verdict::held);
    CHECK(merge.reason == "row_deleted");
    REQUIRE(merge.row);
    CHECK(merge.row->deleted);
    CHECK(merge.conflicts.size() >= 2);
  }
}

TEST_CASE("a row nobody edited since can be removed") {
  const Table table = every_rule();
  const RowState current = row(table, {{"grid", blob(9)}, {"door", text("101")}});
  const RowMerge merge = merge_operation(
      table, current, operation(OperationKind::remove, {{"door", text("101"), {}}}), forward_only);
  CHECK(merge.verdict == Verdict::applied);
  REQUIRE(merge.row);
  CHECK(merge.row->deleted);
}

TEST_CASE("a row edited since stays and its removal waits for a person") {
  const Table table = every_rule();
  const RowState current = row(table, {{"door", text("101")}, {"note", text("new")}});
  const RowMerge merge = merge_operation(
      table, current, operation(OperationKind::remove, {{"door", text("101"), {}}}), forward_only);
  CHECK(merge.verdict == Verdict::held);
  REQUIRE(merge.row);
  CHECK_FALSE(merge.row->deleted);
}

TEST_CASE("removing what is already removed changes nothing") {
  const Table table = every_rule();
  RowState deleted = row(table, {{"door", text("101")}});
  deleted.deleted = true;
  const RowMerge merge = merge_operation(
      table, deleted, operation(OperationKind::remove, {{"door", text("101"), {}}}), forward_only);
  CHECK(merge.verdict == Verdict::applied);
  CHECK_FALSE(merge.row);
}

TEST_CASE("one held column does not keep the others from being applied") {
  const Table table = every_rule();
  const RowState current = row(table, {{"door", text("101")}, {"birth", text("1940-01-02")}});
  const Operation update =
      operation(OperationKind::update,
                {{"door", text("101"), text("102")}, {"birth", text("1940-01-01"), text("1940-01-03")}});
  const RowMerge merge = merge_operation(table, current, update, forward_only);
  CHECK(merge.verdict == Verdict::held);
  REQUIRE(merge.row);
  CHECK(cell(*merge.row, "door") == text("102"));
  CHECK(cell(*merge.row, "birth") == text("1940-01-02"));
}

TEST_CASE("a tablet that lost gets the standing row back") {
  const Table table = every_rule();
  const RowState current = row(table, {{"door", text("101")}, {"worker", blob(1)}});
  const RowMerge merge = merge_operation(
      table, current, operation(OperationKind::update, {{"worker", blob(1), blob(2)}}), forward_only);
  CHECK(merge.verdict == Verdict::merged);
  CHECK(merge.row == current);
}

TEST_CASE("an operation that breaks the catalog is rejected with its reason") {
  const Table table = every_rule();
  const RowState current = row(table, {{"door", text("101")}});
  const auto reason = [&](std::vector<ColumnChange> columns) {
    const RowMerge merge =
        merge_operation(table, current, operation(OperationKind::update, std::move(columns)), forward_only);
    CHECK(merge.verdict == Verdict::rejected);
    CHECK_FALSE(merge.row);
    return merge.reason;
  };
  CHECK(reason({{"Colour", {}, text("red")}}) == "sync.unknown_column");
  CHECK(reason({{"deleted", {}, number(1)}}) == "sync.unknown_column");
  CHECK(reason({{"colour", {}, text(std::string(9000, 'x'))}}) == "sync.unknown_column");
  CHECK(reason({{"door", {}, number(7)}}) == "sync.column_type");
  CHECK(reason({{"door", text("101"), {}}}) == "sync.not_null");
  CHECK(reason({{"note", {}, text("a")}, {"note", {}, text("b")}}) == "sync.column_twice");
  CHECK(merge_operation(table, std::nullopt, operation(OperationKind::insert, {}), forward_only).reason ==
        "sync.not_null");
  Table down = table;
  down.direction = Direction::down;
  CHECK(merge_operation(down, std::nullopt, new_sample(), forward_only).reason == "sync.read_only_table");
}

}  // namespace
}  // namespace doudi::sync
