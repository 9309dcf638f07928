#include "tests/property/sync/edits.hpp"

#include <algorithm>

#include "shared/sync/column_check.hpp"

namespace doudi::test {
namespace {

int below(int limit) {
  return *rc::gen::inRange(0, limit);
}

std::string word() {
  return std::string(1, static_cast<char>('a' + below(6)));
}

std::string set_value() {
  std::vector<std::string> items;
  for (int i = below(4); i > 0; --i) items.push_back(word());
  return sync::set_text(items);
}

Value filled(sync::ColumnType type) {
  switch (type) {
    case sync::ColumnType::id:
    case sync::ColumnType::blob:
      return sync::test::blob(static_cast<std::uint8_t>(below(5)));
    case sync::ColumnType::text:
    case sync::ColumnType::code:
      return word();
    case sync::ColumnType::set:
      return set_value();
    case sync::ColumnType::date:
      return "2020-01-0" + std::to_string(1 + below(9));
    case sync::ColumnType::integer:
    case sync::ColumnType::instant:
      return std::int64_t{below(9)};
    case sync::ColumnType::boolean:
      return std::int64_t{below(2)};
  }
  return {};
}

}  // namespace

Value any_value(const sync::Column& column) {
  if (column.nullable && below(4) == 0) return {};
  return filled(column.type);
}

Value further_value(const sync::Column& column, const Value& from) {
  const Value next = filled(column.type);
  if (is_null(from)) return next;
  switch (column.merge) {
    case sync::MergeRule::max:
      return std::max(from, next);
    case sync::MergeRule::min:
    case sync::MergeRule::most_urgent:
      return std::min(from, next);
    case sync::MergeRule::set_union: {
      auto items = *sync::parse_set(std::get<std::string>(from));
      const auto added = *sync::parse_set(std::get<std::string>(next));
      items.insert(items.end(), added.begin(), added.end());
      return sync::set_text(items);
    }
    case sync::MergeRule::latest:
    case sync::MergeRule::append:
    case sync::MergeRule::workflow:
    case sync::MergeRule::server:
    case sync::MergeRule::review:
    case sync::MergeRule::immutable:
      return next;
  }
  return next;
}

sync::RowState any_row(const sync::Table& table, std::uint8_t name) {
  sync::RowState row{table.name, sync::test::id(name), false, {}};
  for (const sync::Column& column : table.columns) row.columns.emplace_back(column.name, any_value(column));
  return row;
}

sync::Operation any_update(const sync::Table& table, const sync::RowState& seen) {
  sync::Operation update{table.name, seen.row, sync::OperationKind::update, {}};
  for (const sync::Column& column : table.columns) {
    if (column.merge == sync::MergeRule::server || below(2) == 0) continue;
    const Value base = sync::test::cell(seen, column.name);
    const Value next = further_value(column, base);
    if (base != next) update.columns.push_back({column.name, base, next});
  }
  return update;
}

bool is_commutative(sync::MergeRule rule) {
  return rule == sync::MergeRule::max || rule == sync::MergeRule::min || rule == sync::MergeRule::set_union ||
         rule == sync::MergeRule::most_urgent;
}

bool forward_only(std::string_view, std::string_view from, std::string_view to) {
  return from < to;
}

sync::RowState after(const sync::RowState& seen, const sync::Operation& update) {
  sync::RowState row = seen;
  for (const auto& change : update.columns) {
    for (auto& [name, value] : row.columns) {
      if (name == change.column) value = change.next;
    }
  }
  return row;
}

}  // namespace doudi::test
