// A copy of what is not with the district within seconds, sealed to the district's public key, in a file
// beside the store: from a lost or locked tablet the office reads it without the PIN, and nobody else can
// (sync.md, Device identity).
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "shared/crypto/crypto.hpp"
#include "shared/files/files.hpp"
#include "shared/sql/connection.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::field {

inline constexpr std::uint64_t kOutboxHeaderBytes = 8;
// Beyond this, what is acknowledged is taken out although something else is still unsent.
inline constexpr std::uint64_t kOutboxBytesMax = 4 * 1024 * 1024;

class SealedOutbox {
 public:
  SealedOutbox(files::FileSystem& disk, std::filesystem::path file, sql::Connection& connection)
      : disk_(disk), file_(std::move(file)), connection_(connection) {}

  // Behind those that are there, durably. Does nothing as long as the district has not given its key.
  Status append(const std::vector<sync::Group>& groups);
  // Exactly these groups, durably.
  Status rewrite(const std::vector<sync::Group>& groups);
  Result<std::uint64_t> size();
  // Settings changed: read the keys again.
  void forget_keys() { keys_.reset(); }
  Result<bool> has_key();

 private:
  struct Keys {
    bool complete = false;
    Bytes district;
    Uuid device;
    crypto::SigningKey signing;
  };
  Result<const Keys*> keys();
  static Result<Bytes> record(const Keys& keys, const sync::Group& group);
  static Result<Bytes> records(const Keys& keys, const std::vector<sync::Group>& groups);

  files::FileSystem& disk_;
  std::filesystem::path file_;
  sql::Connection& connection_;
  std::optional<Keys> keys_;
};

}  // namespace doudi::field
