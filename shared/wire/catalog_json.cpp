#include "shared/wire/catalog_json.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "shared/sync/kept_columns.hpp"
#include "shared/wire/bounded_json.hpp"
#include "shared/wire/shipped_catalog.hpp"

namespace doudi::wire {
namespace {

using Json = nlohmann::json;

template <class Enum>
using Names = std::initializer_list<std::pair<std::string_view, Enum>>;

template <class Enum>
std::optional<Enum> named(const Json& object, const char* key, const Names<Enum>& names) {
  const auto at = object.find(key);
  if (at == object.end() || !at->is_string()) return std::nullopt;
  const auto& text = at->get_ref<const std::string&>();
  for (const auto& [name, value] : names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

std::optional<sync::ColumnType> type_of(const Json& column) {
  using enum sync::ColumnType;
  return named<sync::ColumnType>(column, "type",
                                 {{"id", id},
                                  {"text", text},
                                  {"integer", integer},
                                  {"boolean", boolean},
                                  {"date", date},
                                  {"instant", instant},
                                  {"blob", blob},
                                  {"set", set},
                                  {"code", code}});
}

std::optional<sync::MergeRule> merge_of(const Json& column) {
  using enum sync::MergeRule;
  return named<sync::MergeRule>(column, "merge",
                                {{"latest", latest},
                                 {"max", max},
                                 {"min", min},
                                 {"set_union", set_union},
                                 {"append", append},
                                 {"most_urgent", most_urgent},
                                 {"workflow", workflow},
                                 {"server", server},
                                 {"review", review},
                                 {"immutable", immutable}});
}

std::optional<sync::PersonalData> personal_of(const Json& column) {
  using enum sync::PersonalData;
  if (!column.contains("personal")) return none;
  return named<sync::PersonalData>(column, "personal",
                                   {{"none", none}, {"ordinary", ordinary}, {"sensitive", sensitive}});
}

std::optional<sync::Direction> direction_of(const Json& table) {
  using enum sync::Direction;
  return named<sync::Direction>(table, "direction", {{"up", up}, {"down", down}, {"both", both}});
}

Error invalid(const std::string& what) {
  return {"catalog.invalid", "the catalog is not valid: " + what};
}

Result<sync::Column> read_column(const Json& json, std::int32_t since) {
  sync::Column column;
  if (!json.is_object()) return invalid("a column is not an object");
  column.name = json.value("name", std::string());
  const auto type = type_of(json);
  const auto merge = merge_of(json);
  const auto personal = personal_of(json);
  // The names become SQL identifiers: nothing but lower-case words.
  if (!sync::is_column_name(column.name)) return invalid("a column has no usable name");
  if (!type || !merge || !personal) return invalid("type, merge or personal of " + column.name);
  column.type = *type;
  column.merge = *merge;
  column.personal = *personal;
  column.nullable = json.value("nullable", true);
  column.references = json.value("references", std::string());
  column.since = json.value("since", since);
  return column;
}

Status check_column(const sync::Catalog& before, const sync::Table& table, const sync::Column& column) {
  const std::string place = table.name + "." + column.name;
  if (table.find(column.name) != nullptr) return invalid(place + " is there twice");
  const bool known = column.references.empty() || column.references == table.name ||
                     before.find(column.references) != nullptr;
  if (!known) return invalid(place + " refers to a table that is not listed before");
  if (!column.references.empty() && column.type != sync::ColumnType::id)
    return invalid(place + " refers without being an id");
  if (column.merge == sync::MergeRule::set_union && column.type != sync::ColumnType::set)
    return invalid(place + " is no set");
  // A tablet of the version before writes rows without it, and adding it must change no row.
  if (column.since > table.since && !column.nullable)
    return invalid(place + " came later and may not be empty");
  if (column.since < table.since || column.since > before.version)
    return invalid(place + " is of no version the table had");
  return {};
}

// Whatever order the file has: what came after the first version stands behind it, by name.
void order_columns(sync::Table& table) {
  const auto later = std::stable_partition(table.columns.begin(), table.columns.end(),
                                           [](const sync::Column& column) { return column.since <= 1; });
  std::sort(later, table.columns.end(),
            [](const sync::Column& a, const sync::Column& b) { return a.name < b.name; });
}

Result<sync::Table> read_table(const sync::Catalog& before, const Json& json) {
  sync::Table table;
  if (!json.is_object() || !json.contains("columns") || !json["columns"].is_array())
    return invalid("a table has no columns");
  table.name = json.value("name", std::string());
  table.scope_column = json.value("scope", std::string());
  const auto direction = direction_of(json);
  table.since = json.value("since", 1);
  if (!sync::is_column_name(table.name) || !direction) return invalid("name or direction of a table");
  if (before.find(table.name) != nullptr) return invalid(table.name + " is there twice");
  table.direction = *direction;
  for (const Json& entry : json["columns"]) {
    DOUDI_ASSIGN(sync::Column column, read_column(entry, table.since));
    DOUDI_TRY(check_column(before, table, column));
    table.columns.push_back(std::move(column));
  }
  const bool scoped =
      table.scope_column.empty() || table.scope_column == "id" || table.find(table.scope_column) != nullptr;
  if (!scoped) return invalid(table.name + " lacks its scope column");
  order_columns(table);
  return table;
}

Result<sync::Catalog> catalog_from(const Json& json) {
  sync::Catalog catalog;
  if (!json.is_object() || !json.contains("tables") || !json["tables"].is_array())
    return invalid("there is no list of tables");
  catalog.version = json.value("version", 0);
  if (catalog.version < 1) return invalid("the version");
  for (const Json& entry : json["tables"]) {
    DOUDI_ASSIGN(sync::Table table, read_table(catalog, entry));
    // A program that does not know the table files its rows by this column (sync/kept_columns.hpp).
    if (table.since > 1 && table.scope_column != "grid") return invalid(table.name + " is not of a grid");
    // Stores number the tables in this order.
    if (!catalog.tables.empty() && table.since < catalog.tables.back().since)
      return invalid(table.name + " stands before an older table");
    catalog.tables.push_back(std::move(table));
  }
  return catalog;
}

}  // namespace

Result<sync::Catalog> read_catalog(std::string_view json) {
  DOUDI_TRY(check_json(json, kCatalogBytesMax));
  try {
    return catalog_from(Json::parse(json));
  } catch (const Json::exception&) {
    return invalid("it is not the JSON expected");
  }
}

sync::Catalog shipped_catalog() {
  auto catalog = read_catalog(kShippedCatalogText);
  ensure(catalog.ok(), "the shipped catalog is valid");
  return std::move(catalog).value();
}

}  // namespace doudi::wire
