// Speaks to the district as this device: every request is signed over a nonce of the server, so a wrong clock
// locks nobody out and a copied request is worth nothing.
#pragma once

#include <optional>
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

// One signed call as steps, so that whoever has the network decides when they happen: send what next() gives,
// hand the response to take(), until next() gives nothing. `nonce` is the one kept from the answer before; it
// is spent, and replaced by the next.
class SignedExchange {
 public:
  // The result of a call with `upload-offset` in its answer is that number, in digits.
  SignedExchange(const DeviceIdentity& identity, std::string& nonce, HttpRequest call)
      : identity_(identity), nonce_(nonce), call_(std::move(call)) {}
  // POST with a frame.
  SignedExchange(const DeviceIdentity& identity, std::string& nonce, std::string_view target, Bytes frame);
  std::optional<HttpRequest> next();
  void take(Result<HttpResponse> response);
  [[nodiscard]] const Result<Bytes>& result() const { return result_; }
  [[nodiscard]] std::int64_t retry_after_ms() const { return retry_after_ms_; }

 private:
  HttpRequest signed_request();
  void take_nonce(const HttpResponse& response);
  void take_answer(HttpResponse response);

  const DeviceIdentity& identity_;
  std::string& nonce_;
  HttpRequest call_;
  bool asks_nonce_ = false;
  bool repeated_ = false;
  bool over_ = false;
  std::int64_t retry_after_ms_ = 0;
  Result<Bytes> result_ = Error{"net.cancelled", "the call was not made"};
};

class DeviceClient {
 public:
  // Pieces of photos go over a transport of their own; all else, also what surrounds them, over the first.
  DeviceClient(Transport& transport, Transport& pieces, const DeviceIdentity& identity)
      : transport_(transport), pieces_(pieces), identity_(identity) {}
  // POST with a frame; returns the frame of the answer. `retry_after_ms()` tells what a busy district asked
  // for.
  Result<Bytes> post(std::string_view target, const Bytes& frame);
  Result<Bytes> call(HttpRequest request);
  [[nodiscard]] std::int64_t retry_after_ms() const { return retry_after_ms_; }

 private:
  Transport& transport_;
  Transport& pieces_;
  const DeviceIdentity& identity_;
  std::string nonce_;
  std::int64_t retry_after_ms_ = 0;
};

// The code of the district's problem document, or "http.<status>".
Error refusal_of(const HttpResponse& response);

}  // namespace doudi::field
