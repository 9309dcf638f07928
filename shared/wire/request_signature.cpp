#include "shared/wire/request_signature.hpp"

namespace doudi::wire {

std::string signed_text(std::string_view method, std::string_view target, ByteView body, const Uuid& device,
                        std::string_view nonce, sync::Hasher hasher) {
  return signed_text(method, target, hasher(body), device, nonce);
}

std::string signed_text(std::string_view method, std::string_view target, const sync::Hash& body_digest,
                        const Uuid& device, std::string_view nonce) {
  std::string text = "doudi-sign-1\n";
  text.append(method).append("\n").append(target).append("\n");
  text.append(to_hex(body_digest)).append("\n").append(to_string(device)).append("\n");
  return text.append(nonce).append("\n");
}

}  // namespace doudi::wire
