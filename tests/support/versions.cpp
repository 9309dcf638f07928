#include "tests/support/versions.hpp"

#include <nlohmann/json.hpp>

#include "field_client/store/embedded.hpp"
#include "shared/wire/catalog_json.hpp"
#include "shared/wire/shipped_catalog.hpp"
#include "sync_server/store/embedded.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;

sync::Catalog catalog_ahead(int ahead) {
  Json json = Json::parse(wire::kShippedCatalogText);
  const int shipped = json["version"].get<int>();
  json["version"] = shipped + ahead;
  for (Json& table : json["tables"]) {
    if (table["name"] != "household") continue;
    for (int version = 1; version <= ahead; ++version)
      table["columns"].push_back({{"name", added_column(version)},
                                  {"type", "text"},
                                  {"merge", "latest"},
                                  {"since", shipped + version}});
  }
  for (int version = 1; version <= ahead; ++version) {
    json["tables"].push_back({{"name", added_table(version)},
                              {"scope", "grid"},
                              {"direction", "both"},
                              {"since", shipped + version},
                              {"columns",
                               {{{"name", "text"}, {"type", "text"}, {"merge", "latest"}},
                                {{"name", "grid"},
                                 {"type", "id"},
                                 {"merge", "server"},
                                 {"nullable", false},
                                 {"references", "grid"}},
                                {{"name", "household"},
                                 {"type", "id"},
                                 {"merge", "immutable"},
                                 {"nullable", false},
                                 {"references", "household"}}}}});
  }
  auto catalog = wire::read_catalog(json.dump());
  ensure(catalog.ok(), "a catalog as a release would write it");
  return *catalog;
}

}  // namespace

// Later versions sort before earlier ones: nobody may rely on new columns coming last.
std::string added_column(int ahead) {
  return std::string(1, static_cast<char>('z' - ahead)) + "_added";
}

std::string added_table(int ahead) {
  return std::string(1, static_cast<char>('z' - ahead)) + "_table";
}

Version::Version(int ahead) {
  const auto shipped_tablet = field::embedded::migrations();
  const auto shipped_district = district::migrations();
  tablet_migrations_.assign(shipped_tablet.begin(), shipped_tablet.end());
  district_migrations_.assign(shipped_district.begin(), shipped_district.end());
  texts_.reserve(2 * static_cast<std::size_t>(ahead));
  for (int version = 1; version <= ahead; ++version) {
    const auto& name = texts_.emplace_back("add_" + added_column(version));
    const auto& script = texts_.emplace_back(
        "ALTER TABLE household ADD COLUMN " + added_column(version) + " TEXT; CREATE TABLE " +
        added_table(version) +
        "(id BLOB PRIMARY KEY CHECK(length(id)=16), grid BLOB NOT NULL, household BLOB NOT NULL, text TEXT, "
        "extra BLOB, deleted INTEGER NOT NULL DEFAULT 0)");
    tablet_migrations_.push_back({static_cast<int>(tablet_migrations_.size()) + 1, name, script});
    district_migrations_.push_back({static_cast<int>(district_migrations_.size()) + 1, name, script});
  }
  tablet_ = {catalog_ahead(ahead), tablet_migrations_};
  district_ = {tablet_.catalog, district_migrations_};
}

const Version& ahead(int versions) {
  static const Version kVersions[] = {Version(0), Version(1), Version(2), Version(3), Version(4), Version(5)};
  return kVersions[versions];
}

}  // namespace doudi::test
