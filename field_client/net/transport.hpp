// How the tablet reaches the district: one interface, so that the library behind it can be replaced. Every
// call may be repeated safely; the library may send a request after it reported a time-out (reliability.md
// finding 8).
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace doudi::field {

struct HttpRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type;
  Bytes body;
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names lower-case
  Bytes body;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Errors "net.unreachable", "net.timeout", "net.cancelled", "net.too_large". Any HTTP status is a response.
  virtual Result<HttpResponse> send(const HttpRequest& request) = 0;
  // Ends the call under way from another thread; the transport stays usable.
  virtual void cancel() = 0;
  // While closed, every call ends at once with "net.cancelled".
  virtual void set_closed(bool closed) = 0;
};

struct TransportOptions {
  std::string server;         // "https://host:port", or "http://" to a loopback address
  std::string authority_pem;  // the only authority trusted; system stores are not
  std::chrono::seconds timeout{30};
  // Small TLS records and a connection for each request: a cut loses less of what was sent, and the library
  // sends no piece twice by itself, as it would on a connection it used before.
  bool for_uploads = false;
};
// Errors "net.url", "tls.authority".
Result<std::unique_ptr<Transport>> make_transport(const TransportOptions& options);

}  // namespace doudi::field
