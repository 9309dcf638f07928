#include "field_client/net/device_client.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

#include "shared/wire/bounded_json.hpp"
#include "shared/wire/request_signature.hpp"

namespace doudi::field {
namespace {

constexpr std::string_view kFrameType = "application/x-doudi-frame";
constexpr std::size_t kProblemBytesMax = 64 * 1024;

std::int64_t retry_after_of(const HttpResponse& response) {
  const auto header = response.headers.find("retry-after");
  if (header == response.headers.end()) return 0;
  std::int64_t seconds = 0;
  const auto& text = header->second;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds * 1000;
}

}  // namespace

Error refusal_of(const HttpResponse& response) {
  const std::string_view text = as_text(response.body);
  if (wire::check_json(text, kProblemBytesMax).ok()) {
    const auto document = nlohmann::json::parse(text, nullptr, false);
    if (document.is_object() && document.contains("code") && document["code"].is_string())
      return {document["code"].get<std::string>(),
              document.value("title", std::string("the district refused"))};
  }
  return {"http." + std::to_string(response.status),
          "the district answered " + std::to_string(response.status)};
}

void DeviceClient::keep_nonce(const HttpResponse& response) {
  const auto next = response.headers.find(std::string(wire::kNextNonceHeader));
  nonce_ = next == response.headers.end() ? std::string() : next->second;
}

Status DeviceClient::request_nonce() {
  const HttpRequest request{
      "POST", "/v1/nonce", {{std::string(wire::kDeviceHeader), to_string(identity_.device)}}, {}, {}};
  DOUDI_ASSIGN(const HttpResponse response, transport_.send(request));
  retry_after_ms_ = retry_after_of(response);
  if (response.status != 200) return refusal_of(response);
  const auto document = nlohmann::json::parse(as_text(response.body), nullptr, false);
  if (!document.is_object() || !document.contains("nonce") || !document["nonce"].is_string())
    return Error{"wire.message", "the district's answer has no nonce"};
  nonce_ = document["nonce"].get<std::string>();
  return {};
}

Result<HttpResponse> DeviceClient::post_once(std::string_view target, const Bytes& frame) {
  if (nonce_.empty()) DOUDI_TRY(request_nonce());
  const std::string text = wire::signed_text("POST", target, frame, identity_.device, nonce_, crypto::sha256);
  const crypto::SigningKey key{Secret(ByteView(identity_.private_key)), identity_.public_key};
  const auto signature = crypto::sign(key, as_bytes(text));
  const HttpRequest request{"POST",
                            std::string(target),
                            {{std::string(wire::kDeviceHeader), to_string(identity_.device)},
                             {std::string(wire::kNonceHeader), nonce_},
                             {std::string(wire::kSignatureHeader), to_base64url(signature)}},
                            std::string(kFrameType),
                            frame};
  nonce_.clear();
  DOUDI_ASSIGN(HttpResponse response, transport_.send(request));
  keep_nonce(response);
  retry_after_ms_ = retry_after_of(response);
  return response;
}

Result<Bytes> DeviceClient::post(std::string_view target, const Bytes& frame) {
  DOUDI_ASSIGN(HttpResponse response, post_once(target, frame));
  if (response.status == 401 && refusal_of(response).code == "auth.nonce") {
    auto again = post_once(target, frame);
    if (!again.ok()) return again.error();
    response = std::move(*again);
  }
  if (response.status != 200) return refusal_of(response);
  return std::move(response.body);
}

}  // namespace doudi::field
