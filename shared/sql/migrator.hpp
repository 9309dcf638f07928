// Runs numbered migrations forward: all that a store lacks in one transaction with their rows in
// `schema_migration`, so that an update happens or does not.
#pragma once

#include <functional>
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
// `before_update` is called before a store that is in use is changed; its error leaves the store as it was.
Result<int> migrate(Connection& connection, std::span<const Migration> migrations,
                    const std::function<Status()>& before_update = {});

}  // namespace doudi::sql
