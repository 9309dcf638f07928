// The nonce is spent before the signature is looked at: a wrong signature costs the nonce too.
#include "sync_server/api/device_gate.hpp"

#include "shared/crypto/crypto.hpp"
#include "shared/wire/request_signature.hpp"

namespace doudi::district {

Result<std::shared_ptr<const Device>> DeviceGate::identify(const http::Request& request) const {
  const auto header = request.header(wire::kDeviceHeader);
  const auto id = header ? parse_uuid(*header) : std::nullopt;
  if (!id) return Error{"auth.device", "The request does not name its device."};
  std::shared_ptr<const Device> device = devices_.find(*id);
  if (!device) return Error{"auth.unknown_device", "This district does not know the device."};
  if (device->revoked) return Error{"auth.revoked", "The district has revoked this device."};
  return device;
}

Result<std::shared_ptr<const Device>> DeviceGate::authenticate(const http::Request& request) {
  return authenticate(request, crypto::sha256(as_bytes(request.body)));
}

Result<std::shared_ptr<const Device>> DeviceGate::authenticate(const http::Request& request,
                                                               const crypto::Hash& body_digest) {
  DOUDI_ASSIGN(std::shared_ptr<const Device> device, identify(request));
  const auto nonce = request.header(wire::kNonceHeader);
  if (!nonce || !nonces_.spend(device->id, *nonce))
    return Error{"auth.nonce", "The nonce is missing, used or expired."};
  const auto header = request.header(wire::kSignatureHeader);
  const auto signature = header ? from_base64url(*header) : std::nullopt;
  const std::string text = wire::signed_text(request.method, request.target, body_digest, device->id, *nonce);
  if (!signature || !crypto::verify(device->public_key, as_bytes(text), *signature)) {
    return Error{"auth.signature", "The signature does not fit the request."};
  }
  return device;
}

void DeviceGate::add_next_nonce(const http::Request& request, http::Response& response) {
  const auto device = identify(request);
  if (device.ok())
    response.headers.emplace_back(std::string(wire::kNextNonceHeader), nonces_.issue((*device)->id));
}

}  // namespace doudi::district
