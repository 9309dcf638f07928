// What a signed-in person may see and do: the grids whose code begins with one of the role's scopes.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "sync_server/auth/accounts.hpp"

namespace doudi::district {

struct Actor {
  Uuid account;
  std::string login;
  std::string name;
  std::vector<RoleScope> roles;

  [[nodiscard]] bool has_any(const std::set<std::string>& allowed) const;
  // Scopes of the roles in `allowed` as a JSON array: the parameter of every query over grids.
  [[nodiscard]] std::string scopes(const std::set<std::string>& allowed) const;
  // Roles that cover this grid, the widest scope first.
  [[nodiscard]] std::vector<std::string> roles_over(const std::string& grid_code) const;
};
// "auth.session" when the account is gone or locked.
Result<Actor> load_actor(sql::Connection& connection, const Uuid& account);

// People who work on cases and see personal data; administrators are not among them.
extern const std::set<std::string> kCaseRoles;
// Condition on `g` (table grid) with the scopes as parameter $1.
inline constexpr std::string_view kInScope =
    "EXISTS(SELECT 1 FROM json_each($1) s WHERE substr(g.code,1,length(s.value))=s.value)";

}  // namespace doudi::district
