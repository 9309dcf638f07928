#include "shared/wire/changes.hpp"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "shared/wire/bounded_json.hpp"

namespace doudi::wire {
namespace {

using Json = nlohmann::json;

bool is_binary(sync::ColumnType type) {
  return type == sync::ColumnType::id || type == sync::ColumnType::blob;
}

bool is_number(sync::ColumnType type) {
  return type == sync::ColumnType::integer || type == sync::ColumnType::boolean ||
         type == sync::ColumnType::instant;
}

std::optional<Value> cell_from(const sync::Column& column, const Json& json) {
  if (json.is_null()) return Value{};
  if (is_number(column.type)) {
    const bool fits =
        json.is_number_integer() && (!json.is_number_unsigned() || json.get<std::uint64_t>() <= INT64_MAX);
    return fits ? std::optional<Value>(json.get<std::int64_t>()) : std::nullopt;
  }
  if (!json.is_string()) return std::nullopt;
  const auto& text = json.get_ref<const std::string&>();
  if (!is_binary(column.type)) return Value(text);
  auto bytes = from_hex(text);
  return bytes ? std::optional<Value>(std::move(*bytes)) : std::nullopt;
}

Json cell_to(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* blob = std::get_if<Bytes>(&value)) return to_hex(*blob);
  return nullptr;
}

Error bad_changes(const std::string& what) {
  return {"sync.changes", "captured changes cannot be read: " + what};
}

Result<sync::ColumnChange> change_from(const sync::Column& column, const Json& pair) {
  if (!pair.is_array() || pair.size() != 2) return bad_changes(column.name + " has no base and next");
  auto base = cell_from(column, pair[0]);
  auto next = cell_from(column, pair[1]);
  if (!base || !next) return bad_changes(column.name + " holds another type");
  return sync::ColumnChange{column.name, std::move(*base), std::move(*next)};
}

}  // namespace

Result<std::vector<sync::ColumnChange>> read_changes(const sync::Table& table, std::string_view json) {
  DOUDI_TRY(check_json(json, kChangesBytesMax));
  const Json object = Json::parse(json, nullptr, false);
  if (!object.is_object()) return bad_changes("they are not an object");
  std::vector<sync::ColumnChange> changes;
  for (const sync::Column& column : table.columns) {
    const auto at = object.find(column.name);
    if (at == object.end()) continue;
    DOUDI_ASSIGN(sync::ColumnChange change, change_from(column, *at));
    changes.push_back(std::move(change));
  }
  if (changes.size() != object.size()) return bad_changes("a column is not in " + table.name);
  return changes;
}

std::string write_changes(const sync::Table& table, const std::vector<sync::ColumnChange>& changes) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const sync::Column& column : table.columns) {
    for (const sync::ColumnChange& change : changes) {
      if (change.column == column.name) object[column.name] = {cell_to(change.base), cell_to(change.next)};
    }
  }
  return object.dump();
}

}  // namespace doudi::wire
