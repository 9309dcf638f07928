// The first contact of a new tablet: nothing is trusted yet, so the handshake verifies nobody and only the
// chain is read. Whoever answers, the result is the certificate that the enrolment code names, or nothing.
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "shared/crypto/crypto.hpp"
#include "shared/crypto/openssl_handle.hpp"

namespace doudi::crypto {
namespace {

constexpr std::size_t kPrefixMin = 10;
using Clock = std::chrono::steady_clock;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};

Error unreachable() {
  return {"net.unreachable", "Nobody answers at the address of the district server."};
}

// False at the deadline.
bool wait_for(int descriptor, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd entry{descriptor, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool connect_within(int descriptor, const addrinfo& address, Clock::time_point deadline) {
  if (::connect(descriptor, address.ai_addr, address.ai_addrlen) == 0) return true;
  if (errno != EINPROGRESS || !wait_for(descriptor, POLLOUT, deadline)) return false;
  int failure = 0;
  socklen_t size = sizeof failure;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0;
}

Result<Socket> connect_to(const std::string& host, std::uint16_t port, Clock::time_point deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &raw) != 0) return unreachable();
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(raw);
  for (const addrinfo* at = raw; at != nullptr; at = at->ai_next) {
    Socket socket(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol));
    if (socket.get() >= 0 && connect_within(socket.get(), *at, deadline)) return socket;
  }
  return unreachable();
}

// A name in the greeting lets a gateway choose its certificate; addresses may not appear there (RFC 6066).
void name_server(SSL* session, const std::string& host) {
  const Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> address(a2i_IPADDRESS(host.c_str()));
  if (address != nullptr) return;
  SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
}

// The session speaks through memory, because OpenSSL's own socket writes raise SIGPIPE when the server hangs
// up.
bool send_pending(SSL* session, int descriptor, Clock::time_point deadline) {
  std::array<char, 4096> buffer{};
  int count = 0;
  while ((count = BIO_read(SSL_get_wbio(session), buffer.data(), buffer.size())) > 0) {
    for (std::string_view left(buffer.data(), static_cast<std::size_t>(count)); !left.empty();) {
      const ssize_t sent = ::send(descriptor, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent > 0) left.remove_prefix(static_cast<std::size_t>(sent));
      const bool full = sent < 0 && (errno == EAGAIN || errno == EINTR);
      if (sent <= 0 && !(full && wait_for(descriptor, POLLOUT, deadline))) return false;
    }
  }
  return true;
}

bool receive_some(SSL* session, int descriptor, Clock::time_point deadline) {
  std::array<char, 4096> buffer{};
  if (!wait_for(descriptor, POLLIN, deadline)) return false;
  const ssize_t count = ::recv(descriptor, buffer.data(), buffer.size(), 0);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  return count > 0 && BIO_write(SSL_get_rbio(session), buffer.data(), static_cast<int>(count)) == count;
}

bool shake_hands(SSL* session, int descriptor, Clock::time_point deadline) {
  SSL_set_bio(session, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  while (true) {
    ERR_clear_error();  // SSL_get_error reads what earlier calls in this thread left
    const int done = SSL_connect(session);
    const int reason = SSL_get_error(session, done);
    if (!send_pending(session, descriptor, deadline)) return false;
    if (done == 1) return true;
    if (reason != SSL_ERROR_WANT_READ || !receive_some(session, descriptor, deadline)) return false;
  }
}

bool matches(X509* certificate, ByteView prefix) {
  Hash hash{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), hash.data(), &size) != 1 || prefix.size() > hash.size())
    return false;
  return equal_constant_time(ByteView(hash).first(prefix.size()), prefix);
}

std::string certificate_text(X509* certificate) {
  const BioHandle memory(BIO_new(BIO_s_mem()));
  ensure(PEM_write_bio_X509(memory.get(), certificate) == 1, "a certificate is written as PEM");
  char* start = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &start);
  return {start, static_cast<std::size_t>(size)};
}

Result<std::string> find_authority(const SSL* session, ByteView prefix) {
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(session);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    X509* const certificate = sk_X509_value(chain, i);
    if (matches(certificate, prefix)) return certificate_text(certificate);
  }
  return Error{"tls.unknown_authority", "The server is not the one that the enrolment code names."};
}

}  // namespace

Result<std::string> fetch_pinned_authority(const std::string& host, std::uint16_t port,
                                           ByteView fingerprint_prefix, std::chrono::milliseconds timeout) {
  if (fingerprint_prefix.size() < kPrefixMin) {
    return Error{"tls.unknown_authority", "The enrolment code names its server too briefly to be trusted."};
  }
  const auto deadline = Clock::now() + timeout;
  DOUDI_ASSIGN(const Socket socket, connect_to(host, port, deadline));
  const SettingsHandle settings(SSL_CTX_new(TLS_client_method()));
  ensure(settings != nullptr && SSL_CTX_set_min_proto_version(settings.get(), TLS1_3_VERSION) == 1,
         "TLS 1.3 is available");
  SSL_CTX_set_verify(settings.get(), SSL_VERIFY_NONE, nullptr);
  const SessionHandle session(SSL_new(settings.get()));
  ensure(session != nullptr, "a TLS session is made");
  name_server(session.get(), host);
  if (!shake_hands(session.get(), socket.get(), deadline)) return unreachable();
  return find_authority(session.get(), fingerprint_prefix);
}

}  // namespace doudi::crypto
