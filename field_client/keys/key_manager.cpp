#include "field_client/keys/key_manager.hpp"

#include <algorithm>
#include <sstream>

#include "field_client/keys/key_change.hpp"

namespace doudi::field {
namespace {

constexpr std::string_view kWrapPurpose = "doudi field data key 1";
constexpr std::size_t kPinDigitsMin = 6;
constexpr std::size_t kPinDigitsMax = 32;

bool is_strong_enough(std::string_view pin) {
  const bool digits = std::all_of(pin.begin(), pin.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && pin.size() >= kPinDigitsMin && pin.size() <= kPinDigitsMax;
}

Error weak_pin() {
  return {"keys.weak_pin", "PIN 要 6 到 32 位数字 / the PIN needs 6 to 32 digits"};
}

// KEK = HKDF(scrypt(PIN) ‖ device secret).
Result<Secret> wrapping_key(std::string_view pin, const Secret& device_secret, const KeyWrap& wrap) {
  DOUDI_ASSIGN(const Secret stretched, crypto::scrypt(as_bytes(pin), wrap.salt, wrap.cost, 32));
  Bytes joined = to_bytes(stretched.view());
  joined.insert(joined.end(), device_secret.view().begin(), device_secret.view().end());
  const Secret material(std::move(joined));
  return crypto::hkdf_sha256(material.view(), wrap.salt, "doudi field key wrap 1", 32);
}

Bytes attempts_code(std::string_view body, const Secret& device_secret) {
  const Secret key = crypto::hkdf_sha256(device_secret.view(), {}, "doudi field attempts 1", 32);
  const auto code = crypto::hmac_sha256(key.view(), as_bytes(body));
  return {code.begin(), code.end()};
}

}  // namespace

struct KeyManager::Attempts {
  std::uint32_t failures = 0;
  std::int64_t earliest_wall_ms = 0;  // for display: the wall clock may be wrong
  std::int64_t monotonic_ms = 0;      // of the newest failure
  std::string boot_id;
};

std::int64_t delay_after_ms(std::uint32_t failures) {
  return failures < kFreeTries ? 0 : kFirstDelayMs << (std::min(failures, kTriesMax) - kFreeTries);
}

KeyManager::KeyManager(std::filesystem::path folder, DeviceClock clock, files::FileSystem& disk)
    : folder_(std::move(folder)), clock_(std::move(clock)), disk_(disk) {}

bool KeyManager::exists() const {
  return disk_.exists(folder_ / "keys.json") || disk_.exists(folder_ / "device.secret");
}

Result<Secret> KeyManager::create(std::string_view pin, const crypto::ScryptCost& cost) {
  if (exists()) return Error{"keys.exists", "this folder already has keys"};
  if (!is_strong_enough(pin)) return weak_pin();
  DOUDI_TRY(disk_.make_private_folder(folder_));
  const Secret secret(crypto::random_bytes(32));
  Secret data_key(crypto::random_bytes(32));
  DOUDI_TRY(files::write_durably(disk_, folder_ / "device.secret", secret.view()));
  DOUDI_TRY(write_attempts({}, secret));
  DOUDI_ASSIGN(KeyWrap wrapped, wrap(pin, secret, data_key, cost));
  DOUDI_TRY(write_record({std::move(wrapped), std::nullopt}));
  return data_key;
}

Result<Secret> KeyManager::unlock(std::string_view pin) {
  DOUDI_TRY(finish_key_change(disk_, folder_));
  DOUDI_ASSIGN(const Secret secret, device_secret());
  DOUDI_TRY(count_try(secret));
  DOUDI_ASSIGN(Secret data_key, unwrap(pin, secret));
  DOUDI_TRY(write_attempts({}, secret));
  return data_key;
}

Status KeyManager::change_pin(std::string_view old_pin, std::string_view new_pin) {
  if (!is_strong_enough(new_pin)) return weak_pin();
  DOUDI_ASSIGN(const Secret data_key, unlock(old_pin));
  DOUDI_ASSIGN(const Secret secret, device_secret());
  DOUDI_ASSIGN(const KeyRecord record, read_record());
  DOUDI_ASSIGN(KeyWrap wrapped, wrap(new_pin, secret, data_key, record.current.cost));
  return write_record({std::move(wrapped), std::nullopt});
}

Status KeyManager::announce(std::string_view pin, const Secret& next) {
  DOUDI_ASSIGN(const Secret secret, device_secret());
  // Another PIN than that of now would lock the worker out.
  DOUDI_TRY(unwrap(pin, secret));
  DOUDI_ASSIGN(KeyRecord record, read_record());
  DOUDI_ASSIGN(record.next, wrap(pin, secret, next, record.current.cost));
  return write_record(record);
}

// Overwritten before they are removed: a name that is gone does not make bytes go.
Status KeyManager::destroy() {
  for (const char* name : {"keys.json", "device.secret"}) {
    const auto file = folder_ / name;
    if (!disk_.exists(file)) continue;
    {
      DOUDI_ASSIGN(const auto open, disk_.open(file, files::Open::change));
      DOUDI_ASSIGN(const std::uint64_t size, open->size());
      DOUDI_TRY(open->write(0, Bytes(static_cast<std::size_t>(size))));
      DOUDI_TRY(open->sync());
    }
    DOUDI_TRY(disk_.remove(file));
  }
  return disk_.sync_folder(folder_);
}

Result<AttemptState> KeyManager::attempts() const {
  DOUDI_ASSIGN(const Secret secret, device_secret());
  DOUDI_ASSIGN(const Attempts attempts, read_attempts(secret));
  return state_of(attempts);
}

Result<Secret> KeyManager::device_secret() const {
  DOUDI_ASSIGN(Bytes bytes, files::read_small_file(disk_, folder_ / "device.secret"));
  if (bytes.size() != 32) return Error{"keys.damaged", "device.secret is damaged; no new key is made"};
  return Secret(std::move(bytes));
}

Result<KeyManager::Attempts> KeyManager::read_attempts(const Secret& secret) const {
  // A missing counter must not give ten fresh tries.
  const Error damaged{"keys.damaged", "the counter of PIN tries is missing or damaged"};
  const auto content = files::read_small_file(disk_, folder_ / "attempts");
  if (!content.ok()) return damaged;
  const std::string_view text = as_text(*content);
  const auto line_end = text.find('\n');
  if (line_end == std::string_view::npos) return damaged;
  const auto code = from_hex(text.substr(line_end + 1));
  if (!code || !equal_constant_time(*code, attempts_code(text.substr(0, line_end), secret))) return damaged;
  std::istringstream stream{std::string(text.substr(0, line_end))};
  Attempts attempts;
  stream >> attempts.failures >> attempts.earliest_wall_ms >> attempts.monotonic_ms >> attempts.boot_id;
  return attempts;
}

Status KeyManager::write_attempts(const Attempts& attempts, const Secret& secret) const {
  std::ostringstream stream;
  stream << attempts.failures << ' ' << attempts.earliest_wall_ms << ' ' << attempts.monotonic_ms << ' '
         << (attempts.boot_id.empty() ? "-" : attempts.boot_id);
  const std::string body = stream.str();
  return files::write_durably(disk_, folder_ / "attempts",
                              as_bytes(body + "\n" + to_hex(attempts_code(body, secret))));
}

// Only time since boot counts: it cannot be set. After a reboot it starts again, which can only lengthen the
// wait.
AttemptState KeyManager::state_of(const Attempts& attempts) const {
  AttemptState state{attempts.failures, kTriesMax - std::min(attempts.failures, kTriesMax), 0,
                     attempts.failures >= kTriesMax};
  const std::int64_t now = clock_.monotonic_ms();
  const std::int64_t passed = attempts.boot_id == clock_.boot_id ? now - attempts.monotonic_ms : now;
  state.wait_ms =
      std::max<std::int64_t>(0, delay_after_ms(attempts.failures) - std::max<std::int64_t>(0, passed));
  return state;
}

Status KeyManager::count_try(const Secret& secret) {
  DOUDI_ASSIGN(Attempts attempts, read_attempts(secret));
  const AttemptState state = state_of(attempts);
  if (state.locked) return Error{"keys.locked", "too many wrong PINs: the office must release this tablet"};
  if (state.wait_ms > 0)
    return Error{"keys.wait",
                 "wait " + std::to_string((state.wait_ms + 999) / 1000) + " seconds before the next try"};
  ++attempts.failures;
  attempts.monotonic_ms = clock_.monotonic_ms();
  attempts.boot_id = clock_.boot_id;
  attempts.earliest_wall_ms = clock_.wall().ms + delay_after_ms(attempts.failures);
  return write_attempts(attempts, secret);
}

Result<KeyRecord> KeyManager::read_record() const {
  DOUDI_ASSIGN(const Bytes text, files::read_small_file(disk_, folder_ / "keys.json"));
  return parse_key_record(as_text(text));
}

Status KeyManager::write_record(const KeyRecord& record) const {
  return files::write_durably(disk_, folder_ / "keys.json", as_bytes(to_json(record)));
}

Result<Secret> KeyManager::unwrap(std::string_view pin, const Secret& secret) const {
  DOUDI_ASSIGN(const KeyRecord record, read_record());
  if (record.next)
    return Error{"keys.changing",
                 "另一个程序正在更换密钥，请稍后再试 / Another program is changing the key. Try again."};
  DOUDI_ASSIGN(const Secret key, wrapping_key(pin, secret, record.current));
  auto opened = crypto::open(key, record.current.wrapped, as_bytes(kWrapPurpose));
  if (!opened.ok() || opened->size() != 32) return Error{"keys.wrong_pin", "PIN 不对 / the PIN is wrong"};
  return Secret(std::move(*opened));
}

Result<KeyWrap> KeyManager::wrap(std::string_view pin, const Secret& secret, const Secret& data_key,
                                 const crypto::ScryptCost& cost) {
  KeyWrap made{cost, crypto::random_bytes(std::size_t{16}), {}};
  DOUDI_ASSIGN(const Secret key, wrapping_key(pin, secret, made));
  made.wrapped = crypto::seal(key, data_key.view(), as_bytes(kWrapPurpose));
  return made;
}

}  // namespace doudi::field
