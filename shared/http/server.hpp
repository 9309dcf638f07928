// Small HTTPS server on Boost.Beast for both programs: the district API and the tablet's loopback page.
// Framing is checked on the raw header bytes before Beast parses them (reliability.md finding 6). No Boost
// type appears here: Asio and Beast stay in the .cpp files.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace doudi::http {

struct Request {
  std::string method;                                        // "POST"
  std::string target;                                        // raw request target, path and query as received
  std::string path;                                          // percent-decoded path
  std::vector<std::pair<std::string, std::string>> query;    // percent-decoded
  std::vector<std::pair<std::string, std::string>> headers;  // names lower-case
  std::map<std::string, std::string> path_parameters;        // {id} of the route
  std::string body;
  std::string remote_address;
  std::uint16_t remote_port = 0;
  [[nodiscard]] std::optional<std::string_view> header(std::string_view lower_case_name) const;
  [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  static Response json(int status, std::string body);
  static Response binary(std::string content_type, std::string body);
};
// RFC 9457: {"type":"about:blank","status":…,"code":"sync.stale_base","title":…}; status from the code's
// error table or given.
Response problem(int status, const Error& error);

// Given to a handler exactly once; may be called from any thread and after the handler returned (long poll).
// Only the first call counts. Dropping every copy without a call answers 500.
using Respond = std::function<void(Response)>;
using Handler = std::function<void(const Request&, Respond)>;
// Gets a request whose connection ended inside its body; `body` is what arrived. There is nobody to answer. A
// request without a body to the same address waits until `place` is let go.
using CutHandler = std::function<void(const Request&, std::shared_ptr<const void> place)>;

// Server-sent events. Open stays true until the peer goes or the server stops; send() is thread-safe, queues
// at most 1,024 events and drops the connection of a reader that is slower.
class EventStream {
 public:
  virtual ~EventStream() = default;
  virtual void send(std::string_view event, std::string_view data, std::string_view id = {}) = 0;
  [[nodiscard]] virtual bool open() const = 0;
  virtual void close() = 0;
};
using StreamHandler = std::function<void(const Request&, std::shared_ptr<EventStream>)>;

// Runs before any handler, with the whole body read; a response refuses the request (Host/Origin/token gates,
// drain, admission).
using Gate = std::function<std::optional<Response>(const Request&)>;

class Router {
 public:
  // Pattern "/v1/ledger/{id}". Unknown path 404 "http.not_found", other method 405 with Allow.
  void add(std::string_view method, std::string_view pattern, Handler handler);
  // Beside add(): for uploads that keep what arrived before a cut.
  void add_cut(std::string_view method, std::string_view pattern, CutHandler handler);
  void add_stream(std::string_view pattern, Gate authorize, StreamHandler handler);  // GET
  // Files below `root` under the prefix, index.html for "/", no directory escapes, ETag, immutable caching
  // for /assets/, `headers` (CSP …) on every file. Only registered files are served: the folder is read once.
  void add_files(std::string_view prefix, const std::filesystem::path& root,
                 std::vector<std::pair<std::string, std::string>> headers);
  struct Impl;
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  std::unique_ptr<Impl> impl;
};

struct Limits {
  std::size_t header_bytes = 8 * 1024;
  std::size_t body_bytes = 4 * 1024 * 1024;
  std::size_t connections = 4096;
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};  // for every 64 KiB of a body: the slowest accepted rate
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds heartbeat{15'000};  // comment line on a quiet event stream
};

struct TlsIdentity {
  std::string certificate_chain_pem;  // leaf first, then the district CA
  std::string private_key_pem;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;          // 0: any free port
  std::optional<TlsIdentity> tls;  // none: plain HTTP, loopback addresses only (anything else is refused)
  unsigned threads = 2;            // one io_context per thread
  Limits limits;
  std::vector<std::pair<std::string, std::string>> headers;  // on every response
};

struct Counters {  // read by /metrics
  std::uint64_t connections_open = 0, connections_total = 0, requests_total = 0, requests_refused = 0;
};

class Server {
 public:
  // Binds, listens and starts the threads. Handlers run on an io thread: anything that may block (disk,
  // scrypt) is handed to the caller's own executor and answered through Respond.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router, Gate gate);
  virtual ~Server() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual Counters counters() const = 0;
  // Stops accepting, finishes requests under way for up to `grace`, then closes. Called once; joins the
  // threads.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

// The framing rules alone, pure: nothing when the raw request head (up to and with the blank line) is
// acceptable, else the status and code to answer with before closing. Fuzzed against the real parser.
struct FramingError {
  int status;
  std::string code;  // "http.framing"
  std::string reason;
};
std::optional<FramingError> check_framing(std::string_view raw_head, const Limits& limits);

}  // namespace doudi::http
