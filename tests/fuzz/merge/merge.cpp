// Bytes as the edits of three tablets on three rows, delivered in any order and some twice: the merge ends
// with every written value standing or in the register, deleted rows stay deleted, rules with a direction do
// not depend on the order, and the digest kept step by step is the digest of the rows.
#include <fuzzer/FuzzedDataProvider.h>
#include <algorithm>
#include <cstdlib>
#include <map>

#include "shared/crypto/crypto.hpp"
#include "shared/sync/column_check.hpp"
#include "shared/sync/digest.hpp"
#include "shared/sync/merge.hpp"
#include "tests/unit/sync/rows.hpp"

namespace doudi {
namespace {

using sync::MergeRule;
using sync::Operation;
using sync::OperationKind;
using sync::RowState;
using Rows = std::map<Uuid, RowState>;

constexpr std::size_t kInputBytesMax = 4096;
constexpr int kRows = 3;
constexpr int kDevices = 3;
constexpr int kEditsMax = 8;

void demand(bool holds) {
  if (!holds) std::abort();
}

bool forward_only(std::string_view, std::string_view from, std::string_view to) {
  return from < to;
}

std::string any_word(FuzzedDataProvider& bytes) {
  return std::string(1, bytes.ConsumeIntegralInRange<char>('a', 'f'));
}

Value filled_value(FuzzedDataProvider& bytes, const sync::Column& column) {
  switch (column.type) {
    case sync::ColumnType::id:
    case sync::ColumnType::blob:
      return sync::test::blob(bytes.ConsumeIntegralInRange<std::uint8_t>(0, 4));
    case sync::ColumnType::text:
    case sync::ColumnType::code:
      return any_word(bytes);
    case sync::ColumnType::set:
      return sync::set_text({any_word(bytes), any_word(bytes)});
    case sync::ColumnType::date:
      return "2020-01-0" + std::to_string(bytes.ConsumeIntegralInRange(1, 9));
    case sync::ColumnType::integer:
    case sync::ColumnType::instant:
      return std::int64_t{bytes.ConsumeIntegralInRange(0, 9)};
    case sync::ColumnType::boolean:
      return std::int64_t{bytes.ConsumeBool()};
  }
  return {};
}

Value any_value(FuzzedDataProvider& bytes, const sync::Column& column) {
  if (column.nullable && bytes.ConsumeIntegralInRange(0, 3) == 0) return {};
  return filled_value(bytes, column);
}

bool has_direction(MergeRule rule) {
  return rule == MergeRule::max || rule == MergeRule::min || rule == MergeRule::set_union;
}

// Along the rule's direction, where it has one: a value taken back by its own writer depends on what arrived
// between.
Value next_value(FuzzedDataProvider& bytes, const sync::Column& column, const Value& from) {
  if (!has_direction(column.merge)) return any_value(bytes, column);
  const Value next = filled_value(bytes, column);
  if (is_null(from)) return next;
  if (column.merge == MergeRule::max) return std::max(from, next);
  if (column.merge == MergeRule::min) return std::min(from, next);
  auto items = *sync::parse_set(std::get<std::string>(from));
  const auto added = *sync::parse_set(std::get<std::string>(next));
  items.insert(items.end(), added.begin(), added.end());
  return sync::set_text(items);
}

RowState any_row(FuzzedDataProvider& bytes, const sync::Table& table, std::uint8_t name) {
  RowState row{table.name, sync::test::id(name), false, {}};
  for (const sync::Column& column : table.columns)
    row.columns.emplace_back(column.name, any_value(bytes, column));
  return row;
}

// An update or a removal of the copy a tablet holds; the copy follows.
Operation any_edit(FuzzedDataProvider& bytes, const sync::Table& table, RowState& copy) {
  Operation edit{table.name, copy.row, OperationKind::update, {}};
  if (bytes.ConsumeIntegralInRange(0, 7) == 0) {
    edit.kind = OperationKind::remove;
    for (const auto& [name, value] : copy.columns) {
      if (!is_null(value)) edit.columns.push_back({name, value, {}});
    }
    copy.deleted = true;
    return edit;
  }
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const sync::Column& column = table.columns[i];
    if (column.merge == MergeRule::server || bytes.ConsumeBool()) continue;
    const Value next = next_value(bytes, column, copy.columns[i].second);
    if (next == copy.columns[i].second) continue;
    edit.columns.push_back({column.name, copy.columns[i].second, next});
    copy.columns[i].second = next;
  }
  return edit;
}

bool is_registered(const sync::RowMerge& merge, const std::string& column, const Value& value) {
  return std::any_of(merge.conflicts.begin(), merge.conflicts.end(), [&](const sync::Conflict& conflict) {
    return conflict.column.empty() ||
           (conflict.column == column && (conflict.next == value || conflict.current == value));
  });
}

// One delivery, checked.
void deliver(const sync::Table& table, Rows& rows, sync::Digest& digest, const Operation& operation) {
  const RowState before = rows.at(operation.row);
  const sync::RowMerge merge = sync::merge_operation(table, before, operation, forward_only);
  const RowState after = merge.row ? *merge.row : before;
  demand(!before.deleted || after.deleted);
  if (operation.kind == OperationKind::update && !before.deleted) {
    for (const auto& change : operation.columns) {
      const Value standing = sync::test::cell(before, change.column);
      const Value kept = sync::test::cell(after, change.column);
      demand(kept == change.next || is_registered(merge, change.column, change.next));
      demand(kept == standing || standing == change.base || is_registered(merge, change.column, standing));
    }
  }
  digest = digest - sync::row_digest(before, crypto::sha256) + sync::row_digest(after, crypto::sha256);
  rows[operation.row] = after;
}

Rows deliver_all(FuzzedDataProvider& bytes, const sync::Table& table, const Rows& start,
                 std::vector<Operation> operations) {
  Rows rows = start;
  sync::Digest kept;
  for (const auto& [id, row] : rows) kept = kept + sync::row_digest(row, crypto::sha256);
  while (!operations.empty()) {
    const auto at =
        static_cast<std::ptrdiff_t>(bytes.ConsumeIntegralInRange<std::size_t>(0, operations.size() - 1));
    deliver(table, rows, kept, operations[static_cast<std::size_t>(at)]);
    operations.erase(operations.begin() + at);
  }
  sync::Digest fresh;
  for (const auto& [id, row] : rows) fresh = fresh + sync::row_digest(row, crypto::sha256);
  demand(fresh == kept);
  return rows;
}

void run(FuzzedDataProvider& bytes) {
  const sync::Table table = sync::test::every_rule();
  Rows start;
  for (std::uint8_t i = 1; i <= kRows; ++i) start[sync::test::id(i)] = any_row(bytes, table, i);
  std::vector<Operation> operations;
  bool removed = false;
  for (int device = 0; device < kDevices; ++device) {
    Rows copy = start;
    for (int i = bytes.ConsumeIntegralInRange(0, kEditsMax); i > 0; --i) {
      RowState& row = copy.at(sync::test::id(bytes.ConsumeIntegralInRange<std::uint8_t>(1, kRows)));
      if (row.deleted) continue;
      operations.push_back(any_edit(bytes, table, row));
      removed = removed || operations.back().kind == OperationKind::remove;
    }
  }
  const Rows one = deliver_all(bytes, table, start, operations);
  const Rows other = deliver_all(bytes, table, start, operations);
  if (removed) return;  // which of the edits a removal meets depends on the order
  for (const auto& [id, row] : one) {
    for (const sync::Column& column : table.columns) {
      if (has_direction(column.merge))
        demand(sync::test::cell(row, column.name) == sync::test::cell(other.at(id), column.name));
    }
  }
}

}  // namespace
}  // namespace doudi

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > doudi::kInputBytesMax) return 0;
  FuzzedDataProvider bytes(data, size);
  doudi::run(bytes);
  return 0;
}
