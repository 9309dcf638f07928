#include "field_client/store/catalog_file.hpp"

#include "field_client/store/embedded.hpp"
#include "shared/wire/catalog_json.hpp"

namespace doudi::field {

const sync::Catalog& catalog() {
  static const sync::Catalog read_once = wire::shipped_catalog();
  return read_once;
}

std::span<const sql::Migration> migrations() {
  return embedded::migrations();
}

}  // namespace doudi::field
