// The oldest nonce goes when a device holds too many.
#include "sync_server/auth/nonce_book.hpp"

#include <algorithm>

#include "shared/base/planted.hpp"
#include "shared/crypto/crypto.hpp"

namespace doudi::district {
namespace {

constexpr std::chrono::minutes kLifetime{5};
constexpr std::size_t kNonceBytes = 18;

}  // namespace

std::string NonceBook::issue(const Uuid& device) {
  std::string nonce = to_base64url(crypto::random_bytes(kNonceBytes));
  const auto now = steady_();
  const std::lock_guard lock(mutex_);
  auto& entries = open_[device];
  while (!entries.empty() && (entries.size() >= kNoncesMax || entries.front().until <= now))
    entries.pop_front();
  entries.push_back({nonce, now + kLifetime});
  return nonce;
}

bool NonceBook::spend(const Uuid& device, std::string_view nonce) {
  if (DOUDI_PLANTED("nonce_unchecked")) return true;
  const auto now = steady_();
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(device);
  if (found == open_.end()) return false;
  auto& entries = found->second;
  const auto entry =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& open) { return open.nonce == nonce; });
  if (entry == entries.end()) return false;
  const bool fresh = entry->until > now;
  entries.erase(entry);
  return fresh;
}

std::size_t NonceBook::size() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [device, entries] : open_) count += entries.size();
  return count;
}

}  // namespace doudi::district
