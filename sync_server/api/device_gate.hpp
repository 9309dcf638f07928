// Who sent this request? A tablet signs method, target, body, its id and a nonce of ours. Runs on a worker
// thread.
#pragma once

#include <memory>

#include "shared/crypto/crypto.hpp"
#include "shared/http/server.hpp"
#include "sync_server/auth/device_registry.hpp"
#include "sync_server/auth/nonce_book.hpp"

namespace doudi::district {

class DeviceGate {
 public:
  DeviceGate(const DeviceRegistry& devices, NonceBook::Steady steady)
      : devices_(devices), nonces_(std::move(steady)) {}
  // The device that named itself, if it may speak at all: "auth.device", "auth.unknown_device",
  // "auth.revoked".
  Result<std::shared_ptr<const Device>> identify(const http::Request& request) const;
  // Spends the nonce and checks the signature: "auth.nonce", "auth.signature".
  Result<std::shared_ptr<const Device>> authenticate(const http::Request& request);
  // The signature covers `body_digest`, which the request announces.
  Result<std::shared_ptr<const Device>> authenticate(const http::Request& request,
                                                     const crypto::Hash& body_digest);
  // A fresh nonce for an active device, for the answer's header.
  void add_next_nonce(const http::Request& request, http::Response& response);
  std::string issue(const Uuid& device) { return nonces_.issue(device); }
  [[nodiscard]] std::size_t outstanding() const { return nonces_.size(); }

 private:
  const DeviceRegistry& devices_;
  NonceBook nonces_;
};

}  // namespace doudi::district
