// A change of hands closes one duty and opens another in one transaction, then wakes both workers' tablets.
#include "sync_server/service/assignments.hpp"

#include <algorithm>

#include "sync_server/auth/access.hpp"
#include "sync_server/auth/accounts.hpp"
#include "sync_server/service/log.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

class Handover {
 public:
  Handover(sql::Connection& connection, const GridHandover& handover, Instant now)
      : connection_(connection), handover_(handover), now_(now) {}

  Result<HandoverResult> run() {
    DOUDI_TRY(find_parties());
    DOUDI_ASSIGN(const std::string version, read_setting(connection_, "assignment_version"));
    result_.version = std::strtoll(version.c_str(), nullptr, 10) + 1;
    DOUDI_TRY(close_duties());
    DOUDI_TRY(plain(connection_.run("INSERT INTO grid_duty(grid, account, from_version) VALUES($1,$2,$3)",
                                    sql::params(result_.grid, to_, result_.version))));
    DOUDI_TRY(
        plain(connection_.run("INSERT INTO account_role(account, role, scope) VALUES($1,'grid_worker',$2) "
                              "ON CONFLICT DO NOTHING",
                              sql::params(to_, handover_.grid_code))));
    DOUDI_TRY(write_setting(connection_, "assignment_version", std::to_string(result_.version)));
    DOUDI_TRY(
        append_audit(connection_, {now_, handover_.by, std::nullopt, "grid.assign", "grid", result_.grid,
                                   handover_.to_login + " version " + std::to_string(result_.version)}));
    return result_;
  }
  // Everybody whose tablets must look again.
  [[nodiscard]] const std::vector<Uuid>& concerned() const { return concerned_; }

 private:
  Status find_parties() {
    DOUDI_TRY(connection_.query("SELECT id FROM grid WHERE code=$1 AND deleted=0",
                                sql::params(handover_.grid_code), [this](const sql::Row& row) {
                                  result_.grid = row.uuid(0);
                                  return false;
                                }));
    if (result_.grid.is_nil()) return Error{"not_found", "There is no grid " + handover_.grid_code + "."};
    DOUDI_ASSIGN(const std::optional<Uuid> to, find_account(connection_, handover_.to_login));
    if (!to) return Error{"not_found", "There is no account " + handover_.to_login + "."};
    to_ = *to;
    concerned_.push_back(to_);
    if (handover_.from_login.empty()) return {};
    DOUDI_ASSIGN(from_, find_account(connection_, handover_.from_login));
    if (!from_) return Error{"not_found", "There is no account " + handover_.from_login + "."};
    return {};
  }

  Status close_duties() {
    std::vector<Uuid> holders;
    DOUDI_TRY(connection_.query("SELECT account FROM grid_duty WHERE grid=$1 AND to_version IS NULL",
                                sql::params(result_.grid), [&holders](const sql::Row& row) {
                                  holders.push_back(row.uuid(0));
                                  return true;
                                }));
    const auto holds = [&](const Uuid& account) {
      return std::find(holders.begin(), holders.end(), account) != holders.end();
    };
    if (holds(to_)) return Error{"assignment.unchanged", "This worker has the grid already."};
    if (from_ && !holds(*from_))
      return Error{"assignment.not_holder", "The grid is not with " + handover_.from_login + "."};
    for (const Uuid& holder : holders) {
      if (from_ && holder != *from_) continue;
      concerned_.push_back(holder);
      const auto key = sql::params(result_.grid, holder, result_.version);
      DOUDI_TRY(plain(connection_.run(
          "UPDATE grid_duty SET to_version=$3 WHERE grid=$1 AND account=$2 AND to_version IS NULL", key)));
      DOUDI_TRY(plain(
          connection_.run("DELETE FROM account_role WHERE account=$1 AND role='grid_worker' AND scope=$2",
                          sql::params(holder, handover_.grid_code))));
    }
    return {};
  }

  sql::Connection& connection_;
  const GridHandover& handover_;
  Instant now_;
  HandoverResult result_;
  Uuid to_;
  std::optional<Uuid> from_;
  std::vector<Uuid> concerned_;
};

// A JSON list of grids; what is none, as a tablet might say, is left out.
std::string scope_list(const std::vector<std::string>& scopes) {
  std::string list = "[";
  for (const std::string& scope : scopes) {
    const auto grid = parse_uuid(scope);
    if (grid) list += (list.size() > 1 ? ",\"" : "\"") + to_string(*grid) + "\"";
  }
  return list + "]";
}

// A tablet in a long poll waits for the scopes it had.
Status add_scopes_of(sql::Connection& connection, const std::vector<Uuid>& accounts,
                     std::set<std::string>& scopes) {
  for (const Uuid& account : accounts) {
    DOUDI_TRY(connection.query("SELECT grid FROM grid_duty WHERE account=$1 AND to_version IS NULL",
                               sql::params(account), [&scopes](const sql::Row& row) {
                                 scopes.insert(to_string(row.uuid(0)));
                                 return true;
                               }));
  }
  return {};
}

}  // namespace

