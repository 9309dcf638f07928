// Labels have no ids of people or devices: their number stays small whatever the size of the district.
#include "sync_server/api/operations_api.hpp"

#include "shared/sql/sqlcipher.hpp"
#include "sync_server/api/json_body.hpp"
#include "sync_server/api/reply.hpp"
#include "sync_server/service/backup.hpp"

namespace doudi::district {
namespace {

constexpr std::uintmax_t kFreeBytesMin = 64U * 1024U * 1024U;

std::string metric(const char* name, const char* kind, std::uint64_t value) {
  return std::string("# TYPE ") + name + " " + kind + "\n" + name + " " + std::to_string(value) + "\n";
}

}  // namespace

void OperationsApi::add_routes(http::Router& router) {
  router.add("GET", "/livez", [](const http::Request&, const http::Respond& respond) {
    respond({200, {{"Content-Type", "text/plain; charset=utf-8"}}, "ok"});
  });
  router.add("GET", "/readyz", [this](const http::Request& request, const http::Respond& respond) {
    if (!pool_.post(request.remote_address, [this, respond] { ready(respond); })) respond(busy());
  });
  router.add("GET", "/metrics", [this](const http::Request&, const http::Respond& respond) {
    respond({200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, metrics()});
  });
}

http::Gate OperationsApi::gate() const {
  const std::atomic<bool>* draining = &draining_;
  return [draining](const http::Request& request) -> std::optional<http::Response> {
    if (!draining->load() || request.path == "/livez" || request.path == "/readyz") return std::nullopt;
    http::Response response = refuse({"server.draining", "The server is ending. Try again in a moment."});
    response.headers.emplace_back("Connection", "close");
    return response;
  };
}

void OperationsApi::ready(const http::Respond& respond) {
  Json checks = Json::array();
  bool good = !draining_.load();
  checks.push_back({{"name", "serving"}, {"ok", good}});
  const auto database = [this]() -> Status {
    DOUDI_ASSIGN(const Store::Reader reader, district_.store().read());
    const auto epoch = read_setting(*reader, "epoch");
    if (!epoch.ok()) return epoch.error();
    return {};
  }();
  checks.push_back({{"name", "database"}, {"ok", database.ok()}});
  const auto backup = [this]() -> Result<BackupState> {
    DOUDI_ASSIGN(const Store::Reader reader, district_.store().read());
    return backup_state(*reader);
  }();
  const bool backed_up = backup.ok() && !backup->too_old(district_.now());
  checks.push_back({{"name", "backup"}, {"ok", backed_up}});
  std::error_code code;
  const auto space = std::filesystem::space(district_.store().folder(), code);
  const bool room = !code && space.available > kFreeBytesMin;
  checks.push_back({{"name", "disk"}, {"ok", room}});
  good = good && database.ok() && backed_up && room;
  respond(json_reply(good ? 200 : 503, {{"ready", good},
                                        {"checks", checks},
                                        {"sqlite_version", sql::sqlite_version()},
                                        {"sqlcipher_version", sql::sqlcipher_version()},
                                        {"single_writer", true}}));
}

std::string OperationsApi::metrics() const {
  const Writer::Counters writer = district_.writer().counters();
  std::string text = metric("doudi_writer_commits_total", "counter", writer.commits) +
                     metric("doudi_writer_jobs_total", "counter", writer.jobs) +
                     metric("doudi_writer_refused_total", "counter", writer.refused) +
                     metric("doudi_writer_waiting", "gauge", writer.waiting) +
                     metric("doudi_devices", "gauge", district_.devices().size()) +
                     metric("doudi_event_streams", "gauge", district_.news().listeners());
  const http::Server* server = server_.load();
  if (server == nullptr) return text;
  const http::Counters http = server->counters();
  return text + metric("doudi_http_connections_open", "gauge", http.connections_open) +
         metric("doudi_http_connections_total", "counter", http.connections_total) +
         metric("doudi_http_requests_total", "counter", http.requests_total) +
         metric("doudi_http_requests_refused_total", "counter", http.requests_refused);
}

}  // namespace doudi::district
