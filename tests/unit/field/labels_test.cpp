// A code without a word would be shown to a worker as it is.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "field_client/work/labels.hpp"

namespace doudi::field {
namespace {

nlohmann::json read(const std::string& name) {
  std::ifstream file(std::string(DOUDI_SCHEMA_FOLDER) + "/aliases/" + name);
  REQUIRE(file.good());
  return nlohmann::json::parse(file, nullptr, true, true);
}

}  // namespace

TEST_CASE("every tag and relation a roster can become has a word in both languages") {
  const auto aliases = read("categories.jsonc");
  const auto words = read("words.json");
  for (const auto& [code, spellings] : aliases.at("categories").items()) {
    INFO(code);
    CHECK(tag_label(code) != code);
    CHECK(words.at("tags").at(code).at("zh") == tag_label(code));
    CHECK_FALSE(words.at("tags").at(code).at("en").get<std::string>().empty());
  }
  for (const auto& [code, spellings] : aliases.at("relations").items()) {
    INFO(code);
    CHECK(words.at("relations").at(code).at("zh") != code);
    CHECK_FALSE(words.at("relations").at(code).at("en").get<std::string>().empty());
  }
  CHECK(tag_label("lives_alone") == "独居");
  CHECK(tag_label("of_tomorrow") == "of_tomorrow");
}

}  // namespace doudi::field
