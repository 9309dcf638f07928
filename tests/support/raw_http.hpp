// A blocking HTTP client for tests that sends exactly the bytes it is given, over TCP or TLS, so that
// malformed requests reach the server as they are. No library mends them on the way. Every wait ends after
// `timeout`.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/result.hpp"

namespace doudi::test {

struct RawAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names lower-case
  std::string body;
  [[nodiscard]] std::optional<std::string> header(std::string_view lower_case_name) const;
};

struct RawOptions {
  std::optional<std::string> ca_pem;  // TLS, verified against this authority and `host`; none: plain TCP
  bool only_tls_1_2 = false;          // a client that is too old
  std::chrono::milliseconds timeout{10'000};
};

class RawClient {
 public:
  // `host` is an IPv4 address. Errors: "raw.connect", "raw.tls".
  static Result<RawClient> connect(const std::string& host, std::uint16_t port, RawOptions options = {});
  RawClient(RawClient&&) noexcept;
  RawClient& operator=(RawClient&&) noexcept;
  ~RawClient();

  // False when the peer is gone.
  bool send(std::string_view bytes);
  // The next answer: Content-Length bytes of body, or everything until the close when there is none. Nothing
  // on time-out or when the connection ends early. `head_only` for the answer to HEAD.
  std::optional<RawAnswer> read_answer(bool head_only = false);
  // Status line and headers only: of an event stream.
  std::optional<RawAnswer> read_head();
  // Everything up to and with `marker`; nothing if it does not come.
  std::optional<std::string> read_until(std::string_view marker);
  // Nothing more follows; the peer still gets all that was sent.
  void end_sending();
  // Waits for the end: true when the peer closed and sent nothing more. False on unread bytes or time-out.
  bool closed();

 private:
  struct Impl;
  explicit RawClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// "METHOD target HTTP/1.1", Host, Content-Length where there is a body, then `headers` lines as given ("Name:
// value").
std::string raw_request(std::string_view method, std::string_view target, std::string_view body = {},
                        const std::vector<std::string>& headers = {});

}  // namespace doudi::test
