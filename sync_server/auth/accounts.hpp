// People who sign in and grid workers who only hold a tablet. Passwords are scrypt records; a worker without
// a tablet and without a console has none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/instant.hpp"
#include "shared/sql/connection.hpp"
#include "sync_server/store/store.hpp"

namespace doudi::district {

struct RoleScope {
  std::string role;
  std::string scope;  // division or grid code; a prefix of the grids it covers
  friend bool operator==(const RoleScope&, const RoleScope&) = default;
};

struct NewAccount {
  std::string login;
  std::string name;
  std::string role;
  std::string scope;
  std::string password;  // empty: cannot sign in
};

// 10 to 128 bytes.
Status check_new_password(std::string_view password);
// Inside the caller's transaction. "account.exists", "account.role", "account.login".
Result<Uuid> make_account(sql::Connection& connection, const NewAccount& account, Instant now);
Status add_account(sql::Connection& connection, const NewAccount& account, Instant now);
Status lock_account(sql::Connection& connection, Store& store, const std::string& login, Instant now);
Status add_role(sql::Connection& connection, const std::string& login, const RoleScope& role, Instant now);
Result<std::optional<Uuid>> find_account(sql::Connection& connection, const std::string& login);
Result<std::vector<RoleScope>> roles_of(sql::Connection& connection, const Uuid& account);

}  // namespace doudi::district
