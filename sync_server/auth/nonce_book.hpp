// Server nonces for device signatures: one use, five minutes, bound to a device, in memory only. Tablets with
// a wrong clock are not locked out, and a recorded request is worth nothing.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "shared/base/ids.hpp"

namespace doudi::district {

inline constexpr std::size_t kNoncesMax = 64;  // outstanding of one device

class NonceBook {
 public:
  using Steady = std::function<std::chrono::steady_clock::time_point()>;

  explicit NonceBook(Steady steady) : steady_(std::move(steady)) {}
  std::string issue(const Uuid& device);
  // True exactly once for each nonce that was issued to this device and has not expired.
  bool spend(const Uuid& device, std::string_view nonce);
  // Of all devices together.
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::string nonce;
    std::chrono::steady_clock::time_point until;
  };
  const Steady steady_;
  mutable std::mutex mutex_;
  std::map<Uuid, std::deque<Entry>> open_;
};

}  // namespace doudi::district
