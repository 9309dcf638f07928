// The store is advanced first: a crash between the two leaves it ahead of the file, which is no restore.
#include "sync_server/store/generation.hpp"

#include <algorithm>
#include <charconv>

#include "shared/crypto/crypto.hpp"
#include "sync_server/store/event_log.hpp"
#include "sync_server/store/revocations.hpp"

namespace doudi::district {
namespace {

constexpr std::string_view kHead = "doudi-generation ";

std::filesystem::path record_of(const Store& store) {
  return store.folder() / "district.generation";
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Nothing when the file is missing; -1 when it cannot be read.
std::optional<std::int64_t> read_record(const Store& store) {
  if (!store.disk().exists(record_of(store))) return std::nullopt;
  const auto content = files::read_small_file(store.disk(), record_of(store));
  if (!content.ok()) return -1;
  std::string_view text = as_text(*content);
  if (!text.starts_with(kHead) || !text.ends_with('\n')) return -1;
  text.remove_prefix(kHead.size());
  text.remove_suffix(1);
  return parse_number(text).value_or(-1);
}

Result<std::int64_t> stored_generation(sql::Connection& connection) {
  DOUDI_ASSIGN(const std::string text, read_setting(connection, "generation"));
  return parse_number(text).value_or(0);
}

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

Status accept(sql::Connection& connection, Instant now) {
  DOUDI_TRY(write_setting(connection, "epoch", to_hex(crypto::random_bytes(16))));
  DOUDI_TRY(
      plain(connection.run("INSERT INTO ledger_counter(year, last) VALUES($1, 0) ON CONFLICT DO NOTHING",
                           sql::params(year_month_day(date_of(now)).year))));
  DOUDI_TRY(plain(connection.run("UPDATE ledger_counter SET last=last+$1", sql::params(kNumbersLeftOut))));
  // A code that was used since the backup would be good again.
  DOUDI_TRY(
      plain(connection.run("UPDATE enrolment_code SET used_at=$1 WHERE used_at IS NULL", sql::params(now))));
  DOUDI_TRY(plain(connection.run(
      "INSERT INTO sync_incident(at, kind, detail) VALUES($1,'restored',$2)",
      sql::params(now, "a new epoch; " + std::to_string(kNumbersLeftOut) + " ledger numbers are left out"))));
  return append_audit(connection,
                      {now, std::nullopt, std::nullopt, "district.restore", "district", std::nullopt, ""});
}

Status refuse_restore() {
  return Error{
      "store.restored",
      "数据库是从备份或旧副本恢复的，平板上可能有更新的记录。确认要用它，请加 --accept-restore 再启动。"
      " / This store was put back from a backup or an older copy; tablets may be ahead of it. To go "
      "on with it, start again with --accept-restore."};
}

Status refuse_lost_revocations() {
  return Error{
      "store.revocations_lost",
      "库旁的停用记录（district.revoked）缺失或损坏，备份之后停用的平板和账号无法得知，可能重新获得访问。"
      "请先找回该文件；确实没有，请加 --accept-lost-revocations 再启动，并立即用 device list 核对、重新停用。"
      " / The record of revocations beside the store (district.revoked) is missing or damaged: tablets and "
      "accounts revoked since the backup would get in again. Bring the file back; if there is none, start "
      "with --accept-lost-revocations and revoke them again at once."};
}

Status advance(Store& store, bool restored, std::int64_t next, Instant now) {
  sql::Connection& connection = store.writer();
  DOUDI_ASSIGN(sql::Transaction transaction, sql::Transaction::begin(connection));
  if (restored) DOUDI_TRY(accept(connection, now));
  DOUDI_TRY(write_setting(connection, "generation", std::to_string(next)));
  DOUDI_TRY(transaction.commit());
  return record_generation(store, next);
}

}  // namespace

Status open_generation(Store& store, const RestoreConsent& consent, Instant now) {
  sql::Connection& connection = store.writer();
  DOUDI_ASSIGN(const std::int64_t stored, stored_generation(connection));
  const auto recorded = read_record(store);
  const bool fresh = stored == 0 && !recorded;
  const bool in_step = recorded && *recorded >= 0 && stored >= *recorded;
  const bool restored = !fresh && !in_step;
  if (restored && !consent.restore) return refuse_restore();
  if (restored && !consent.lost_revocations && !revocations_known(store)) return refuse_lost_revocations();
  // A crash before the first record must not look like a lost one.
  if (fresh) DOUDI_TRY(record_generation(store, 0));
  const Status advanced = advance(store, restored, std::max(stored, recorded.value_or(0)) + 1, now);
  // A full disk keeps nobody from reading: the generation stays for this time.
  return restored ? advanced : Status{};
}

Result<std::int64_t> advance_generation(sql::Connection& connection) {
  DOUDI_ASSIGN(const std::int64_t stored, stored_generation(connection));
  DOUDI_TRY(write_setting(connection, "generation", std::to_string(stored + 1)));
  return stored + 1;
}

Status record_generation(const Store& store, std::int64_t generation) {
  const std::string text = std::string(kHead) + std::to_string(generation) + "\n";
  return files::write_durably(store.disk(), record_of(store), as_bytes(text));
}

}  // namespace doudi::district
