// Roles are read at every request: a change counts from the next one on.
#include "sync_server/auth/access.hpp"

#include <algorithm>

namespace doudi::district {

const std::set<std::string> kCaseRoles{"township", "township_leader", "district", "district_leader",
                                       "supervisor"};

bool Actor::has_any(const std::set<std::string>& allowed) const {
  return std::any_of(roles.begin(), roles.end(),
                     [&](const RoleScope& role) { return allowed.contains(role.role); });
}

// Scopes are digits only (checked when a role is given), so they need no escaping.
std::string Actor::scopes(const std::set<std::string>& allowed) const {
  std::string list = "[";
  for (const RoleScope& role : roles) {
    if (!allowed.contains(role.role)) continue;
    if (list.size() > 1) list += ",";
    list += "\"" + role.scope + "\"";
  }
  return list + "]";
}

std::vector<std::string> Actor::roles_over(const std::string& grid_code) const {
  std::vector<RoleScope> covering;
  std::copy_if(roles.begin(), roles.end(), std::back_inserter(covering),
               [&](const RoleScope& role) { return grid_code.starts_with(role.scope); });
  std::stable_sort(covering.begin(), covering.end(),
                   [](const RoleScope& a, const RoleScope& b) { return a.scope.size() < b.scope.size(); });
  std::vector<std::string> names;
  for (const RoleScope& role : covering) names.push_back(role.role);
  return names;
}

Result<Actor> load_actor(sql::Connection& connection, const Uuid& account) {
  Actor actor;
  actor.account = account;
  bool found = false;
  DOUDI_TRY(connection.query("SELECT login, name FROM account WHERE id=$1 AND state='active'",
                             sql::params(account), [&](const sql::Row& row) {
                               actor.login = row.text(0);
                               actor.name = row.text(1);
                               found = true;
                               return false;
                             }));
  if (!found) return Error{"auth.session", "Sign in first."};
  DOUDI_ASSIGN(actor.roles, roles_of(connection, account));
  return actor;
}

}  // namespace doudi::district
