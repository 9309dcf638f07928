// Laws of the merge: whatever three devices write and in whatever order it arrives, nothing written is lost,
// and where the rule has a direction the order does not matter.
#include <algorithm>
#include <map>

#include "shared/crypto/crypto.hpp"
#include "shared/sync/digest.hpp"
#include "shared/sync/group_chain.hpp"
#include "shared/sync/merge.hpp"
#include "tests/property/sync/edits.hpp"
#include "tests/property/sync/law.hpp"

namespace doudi::test {
namespace {

using sync::Operation;
using sync::RowState;

// Each device starts from the same rows and edits its own copy; its operations are in its own order.
std::vector<std::vector<Operation>> edits_of_devices(const sync::Table& table,
                                                     const std::vector<RowState>& start) {
  std::vector<std::vector<Operation>> devices;
  const int count = *rc::gen::inRange(1, 4);
  for (int device = 0; device < count; ++device) {
    std::vector<RowState> copy = start;
    std::vector<Operation> edits;
    for (int edit = *rc::gen::inRange(0, 4); edit > 0; --edit) {
      RowState& row = copy[*rc::gen::inRange<std::size_t>(0, copy.size())];
      Operation update = any_update(table, row);
      row = after(row, update);
      if (!update.columns.empty()) edits.push_back(std::move(update));
    }
    devices.push_back(std::move(edits));
  }
  return devices;
}

std::vector<Operation> any_order(const std::vector<std::vector<Operation>>& devices) {
  std::vector<Operation> all;
  for (const auto& edits : devices) all.insert(all.end(), edits.begin(), edits.end());
  std::vector<Operation> shuffled;
  while (!all.empty()) {
    const auto at =
        all.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(all.size()));
    shuffled.push_back(*at);
    all.erase(at);
  }
  return shuffled;
}

std::map<Uuid, RowState> delivered(const sync::Table& table, const std::vector<RowState>& start,
                                   const std::vector<Operation>& operations) {
  std::map<Uuid, RowState> rows;
  for (const RowState& row : start) rows[row.row] = row;
  for (const Operation& operation : operations) {
    const auto merge = sync::merge_operation(table, rows[operation.row], operation, forward_only);
    if (merge.row) rows[operation.row] = *merge.row;
  }
  return rows;
}

TEST_CASE("where a rule has a direction, the order in which edits arrive does not matter") {
  holds("max, min, union and most urgent commute", [] {
    const sync::Table table = sync::test::every_rule();
    const std::vector<RowState> start{any_row(table, 1), any_row(table, 2)};
    const auto devices = edits_of_devices(table, start);
    const auto one = delivered(table, start, any_order(devices));
    const auto other = delivered(table, start, any_order(devices));
    for (const auto& [id, row] : one) {
      for (const sync::Column& column : table.columns) {
        if (is_commutative(column.merge))
          RC_ASSERT(sync::test::cell(row, column.name) == sync::test::cell(other.at(id), column.name));
      }
    }
  });
}

bool in_register(const sync::RowMerge& merge, const std::string& column, const Value& value) {
  return std::any_of(merge.conflicts.begin(), merge.conflicts.end(), [&](const sync::Conflict& conflict) {
    return conflict.column == column && (conflict.current == value || conflict.next == value);
  });
}

// Nothing that the writer did not know of disappears, and nothing the writer wrote does.
void nothing_is_lost(const sync::Table& table, const RowState& before, const Operation& operation) {
  const auto merge = sync::merge_operation(table, before, operation, forward_only);
  const RowState& now = merge.row ? *merge.row : before;
  for (const auto& change : operation.columns) {
    const Value standing = sync::test::cell(before, change.column);
    const Value kept = sync::test::cell(now, change.column);
    if (kept != change.next) RC_ASSERT(in_register(merge, change.column, change.next));
    if (kept != standing && standing != change.base) RC_ASSERT(in_register(merge, change.column, standing));
  }
  RC_ASSERT(merge.conflicts.empty() == (merge.verdict == sync::Verdict::applied));
}

TEST_CASE("a value that does not stand is in the conflict register") {
  holds("the losing value survives", [] {
    const sync::Table table = sync::test::every_rule();
    const std::vector<RowState> start{any_row(table, 1), any_row(table, 2)};
    auto rows = delivered(table, start, {});
    for (const Operation& operation : any_order(edits_of_devices(table, start))) {
      nothing_is_lost(table, rows[operation.row], operation);
      const auto merge = sync::merge_operation(table, rows[operation.row], operation, forward_only);
      if (merge.row) rows[operation.row] = *merge.row;
    }
  });
}

TEST_CASE("an operation that arrives twice in a row changes the row once") {
  holds("merging again changes nothing", [] {
    const sync::Table table = sync::test::every_rule();
    const RowState before = any_row(table);
    const Operation update = any_update(table, any_row(table));
    const auto once = delivered(table, {before}, {update});
    RC_ASSERT(delivered(table, {before}, {update, update}) == once);
  });
}

TEST_CASE("an edit of an unchanged row gives exactly what the writer saw on the tablet") {
  holds("the tablet and the district agree without a conflict", [] {
    sync::Table table = sync::test::every_rule();
    std::erase_if(table.columns, [](const sync::Column& column) {
      return column.merge == sync::MergeRule::immutable || column.merge == sync::MergeRule::workflow;
    });
    const RowState before = any_row(table);
    const Operation update = any_update(table, before);
    const auto merge = sync::merge_operation(table, before, update, forward_only);
    RC_ASSERT(merge.conflicts.empty());
    RC_ASSERT((merge.row ? *merge.row : before) == after(before, update));
  });
}

TEST_CASE("a deleted row stays deleted whatever arrives") {
  holds("nothing revives it", [] {
    const sync::Table table = sync::test::every_rule();
    RowState deleted = any_row(table);
    deleted.deleted = true;
    Operation late = any_update(table, any_row(table));
    late.kind = *rc::gen::element(sync::OperationKind::insert, sync::OperationKind::update,
                                  sync::OperationKind::remove);
    if (late.kind == sync::OperationKind::insert) {
      late.columns.clear();
      for (const auto& [column, value] : any_row(table).columns) late.columns.push_back({column, {}, value});
    }
    const auto merge = sync::merge_operation(table, deleted, late, forward_only);
    if (merge.row) RC_ASSERT(merge.row->deleted);
  });
}

// A removal or an edit of `rows`, or a new row; the copy follows.
Operation any_step(const sync::Table& table, std::map<Uuid, RowState>& rows) {
  const auto name = static_cast<std::uint8_t>(*rc::gen::inRange(1, 4));
  const Uuid id = sync::test::id(name);
  const auto known = rows.find(id);
  Operation operation{table.name, id, sync::OperationKind::insert, {}};
  if (known == rows.end()) {
    const RowState row = any_row(table, name);
    for (const auto& [column, value] : row.columns) {
      if (!is_null(value)) operation.columns.push_back({column, {}, value});
    }
    rows[id] = row;
  } else if (*rc::gen::inRange(0, 4) == 0) {
    operation.kind = sync::OperationKind::remove;
    for (const auto& [column, value] : known->second.columns) {
      if (!is_null(value)) operation.columns.push_back({column, value, {}});
    }
    rows.erase(known);
  } else {
    operation = any_update(table, known->second);
    known->second = after(known->second, operation);
  }
  return operation;
}

// What operations make of rows when nobody else writes.
void replay(std::map<Uuid, RowState>& rows, const sync::Table& table, const Operation& operation) {
  if (operation.kind == sync::OperationKind::remove) {
    RC_ASSERT(rows.erase(operation.row) == 1);
    return;
  }
  if (operation.kind == sync::OperationKind::insert) {
    RC_ASSERT(!rows.contains(operation.row));
    rows[operation.row] = {table.name, operation.row, false, {}};
    for (const auto& column : table.columns) rows[operation.row].columns.emplace_back(column.name, Value{});
  }
  for (const auto& change : operation.columns)
    RC_ASSERT(sync::test::cell(rows.at(operation.row), change.column) == change.base);
  rows[operation.row] = after(rows[operation.row], operation);
}

TEST_CASE("coalescing a group keeps its effect and leaves one operation a row") {
  holds("the coalesced group does the same", [] {
    const sync::Table table = sync::test::every_rule();
    const std::map<Uuid, RowState> start{{sync::test::id(1), any_row(table, 1)}};
    std::map<Uuid, RowState> end = start;
    std::vector<Operation> operations;
    for (int step = *rc::gen::inRange(0, 9); step > 0; --step) operations.push_back(any_step(table, end));
    std::map<Uuid, RowState> again = start;
    const auto coalesced = sync::coalesce(operations);
    for (const Operation& operation : coalesced) replay(again, table, operation);
    RC_ASSERT(again == end);
    RC_ASSERT(coalesced.size() <= 3U);
    RC_ASSERT(sync::coalesce(coalesced) == coalesced);
  });
}

TEST_CASE("a digest kept up to date row by row is the digest of the rows") {
  holds("digests add up", [] {
    const sync::Table table = sync::test::every_rule();
    std::map<Uuid, RowState> rows;
    sync::Digest kept;
    for (int step = *rc::gen::inRange(0, 12); step > 0; --step) {
      const auto name = static_cast<std::uint8_t>(*rc::gen::inRange(1, 4));
      RowState next = any_row(table, name);
      next.deleted = *rc::gen::arbitrary<bool>();
      const auto known = rows.find(next.row);
      if (known != rows.end()) kept = kept - sync::row_digest(known->second, crypto::sha256);
      kept = kept + sync::row_digest(next, crypto::sha256);
      rows[next.row] = next;
    }
    sync::Digest fresh;
    for (const auto& [id, row] : rows) fresh = fresh + sync::row_digest(row, crypto::sha256);
    RC_ASSERT(fresh == kept);
    RC_ASSERT(sync::parse_digest(sync::to_text(kept)) == kept);
  });
}

sync::Group any_group(const sync::Table& table) {
  sync::Group group;
  group.seq = static_cast<std::uint64_t>(*rc::gen::inRange(1, 3));
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i)
    group.operations.push_back(any_update(table, any_row(table)));
  return group;
}

TEST_CASE("two different groups never have the same canonical bytes") {
  holds("canonical bytes are equal exactly when the groups are", [] {
    const sync::Table table = sync::test::every_rule();
    const sync::Group a = any_group(table);
    const sync::Group b = *rc::gen::arbitrary<bool>() ? any_group(table) : a;
    RC_ASSERT((a == b) == (sync::canonical_bytes(a) == sync::canonical_bytes(b)));
  });
}

}  // namespace
}  // namespace doudi::test
