// Start-up order: store, rules, devices, writer. Init writes the authority's key into the encrypted store
// only.
#include "sync_server/service/district.hpp"

#include "shared/crypto/crypto.hpp"
#include "sync_server/auth/accounts.hpp"
#include "sync_server/service/adopt_kept.hpp"
#include "sync_server/service/calendar_history.hpp"
#include "sync_server/service/log.hpp"
#include "sync_server/service/recovery.hpp"
#include "sync_server/service/replay_after_update.hpp"
#include "sync_server/store/event_log.hpp"
#include "sync_server/store/revocations.hpp"

namespace doudi::district {
namespace {

constexpr std::chrono::days kAuthorityLifetime{3650};

Status save_authority(sql::Connection& connection, const InitOptions& options, Instant now) {
  const crypto::Certificate authority = crypto::make_authority(
      "Doudi district " + options.code, now - std::chrono::hours(24), kAuthorityLifetime);
  DOUDI_TRY(write_setting(connection, "authority_certificate", authority.certificate_pem));
  DOUDI_TRY(write_setting(connection, "authority_key", as_text(authority.private_key_pem.view())));
  return files::write_durably(*options.disk, options.folder / "ca.pem", as_bytes(authority.certificate_pem));
}

Status fill_new_store(sql::Connection& connection, const InitOptions& options, const std::string& name,
                      Instant now) {
  DOUDI_ASSIGN(sql::Transaction transaction, sql::Transaction::begin(connection));
  DOUDI_TRY(write_setting(connection, "epoch", to_hex(crypto::random_bytes(16))));
  DOUDI_TRY(write_setting(connection, "district", options.code));
  DOUDI_TRY(write_setting(connection, "district_name", name));
  DOUDI_TRY(write_setting(connection, "pack", options.pack));
  DOUDI_TRY(write_setting(connection, "assignment_version", "1"));
  DOUDI_TRY(save_authority(connection, options, now));
  DOUDI_TRY(add_account(connection,
                        {options.admin_login, "系统管理员", "sysadmin", options.code, options.admin_password},
                        now));
  DOUDI_TRY(append_audit(connection,
                         {now, std::nullopt, std::nullopt, "district.init", "district", std::nullopt, ""}));
  return transaction.commit();
}

// "天津市东丽区" of "天津市东丽区社会救助政策包（…）".
std::string district_name(const std::string& pack_title) {
  for (const std::string_view unit : {"区", "县", "市"}) {
    const auto at = pack_title.find(unit);
    if (at != std::string::npos) return pack_title.substr(0, at + unit.size());
  }
  return pack_title;
}

}  // namespace

Status init_district(const InitOptions& options, Instant now) {
  DOUDI_ASSIGN(const Rulebook rules, load_rulebook(options.share, options.pack));
  DOUDI_TRY(check_new_password(options.admin_password));
  DOUDI_ASSIGN(const std::unique_ptr<Store> store,
               Store::create(options.folder, *options.disk, *options.schema));
  return fill_new_store(store->writer(), options, district_name(rules.pack.title), now);
}

Result<std::unique_ptr<District>> District::open(DistrictOptions options) {
  std::unique_ptr<District> district(new District(options));
  DOUDI_ASSIGN(district->store_, Store::open(options.folder, *options.disk, *options.schema));
  sql::Connection& connection = district->store_->writer();
  DOUDI_TRY(open_generation(*district->store_, options.consent, district->now()));
  DOUDI_TRY(apply_revocations(*district->store_, district->now()));
  DOUDI_ASSIGN(district->identity_.epoch, read_setting(connection, "epoch"));
  DOUDI_ASSIGN(district->identity_.code, read_setting(connection, "district"));
  DOUDI_ASSIGN(district->identity_.name, read_setting(connection, "district_name"));
  DOUDI_ASSIGN(district->identity_.pack, read_setting(connection, "pack"));
  if (district->identity_.epoch.empty())
    return Error{"store.unfinished", "The store was not completed: run init in an empty folder."};
  if (const auto key = recovery_public_key(connection); !key.ok()) return key.error();
  DOUDI_ASSIGN(district->rules_, load_rulebook(options.share, district->identity_.pack));
  district->tables_ = std::make_unique<RowTables>(district->store_->catalog());
  DOUDI_TRY(district->tables_->load_kept(connection));
  DOUDI_TRY(adopt_kept(connection, *district->tables_, district->now()));
  DOUDI_ASSIGN(const CalendarUpdate calendar,
               apply_calendar(connection, *district->tables_, district->rules_, district->now()));
  if (calendar.limits > 0) log(LogLevel::info, "calendar_applied", {{"limits", calendar.limits}});
  district->ingest_ = std::make_unique<Ingest>(*district->tables_, district->rules_);
  DOUDI_TRY(district->devices_.load(connection));
  replay_after_update(*district);
  district->writer_ = std::make_unique<Writer>(connection, options.threads,
                                               [store = district->store_.get()] { store->bound_log(); });
  return district;
}

}  // namespace doudi::district
