// Who may speak to the tablet's page server: only the page it served itself, in the browser it opened
// (reliability.md, loopback rules). Other programs and other web pages on this machine reach the port too.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "shared/http/server.hpp"

namespace doudi::field {

class LoopbackGate {
 public:
  LoopbackGate();
  // After the port is known; before that everything is refused.
  void set_port(std::uint16_t port);
  [[nodiscard]] std::optional<http::Response> check(const http::Request& request) const;
  [[nodiscard]] const std::string& launch_code() const { return launch_code_; }
  // The launch code buys one token, once. Error "launch.code".
  Result<std::string> redeem(std::string_view code);

 private:
  [[nodiscard]] bool has_token(const http::Request& request) const;

  std::string launch_code_;
  std::string token_;
  mutable std::mutex mutex_;  // guards what follows
  std::string host_;
  bool redeemed_ = false;
};

}  // namespace doudi::field
