// The catalog is our own file, compiled in: a fault in it is a fault of the build and stops the program at
// start.
#include "sync_server/store/catalog_reader.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace doudi::district {
namespace {

using nlohmann::json;

template <class Enum, std::size_t N>
Enum word(const std::array<std::pair<std::string_view, Enum>, N>& words, const std::string& text) {
  for (const auto& [name, value] : words) {
    if (name == text) return value;
  }
  throw json::type_error::create(399, "unknown word in the catalog: " + text, nullptr);
}

constexpr std::array<std::pair<std::string_view, sync::ColumnType>, 9> kTypes{
    {{"id", sync::ColumnType::id},
     {"text", sync::ColumnType::text},
     {"integer", sync::ColumnType::integer},
     {"boolean", sync::ColumnType::boolean},
     {"date", sync::ColumnType::date},
     {"instant", sync::ColumnType::instant},
     {"blob", sync::ColumnType::blob},
     {"set", sync::ColumnType::set},
     {"code", sync::ColumnType::code}}};
constexpr std::array<std::pair<std::string_view, sync::MergeRule>, 10> kRules{
    {{"latest", sync::MergeRule::latest},
     {"max", sync::MergeRule::max},
     {"min", sync::MergeRule::min},
     {"set_union", sync::MergeRule::set_union},
     {"append", sync::MergeRule::append},
     {"most_urgent", sync::MergeRule::most_urgent},
     {"workflow", sync::MergeRule::workflow},
     {"server", sync::MergeRule::server},
     {"review", sync::MergeRule::review},
     {"immutable", sync::MergeRule::immutable}}};
constexpr std::array<std::pair<std::string_view, sync::Direction>, 3> kDirections{
    {{"up", sync::Direction::up}, {"down", sync::Direction::down}, {"both", sync::Direction::both}}};
constexpr std::array<std::pair<std::string_view, sync::PersonalData>, 3> kPersonal{
    {{"none", sync::PersonalData::none},
     {"ordinary", sync::PersonalData::ordinary},
     {"sensitive", sync::PersonalData::sensitive}}};

sync::Column read_column(const json& source) {
  sync::Column column;
  column.name = source.at("name").get<std::string>();
  column.type = word(kTypes, source.at("type").get<std::string>());
  column.merge = word(kRules, source.at("merge").get<std::string>());
  column.personal = word(kPersonal, source.value("personal", std::string("none")));
  column.nullable = source.value("nullable", true);
  column.references = source.value("references", std::string());
  return column;
}

sync::Table read_table(const json& source) {
  sync::Table table;
  table.name = source.at("name").get<std::string>();
  table.scope_column = source.value("scope", std::string());
  table.direction = word(kDirections, source.value("direction", std::string("both")));
  for (const json& column : source.at("columns")) table.columns.push_back(read_column(column));
  return table;
}

}  // namespace

Result<sync::Catalog> read_catalog(std::string_view text) {
  try {
    const json source = json::parse(text);
    sync::Catalog catalog;
    catalog.version = source.at("version").get<std::int32_t>();
    for (const json& table : source.at("tables")) catalog.tables.push_back(read_table(table));
    return catalog;
  } catch (const json::exception& fault) {
    return Error{"store.catalog", fault.what()};
  }
}

}  // namespace doudi::district
