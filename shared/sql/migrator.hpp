// Runs numbered migrations forward, each in one transaction with its row in `schema_migration`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "shared/sql/connection.hpp"

namespace doudi::sql {

struct Migration {
  int number = 0;         // 1, 2, 3 … without gaps
  std::string_view name;  // "create_store"
  std::string_view script;
};

// Error "sql.schema_newer" if the store has a migration this program does not know. Returns the version now.
Result<int> migrate(Connection& connection, std::span<const Migration> migrations);

}  // namespace doudi::sql
