// Handlers run on worker threads inside one snapshot; decisions go through the writer.
#include "sync_server/api/console_api.hpp"

#include <algorithm>

#include "sync_server/api/console_json.hpp"
#include "sync_server/api/json_body.hpp"
#include "sync_server/api/reply.hpp"
#include "sync_server/auth/enrolment.hpp"
#include "sync_server/service/backup.hpp"
#include "sync_server/service/console_view.hpp"
#include "sync_server/service/device_list.hpp"
#include "sync_server/service/lead_merge.hpp"
#include "sync_server/service/ledger_service.hpp"
#include "sync_server/service/log.hpp"

namespace doudi::district {
namespace {

const std::set<std::string> kAnybody{"township",    "township_leader", "district", "district_leader",
                                     "supervisor",  "sysadmin",        "secadmin", "auditor",
                                     "grid_leader", "partner"};
const std::set<std::string> kDeviceReaders{"township",   "township_leader", "district", "district_leader",
                                           "supervisor", "sysadmin",        "secadmin"};
const std::set<std::string> kDeviceManagers{"district", "sysadmin"};
const std::set<std::string> kDeviceRevokers{"district", "sysadmin", "secadmin"};

Json account_json(const District& district, const Actor& actor, const std::string& csrf) {
  Json roles = Json::array();
  for (const RoleScope& role : actor.roles) roles.push_back({{"role", role.role}, {"scope", role.scope}});
  return {
      {"account",
       {{"id", to_string(actor.account)}, {"login", actor.login}, {"name", actor.name}, {"roles", roles}}},
      {"csrf", csrf},
      {"district",
       {{"code", district.identity().code},
        {"name", district.identity().name},
        {"pack", district.identity().pack}}}};
}

std::string query(const http::Request& request, std::string_view name) {
  const auto value = request.query_value(name);
  return value ? std::string(*value) : std::string();
}

}  // namespace

Result<Uuid> path_id(const http::Request& request) {
  const auto found = request.path_parameters.find("id");
  const auto id = found == request.path_parameters.end() ? std::nullopt : parse_uuid(found->second);
  if (!id) return Error{"not_found", "There is no such thing here."};
  return *id;
}

Status ConsoleApi::load() {
  DOUDI_ASSIGN(const Store::Reader reader, district_.store().read());
  return passwords_.load(*reader, district_.now(), SessionBook::Clock::now());
}

// Memory counts on when the disk is full.
void ConsoleApi::keep_failures(const Bytes& login, int count) {
  const Status kept = district_.writer().run([&](sql::Connection& connection) {
    return keep_sign_in_failures(connection, login, count, district_.now());
  });
  if (!kept.ok()) log(LogLevel::warning, "sign_in_failures_not_kept", {{"code", kept.error().code}});
}

void ConsoleApi::add_routes(http::Router& router, const std::filesystem::path& web) {
  router.add("POST", "/v1/session", [this](const http::Request& request, http::Respond respond) {
    auto copy = std::make_shared<const http::Request>(request);
    if (!pool_.post(request.remote_address, [this, copy, respond] { sign_in(*copy, respond); }))
      respond(busy());
  });
  route(router, "GET", "/v1/session", kAnybody, [this](const ConsoleCall& call) -> Result<http::Response> {
    DOUDI_ASSIGN(const Session session, session_of(call.request));
    return json_reply(200, account_json(district_, call.actor, session.csrf));
  });
  route(router, "DELETE", "/v1/session", kAnybody, [this](const ConsoleCall& call) -> Result<http::Response> {
    sessions_.close(cookie_of(call.request));
    http::Response response = json_reply(200, {{"ok", true}});
    response.headers.emplace_back("Set-Cookie", set_cookie("") + "; Max-Age=0");
    return response;
  });
  add_case_routes(router);
  add_device_routes(router);
  add_comparison_routes(router);
  add_scope_routes(router);
  add_register_routes(router);
  add_attachment_routes(router);
  add_events(router);
  std::error_code code;
  if (!std::filesystem::is_directory(web, code)) return;
  router.add_files("/", web,
                   {{"Content-Security-Policy",
                     "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
                     "form-action 'self'; frame-ancestors 'none'"}});
}

void ConsoleApi::add_case_routes(http::Router& router) {
  route(router, "GET", "/v1/duty", kCaseRoles, [this](const ConsoleCall& call) -> Result<http::Response> {
    DOUDI_ASSIGN(const DutyBoard board, read_duty(call.reader, call.actor, district_.now()));
    return json_reply(200, duty_json(board, district_.now()));
  });
  const ConsoleHandler detail = [this](const ConsoleCall& call) -> Result<http::Response> {
    DOUDI_ASSIGN(const CaseDetail found,
                 read_case(call.reader, call.actor, call.request.path_parameters.at("id"), district_.now()));
    return json_reply(200, case_json(found, district_.rules().forms_json, district_.now()));
  };
  route(router, "GET", "/v1/leads/{id}", kCaseRoles, detail);
  route(router, "GET", "/v1/ledger/{id}", kCaseRoles, detail);
  route(router, "GET", "/v1/leads/{id}/merge-targets", kCaseRoles,
        [this](const ConsoleCall& call) { return list_merge_targets(call); });
  for (const std::string_view action : {"accept", "return", "reject", "watch", "merge"}) {
    route(router, "POST", "/v1/leads/{id}/" + std::string(action), kCaseRoles,
          [this, action](const ConsoleCall& call) { return decide(call, action); });
  }
  route(router, "GET", "/v1/ledger", kCaseRoles, [this](const ConsoleCall& call) -> Result<http::Response> {
    LedgerQuery filter{query(call.request, "state"),
                       query(call.request, "grade"),
                       query(call.request, "street"),
                       query(call.request, "category"),
                       query(call.request, "q"),
                       query(call.request, "cursor"),
                       std::clamp(std::atoi(query(call.request, "limit").c_str()), 0, 200)};
    if (filter.limit == 0) filter.limit = 50;
    DOUDI_ASSIGN(const LedgerPage page, read_ledger(call.reader, call.actor, filter));
    return json_reply(200, ledger_page_json(page, district_.now()));
  });
  route(router, "GET", "/v1/coverage", kCaseRoles, [this](const ConsoleCall& call) -> Result<http::Response> {
    DOUDI_ASSIGN(const std::vector<GridCoverage> grids, coverage_.read(call.reader, call.actor));
    return json_reply(200, coverage_json(grids, district_.now()));
  });
  route(router, "GET", "/v1/coverage/missing", kCaseRoles,
        [this](const ConsoleCall& call) -> Result<http::Response> {
          const auto grid = parse_uuid(query(call.request, "grid"));
          if (!grid) return Error{"request.field", "Name the grid."};
          DOUDI_ASSIGN(const std::vector<MissingItem> missing,
                       coverage_.missing(call.reader, call.actor, *grid));
          return json_reply(200, missing_json(missing));
        });
}

void ConsoleApi::add_device_routes(http::Router& router) {
  route(router, "GET", "/v1/devices", kDeviceReaders, [](const ConsoleCall& call) -> Result<http::Response> {
    DOUDI_ASSIGN(const std::vector<DeviceFacts> devices, list_devices(call.reader));
    return json_reply(200, devices_json(devices, call.actor));
  });
  route(
      router, "GET", "/v1/backup", kDeviceReaders, [this](const ConsoleCall& call) -> Result<http::Response> {
        DOUDI_ASSIGN(const BackupState backup, backup_state(call.reader));
        return json_reply(
            200, {{"newest_good_at", backup.newest_good ? Json(format_instant(*backup.newest_good)) : Json()},
                  {"too_old", backup.too_old(district_.now())}});
      });
  route(router, "POST", "/v1/devices/{id}/revoke", kDeviceRevokers,
        [this](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const Uuid id, path_id(call.request));
          DOUDI_TRY(revoke_device(district_, id, call.actor.account));
          return json_reply(200, {{"id", to_string(id)}, {"state", "revoked"}});
        });
  route(router, "POST", "/v1/devices/code", kDeviceManagers,
        [this](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const Json body, read_json(call.request));
          DOUDI_ASSIGN(const std::string login, text_field(body, "worker_login", 64));
          EnrolmentCode code;
          const Status made = district_.writer().run([&](sql::Connection& connection) -> Status {
            DOUDI_ASSIGN(code, make_enrolment_code(connection, login, district_.now()));
            return {};
          });
          DOUDI_TRY(made);
          return json_reply(200, {{"code", code.text}, {"expires_at", format_instant(code.expires_at)}});
        });
}

