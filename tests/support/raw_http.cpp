// Sockets with time-outs and, for TLS, OpenSSL on top of them.
#include "tests/support/raw_http.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace doudi::test {
namespace {

struct SslFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, SslFree>;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

int open_socket(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  timeval limit{};
  limit.tv_sec = timeout.count() / 1'000;
  limit.tv_usec = timeout.count() % 1'000 * 1'000;
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const bool usable = ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1;
  if (usable && ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return descriptor;
  ::close(descriptor);
  return -1;
}

bool trust(SSL_CTX* context, const std::string& ca_pem) {
  const Owned<BIO> bio(BIO_new_mem_buf(ca_pem.data(), static_cast<int>(ca_pem.size())));
  const Owned<X509> authority(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  return authority && X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) == 1;
}

}  // namespace

struct RawClient::Impl {
  int descriptor = -1;
  Owned<SSL_CTX> context;
  Owned<SSL> ssl;
  std::string received;
  bool at_end = false;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    ssl.reset();
    if (descriptor >= 0) ::close(descriptor);
  }

  bool start_tls(const std::string& host, const RawOptions& options) {
    context.reset(SSL_CTX_new(TLS_client_method()));
    if (!context || !trust(context.get(), *options.ca_pem)) return false;
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (options.only_tls_1_2) SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    ssl.reset(SSL_new(context.get()));
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
    SSL_set_fd(ssl.get(), descriptor);
    const bool connected = SSL_connect(ssl.get()) == 1;
    ERR_clear_error();
    return connected;
  }

  // Adds what has arrived. False at the end of the connection or after the time-out.
  bool receive() {
    std::array<char, 16'384> chunk{};
    const auto count =
        ssl ? static_cast<ssize_t>(SSL_read(ssl.get(), chunk.data(), static_cast<int>(chunk.size())))
            : ::recv(descriptor, chunk.data(), chunk.size(), 0);
    if (count > 0) {
      received.append(chunk.data(), static_cast<std::size_t>(count));
      return true;
    }
    at_end = ssl ? SSL_get_error(ssl.get(), static_cast<int>(count)) != SSL_ERROR_WANT_READ
                 : count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    ERR_clear_error();
    return false;
  }

  bool receive_until(std::string_view marker) {
    while (received.find(marker) == std::string::npos) {
      if (!receive()) return false;
    }
    return true;
  }

  std::string take(std::size_t count) {
    auto taken = received.substr(0, count);
    received.erase(0, count);
    return taken;
  }
};

RawClient::RawClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RawClient::RawClient(RawClient&&) noexcept = default;
RawClient& RawClient::operator=(RawClient&&) noexcept = default;
RawClient::~RawClient() = default;

Result<RawClient> RawClient::connect(const std::string& host, std::uint16_t port, RawOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->descriptor = open_socket(host, port, options.timeout);
  if (impl->descriptor < 0) return Error{"raw.connect", "no connection"};
  if (options.ca_pem && !impl->start_tls(host, options)) return Error{"raw.tls", "the TLS handshake failed"};
  return RawClient(std::move(impl));
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count =
        impl_->ssl
            ? static_cast<ssize_t>(SSL_write(impl_->ssl.get(), bytes.data(), static_cast<int>(bytes.size())))
            : ::send(impl_->descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return ERR_clear_error(), false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void RawClient::end_sending() {
  ::shutdown(impl_->descriptor, SHUT_WR);
}

std::optional<RawAnswer> RawClient::read_head() {
  auto head = read_until("\r\n\r\n");
  RawAnswer answer;
  if (!head || !head->starts_with("HTTP/1.1 ") || head->size() < 16) return std::nullopt;
  std::from_chars(head->data() + 9, head->data() + 12, answer.status);
  for (auto at = head->find("\r\n") + 2; at + 2 < head->size();) {
    const auto end = head->find("\r\n", at);
    const auto line = head->substr(at, end - at);
    const auto colon = line.find(": ");
    if (colon == std::string::npos) return std::nullopt;
    answer.headers.emplace_back(lower(line.substr(0, colon)), line.substr(colon + 2));
    at = end + 2;
  }
  return answer;
}

std::optional<RawAnswer> RawClient::read_answer(bool head_only) {
  auto answer = read_head();
  if (!answer || head_only || answer->status == 304 || answer->status == 204 || answer->status < 200)
    return answer;
  const auto length = answer->header("content-length");
  if (!length) {
    while (impl_->receive()) {
    }
    if (!impl_->at_end) return std::nullopt;
    answer->body = impl_->take(impl_->received.size());
    return answer;
  }
  const auto size = static_cast<std::size_t>(std::stoull(*length));
  while (impl_->received.size() < size) {
    if (!impl_->receive()) return std::nullopt;
  }
  answer->body = impl_->take(size);
  return answer;
}

std::optional<std::string> RawClient::read_until(std::string_view marker) {
  if (!impl_->receive_until(marker)) return std::nullopt;
  return impl_->take(impl_->received.find(marker) + marker.size());
}

bool RawClient::closed() {
  if (!impl_->received.empty()) return false;
  return !impl_->receive() && impl_->at_end;
}

std::optional<std::string> RawAnswer::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return std::nullopt;
}

std::string raw_request(std::string_view method, std::string_view target, std::string_view body,
                        const std::vector<std::string>& headers) {
  std::string text = std::string(method) + ' ' + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  for (const auto& header : headers) text += header + "\r\n";
  return text + "\r\n" + std::string(body);
}

}  // namespace doudi::test
