// See the header.
#include "tests/unit/crypto/tls_listener.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "shared/crypto/openssl_handle.hpp"

namespace doudi::crypto::test {
namespace {

struct BoundSocket {
  int descriptor;
  std::uint16_t port;
};

BoundSocket bind_to_free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const general = reinterpret_cast<sockaddr*>(&address);
  ensure(descriptor >= 0 && ::bind(descriptor, general, size) == 0, "a port can be bound");
  ensure(::getsockname(descriptor, general, &size) == 0, "a bound socket has a port");
  return {descriptor, ::ntohs(address.sin_port)};
}

BioHandle reader(ByteView pem) {
  return BioHandle(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

SettingsHandle server_settings(const Certificate& leaf, const std::vector<std::string>& chain,
                               int protocol_max) {
  SettingsHandle settings(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_max_proto_version(settings.get(), protocol_max);
  const BioHandle leaf_text = reader(as_bytes(leaf.certificate_pem));
  const BioHandle key_text = reader(leaf.private_key_pem.view());
  const CertificateHandle certificate(PEM_read_bio_X509(leaf_text.get(), nullptr, nullptr, nullptr));
  const KeyHandle key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  ensure(SSL_CTX_use_certificate(settings.get(), certificate.get()) == 1, "the listener has a certificate");
  ensure(SSL_CTX_use_PrivateKey(settings.get(), key.get()) == 1, "the listener has a key");
  for (const std::string& pem : chain) {
    const BioHandle text = reader(as_bytes(pem));
    X509* const other = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr);
    ensure(SSL_CTX_ctrl(settings.get(), SSL_CTRL_CHAIN_CERT, 0, other) == 1, "the listener has a chain");
  }
  return settings;
}

// In this thread only: a client under test gets no help.
void ignore_broken_pipes() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  ensure(::pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0, "a signal can be blocked");
}

}  // namespace

TlsListener::TlsListener(Behaviour behaviour, const Certificate& leaf, std::vector<std::string> chain,
                         int protocol_max)
    : behaviour_(behaviour) {
  const BoundSocket bound = bind_to_free_port();
  socket_ = bound.descriptor;
  port_ = bound.port;
  ensure(::listen(socket_, 4) == 0, "the listener listens");
  thread_ = std::thread([this, leaf_pem = leaf.certificate_pem, key = leaf.private_key_pem.clone(),
                         chain = std::move(chain), protocol_max] {
    serve({leaf_pem, key.clone()}, chain, protocol_max);
  });
}

TlsListener::~TlsListener() {
  ::shutdown(socket_, SHUT_RDWR);  // ends accept()
  thread_.join();
  ::close(socket_);
}

void TlsListener::serve(const Certificate& leaf, const std::vector<std::string>& chain, int protocol_max) {
  ignore_broken_pipes();
  const SettingsHandle settings = server_settings(leaf, chain, protocol_max);
  while (true) {
    const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    answer(connection, settings.get());
    ::close(connection);
  }
}

void TlsListener::answer(int connection, void* settings) const {
  if (behaviour_ == Behaviour::hang_up) return;
  if (behaviour_ == Behaviour::shake_hands) {
    const SessionHandle session(SSL_new(static_cast<SSL_CTX*>(settings)));
    SSL_set_fd(session.get(), connection);
    SSL_accept(session.get());
  }
  // Stays until the caller hangs up.
  char byte = 0;
  while (::recv(connection, &byte, 1, 0) > 0) {
  }
}

std::uint16_t closed_port() {
  const BoundSocket bound = bind_to_free_port();
  ::close(bound.descriptor);
  return bound.port;
}

}  // namespace doudi::crypto::test
