// Crockford's alphabet: what is read aloud as I, L or O is understood as 1, 1 and 0.
#include "sync_server/auth/enrolment.hpp"

#include <chrono>

#include "shared/crypto/crypto.hpp"
#include "sync_server/auth/accounts.hpp"
#include "sync_server/store/event_log.hpp"
#include "sync_server/store/store.hpp"

namespace doudi::district {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::chrono::minutes kCodeLifetime{10};
constexpr std::int64_t kTriesMax = 5;
constexpr std::size_t kCodeCharacters = 10;
constexpr std::size_t kFingerprintBytes = 10;
constexpr std::size_t kLabelBytesMax = 100;

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

// Big-endian bits, five at a time.
std::string to_base32(ByteView bytes) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8U) | byte;
    count += 8;
    while (count >= 5) {
      count -= 5;
      text.push_back(kAlphabet[(bits >> count) & 31U]);
    }
  }
  return text;
}

std::string random_code() {
  const Bytes random = crypto::random_bytes(kCodeCharacters);
  std::string code;
  for (const std::uint8_t byte : random) code.push_back(kAlphabet[byte & 31U]);
  return code;
}

// The random part as stored: upper case, look-alikes folded, separators dropped. Empty when too short.
std::string random_part(std::string_view text) {
  std::string code;
  for (char c : text) {
    if (c == '-' || c == ' ') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'I' || c == 'L') c = '1';
    if (c == 'O') c = '0';
    if (kAlphabet.find(c) == std::string_view::npos) return {};
    code.push_back(c);
    if (code.size() == kCodeCharacters) return code;
  }
  return {};
}

Bytes code_hash(std::string_view code) {
  const crypto::Hash hash = crypto::sha256(as_bytes("doudi-enrolment-code\n" + std::string(code)));
  return Bytes(hash.begin(), hash.end());
}

struct StoredCode {
  Uuid account;
  Instant expires_at;
  std::int64_t tries = 0;
  bool used = false;
};

Result<std::optional<StoredCode>> find_code(sql::Connection& connection, const Bytes& hash) {
  std::optional<StoredCode> found;
  DOUDI_TRY(connection.query(
      "SELECT account, expires_at, tries, used_at FROM enrolment_code WHERE hash=$1", sql::params(hash),
      [&found](const sql::Row& row) {
        found = StoredCode{row.uuid(0), Instant{row.integer(1)}, row.integer(2), !row.is_null(3)};
        return false;
      }));
  return found;
}

// A wrong code counts against all that are open; once they are used up every further guess is told so.
Result<std::optional<Error>> count_wrong_guess(sql::Connection& connection, Instant now) {
  DOUDI_ASSIGN(
      const std::int64_t exhausted,
      connection.integer(
          "SELECT count(*) FROM enrolment_code WHERE used_at IS NULL AND expires_at>$1 AND tries>=$2",
          sql::params(now, kTriesMax)));
  DOUDI_TRY(plain(connection.run(
      "UPDATE enrolment_code SET tries=tries+1 WHERE used_at IS NULL AND expires_at>$1", sql::params(now))));
  if (exhausted > 0)
    return std::optional(Error{"enroll.too_many_tries", "Too many wrong codes. Ask for a new one."});
  return std::optional(Error{"enroll.code_wrong", "The enrolment code is not right."});
}

Result<std::optional<Error>> judge(sql::Connection& connection, const std::optional<StoredCode>& code,
                                   Instant now) {
  if (!code) return count_wrong_guess(connection, now);
  if (code->used) return std::optional(Error{"enroll.code_used", "This code has been used."});
  if (code->expires_at <= now) return std::optional(Error{"enroll.code_expired", "This code has expired."});
  if (code->tries >= kTriesMax)
    return std::optional(Error{"enroll.too_many_tries", "Too many wrong codes. Ask for a new one."});
  return std::optional<Error>();
}

Result<Device> add_device(sql::Connection& connection, const EnrolmentRequest& request, const Uuid& account,
                          Instant now) {
  Device device;
  device.id = new_id(now);
  device.account = account;
  device.label = request.label.substr(0, kLabelBytesMax);
  device.public_key = request.public_key;
  DOUDI_TRY(plain(
      connection.run("INSERT INTO device(id, account, label, public_key, enrolled_at) VALUES($1,$2,$3,$4,$5)",
                     sql::params(device.id, account, device.label, device.public_key, now))));
  DOUDI_ASSIGN(device.number,
               connection.integer("SELECT number FROM device WHERE id=$1", sql::params(device.id)));
  DOUDI_TRY(connection.query("SELECT name FROM account WHERE id=$1", sql::params(account),
                             [&device](const sql::Row& row) {
                               device.worker_name = row.text(0);
                               return false;
                             }));
  DOUDI_TRY(append_audit(connection, {now, account, device.number, "device.enrol", "device", device.id, ""}));
  return device;
}

}  // namespace

Result<EnrolmentCode> make_enrolment_code(sql::Connection& connection, const std::string& login,
                                          Instant now) {
  DOUDI_ASSIGN(const std::optional<Uuid> account, find_account(connection, login));
  if (!account) return Error{"account.unknown", "There is no account with this login."};
  DOUDI_ASSIGN(
      const std::int64_t workers,
      connection.integer(
          "SELECT count(*) FROM account_role r JOIN account a ON a.id=r.account "
          "WHERE a.id=$1 AND a.state='active' AND r.role IN('grid_worker','grid_leader','assist_worker')",
          sql::params(*account)));
  if (workers == 0) return Error{"enroll.not_a_worker", "Only an active grid worker gets a tablet."};
  DOUDI_ASSIGN(const std::string authority, read_setting(connection, "authority_certificate"));
  DOUDI_ASSIGN(const crypto::Hash fingerprint, crypto::certificate_fingerprint(authority));
  const std::string code = random_code();
  const Instant expires_at = now + kCodeLifetime;
  DOUDI_TRY(plain(
      connection.run("INSERT INTO enrolment_code(hash, account, made_at, expires_at) VALUES($1,$2,$3,$4)",
                     sql::params(code_hash(code), *account, now, expires_at))));
  DOUDI_TRY(
      append_audit(connection, {now, std::nullopt, std::nullopt, "device.code", "account", *account, ""}));
  const std::string tail = to_base32(ByteView(fingerprint).first(kFingerprintBytes));
  return EnrolmentCode{code.substr(0, 5) + "-" + code.substr(5) + "-" + tail, expires_at};
}

Status enrol(sql::Connection& connection, const EnrolmentRequest& request, Instant now,
             EnrolmentOutcome& outcome) {
  const std::string code = random_part(request.code);
  const Bytes hash = code_hash(code);
  DOUDI_ASSIGN(const std::optional<StoredCode> stored,
               code.empty() ? Result<std::optional<StoredCode>>(std::optional<StoredCode>())
                            : find_code(connection, hash));
  DOUDI_ASSIGN(std::optional<Error> refusal, judge(connection, stored, now));
  if (refusal) {
    outcome.refusal = std::move(*refusal);
    return {};
  }
  DOUDI_TRY(
      plain(connection.run("UPDATE enrolment_code SET used_at=$2 WHERE hash=$1", sql::params(hash, now))));
  DOUDI_ASSIGN(outcome.device, add_device(connection, request, stored->account, now));
  return {};
}

}  // namespace doudi::district
