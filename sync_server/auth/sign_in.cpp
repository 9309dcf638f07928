// Five failures lock a login for fifteen minutes from the last one.
#include "sync_server/auth/sign_in.hpp"

#include <algorithm>

#include "shared/crypto/crypto.hpp"

namespace doudi::district {
namespace {

constexpr std::chrono::minutes kIdleMax{15};
constexpr std::chrono::hours kAgeMax{8};
constexpr std::size_t kSessionsMax = 10'000;
constexpr std::size_t kTokenBytes = 24;
constexpr int kFailuresMax = 5;
constexpr std::chrono::minutes kLockTime{15};
constexpr std::size_t kFailureEntriesMax = 10'000;

Bytes token_hash(std::string_view token) {
  const crypto::Hash hash = crypto::sha256(as_bytes(token));
  return Bytes(hash.begin(), hash.end());
}

// What somebody typed may be a password: only its hash is kept.
Bytes login_hash(std::string_view login) {
  return token_hash("doudi-login\n" + std::string(login));
}

}  // namespace

std::string SessionBook::open(const Uuid& account, Clock::time_point now, std::string& csrf) {
  const std::string token = to_base64url(crypto::random_bytes(kTokenBytes));
  csrf = to_base64url(crypto::random_bytes(kTokenBytes));
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&](const auto& entry) {
    return now - entry.second.used > kIdleMax || now - entry.second.opened > kAgeMax;
  });
  if (sessions_.size() >= kSessionsMax) sessions_.erase(sessions_.begin());
  sessions_[token_hash(token)] = {{account, csrf}, now, now};
  return token;
}

std::optional<Session> SessionBook::find(std::string_view token, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(token_hash(token));
  if (found == sessions_.end()) return std::nullopt;
  if (now - found->second.used > kIdleMax || now - found->second.opened > kAgeMax) {
    sessions_.erase(found);
    return std::nullopt;
  }
  found->second.used = now;
  return found->second.session;
}

void SessionBook::close(std::string_view token) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(token_hash(token));
}

PasswordGate::PasswordGate(Keep keep)
    : keep_(std::move(keep)),
      nobody_(crypto::hash_password(to_base64url(crypto::random_bytes(kTokenBytes)))) {}

// A wall clock that went back makes a lock last its whole time again, and never shorter.
Status PasswordGate::load(sql::Connection& connection, Instant wall, Clock::time_point steady) {
  const std::lock_guard lock(mutex_);
  return connection.query("SELECT login, count, last_at FROM sign_in_failure", {}, [&](const sql::Row& row) {
    const auto age = std::chrono::milliseconds(std::max<std::int64_t>(0, wall.ms - row.integer(2)));
    if (age <= kLockTime) failures_[to_bytes(row.blob(0))] = {static_cast<int>(row.integer(1)), steady - age};
    return true;
  });
}

Result<Uuid> PasswordGate::check(sql::Connection& connection, const std::string& login,
                                 const std::string& password, Clock::time_point now) {
  const Bytes key = login_hash(login);
  if (is_locked(key, now)) return Error{"auth.locked", "Too many failures. Try again in 15 minutes."};
  std::optional<Uuid> account;
  std::string record = nobody_;
  DOUDI_TRY(connection.query(
      "SELECT id, password FROM account WHERE login=$1 AND state='active' AND password IS NOT NULL",
      sql::params(login), [&](const sql::Row& row) {
        account = row.uuid(0);
        record = row.text(1);
        return false;
      }));
  hashes_.acquire();
  const bool good = crypto::check_password(password, record) && account.has_value();
  hashes_.release();
  count(key, good, now);
  if (!good) return Error{"auth.credentials", "Login or password is not right."};
  return *account;
}

bool PasswordGate::is_locked(const Bytes& login, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(login);
  if (found == failures_.end()) return false;
  if (now - found->second.last > kLockTime) {
    failures_.erase(found);
    return false;
  }
  return found->second.count >= kFailuresMax;
}

void PasswordGate::count(const Bytes& login, bool good, Clock::time_point now) {
  int failed = 0;
  {
    const std::lock_guard lock(mutex_);
    if (good && failures_.erase(login) == 0) return;
    if (!good) {
      if (failures_.size() >= kFailureEntriesMax)
        std::erase_if(failures_, [&](const auto& entry) { return now - entry.second.last > kLockTime; });
      Failures& failures = failures_[login];
      failed = ++failures.count;
      failures.last = now;
    }
  }
  keep_(login, failed);
}

Status keep_sign_in_failures(sql::Connection& connection, const Bytes& login, int count, Instant now) {
  const auto removed = connection.run("DELETE FROM sign_in_failure WHERE last_at<$2 OR (login=$1 AND $3=0)",
                                      sql::params(login, now - kLockTime, std::int64_t{count}));
  if (!removed.ok() || count == 0) return removed.ok() ? Status{} : removed.error();
  const auto added = connection.run(
      "INSERT INTO sign_in_failure(login, count, last_at) VALUES($1,$2,$3) ON CONFLICT(login) DO UPDATE SET "
      "count=max(count, excluded.count), last_at=excluded.last_at",
      sql::params(login, std::int64_t{count}, now));
  return added.ok() ? Status{} : added.error();
}

}  // namespace doudi::district