void ConsoleApi::add_events(http::Router& router) {
  router.add_stream(
      "/v1/events",
      [this](const http::Request& request) -> std::optional<http::Response> {
        const auto session = session_of(request);
        return session.ok() ? std::nullopt : std::optional(refuse(session.error()));
      },
      [this](const http::Request& request, const std::shared_ptr<http::EventStream>& stream) {
        const auto session = session_of(request);
        if (!session.ok()) return stream->close();
        const bool taken = pool_.post(request.remote_address, [this, stream, account = session->account] {
          auto reader = district_.store().read();
          auto actor = reader.ok() ? load_actor(**reader, account) : Result<Actor>(reader.error());
          if (!actor.ok() || !actor->has_any(kCaseRoles)) return stream->close();
          district_.news().listen([stream, actor = std::move(*actor)](const ConsoleEvent& event) {
            if (!stream->open()) return false;
            const auto roles = actor.roles_over(event.grid_code);
            const bool concerned = event.grid_code.empty() ||
                                   std::any_of(roles.begin(), roles.end(), [](const std::string& role) {
                                     return kCaseRoles.contains(role);
                                   });
            if (concerned) stream->send(event.name, event.data);
            return true;
          });
          // From here on nothing is missed: what happened before is read by whoever hears this.
          stream->send("hello", "{}");
        });
        if (!taken) stream->close();
      });
}

