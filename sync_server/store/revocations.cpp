// "doudi-revoked 1", a line for each, and a code over them under a key derived from the store's.
#include "sync_server/store/revocations.hpp"

#include <set>

#include "shared/crypto/crypto.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

constexpr std::string_view kHead = "doudi-revoked 1\n";
constexpr std::string_view kDevice = "device ";
constexpr std::string_view kAccount = "account ";
constexpr std::string_view kCode = "code ";
constexpr std::uint64_t kFileBytesMax = 16U * 1024U * 1024U;

struct Revocations {
  std::set<Uuid> devices;
  std::set<Uuid> accounts;
  friend bool operator==(const Revocations&, const Revocations&) = default;
};

std::filesystem::path file_of(const Store& store) {
  return store.folder() / "district.revoked";
}

std::string code_over(const Store& store, std::string_view text) {
  const Secret key = crypto::hkdf_sha256(store.key().view(), {}, "doudi revocations", 32);
  return to_hex(crypto::hmac_sha256(key.view(), as_bytes(text)));
}

std::string write_text(const Revocations& revocations) {
  std::string text(kHead);
  for (const Uuid& id : revocations.devices) text += std::string(kDevice) + to_string(id) + "\n";
  for (const Uuid& id : revocations.accounts) text += std::string(kAccount) + to_string(id) + "\n";
  return text;
}

bool read_line(std::string_view line, Revocations& revocations) {
  const bool device = line.starts_with(kDevice);
  if (!device && !line.starts_with(kAccount)) return false;
  const auto id = parse_uuid(line.substr(device ? kDevice.size() : kAccount.size()));
  if (!id) return false;
  (device ? revocations.devices : revocations.accounts).insert(*id);
  return true;
}

std::optional<Revocations> parse(const Store& store, std::string_view text) {
  const auto last = text.rfind(kCode);
  if (last == std::string_view::npos || !text.starts_with(kHead) || !text.ends_with('\n'))
    return std::nullopt;
  std::string_view code = text.substr(last + kCode.size());
  code.remove_suffix(1);
  text = text.substr(0, last);
  if (!equal_constant_time(as_bytes(code), as_bytes(code_over(store, text)))) return std::nullopt;
  Revocations revocations;
  for (text.remove_prefix(kHead.size()); !text.empty(); text.remove_prefix(text.find('\n') + 1)) {
    if (!read_line(text.substr(0, text.find('\n')), revocations)) return std::nullopt;
  }
  return revocations;
}

// Nothing when the file is missing, damaged or was written with another key.
std::optional<Revocations> read_file(const Store& store) {
  if (!store.disk().exists(file_of(store))) return std::nullopt;
  const auto content = files::read_small_file(store.disk(), file_of(store), kFileBytesMax);
  return content.ok() ? parse(store, as_text(*content)) : std::nullopt;
}

Status write_file(const Store& store, const Revocations& revocations) {
  const std::string text = write_text(revocations);
  return files::write_durably(store.disk(), file_of(store),
                              as_bytes(text + std::string(kCode) + code_over(store, text) + "\n"));
}

Status add_ids(sql::Connection& connection, const char* query, std::set<Uuid>& ids) {
  return connection.query(query, {}, [&ids](const sql::Row& row) {
    ids.insert(row.uuid(0));
    return true;
  });
}

Result<Revocations> read_store(sql::Connection& connection) {
  Revocations revocations;
  DOUDI_TRY(add_ids(connection, "SELECT id FROM device WHERE state<>'active'", revocations.devices));
  DOUDI_TRY(add_ids(connection, "SELECT id FROM account WHERE state<>'active'", revocations.accounts));
  return revocations;
}

// A tablet or account the store has never heard of stays in the file only.
Status shut_again(sql::Connection& connection, const char* update, const char* kind,
                  const std::set<Uuid>& ids, Instant now) {
  for (const Uuid& id : ids) {
    const auto changed = connection.run(update, sql::params(id));
    if (!changed.ok()) return changed.error();
    if (*changed == 0) continue;
    const std::string action = std::string(kind) + ".revoke_again";
    DOUDI_TRY(append_audit(connection, {now, std::nullopt, std::nullopt, action, kind, id,
                                        "revoked before the store was put back"}));
  }
  return {};
}

Status bring_into_store(Store& store, const Revocations& known, Instant now) {
  sql::Connection& connection = store.writer();
  DOUDI_ASSIGN(sql::Transaction transaction, sql::Transaction::begin(connection));
  DOUDI_TRY(shut_again(connection, "UPDATE device SET state='revoked' WHERE id=$1 AND state='active'",
                       "device", known.devices, now));
  DOUDI_TRY(shut_again(connection, "UPDATE account SET state='locked' WHERE id=$1 AND state='active'",
                       "account", known.accounts, now));
  return transaction.commit();
}

}  // namespace

Status keep_revocation(Store& store, Shut kind, const Uuid& id) {
  std::optional<Revocations> kept = read_file(store);
  DOUDI_ASSIGN(Revocations known, kept ? Result<Revocations>(std::move(*kept)) : read_store(store.writer()));
  (kind == Shut::device ? known.devices : known.accounts).insert(id);
  return write_file(store, known);
}

bool revocations_known(const Store& store) {
  return read_file(store).has_value();
}

Status apply_revocations(Store& store, Instant now) {
  const std::optional<Revocations> before = read_file(store);
  Revocations known = before.value_or(Revocations{});
  if (before) DOUDI_TRY(bring_into_store(store, *before, now));
  DOUDI_ASSIGN(Revocations stored, read_store(store.writer()));
  known.devices.merge(stored.devices);
  known.accounts.merge(stored.accounts);
  // A full disk keeps nobody from reading: the next start writes it.
  if (before != known) static_cast<void>(write_file(store, known));
  return {};
}

}  // namespace doudi::district
