// The JSON Schemas help an editor; the loader decides. Both must say the same about every shipped file, so
// the schemas are read here with the few keywords they use.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "shared/domain/policy.hpp"

namespace {

using Json = nlohmann::json;
const std::filesystem::path kSchema = DOUDI_SCHEMA_FOLDER;

Json read(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return Json::parse(text.str(), nullptr, true, true);
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "boolean") return value.is_boolean();
  return type == "null" && value.is_null();
}

bool type_fits(const Json& value, const Json& type) {
  if (type.is_string()) return has_type(value, type.get<std::string>());
  return std::any_of(type.begin(), type.end(),
                     [&](const Json& one) { return has_type(value, one.get<std::string>()); });
}

// The path of the first value that does not fit; empty when everything does.
std::string misfit(const Json& root, const Json& schema, const Json& value, const std::string& path);

std::string misfit_in_object(const Json& root, const Json& schema, const Json& value,
                             const std::string& path) {
  const Json none = Json::object();
  const Json& properties = schema.contains("properties") ? schema["properties"] : none;
  for (const Json& key : schema.value("required", Json::array())) {
    if (!value.contains(key.get<std::string>())) return path + "/" + key.get<std::string>() + " is missing";
  }
  for (const auto& [key, entry] : value.items()) {
    const auto known = properties.find(key);
    if (known == properties.end()) return path + "/" + key + " is unknown";
    if (std::string inside = misfit(root, *known, entry, path + "/" + key); !inside.empty()) return inside;
  }
  return {};
}

std::string misfit(const Json& root, const Json& schema, const Json& value, const std::string& path) {
  if (schema.contains("$ref")) {
    const Json::json_pointer target(schema["$ref"].get<std::string>().substr(1));
    return misfit(root, root.at(target), value, path);
  }
  if (schema.contains("type") && !type_fits(value, schema["type"])) return path + " has another type";
  if (schema.contains("enum") && std::count(schema["enum"].begin(), schema["enum"].end(), value) == 0)
    return path + " is no choice";
  if (schema.contains("minimum") && (value < schema["minimum"] || schema["maximum"] < value))
    return path + " is out of range";
  if (value.is_object()) return misfit_in_object(root, schema, value, path);
  if (!value.is_array() || !schema.contains("items")) return {};
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (std::string inside = misfit(root, schema["items"], value[i], path + "/" + std::to_string(i));
        !inside.empty())
      return inside;
  }
  return {};
}

int check_folder(const char* folder, const char* schema_name) {
  const Json schema = read(kSchema / "json_schema" / schema_name);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kSchema / folder)) {
    if (entry.path().extension() != ".jsonc") continue;
    ++files;
    INFO(entry.path().filename().string());
    CHECK(misfit(schema, schema, read(entry.path()), "").empty());
  }
  return files;
}

}  // namespace

TEST_CASE("every shipped file fits its JSON Schema") {
  CHECK(check_folder("policies", "policy.schema.json") >= 6);
  CHECK(check_folder("calendars", "calendar.schema.json") >= 7);
  CHECK(check_folder("forms", "form.schema.json") >= 2);
}

TEST_CASE("the schema of packs knows exactly the parameters the loader knows") {
  const Json schema = read(kSchema / "json_schema" / "policy.schema.json");
  const Json& parameters = schema["properties"]["parameters"]["properties"];
  CHECK(parameters.size() == doudi::domain::parameter_specs().size());
  for (const auto& spec : doudi::domain::parameter_specs()) {
    INFO(spec.key);
    REQUIRE(parameters.contains(std::string(spec.key)));
    const Json& value = parameters[std::string(spec.key)]["properties"]["value"];
    if (spec.kind == doudi::domain::ParameterKind::integer) {
      CHECK(value["minimum"] == spec.min);
      CHECK(value["maximum"] == spec.max);
    }
  }
}

TEST_CASE("a misspelt key does not fit the schema either") {
  const Json schema = read(kSchema / "json_schema" / "calendar.schema.json");
  CHECK(misfit(schema, schema, Json{{"year", 2020}, {"version", 1}, {"source", "x"}, {"dayz", Json::array()}},
               "") == "/days is missing");
  CHECK(misfit(schema, schema, Json{{"year", 99}, {"version", 1}, {"source", "x"}, {"days", Json::array()}},
               "") == "/year is out of range");
}
