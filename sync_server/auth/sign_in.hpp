// Console sign-in: sessions in memory (a restart signs everybody out), failures counted alike for logins that
// exist and logins that do not, and kept in the store so that a restart lifts no lock; at most two password
// hashes at a time.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"
#include "shared/sql/connection.hpp"

namespace doudi::district {

struct Session {
  Uuid account;
  std::string csrf;
};

class SessionBook {
 public:
  using Clock = std::chrono::steady_clock;
  // The cookie value; only its hash is kept.
  std::string open(const Uuid& account, Clock::time_point now, std::string& csrf);
  // Ends after 15 idle minutes or 8 hours.
  std::optional<Session> find(std::string_view token, Clock::time_point now);
  void close(std::string_view token);

 private:
  struct Entry {
    Session session;
    Clock::time_point opened;
    Clock::time_point used;
  };
  std::mutex mutex_;
  std::map<Bytes, Entry> sessions_;
};

class PasswordGate {
 public:
  using Clock = SessionBook::Clock;
  struct Failures {
    int count = 0;
    Clock::time_point last;
  };
  // Writes the failures of a login (its hash), or with none removes them.
  using Keep = std::function<void(const Bytes& login, int count)>;
  explicit PasswordGate(Keep keep);
  // What was counted before the program started, at the same moment on both clocks.
  Status load(sql::Connection& connection, Instant wall, Clock::time_point steady);
  // The account, or "auth.credentials" / "auth.locked". May block for a hash: worker threads only.
  Result<Uuid> check(sql::Connection& connection, const std::string& login, const std::string& password,
                     Clock::time_point now);

 private:
  bool is_locked(const Bytes& login, Clock::time_point now);
  void count(const Bytes& login, bool good, Clock::time_point now);

  Keep keep_;
  std::string nobody_;  // a record no password opens: unknown logins cost the same
  std::counting_semaphore<2> hashes_{2};
  std::mutex mutex_;
  std::map<Bytes, Failures> failures_;
};

// Inside the caller's transaction; what no longer counts goes.
Status keep_sign_in_failures(sql::Connection& connection, const Bytes& login, int count, Instant now);

}  // namespace doudi::district
