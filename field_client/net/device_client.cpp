#include "field_client/net/device_client.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

#include "shared/wire/bounded_json.hpp"
#include "shared/wire/request_signature.hpp"
#include "shared/wire/tus.hpp"

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

SignedExchange::SignedExchange(const DeviceIdentity& identity, std::string& nonce, std::string_view target,
                               Bytes frame)
    : SignedExchange(
          identity, nonce,
          HttpRequest{"POST", std::string(target), {}, std::string(kFrameType), std::move(frame)}) {}

HttpRequest SignedExchange::signed_request() {
  const std::string text =
      wire::signed_text(call_.method, call_.target, call_.body, identity_.device, nonce_, crypto::sha256);
  const crypto::SigningKey key{Secret(ByteView(identity_.private_key)), identity_.public_key};
  const auto signature = crypto::sign(key, as_bytes(text));
  HttpRequest request = call_;
  request.headers.emplace_back(wire::kDeviceHeader, to_string(identity_.device));
  request.headers.emplace_back(wire::kNonceHeader, nonce_);
  request.headers.emplace_back(wire::kSignatureHeader, to_base64url(signature));
  nonce_.clear();
  return request;
}

std::optional<HttpRequest> SignedExchange::next() {
  if (over_) return std::nullopt;
  asks_nonce_ = nonce_.empty();
  if (!asks_nonce_) return signed_request();
  return HttpRequest{
      "POST", "/v1/nonce", {{std::string(wire::kDeviceHeader), to_string(identity_.device)}}, {}, {}};
}

void SignedExchange::take(Result<HttpResponse> response) {
  if (!response.ok()) {
    result_ = response.error();
    over_ = true;
    return;
  }
  retry_after_ms_ = retry_after_of(*response);
  if (asks_nonce_)
    take_nonce(*response);
  else
    take_answer(std::move(*response));
}

void SignedExchange::take_nonce(const HttpResponse& response) {
  if (response.status == 200) {
    const auto document = nlohmann::json::parse(as_text(response.body), nullptr, false);
    if (document.is_object() && document.contains("nonce") && document["nonce"].is_string())
      nonce_ = document["nonce"].get<std::string>();
    result_ = Error{"wire.message", "the district's answer has no nonce"};
  } else {
    result_ = refusal_of(response);
  }
  over_ = nonce_.empty();
}

void SignedExchange::take_answer(HttpResponse response) {
  const auto next = response.headers.find(std::string(wire::kNextNonceHeader));
  nonce_ = next == response.headers.end() ? std::string() : next->second;
  // A district that was started again does not know the nonce: once more with a new one.
  // The answer to HEAD has no words.
  const bool wrong_nonce =
      response.status == 401 && (call_.method == "HEAD" || refusal_of(response).code == "auth.nonce");
  if (wrong_nonce && !repeated_) {
    repeated_ = true;
    return;
  }
  over_ = true;
  const auto offset = response.headers.find(std::string(wire::kUploadOffsetHeader));
  if (response.status / 100 == 2 && offset != response.headers.end())
    result_ = to_bytes(as_bytes(offset->second));
  else if (response.status == 200)
    result_ = std::move(response.body);
  else
    result_ = refusal_of(response);
}

Result<Bytes> DeviceClient::post(std::string_view target, const Bytes& frame) {
  return call({"POST", std::string(target), {}, std::string(kFrameType), frame});
}

Result<Bytes> DeviceClient::call(HttpRequest request) {
  SignedExchange exchange(identity_, nonce_, std::move(request));
  while (const auto next = exchange.next())
    exchange.take((next->content_type == wire::kPieceType ? pieces_ : transport_).send(*next));
  retry_after_ms_ = exchange.retry_after_ms();
  return exchange.result();
}

}  // namespace doudi::field
