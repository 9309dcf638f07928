// JSON at the edges: the catalog, captured changes, and the check that stands before every parser.
#include <catch2/catch_test_macros.hpp>

#include "shared/wire/bounded_json.hpp"
#include "shared/wire/catalog_json.hpp"
#include "shared/wire/changes.hpp"

namespace doudi::wire {
namespace {

std::string code_of(const Status& status) {
  return status.ok() ? "" : status.error().code;
}

TEST_CASE("deep or large JSON is refused before it is parsed") {
  CHECK(code_of(check_json(std::string(32, '[') + std::string(32, ']'), 100)).empty());
  CHECK(code_of(check_json(std::string(33, '['), 100)) == "json.too_deep");
  CHECK(code_of(check_json(std::string(1'000'000, '{'), 2'000'000)) == "json.too_deep");
  CHECK(code_of(check_json("[1,2]", 4)) == "json.too_large");
  CHECK(code_of(check_json("\"\xff\"", 100)) == "json.not_utf8");
}

TEST_CASE("brackets inside strings do not nest") {
  CHECK(code_of(check_json('"' + std::string(50, '[') + '"', 100)).empty());
  CHECK(code_of(check_json("\"\\\"" + std::string(50, '[') + "\"", 100)).empty());
  CHECK(code_of(check_json("\"\\\\\"" + std::string(50, '['), 100)) == "json.too_deep");
}

TEST_CASE("the shipped catalog names every replicated table, parents first") {
  const sync::Catalog catalog = shipped_catalog();
  CHECK(catalog.version >= 1);
  for (const char* table :
       {"grid", "household", "person", "person_tag", "absence", "visit", "visit_answer", "lead"}) {
    INFO(table);
    CHECK(catalog.find(table) != nullptr);
  }
  CHECK(catalog.find("nothing") == nullptr);
  const sync::Column* grade = catalog.find("lead")->find("grade_worker");
  REQUIRE(grade != nullptr);
  CHECK(grade->merge == sync::MergeRule::most_urgent);
  CHECK(catalog.find("person")->find("id_number")->personal == sync::PersonalData::sensitive);
  CHECK(catalog.find("visit")->find("household")->references == "household");
}

std::string catalog_with(const std::string& columns,
                         const std::string& table = R"("name":"t","direction":"both")") {
  return R"({"version":1,"tables":[{)" + table + R"(,"columns":[)" + columns + "]}]}";
}

TEST_CASE("a catalog with a fault is refused") {
  const std::string good = R"({"name":"a","type":"text","merge":"latest"})";
  CHECK(read_catalog(catalog_with(good)).ok());
  for (const std::string& wrong :
       {std::string("{}"), std::string("[]"), std::string("{"), catalog_with(good + "," + good),
        catalog_with(R"({"name":"a","type":"real","merge":"latest"})"),
        catalog_with(R"({"name":"a","type":"text","merge":"newest"})"),
        catalog_with(R"({"name":"a;b","type":"text","merge":"latest"})"),
        catalog_with(R"({"name":"id","type":"id","merge":"latest"})"),
        catalog_with(R"({"name":"a","type":"id","merge":"latest","references":"later"})"),
        catalog_with(R"({"name":"a","type":"text","merge":"latest","references":"t"})"),
        catalog_with(R"({"name":"a","type":"text","merge":"set_union"})"),
        catalog_with(R"({"name":"a","type":"text","merge":"latest","personal":"secret"})"),
        catalog_with(R"({"name":"a","type":"text","merge":"latest","nullable":"no"})"),
        catalog_with(good, R"("name":"t","direction":"sideways")"),
        catalog_with(good, R"("name":"T","direction":"up")"),
        catalog_with(good, R"("name":"t","direction":"up","scope":"grid")")}) {
    INFO(wrong);
    const auto result = read_catalog(wrong);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == "catalog.invalid");
  }
}

TEST_CASE("captured changes become typed values in the order of the catalog") {
  const sync::Catalog catalog = shipped_catalog();
  const sync::Table& visit = *catalog.find("visit");
  const auto changes = read_changes(
      visit,
      R"({"note":["a",null],"seen_at":[null,5],"household":[null,"0197A000000070008000000000000001"]})");
  REQUIRE(changes.ok());
  REQUIRE(changes->size() == 3);
  CHECK((*changes)[0].column == "household");
  CHECK(std::get<Bytes>((*changes)[0].next).size() == 16);
  CHECK((*changes)[1] == sync::ColumnChange{"seen_at", {}, std::int64_t{5}});
  CHECK((*changes)[2] == sync::ColumnChange{"note", std::string("a"), {}});
  CHECK(*read_changes(visit, write_changes(visit, *changes)) == *changes);
}

TEST_CASE("changes that no trigger wrote are refused") {
  const sync::Catalog catalog = shipped_catalog();
  for (const char* wrong : {"", "[]", "{", R"({"colour":[null,1]})", R"({"note":[1,2]})", R"({"note":["a"]})",
                            R"({"note":"a"})", R"({"seen_at":[null,1.5]})",
                            R"({"seen_at":[null,9223372036854775808]})", R"({"household":[null,"xyz"]})"}) {
    INFO(wrong);
    const auto result = read_changes(*catalog.find("visit"), wrong);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == "sync.changes");
  }
}

}  // namespace
}  // namespace doudi::wire
