// The registry of replicated tables, read from schema/catalog.json: one place that says what is captured, how
// each column merges, who may see it. Triggers, codec checks, digests, masks and docs derive from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace doudi::sync {

enum class ColumnType : std::uint8_t { id, text, integer, boolean, date, instant, blob, set, code };
enum class MergeRule : std::uint8_t {
  latest,
  max,
  min,
  set_union,
  append,
  most_urgent,
  workflow,
  server,
  review,
  immutable
};
enum class Direction : std::uint8_t { up, down, both };
enum class PersonalData : std::uint8_t { none, ordinary, sensitive };

struct Column {
  std::string name;
  ColumnType type = ColumnType::text;
  MergeRule merge = MergeRule::latest;
  PersonalData personal = PersonalData::none;
  bool nullable = true;
  std::string references;  // table whose id this column holds, or empty
  std::int32_t since = 1;  // the catalog version it came with
};

struct Table {
  std::string name;
  std::string scope_column;  // column holding the grid id; empty: scope `all`
  Direction direction = Direction::both;
  // Without `id` (primary key, 16-byte blob) and without bookkeeping columns. Those of the first version in
  // their order, then all that came later by name, so that two versions put the same cells in the same order.
  std::vector<Column> columns;
  std::int32_t since = 1;
  [[nodiscard]] const Column* find(std::string_view column) const;
};

struct Catalog {
  std::int32_t version = 1;
  std::vector<Table> tables;  // parents before children
  [[nodiscard]] const Table* find(std::string_view table) const;
};

}  // namespace doudi::sync
