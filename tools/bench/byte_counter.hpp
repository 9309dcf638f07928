// A TCP relay on loopback that counts what crosses the wire, TLS and headers included.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace doudi::bench {

class ByteCounter {
 public:
  explicit ByteCounter(std::uint16_t target_port);
  ByteCounter(const ByteCounter&) = delete;
  ByteCounter& operator=(const ByteCounter&) = delete;
  ~ByteCounter();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::uint64_t up() const { return up_; }
  [[nodiscard]] std::uint64_t down() const { return down_; }

 private:
  void relay_all();
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::uint16_t target_port_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> up_ = 0;
  std::atomic<std::uint64_t> down_ = 0;
  std::thread thread_;
};

}  // namespace doudi::bench
