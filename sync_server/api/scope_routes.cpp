// Who has which grid: read by everybody who sees devices, changed by the district and the system
// administrator.
#include "sync_server/api/console_api.hpp"
#include "sync_server/api/json_body.hpp"
#include "sync_server/service/assignments.hpp"
#include "sync_server/service/relocation.hpp"

namespace doudi::district {
namespace {

const std::set<std::string> kGridReaders{"township",   "township_leader", "district", "district_leader",
                                         "supervisor", "sysadmin",        "secadmin"};
const std::set<std::string> kGridManagers{"district", "sysadmin"};

Json grids_json(const std::vector<GridAssignment>& grids) {
  Json list = Json::array();
  for (const GridAssignment& grid : grids) {
    Json workers = Json::array();
    for (const auto& [login, name] : grid.workers) workers.push_back({{"login", login}, {"name", name}});
    list.push_back({{"id", to_string(grid.grid)},
                    {"code", grid.code},
                    {"name", grid.name},
                    {"street", grid.street},
                    {"community", grid.community},
                    {"workers", workers},
                    {"households", grid.households},
                    {"waiting_tablets", grid.waiting_tablets}});
  }
  return list;
}

Result<Json> workers_json(sql::Connection& connection) {
  Json list = Json::array();
  DOUDI_TRY(
      connection.query("SELECT DISTINCT a.login, a.name FROM account a JOIN account_role r ON r.account=a.id "
                       "WHERE a.state='active' AND r.role='grid_worker' "
                       "UNION SELECT a.login, a.name FROM account a JOIN grid_duty y ON y.account=a.id "
                       "WHERE a.state='active' ORDER BY 1",
                       [&list](const sql::Row& row) {
                         list.push_back({{"login", row.text(0)}, {"name", row.text(1)}});
                         return true;
                       }));
  return list;
}

// A person of the district may act on what lies in the district's own scope only.
Status require_scope(const ConsoleCall& call, const std::string& grid_code) {
  if (call.actor.roles_over(grid_code).empty()) return Error{"not_found", "There is no such grid."};
  return {};
}

}  // namespace

void ConsoleApi::add_scope_routes(http::Router& router) {
  route(router, "GET", "/v1/assignments", kGridReaders,
        [](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const auto grids, list_assignments(call.reader, call.actor.scopes(kGridReaders)));
          DOUDI_ASSIGN(Json workers, workers_json(call.reader));
          return json_reply(200, {{"grids", grids_json(grids)}, {"workers", std::move(workers)}});
        });
  route(router, "POST", "/v1/assignments", kGridManagers,
        [this](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const Json body, read_json(call.request));
          GridHandover handover;
          DOUDI_ASSIGN(handover.grid_code, text_field(body, "grid", 32));
          DOUDI_ASSIGN(handover.to_login, text_field(body, "to", 64));
          DOUDI_ASSIGN(handover.from_login, text_field(body, "from", 64, false));
          DOUDI_TRY(require_scope(call, handover.grid_code));
          handover.by = call.actor.account;
          DOUDI_ASSIGN(const HandoverResult result, hand_over_grid(district_, handover));
          return json_reply(200, {{"grid", handover.grid_code}, {"version", result.version}});
        });
  route(router, "POST", "/v1/households/{id}/move", kGridManagers,
        [this](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const Uuid household, path_id(call.request));
          DOUDI_ASSIGN(const Json body, read_json(call.request));
          DOUDI_ASSIGN(const std::string grid, text_field(body, "grid", 32));
          DOUDI_TRY(require_scope(call, grid));
          DOUDI_ASSIGN(const std::int64_t rows,
                       relocate(district_, {"household", household, grid, call.actor.account}));
          return json_reply(200, {{"rows", rows}});
        });
}

}  // namespace doudi::district
