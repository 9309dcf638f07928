// The rows of the store by scope, as a comparison with the district sees them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "field_client/store/store.hpp"
#include "shared/sync/range_repair.hpp"

namespace doudi::field {

// Every row of every replicated table is read.
Result<std::map<std::string, std::vector<sync::RowMark>>> read_scope_marks(Store& store);
// What the marks' numbers stand for: tables of the catalog in its order, then those kept whole, by name.
Result<std::vector<std::string>> table_names(Store& store);
// The stored digest of a scope; zero when there is none.
Result<sync::Digest> local_digest(Store& store, const std::string& scope);
Status set_local_digest(Store& store, const std::string& scope, const sync::Digest& digest);
// What the district said last, with the position it was of.
struct ScopeDigest {
  std::string scope;
  sync::Digest digest;
  std::int64_t position = 0;
};
Result<std::vector<ScopeDigest>> server_digests(Store& store);

}  // namespace doudi::field
