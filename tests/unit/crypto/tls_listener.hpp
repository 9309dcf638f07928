// A TLS server on a free port of 127.0.0.1 that shows a chain to each caller and hangs up.
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "shared/crypto/crypto.hpp"

namespace doudi::crypto::test {

enum class Behaviour { shake_hands, say_nothing, hang_up };

class TlsListener {
 public:
  // Presents `leaf`, then the other certificates of `chain` (PEM).
  TlsListener(Behaviour behaviour, const Certificate& leaf, std::vector<std::string> chain,
              int protocol_max = 0);
  TlsListener(const TlsListener&) = delete;
  TlsListener& operator=(const TlsListener&) = delete;
  ~TlsListener();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void serve(const Certificate& leaf, const std::vector<std::string>& chain, int protocol_max);
  void answer(int connection, void* settings) const;

  Behaviour behaviour_;
  int socket_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// A port of 127.0.0.1 on which nobody listened a moment ago.
std::uint16_t closed_port();

}  // namespace doudi::crypto::test
