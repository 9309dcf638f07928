// Replicated rows as the catalog describes them, and the feed that tells tablets what is new: every change of
// a row moves its place in its scope's feed and the scope's digest, in the same transaction.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/sql/connection.hpp"
#include "shared/sync/catalog.hpp"
#include "shared/sync/digest.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::district {

// Statement texts of one table, made once.
struct TableStatements {
  const sync::Table* table = nullptr;
  std::int64_t number = 0;
  std::string select;  // columns…, extra, deleted WHERE id=$1
  std::string scan;    // the same and id, of all rows
  std::string upsert;  // id, columns…, extra, deleted
};

class RowTables {
 public:
  explicit RowTables(const sync::Catalog& catalog);
  // Tables of the catalog, and those of newer programs whose rows are kept here.
  [[nodiscard]] const TableStatements* find(std::string_view table) const;
  [[nodiscard]] const TableStatements& numbered(std::int64_t number) const;
  [[nodiscard]] const std::vector<TableStatements>& all() const { return tables_; }
  [[nodiscard]] std::vector<const TableStatements*> kept() const;
  // What the store keeps; once, before anything else is asked.
  Status load_kept(sql::Connection& connection) const;
  // Begins to keep rows of a table that is not in the catalog.
  Result<const TableStatements*> keep(sql::Connection& connection, std::string_view table) const;
  // The catalog has it now, and its rows are there.
  Status forget_kept(sql::Connection& connection, const TableStatements& table) const;
  [[nodiscard]] Result<std::optional<sync::RowState>> read(sql::Connection& connection,
                                                           const TableStatements& table,
                                                           const Uuid& row) const;
  // The row alone, for a change that no digest and no tablet notices. Everything else goes through
  // FeedWriter.
  [[nodiscard]] static Status write(sql::Connection& connection, const TableStatements& table,
                                    const sync::RowState& row);
  // What `scan` gives.
  [[nodiscard]] static Result<sync::RowState> scanned(const TableStatements& table, const sql::Row& cells);
  [[nodiscard]] const sync::Catalog& catalog() const { return *catalog_; }

 private:
  struct Kept {
    sync::Table table;
    TableStatements statements;
  };
  void add_kept(std::int64_t number, std::string_view name) const;

  const sync::Catalog* catalog_;
  std::vector<TableStatements> tables_;
  mutable std::mutex mutex_;  // readers ask while the writer adds
  mutable std::map<std::int64_t, std::unique_ptr<Kept>> kept_;
};

const Value& cell(const sync::RowState& row, std::string_view column);
void set_cell(sync::RowState& row, std::string_view column, Value value);
std::optional<Uuid> cell_id(const sync::RowState& row, std::string_view column);
std::optional<std::int64_t> cell_integer(const sync::RowState& row, std::string_view column);
std::string cell_text(const sync::RowState& row, std::string_view column);  // empty when null

// The scope a row belongs to: its grid, or "all".
std::string scope_key(const sync::Table& table, const sync::RowState& row);

// Collects the changes of one transaction part; flush() writes positions and digests. Dropping it without
// flush is right only when the caller rolls back.
class FeedWriter {
 public:
  FeedWriter(sql::Connection& connection, const RowTables& tables)
      : connection_(connection), tables_(tables) {}
  // Writes `after` in place of `before`. Unknown columns of `before` stay unless `after` names them.
  Status put(const std::optional<sync::RowState>& before, const sync::RowState& after);
  // Takes the row out of its feed and digest; its place in the store is the caller's.
  Status drop(const sync::RowState& before);
  Status flush();
  [[nodiscard]] const std::set<std::string>& touched() const { return touched_; }

 private:
  struct Scope {
    std::int64_t id = 0;
    std::int64_t position = 0;
    sync::Digest digest;
    bool changed = false;
  };
  Result<Scope*> scope(const std::string& key);
  Status keep_history(const Scope& state);

  sql::Connection& connection_;
  const RowTables& tables_;
  std::map<std::string, Scope> scopes_;
  std::set<std::string> touched_;
};

}  // namespace doudi::district