Result<std::vector<Duty>> duties_of(sql::Connection& connection, const Uuid& account) {
  std::vector<Duty> duties;
  DOUDI_TRY(connection.query("SELECT grid, from_version, to_version FROM grid_duty WHERE account=$1",
                             sql::params(account), [&duties](const sql::Row& row) {
                               duties.push_back({row.uuid(0), row.integer(1), row.optional_integer(2)});
                               return true;
                             }));
  return duties;
}

GridRights rights_at(const std::vector<Duty>& duties, std::int64_t assignment_version) {
  GridRights rights;
  std::set<Uuid> held;
  for (const Duty& duty : duties) {
    if (!duty.to_version) held.insert(duty.grid);
    // A grid that came and went after the group was made was never its worker's.
    if (duty.to_version && duty.from_version > assignment_version) continue;
    const bool then = !duty.to_version || *duty.to_version > assignment_version;
    (then ? rights.allowed : rights.left).insert(duty.grid);
  }
  for (const Uuid& grid : rights.allowed) {
    rights.left.erase(grid);
    if (!held.contains(grid)) rights.late.insert(grid);
  }
  return rights;
}

Result<std::int64_t> assignment_version(sql::Connection& connection, const Uuid& account) {
  return connection.integer(
      "SELECT coalesce(max(max(from_version, coalesce(to_version, 0))), 0) FROM grid_duty WHERE account=$1",
      sql::params(account));
}

Status record_scopes(sql::Connection& connection, const Device& device, const wire::Hello& hello,
                     const std::vector<std::string>& held, Instant now) {
  const std::string list = scope_list(held);
  DOUDI_TRY(plain(connection.run(
      "UPDATE device_scope SET left_at=$2 WHERE device=$1 AND left_at IS NULL AND scope NOT IN (SELECT value "
      "FROM json_each($3))",
      sql::params(device.number, now, list))));
  for (const std::string& scope : hello.purged) {
    DOUDI_TRY(
        plain(connection.run("UPDATE device_scope SET purged_at=$3 WHERE device=$1 AND scope=$2 AND "
                             "left_at IS NOT NULL AND purged_at IS NULL",
                             sql::params(device.number, scope, now))));
  }
  if (hello.holds) {
    DOUDI_TRY(plain(connection.run(
        "UPDATE device_scope SET purged_at=$2 WHERE device=$1 AND left_at IS NOT NULL AND purged_at IS NULL "
        "AND scope NOT IN (SELECT value FROM json_each($3))",
        sql::params(device.number, now, scope_list(*hello.holds)))));
  }
  return plain(connection.run(
      "INSERT INTO device_scope(device, scope) SELECT $1, value FROM json_each($2) WHERE true "
      "ON CONFLICT(device, scope) DO UPDATE SET left_at=NULL, purged_at=NULL WHERE left_at IS NOT NULL",
      sql::params(device.number, list)));
}

Result<HandoverResult> hand_over_grid(District& district, const GridHandover& handover) {
  HandoverResult result;
  std::set<std::string> scopes;
  const Status stored = district.writer().run([&](sql::Connection& connection) -> Status {
    Handover work(connection, handover, district.now());
    DOUDI_ASSIGN(result, work.run());
    scopes.insert(to_string(result.grid));
    return add_scopes_of(connection, work.concerned(), scopes);
  });
  DOUDI_TRY(stored);
  district.announce(scopes);
  log(LogLevel::info, "grid_assigned",
      {{"grid", handover.grid_code}, {"version", std::to_string(result.version)}});
  return result;
}

Result<std::vector<GridAssignment>> list_assignments(sql::Connection& connection, const std::string& scopes) {
  std::vector<GridAssignment> list;
  DOUDI_TRY(connection.query(
      "SELECT g.id, g.code, g.name, g.street, g.community, a.login, a.name, "
      "(SELECT count(*) FROM household h WHERE h.grid=g.id AND h.deleted=0 AND h.ended_on IS NULL), "
      "(SELECT count(*) FROM grid_duty d2 JOIN device d ON d.account=d2.account JOIN device_scope s ON "
      "s.device=d.number WHERE d2.grid=g.id AND d2.to_version IS NOT NULL AND s.left_at IS NOT NULL AND "
      "s.purged_at IS NULL AND lower(replace(s.scope, '-', ''))=lower(hex(g.id))) "
      "FROM grid g LEFT JOIN grid_duty y ON y.grid=g.id AND y.to_version IS NULL LEFT JOIN account a ON "
      "a.id=y.account WHERE g.deleted=0 AND " +
          std::string(kInScope) + " ORDER BY g.code, a.login",
      sql::params(scopes), [&list](const sql::Row& row) {
        if (list.empty() || list.back().grid != row.uuid(0)) {
          list.push_back({row.uuid(0),
                          std::string(row.text(1)),
                          std::string(row.text(2)),
                          std::string(row.text(3)),
                          std::string(row.text(4)),
                          {},
                          row.integer(7),
                          row.integer(8)});
        }
        if (!row.is_null(5))
          list.back().workers.emplace_back(std::string(row.text(5)), std::string(row.text(6)));
        return true;
      }));
  return list;
}

}  // namespace doudi::district
