// The only way rows of replicated tables are written on the tablet: it keeps the digest of each scope in step
// with the rows, in the same transaction. The triggers of the store capture what it writes.
#pragma once

#include <functional>
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
  // Kept columns this program knows now move to where they belong; digests and positions stay.
  Status adopt_kept();
  // Adds the changes to the stored digests; call before the commit.
  Status store_digests();
  [[nodiscard]] sql::Connection& connection() { return connection_; }

 private:
  const sync::Table& table(std::string_view name);
  Status adopt_row(const sync::Table& table, const sync::RowState& row);
  Status adopt_table(const sync::Table& table);
  void count(const std::optional<sync::RowState>& before, const std::optional<sync::RowState>& after);

  sql::Connection& connection_;
  const sync::Catalog& catalog_;
  std::map<std::string, sync::Table, std::less<>> unknown_;
  std::map<std::string, sync::Digest> changes_;  // by scope
};

// What to select for `row_state`: id, deleted, the columns of the catalog, extra.
std::string row_selection(const sync::Table& table);
// The catalog's, or what is known of a table of a newer district (sync::unknown_table).
sync::Table table_of(const sync::Catalog& catalog, std::string_view name);
// Every row of the store, those of unknown tables included.
Status visit_rows(sql::Connection& connection, const sync::Catalog& catalog,
                  const std::function<void(const sync::Table&, const sync::RowState&)>& visit);
Result<sync::RowState> row_state(const sync::Table& table, const sql::Row& cells);
// "all" or the grid's id in text form.
std::string scope_of(const sync::Table& table, const sync::RowState& row);
const Value* find_value(const sync::RowState& row, std::string_view column);

}  // namespace doudi::field
