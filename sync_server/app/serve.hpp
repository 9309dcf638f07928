// The running district: TLS listener, device and console routes, admin socket, and an orderly end.
#pragma once

#include <memory>

#include "sync_server/app/arguments.hpp"
#include "sync_server/app/commands.hpp"

namespace doudi::district {

struct ServeOptions {
  std::string listen = "127.0.0.1:8443";
  bool plain_loopback = false;
  std::filesystem::path web;
};

class RunningServer {
 public:
  static Result<std::unique_ptr<RunningServer>> start(District& district, const ServeOptions& options);
  virtual ~RunningServer() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual std::string address() const = 0;  // "https://127.0.0.1:8443"
  // Once: no new requests, waiters answered, running ones finished, what is queued committed.
  virtual void drain() = 0;
};

// Returns after SIGTERM or SIGINT and the drain. Signals must be blocked in every thread before.
Result<int> serve(District& district, const Arguments& arguments, const std::filesystem::path& share,
                  const Terminal& terminal);

}  // namespace doudi::district
