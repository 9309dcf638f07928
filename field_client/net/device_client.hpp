// Speaks to the district as this device: every request is signed over a nonce of the server, so a wrong clock
// locks nobody out and a copied request is worth nothing.
#pragma once

#include <string>
#include <string_view>

#include "field_client/net/transport.hpp"
#include "shared/base/ids.hpp"
#include "shared/crypto/crypto.hpp"

namespace doudi::field {

struct DeviceIdentity {
  Uuid device;
  Bytes private_key;
  std::array<std::uint8_t, 32> public_key{};
};

class DeviceClient {
 public:
  DeviceClient(Transport& transport, const DeviceIdentity& identity)
      : transport_(transport), identity_(identity) {}
  // POST with a frame; returns the frame of the answer. `retry_after_ms()` tells what a busy district asked
  // for.
  Result<Bytes> post(std::string_view target, const Bytes& frame);
  [[nodiscard]] std::int64_t retry_after_ms() const { return retry_after_ms_; }

 private:
  Result<HttpResponse> post_once(std::string_view target, const Bytes& frame);
  Status request_nonce();
  void keep_nonce(const HttpResponse& response);

  Transport& transport_;
  const DeviceIdentity& identity_;
  std::string nonce_;
  std::int64_t retry_after_ms_ = 0;
};

// The code of the district's problem document, or "http.<status>".
Error refusal_of(const HttpResponse& response);

}  // namespace doudi::field
