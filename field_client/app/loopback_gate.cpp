#include "field_client/app/loopback_gate.hpp"

#include <algorithm>

#include "shared/crypto/crypto.hpp"

namespace doudi::field {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kTokenCharactersMax = 128;

std::string random_text() {
  return to_base64url(crypto::random_bytes(kSecretBytes));
}

http::Response refused(const std::string& code, const std::string& why) {
  return http::problem(403, {code, why});
}

bool once(const http::Request& request, std::string_view name) {
  return std::count_if(request.headers.begin(), request.headers.end(),
                       [&](const auto& header) { return header.first == name; }) <= 1;
}

// A browser sends Origin with everything that changes something; without one the fetch metadata must speak
// for the page.
bool comes_from_page(const http::Request& request, const std::string& host) {
  const auto origin = request.header("origin");
  const auto site = request.header("sec-fetch-site");
  if (site && *site != "same-origin" && *site != "none") return false;
  if (origin) return *origin == "http://" + host;
  return site.has_value();
}

}  // namespace

LoopbackGate::LoopbackGate() : launch_code_(random_text()), token_(random_text()) {}

void LoopbackGate::set_port(std::uint16_t port) {
  const std::lock_guard lock(mutex_);
  host_ = "127.0.0.1:" + std::to_string(port);
}

bool LoopbackGate::has_token(const http::Request& request) const {
  const auto token = request.header("x-doudi-token");
  return redeemed_ && token && token->size() <= kTokenCharactersMax &&
         equal_constant_time(as_bytes(*token), as_bytes(token_));
}

std::optional<http::Response> LoopbackGate::check(const http::Request& request) const {
  const std::lock_guard lock(mutex_);
  if (request.method == "OPTIONS") return refused("loopback.options", "no other page may call this one");
  const auto host = request.header("host");
  if (host_.empty() || !host || *host != host_ || !once(request, "host"))
    return refused("loopback.host", "this page has another address");
  if (!once(request, "origin") || !once(request, "x-doudi-token"))
    return refused("loopback.header", "a header came twice");
  const bool api = request.path.starts_with("/api/");
  const auto site = request.header("sec-fetch-site");
  if (!api) {
    // The page itself may be opened by hand or by its launcher, but not embedded by another site.
    const bool foreign = (site && *site != "same-origin" && *site != "none") ||
                         (request.header("origin") && *request.header("origin") != "http://" + host_);
    return foreign ? std::optional(refused("loopback.site", "another site asked for this page"))
                   : std::nullopt;
  }
  if (!comes_from_page(request, host_))
    return refused("loopback.origin", "the request does not come from this page");
  if (request.path == "/api/launch") return std::nullopt;
  if (!has_token(request))
    return http::problem(401, {"loopback.token", "open the page from the program again"});
  return std::nullopt;
}

Result<std::string> LoopbackGate::redeem(std::string_view code) {
  const std::lock_guard lock(mutex_);
  const bool right =
      code.size() <= kTokenCharactersMax && equal_constant_time(as_bytes(code), as_bytes(launch_code_));
  if (!right || redeemed_) return Error{"launch.code", "this launch code was used or is wrong"};
  redeemed_ = true;
  return token_;
}

}  // namespace doudi::field
