// The tablet's keys: a random data key, wrapped by PIN and device secret together, so that the files without
// the secret, or the secret without the PIN, open nothing (reliability.md, key design). A failed read never
// makes a new key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "field_client/include/doudi/device_clock.hpp"
#include "field_client/keys/key_record.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/files/files.hpp"

namespace doudi::field {

inline constexpr std::uint32_t kFreeTries = 5;
inline constexpr std::uint32_t kTriesMax = 10;
inline constexpr std::int64_t kFirstDelayMs = 30'000;
inline constexpr crypto::ScryptCost kPinCost{1U << 15U, 8, 1};

// How long a PIN must rest after that many failures in a row.
std::int64_t delay_after_ms(std::uint32_t failures);

struct AttemptState {
  std::uint32_t failures = 0;
  std::uint32_t left = kTriesMax;
  std::int64_t wait_ms = 0;
  bool locked = false;
};

class KeyManager {
 public:
  KeyManager(std::filesystem::path folder, DeviceClock clock,
             files::FileSystem& disk = files::system_files());
  [[nodiscard]] bool exists() const;
  // Makes secret, data key, wrap and counter. Errors "keys.exists", "keys.weak_pin", "file.*".
  Result<Secret> create(std::string_view pin, const crypto::ScryptCost& cost = kPinCost);
  // Ends a key change that was interrupted. The try is counted on disk before the PIN is checked. Errors
  // "keys.wrong_pin", "keys.wait", "keys.locked", "keys.damaged", "keys.newer", "keys.changing".
  Result<Secret> unlock(std::string_view pin);
  // Wraps the same data key again; the store is not touched.
  Status change_pin(std::string_view old_pin, std::string_view new_pin);
  // keys.json names `next` beside the data key of now: from here on finish_key_change() goes on to it. The
  // caller has unlocked with this PIN.
  Status announce(std::string_view pin, const Secret& next);
  [[nodiscard]] Result<AttemptState> attempts() const;
  // The wrapped key and the device secret are gone: nothing opens the store any more, whoever knows the PIN.
  Status destroy();

 private:
  struct Attempts;
  [[nodiscard]] Result<Secret> device_secret() const;
  [[nodiscard]] Result<Attempts> read_attempts(const Secret& secret) const;
  Status write_attempts(const Attempts& attempts, const Secret& secret) const;
  [[nodiscard]] AttemptState state_of(const Attempts& attempts) const;
  Status count_try(const Secret& secret);
  Result<Secret> unwrap(std::string_view pin, const Secret& secret) const;
  [[nodiscard]] Result<KeyRecord> read_record() const;
  Status write_record(const KeyRecord& record) const;
  static Result<KeyWrap> wrap(std::string_view pin, const Secret& secret, const Secret& data_key,
                              const crypto::ScryptCost& cost);

  std::filesystem::path folder_;
  DeviceClock clock_;
  files::FileSystem& disk_;
};

}  // namespace doudi::field
