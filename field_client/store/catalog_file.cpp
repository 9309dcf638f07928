#include "field_client/store/catalog_file.hpp"

#include "field_client/store/embedded.hpp"
#include "shared/wire/catalog_json.hpp"

namespace doudi::field {

const Schema& shipped_schema() {
  static const Schema read_once{wire::shipped_catalog(), embedded::migrations()};
  return read_once;
}

}  // namespace doudi::field
