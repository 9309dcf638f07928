// The one file that uses cpprestsdk: upstream is archived, so nothing of it leaves here.
#include <algorithm>
#include <mutex>

#include <cpprest/http_client.h>
#include <openssl/ssl.h>
#include <pplx/threadpool.h>
#include <boost/asio/ssl.hpp>

#include "field_client/net/transport.hpp"

namespace doudi::field {
namespace {

constexpr std::size_t kAnswerBytesMax = 8 * 1024 * 1024;
constexpr int kThreads = 2;
constexpr long kSmallRecordBytes = 4096;

void start_threads_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    try {
      crossplat::threadpool::initialize_with_threads(kThreads);
    } catch (const std::exception&) {
      // An embedding program started the pool first: its size stands.
    }
  });
}

// cpprestsdk loads the system's authorities before this runs; an empty store forgets them. Dates are not
// checked: a tablet whose clock is wrong by years must still report an emergency (shared/decisions/0006).
void trust_only(boost::asio::ssl::context& context, const std::string& authority_pem) {
  SSL_CTX_set_cert_store(context.native_handle(), X509_STORE_new());
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.native_handle()), X509_V_FLAG_NO_CHECK_TIME);
  context.set_verify_mode(boost::asio::ssl::verify_peer | boost::asio::ssl::verify_fail_if_no_peer_cert);
  context.add_certificate_authority(boost::asio::buffer(authority_pem));
}

bool is_loopback(const std::string& host) {
  return host == "127.0.0.1" || host == "localhost";
}

HttpResponse read_response(const web::http::http_response& answer) {
  HttpResponse response;
  response.status = answer.status_code();
  for (const auto& [name, value] : answer.headers()) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    response.headers[lower] = value;
  }
  response.body = answer.extract_vector().get();
  return response;
}

class CpprestTransport final : public Transport {
 public:
  CpprestTransport(const web::uri& server, const web::http::client::http_client_config& config,
                   bool connection_each)
      : client_(server, config), connection_each_(connection_each) {}

  Result<HttpResponse> send(const HttpRequest& request) override {
    const auto token = fresh_token();
    web::http::http_request message(request.method);
    message.set_request_uri(request.target);
    for (const auto& [name, value] : request.headers) message.headers().add(name, value);
    if (connection_each_) message.headers().add("Connection", "close");
    if (!request.body.empty()) {
      message.set_body(request.body);
      message.headers().set_content_type(request.content_type);
    }
    try {
      const auto answer = client_.request(message, token).get();
      if (answer.headers().content_length() > kAnswerBytesMax)
        return Error{"net.too_large", "the answer is too large"};
      return read_response(answer);
    } catch (const web::http::http_exception& failure) {
      return error_of(failure, token);
    } catch (const pplx::task_canceled&) {
      return Error{"net.cancelled", "the request was interrupted"};
    } catch (const std::exception&) {
      return Error{"net.unreachable", "the district cannot be reached"};
    }
  }

  void cancel() override {
    const std::lock_guard lock(mutex_);
    source_.cancel();
  }

  void set_closed(bool closed) override {
    const std::lock_guard lock(mutex_);
    closed_ = closed;
    if (closed) source_.cancel();
  }

 private:
  pplx::cancellation_token fresh_token() {
    const std::lock_guard lock(mutex_);
    source_ = pplx::cancellation_token_source();
    if (closed_) source_.cancel();
    return source_.get_token();
  }

  static Error error_of(const web::http::http_exception& failure, const pplx::cancellation_token& token) {
    if (token.is_canceled()) return {"net.cancelled", "the request was interrupted"};
    if (failure.error_code() == std::errc::timed_out)
      return {"net.timeout", "the district did not answer in time"};
    return {"net.unreachable", "the district cannot be reached"};
  }

  web::http::client::http_client client_;
  bool connection_each_;
  std::mutex mutex_;
  pplx::cancellation_token_source source_;
  bool closed_ = false;
};

}  // namespace

Result<std::unique_ptr<Transport>> make_transport(const TransportOptions& options) {
  start_threads_once();
  try {
    const web::uri server(options.server);
    const bool secure = server.scheme() == "https";
    if (!secure && !(server.scheme() == "http" && is_loopback(server.host())))
      return Error{"net.url", "the server's address must begin with https://"};
    if (secure && options.authority_pem.empty())
      return Error{"tls.authority", "the district's authority is not known"};
    web::http::client::http_client_config config;
    config.set_timeout(options.timeout);
    config.set_ssl_context_callback(
        [pem = options.authority_pem, small = options.for_uploads](boost::asio::ssl::context& context) {
          trust_only(context, pem);
          if (small) SSL_CTX_set_max_send_fragment(context.native_handle(), kSmallRecordBytes);
        });
    return std::unique_ptr<Transport>(
        std::make_unique<CpprestTransport>(server, config, options.for_uploads));
  } catch (const std::exception&) {
    return Error{"net.url", "the server's address is not a URL"};
  }
}

}  // namespace doudi::field
