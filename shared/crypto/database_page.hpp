// One page of an encrypted database file, opened without the database library: for rescuing what a damaged
// file still holds. The format is SQLCipher's since version 4: AES-256-CBC, then the vector and an
// HMAC-SHA-512 over both and the page's number.
#pragma once

#include <array>
#include <cstdint>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace doudi::crypto {

inline constexpr std::size_t kDatabasePageBytes = 4096;
inline constexpr std::size_t kDatabaseSaltBytes = 16;
// At the end of every page, for vector and code.
inline constexpr std::size_t kDatabaseReserveBytes = 80;

class DatabasePages {
 public:
  // `salt`: the first bytes of the file, as it was made.
  DatabasePages(const Secret& key, ByteView salt);
  // The page as the database sees it, its reserve as zeros; page 1 without its first sixteen bytes of text.
  // "crypto.damaged" when a single bit differs from what was written.
  [[nodiscard]] Result<Bytes> open(std::uint32_t number, ByteView page) const;

 private:
  [[nodiscard]] bool is_authentic(std::uint32_t number, ByteView page, std::size_t from) const;
  Secret key_;
  Secret code_key_;
};

}  // namespace doudi::crypto
