// The only way rows of replicated tables are written on the tablet: it keeps the digest of each scope in step
// with the rows, in the same transaction. The triggers of the store capture what it writes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/sql/connection.hpp"
#include "shared/sync/catalog.hpp"
#include "shared/sync/digest.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::field {

using RowValues = std::vector<std::pair<std::string, Value>>;

class RowWriter {
 public:
  RowWriter(sql::Connection& connection, const sync::Catalog& catalog)
      : connection_(connection), catalog_(catalog) {}
  Status insert(std::string_view table, const Uuid& id, const RowValues& values);
  // Writes only columns that really change; does nothing when none does.
  Status update(std::string_view table, const Uuid& id, const RowValues& values);
  // A whole row as the district holds it.
  Status put(const sync::RowState& row);
  // Takes the row out of the store; what it was is for the caller to keep.
  Status remove(const sync::RowState& row);
  [[nodiscard]] Result<std::optional<sync::RowState>> read(std::string_view table, const Uuid& id);
  // Adds the changes to the stored digests; call before the commit.
  Status store_digests();
  [[nodiscard]] sql::Connection& connection() { return connection_; }

 private:
  void count(const std::optional<sync::RowState>& before, const std::optional<sync::RowState>& after);

  sql::Connection& connection_;
  const sync::Catalog& catalog_;
  std::map<std::string, sync::Digest> changes_;  // by scope
};

// "all" or the grid's id in text form.
std::string scope_of(const sync::Table& table, const sync::RowState& row);
const Value* find_value(const sync::RowState& row, std::string_view column);

}  // namespace doudi::field