void ConsoleApi::route(http::Router& router, std::string_view method, std::string_view pattern,
                       const std::set<std::string>& roles, ConsoleHandler handler) {
  const auto shared = std::make_shared<ConsoleHandler>(std::move(handler));
  router.add(method, pattern, [this, roles, shared](const http::Request& request, http::Respond respond) {
    auto copy = std::make_shared<const http::Request>(request);
    const bool taken = pool_.post(request.remote_address, [this, copy, respond, roles, shared] {
      auto response = call(*copy, roles, *shared);
      if (!response.ok() && status_of(response.error()) == 500) {
        log(LogLevel::error, "request_failed",
            {{"path", copy->path.substr(0, 32)}, {"code", response.error().code}});
      }
      respond(response.ok() ? std::move(*response) : refuse(response.error()));
    });
    if (!taken) respond(busy());
  });
}

Result<http::Response> ConsoleApi::call(const http::Request& request, const std::set<std::string>& roles,
                                        const ConsoleHandler& handler) {
  DOUDI_ASSIGN(const Session session, session_of(request));
  DOUDI_ASSIGN(const Store::Reader reader, district_.store().read());
  DOUDI_ASSIGN(const Actor actor, load_actor(*reader, session.account));
  if (!actor.has_any(roles)) return Error{"auth.role", "Your role does not include this."};
  return handler({request, actor, *reader});
}

// What each of them is about: whoever merges must be able to tell that it is the same thing.
Result<http::Response> ConsoleApi::list_merge_targets(const ConsoleCall& call) {
  const Instant now = district_.now();
  DOUDI_ASSIGN(const Uuid lead, path_id(call.request));
  const auto seen = read_case(call.reader, call.actor, to_string(lead), now);
  if (!seen.ok()) return seen.error();
  DOUDI_ASSIGN(const std::vector<Uuid> targets, merge_targets(call.reader, district_.tables(), lead));
  Json list = Json::array();
  for (const Uuid& target : targets) {
    DOUDI_ASSIGN(const CaseDetail found, read_case(call.reader, call.actor, to_string(target), now));
    Json shown = item_json(found.item, now);
    shown["description"] = found.item.description;
    shown["worker"] = found.worker_name;
    list.push_back(std::move(shown));
  }
  return json_reply(200, list);
}

Result<http::Response> ConsoleApi::decide(const ConsoleCall& call, std::string_view action) {
  DOUDI_ASSIGN(const Uuid lead, path_id(call.request));
  DOUDI_ASSIGN(const Json body, read_json(call.request));
  DOUDI_ASSIGN(const LeadDecision decision, read_decision(action, body));
  DOUDI_ASSIGN(const DecisionResult result, decide_lead(district_, call.actor, lead, decision));
  Json reply{{"state", result.state}};
  if (result.entry) reply["entry_no"] = result.entry_no;
  if (result.entry) reply["entry_id"] = to_string(*result.entry);
  log(LogLevel::info, "lead_decided", {{"lead", to_string(lead)}, {"state", result.state}});
  return json_reply(200, reply);
}

void ConsoleApi::sign_in(const http::Request& request, const http::Respond& respond) {
  const auto opened = [&]() -> Result<http::Response> {
    DOUDI_ASSIGN(const Json body, read_json(request));
    DOUDI_ASSIGN(const std::string login, text_field(body, "login", 64));
    DOUDI_ASSIGN(const std::string password, text_field(body, "password", 128));
    const auto now = SessionBook::Clock::now();
    DOUDI_ASSIGN(const Store::Reader reader, district_.store().read());
    DOUDI_ASSIGN(const Uuid account, passwords_.check(*reader, login, password, now));
    DOUDI_ASSIGN(const Actor actor, load_actor(*reader, account));
    std::string csrf;
    const std::string token = sessions_.open(account, now, csrf);
    http::Response response = json_reply(200, account_json(district_, actor, csrf));
    response.headers.emplace_back("Set-Cookie", set_cookie(token));
    return response;
  }();
  if (!opened.ok()) log(LogLevel::warning, "sign_in_refused", {{"code", opened.error().code}});
  respond(opened.ok() ? *opened : refuse(opened.error()));
}

Result<Session> ConsoleApi::session_of(const http::Request& request) {
  const auto session = sessions_.find(cookie_of(request), SessionBook::Clock::now());
  if (!session) return Error{"auth.session", "Sign in first."};
  if (request.method == "GET") return *session;
  const auto token = request.header("x-doudi-csrf");
  if (!token || !equal_constant_time(as_bytes(*token), as_bytes(session->csrf))) {
    return Error{"auth.csrf", "The request does not carry the page's token."};
  }
  return *session;
}

std::string ConsoleApi::cookie_of(const http::Request& request) const {
  const auto header = request.header("cookie");
  if (!header) return {};
  const std::string wanted = cookie_name() + "=";
  std::string_view rest = *header;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    std::string_view pair = rest.substr(0, end);
    while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
    if (pair.starts_with(wanted)) return std::string(pair.substr(wanted.size()));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

std::string ConsoleApi::set_cookie(const std::string& token) const {
  return cookie_name() + "=" + token + "; Path=/; HttpOnly; SameSite=Strict" + (secure_ ? "; Secure" : "");
}

}  // namespace doudi::district
