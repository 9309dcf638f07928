// The page server of the tablet: loopback only, one launch code per start.
#include <csignal>
#include <iostream>

#include "field_client/app/commands.hpp"
#include "field_client/app/loopback_api.hpp"
#include "shared/packs/packs.hpp"

namespace doudi::field {
namespace {

// A photo before its metadata is removed; a larger one is refused with words, not by the framing.
constexpr std::size_t kBodyBytesMax = 16 * 1024 * 1024;

using Headers = std::vector<std::pair<std::string, std::string>>;

Headers page_headers() {
  return {{"content-security-policy",
           "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; frame-ancestors 'none'; "
           "form-action 'none'; base-uri "
           "'none'"},
          {"x-content-type-options", "nosniff"},
          {"referrer-policy", "no-referrer"},
          {"cross-origin-opener-policy", "same-origin"},
          {"cross-origin-resource-policy", "same-origin"}};
}

std::filesystem::path web_folder(const Arguments& arguments) {
  if (arguments.has("web")) return arguments.get("web");
  if (arguments.has("share")) return std::filesystem::path(arguments.get("share")) / "web" / "tablet";
  std::error_code failure;
  return packs::share_directory(std::filesystem::read_symlink("/proc/self/exe", failure)) / "web" / "tablet";
}

Result<std::uint16_t> port_of(const Arguments& arguments) {
  const std::string text = arguments.get("port", "0");
  const bool digits =
      !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoul(text) > 65'535) return Error{"usage", "--port needs a number"};
  return static_cast<std::uint16_t>(std::stoul(text));
}

}  // namespace

Status serve(const Arguments& arguments) {
  // Blocked before any thread starts, so that only this one receives them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  DOUDI_ASSIGN(const auto field, open_field(arguments));
  field->enable_background_sync(!arguments.has("no-sync"));
  LoopbackGate gate;
  StoreThread thread;
  http::Router router;
  add_loopback_routes(router, *field, gate, thread);
  const auto web = web_folder(arguments);
  if (std::filesystem::exists(web)) router.add_files("/", web, page_headers());
  http::ServerOptions options;
  DOUDI_ASSIGN(options.port, port_of(arguments));
  options.headers = {{"cache-control", "no-store"}};
  options.limits.body_bytes = kBodyBytesMax;
  DOUDI_ASSIGN(const auto server,
               http::Server::start(std::move(options), std::move(router),
                                   [&gate](const http::Request& request) { return gate.check(request); }));
  gate.set_port(server->port());
  std::cout << "open http://127.0.0.1:" << server->port() << "/#code=" << gate.launch_code() << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  server->stop(std::chrono::seconds(5));
  return field->lock();
}

}  // namespace doudi::field
