// Makes an empty folder into an enrolled tablet. Until the last step a failure leaves the folder as it was. A
// tablet that a restored district has forgotten keeps its records and takes a new identity.
#include "field_client/client/enrolment.hpp"
#include "field_client/client/parts.hpp"
#include "field_client/store/settings_copy.hpp"

namespace doudi::field {
namespace {

constexpr std::chrono::seconds kConnectTimeout{10};
constexpr std::chrono::seconds kFirstPullPatience{60};

// To the district that gave the code; only the authority the code names is trusted.
struct Way {
  EnrolmentCode code;
  std::string authority;
  std::unique_ptr<Transport> transport;
};

Result<Way> way_to(const EnrollOptions& options) {
  Way way;
  DOUDI_ASSIGN(way.code, parse_enrolment_code(options.code));
  DOUDI_ASSIGN(const Address address, parse_address(options.server));
  if (address.secure) {
    DOUDI_ASSIGN(way.authority, crypto::fetch_pinned_authority(address.host, address.port,
                                                               way.code.fingerprint, kConnectTimeout));
  }
  DOUDI_ASSIGN(way.transport, make_transport({options.server, way.authority, std::chrono::seconds(30)}));
  return way;
}

void remove_files(files::FileSystem& disk, const std::filesystem::path& folder) {
  for (const char* name : {"field.db", "field.db-wal", "field.db-shm", "field.db.lock", "field.seal",
                           "keys.json", "attempts", "device.secret", "authority.pem", "server.json",
                           "ballast", kSettingsCopyName, "field.before-update.db"})
    static_cast<void>(disk.remove(folder / name));
}

// A store without keys is that of a revoked tablet. Nobody can open it, but its sealed outbox is for the
// office: nothing is removed, only put out of the way of the new one.
Status set_aside_old_store(files::FileSystem& disk, const std::filesystem::path& folder, Instant now) {
  const std::string ending = ".before-" + std::to_string(now.ms);
  for (const char* name : {"field.db", "field.db-wal", "field.seal", "outbox.sealed", kSettingsCopyName}) {
    if (disk.exists(folder / name)) DOUDI_TRY(disk.rename(folder / name, folder / (name + ending)));
  }
  return {};
}

}  // namespace

// A restored district has forgotten a tablet that was enrolled after the backup.
Status Field::enroll_again(const EnrollOptions& options) {
  DOUDI_TRY(unlock(options.pin));
  const Status asked = sync_now(kFirstPullPatience);
  // Only the district can say whether it has forgotten this tablet.
  if (!asked.ok() && asked.error().code.starts_with("net.")) return asked;
  if (asked.ok() || asked.error().code != "auth.unknown_device")
    return Error{"field.enrolled", "this folder already holds an enrolled tablet"};
  DOUDI_ASSIGN(const Way way, way_to(options));
  DOUDI_ASSIGN(const Bytes known,
               files::read_small_file(*parts_->options.disk, parts_->options.data / "authority.pem"));
  if (as_text(known) != way.authority)
    return Error{"enroll.other_district",
                 "这个登记码是另一个区的，平板里的记录不能交给它 / This code is of "
                 "another district: the records here are not for it"};
  const crypto::SigningKey key = crypto::make_signing_key();
  DOUDI_ASSIGN(const auto answer, ask_to_enroll(*way.transport, way.code, key.public_key, options.label));
  parts_->stop_driver();
  {
    const std::lock_guard lock(parts_->mutex);
    DOUDI_TRY(keep_identity(*parts_->store, answer, key));
  }
  DOUDI_TRY(lock());
  DOUDI_TRY(unlock(options.pin));
  return sync_now(kFirstPullPatience);
}

Status Field::enroll(const EnrollOptions& options) {
  const auto& folder = parts_->options.data;
  files::FileSystem& disk = *parts_->options.disk;
  if (parts_->keys.exists()) return enroll_again(options);
  DOUDI_ASSIGN(const Way way, way_to(options));
  const crypto::ScryptCost cost{options.scrypt_n, 8, 1};
  DOUDI_TRY(set_aside_old_store(disk, folder, parts_->options.clock.wall()));
  auto data_key = parts_->keys.create(options.pin, cost);
  if (!data_key.ok()) return data_key.error();

  const auto prepare = [&]() -> Status {
    DOUDI_TRY(files::write_durably(disk, folder / "authority.pem", as_bytes(way.authority)));
    DOUDI_TRY(write_server_facts(disk, folder, {options.server}));
    DOUDI_ASSIGN(auto store, Store::open({folder, parts_->options.clock, true, false, &disk}, *data_key));
    const crypto::SigningKey key = crypto::make_signing_key();
    DOUDI_ASSIGN(const auto answer, ask_to_enroll(*way.transport, way.code, key.public_key, options.label));
    return keep_identity(*store, answer, key);
  };
  if (const Status prepared = prepare(); !prepared.ok()) {
    remove_files(disk, folder);
    return prepared;
  }
  {
    const std::lock_guard lock(parts_->mutex);
    DOUDI_TRY(parts_->open_store(*data_key, false));
  }
  DOUDI_TRY(parts_->start_driver());
  return sync_now(kFirstPullPatience);
}

}  // namespace doudi::field
