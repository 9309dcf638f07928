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
};

struct Table {
  std::string name;
  std::string scope_column;  // column holding the grid id; empty: scope `all`
  Direction direction = Direction::both;
  std::vector<Column> columns;  // without `id` (primary key, 16-byte blob) and without bookkeeping columns
  [[nodiscard]] const Column* find(std::string_view column) const;
};

struct Catalog {
  std::int32_t version = 1;
  std::vector<Table> tables;  // parents before children
  [[nodiscard]] const Table* find(std::string_view table) const;
};

}  // namespace doudi::sync
