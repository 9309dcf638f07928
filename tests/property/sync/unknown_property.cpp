// Programs that know a column and programs that do not agree on every row, whoever merges and in whatever
// split of knowledge: one digest, one value, one register.
#include <algorithm>

#include "shared/crypto/crypto.hpp"
#include "shared/sync/digest.hpp"
#include "shared/sync/kept_columns.hpp"
#include "shared/sync/merge.hpp"
#include "shared/wire/kept_cells.hpp"
#include "tests/property/sync/edits.hpp"
#include "tests/property/sync/law.hpp"

namespace doudi::test {
namespace {

using sync::Operation;
using sync::RowState;
using sync::Table;

// The table with every rule and three columns that came later, as a catalog orders them.
Table newest() {
  Table table = sync::test::every_rule();
  for (const char* name : {"alpha", "key", "zone"}) {
    sync::Column column;
    column.name = name;
    column.since = 2;
    table.columns.push_back(column);
  }
  return table;
}

// A program that knows only some of the later columns.
Table any_program(const Table& table) {
  Table known = table;
  std::erase_if(known.columns,
                [](const sync::Column& column) { return column.since > 1 && *rc::gen::arbitrary<bool>(); });
  return known;
}

// What the row is after this program has written it to its store and read it again.
RowState stored(const Table& program, const RowState& row) {
  const RowState ordered = sync::in_order(program, row);
  RowState read{row.table, row.row, row.deleted, {}};
  for (const sync::Column& column : program.columns)
    read.columns.emplace_back(column.name, sync::test::cell(ordered, column.name));
  const auto kept = wire::read_kept_cells(wire::kept_cells_value(sync::unknown_cells(program, ordered)));
  RC_ASSERT(kept.ok());
  read.columns.insert(read.columns.end(), kept->begin(), kept->end());
  return sync::in_order(program, read);
}

bool same_cells(const Table& table, const RowState& a, const RowState& b) {
  return sync::in_order(table, a) == sync::in_order(table, b);
}

std::vector<sync::Conflict> register_of(const sync::RowMerge& merge) {
  auto conflicts = merge.conflicts;
  std::sort(conflicts.begin(), conflicts.end(),
            [](const sync::Conflict& a, const sync::Conflict& b) { return a.column < b.column; });
  return conflicts;
}

bool same_register(const sync::RowMerge& one, const sync::RowMerge& other) {
  const auto a = register_of(one);
  const auto b = register_of(other);
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const sync::Conflict& x, const sync::Conflict& y) {
                      return x.column == y.column && x.rule == y.rule && x.base == y.base &&
                             x.current == y.current && x.next == y.next && x.kept == y.kept;
                    });
}

TEST_CASE("a row that passes through any programs keeps every cell and its digest") {
  holds("knowing less loses nothing", [] {
    const Table table = newest();
    const RowState row = any_row(table);
    const auto digest = sync::row_digest(row, crypto::sha256);
    RowState passed = row;
    for (int hop = *rc::gen::inRange(1, 5); hop > 0; --hop) {
      passed = stored(any_program(table), passed);
      RC_ASSERT(sync::row_digest(passed, crypto::sha256) == digest);
    }
    RC_ASSERT(same_cells(table, passed, row));
  });
}

TEST_CASE("a district merges the same whether it knows the columns or not") {
  holds("any split of knowledge gives one row, one verdict, one register", [] {
    const Table table = newest();
    RowState known = any_row(table);
    RowState unknown = known;
    for (int edit = *rc::gen::inRange(1, 6); edit > 0; --edit) {
      const Table district = any_program(table);
      Operation operation = any_update(table, *rc::gen::arbitrary<bool>() ? known : any_row(table));
      if (*rc::gen::inRange(0, 8) == 0) operation.kind = sync::OperationKind::remove;
      const auto whole = sync::merge_operation(table, known, operation, forward_only);
      const auto part = sync::merge_operation(district, stored(district, unknown), operation, forward_only);
      RC_ASSERT(whole.verdict == part.verdict);
      RC_ASSERT(same_register(whole, part));
      RC_ASSERT(whole.row.has_value() == part.row.has_value());
      if (whole.row) known = sync::in_order(table, *whole.row);
      if (part.row) unknown = stored(district, *part.row);
      RC_ASSERT(sync::row_digest(known, crypto::sha256) == sync::row_digest(unknown, crypto::sha256));
    }
  });
}

TEST_CASE("who builds a row from its catalog cannot lose what the catalog does not name") {
  holds("unknown cells are carried over", [] {
    const Table table = newest();
    const Table program = any_program(table);
    const RowState before = stored(program, any_row(table));
    RowState after{before.table, before.row, false, {}};
    for (const sync::Column& column : program.columns)
      after.columns.emplace_back(column.name, any_value(column));
    sync::carry_unknown(program, before, after);
    RC_ASSERT(sync::unknown_cells(program, after) == sync::unknown_cells(program, before));
  });
}

TEST_CASE("a column that is added changes no digest until somebody fills it") {
  holds("empty columns are not there", [] {
    const Table table = newest();
    const RowState row = any_row(sync::test::every_rule());
    RC_ASSERT(sync::row_digest(sync::in_order(table, row), crypto::sha256) ==
              sync::row_digest(row, crypto::sha256));
  });
}

}  // namespace
}  // namespace doudi::test
