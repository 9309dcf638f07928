// Order of the end: stop taking requests, answer who waits, finish what runs, commit what is queued, close
// the store.
#include "sync_server/app/serve.hpp"

#include <csignal>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <thread>

#include "shared/crypto/crypto.hpp"
#include "shared/http/server.hpp"
#include "sync_server/api/attachment_api.hpp"
#include "sync_server/api/console_api.hpp"
#include "sync_server/api/device_api.hpp"
#include "sync_server/api/operations_api.hpp"
#include "sync_server/app/admin_socket.hpp"
#include "sync_server/service/log.hpp"

namespace doudi::district {
namespace {

constexpr std::chrono::milliseconds kDrainMax{19'000};
constexpr std::chrono::days kLeafLifetime{397};
constexpr unsigned kWorkersMin = 4;

struct Listen {
  std::string host;
  std::uint16_t port = 0;
};

Result<Listen> parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  Listen listen;
  if (colon == std::string::npos || colon == 0) return Error{"usage", "--listen takes HOST:PORT"};
  listen.host = text.substr(0, colon);
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, listen.port);
  if (parsed.ec != std::errc() || parsed.ptr != end) return Error{"usage", "--listen takes HOST:PORT"};
  return listen;
}

Result<http::TlsIdentity> make_tls_identity(District& district, const std::string& host) {
  DOUDI_ASSIGN(const Store::Reader reader, district.store().read());
  crypto::Certificate authority;
  DOUDI_ASSIGN(authority.certificate_pem, read_setting(*reader, "authority_certificate"));
  DOUDI_ASSIGN(const std::string key, read_setting(*reader, "authority_key"));
  authority.private_key_pem = Secret(as_bytes(key));
  std::vector<std::string> names{"127.0.0.1", "localhost"};
  if (host != "127.0.0.1" && host != "localhost" && host != "0.0.0.0") names.push_back(host);
  const crypto::Certificate leaf = crypto::make_server_certificate(
      authority, names, district.now() - std::chrono::hours(24), kLeafLifetime);
  return http::TlsIdentity{leaf.certificate_pem + authority.certificate_pem,
                           std::string(as_text(leaf.private_key_pem.view()))};
}

Result<http::ServerOptions> server_options(District& district, const ServeOptions& serve) {
  DOUDI_ASSIGN(const Listen listen, parse_listen(serve.listen));
  http::ServerOptions options;
  options.address = listen.host;
  options.port = listen.port;
  options.headers = {{"X-Content-Type-Options", "nosniff"},
                     {"Referrer-Policy", "no-referrer"},
                     {"Cache-Control", "no-store"}};
  if (!serve.plain_loopback) {
    DOUDI_ASSIGN(options.tls, make_tls_identity(district, listen.host));
    options.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  }
  return options;
}

class DistrictServer final : public RunningServer {
 public:
  DistrictServer(District& district, bool secure)
      : district_(district),
        pool_(std::max(kWorkersMin, std::thread::hardware_concurrency())),
        attachments_(district),
        devices_(district, pool_),
        uploads_(attachments_, pool_, devices_.gate()),
        console_(district, pool_, attachments_, secure),
        operations_(district, pool_, draining_) {}
  ~DistrictServer() override { drain(); }

  Status open(http::ServerOptions options, const std::filesystem::path& web) {
    address_ = std::string(options.tls ? "https://" : "http://") + options.address + ":";
    DOUDI_TRY(console_.load());
    http::Router router;
    devices_.add_routes(router);
    uploads_.add_routes(router);
    console_.add_routes(router, web);
    operations_.add_routes(router);
    DOUDI_ASSIGN(server_, http::Server::start(std::move(options), std::move(router), operations_.gate()));
    operations_.attach(server_.get());
    DOUDI_ASSIGN(admin_, AdminSocket::open(district_, district_.store().folder()));
    address_ += std::to_string(server_->port());
    return {};
  }

  [[nodiscard]] std::uint16_t port() const override { return server_->port(); }
  [[nodiscard]] std::string address() const override { return address_; }

  void drain() override {
    if (drained_) return;
    drained_ = true;
    draining_ = true;
    district_.news().stop();
    if (server_) server_->stop(kDrainMax);
    console_.stop();
    admin_.reset();
    pool_.stop();
    district_.writer().stop();
  }

 private:
  District& district_;
  std::atomic<bool> draining_{false};
  bool drained_ = false;
  WorkerPool pool_;
  Attachments attachments_;
  DeviceApi devices_;
  AttachmentApi uploads_;
  ConsoleApi console_;
  OperationsApi operations_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<AdminSocket> admin_;
  std::string address_;
};

void wait_for_end() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  int caught = 0;
  sigwait(&signals, &caught);
}

}  // namespace

Result<std::unique_ptr<RunningServer>> RunningServer::start(District& district, const ServeOptions& options) {
  DOUDI_ASSIGN(http::ServerOptions http_options, server_options(district, options));
  auto server = std::make_unique<DistrictServer>(district, http_options.tls.has_value());
  DOUDI_TRY(server->open(std::move(http_options), options.web));
  return std::unique_ptr<RunningServer>(std::move(server));
}

Result<int> serve(District& district, const Arguments& arguments, const std::filesystem::path& share,
                  const Terminal& terminal) {
  LogLevel level = LogLevel::info;
  if (!parse_log_level(arguments.option("log-level", "info"), level))
    return Error{"usage", "--log-level error|warning|info|debug"};
  set_log_level(level);
  const ServeOptions options{arguments.option("listen", "127.0.0.1:8443"), arguments.has("plain-loopback"),
                             arguments.option("web", (share / "web" / "console").string())};
  DOUDI_ASSIGN(const std::unique_ptr<RunningServer> server, RunningServer::start(district, options));
  terminal.out("listening " + server->address() + "\n");
  log(LogLevel::info, "server_started", {{"port", std::int64_t{server->port()}}});
  wait_for_end();
  log(LogLevel::info, "drain_started");
  server->drain();
  log(LogLevel::info, "server_stopped");
  return kExitGood;
}

}  // namespace doudi::district
