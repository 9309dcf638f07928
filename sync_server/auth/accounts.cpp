// Every change of an account leaves an audit record in the same transaction.
#include "sync_server/auth/accounts.hpp"

#include <algorithm>

#include "shared/crypto/crypto.hpp"
#include "shared/domain/ledger.hpp"
#include "sync_server/store/event_log.hpp"
#include "sync_server/store/revocations.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kPasswordBytesMin = 10;
constexpr std::size_t kPasswordBytesMax = 128;
constexpr std::size_t kLoginBytesMax = 64;

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

bool is_login(std::string_view login) {
  return !login.empty() && login.size() <= kLoginBytesMax &&
         std::all_of(login.begin(), login.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '_' || c == '-';
         });
}

bool is_role(std::string_view role) {
  return role != "program" && domain::parse_role(role).has_value();
}

bool is_scope(std::string_view scope) {
  return scope.size() >= 2 && scope.size() <= 20 &&
         std::all_of(scope.begin(), scope.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<Uuid> require_account(sql::Connection& connection, const std::string& login) {
  DOUDI_ASSIGN(const std::optional<Uuid> id, find_account(connection, login));
  if (!id) return Error{"account.unknown", "There is no account with this login."};
  return *id;
}

}  // namespace

Status check_new_password(std::string_view password) {
  if (password.size() < kPasswordBytesMin || password.size() > kPasswordBytesMax) {
    return Error{"account.password", "A password has 10 to 128 characters."};
  }
  return {};
}

Result<Uuid> make_account(sql::Connection& connection, const NewAccount& account, Instant now) {
  if (!is_login(account.login))
    return Error{"account.login", "A login has letters, digits, dot, line and underscore."};
  if (!is_role(account.role)) return Error{"account.role", "There is no role '" + account.role + "'."};
  if (!is_scope(account.scope)) return Error{"account.scope", "A scope is a division or grid code."};
  DOUDI_ASSIGN(const std::optional<Uuid> existing, find_account(connection, account.login));
  if (existing) return Error{"account.exists", "There is already an account with this login."};
  const Uuid id = new_id(now);
  const std::optional<std::string> record =
      account.password.empty() ? std::nullopt : std::optional(crypto::hash_password(account.password));
  DOUDI_TRY(plain(
      connection.run("INSERT INTO account(id, login, name, password, created_at) VALUES($1,$2,$3,$4,$5)",
                     sql::params(id, account.login, account.name, record, now))));
  DOUDI_TRY(plain(connection.run("INSERT INTO account_role(account, role, scope) VALUES($1,$2,$3)",
                                 sql::params(id, account.role, account.scope))));
  DOUDI_TRY(append_audit(connection,
                         {now, std::nullopt, std::nullopt, "account.add", "account", id, account.role}));
  return id;
}

Status add_account(sql::Connection& connection, const NewAccount& account, Instant now) {
  if (!account.password.empty()) DOUDI_TRY(check_new_password(account.password));
  const auto made = make_account(connection, account, now);
  if (!made.ok()) return made.error();
  return {};
}

Status lock_account(sql::Connection& connection, Store& store, const std::string& login, Instant now) {
  DOUDI_ASSIGN(const Uuid id, require_account(connection, login));
  DOUDI_TRY(keep_revocation(store, Shut::account, id));
  DOUDI_TRY(plain(connection.run("UPDATE account SET state='locked' WHERE id=$1", sql::params(id))));
  return append_audit(connection, {now, std::nullopt, std::nullopt, "account.lock", "account", id, ""});
}

Status add_role(sql::Connection& connection, const std::string& login, const RoleScope& role, Instant now) {
  DOUDI_ASSIGN(const Uuid id, require_account(connection, login));
  if (!is_role(role.role)) return Error{"account.role", "There is no role '" + role.role + "'."};
  if (!is_scope(role.scope)) return Error{"account.scope", "A scope is a division or grid code."};
  DOUDI_TRY(plain(
      connection.run("INSERT INTO account_role(account, role, scope) VALUES($1,$2,$3) ON CONFLICT DO NOTHING",
                     sql::params(id, role.role, role.scope))));
  return append_audit(connection,
                      {now, std::nullopt, std::nullopt, "account.role", "account", id, role.role});
}

Result<std::optional<Uuid>> find_account(sql::Connection& connection, const std::string& login) {
  std::optional<Uuid> id;
  DOUDI_TRY(connection.query("SELECT id FROM account WHERE login=$1", sql::params(login),
                             [&id](const sql::Row& row) {
                               id = row.uuid(0);
                               return false;
                             }));
  return id;
}

Result<std::vector<RoleScope>> roles_of(sql::Connection& connection, const Uuid& account) {
  std::vector<RoleScope> roles;
  DOUDI_TRY(connection.query("SELECT role, scope FROM account_role WHERE account=$1 ORDER BY role, scope",
                             sql::params(account), [&roles](const sql::Row& row) {
                               roles.push_back({std::string(row.text(0)), std::string(row.text(1))});
                               return true;
                             }));
  return roles;
}

}  // namespace doudi::district
