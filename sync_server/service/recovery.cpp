#include "sync_server/service/recovery.hpp"

#include <map>

#include "shared/crypto/crypto.hpp"
#include "shared/crypto/sealed_box.hpp"
#include "shared/wire/messages.hpp"
#include "shared/wire/outbox_record.hpp"
#include "sync_server/service/console_events.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

constexpr std::uint64_t kFileBytesMax = 64U * 1024U * 1024U;

// Signed by a device the district knows, revoked or not: a lost tablet usually is.
std::optional<sync::Group> read_record(District& district, const crypto::BoxKey& key, ByteView sealed,
                                       Uuid& device) {
  const auto bytes = crypto::open_sealed(key, sealed, as_bytes(wire::kOutboxPurpose));
  if (!bytes.ok()) return std::nullopt;
  const auto record = wire::decode_outbox_record(*bytes);
  if (!record.ok()) return std::nullopt;
  const auto known = district.devices().find(record->device);
  if (!known || !crypto::verify(known->public_key, wire::outbox_signed_bytes(record->device, record->frame),
                                record->signature))
    return std::nullopt;
  auto push = wire::decode_push(record->frame, &crypto::sha256);
  if (!push.ok() || push->groups.size() != 1) return std::nullopt;
  device = record->device;
  return std::move(push->groups.front());
}

Result<crypto::BoxKey> private_key(sql::Connection& connection) {
  DOUDI_ASSIGN(const std::string text, read_setting(connection, "recovery_private"));
  const auto bytes = from_hex(text);
  if (!bytes) return Error{"crypto.key", "The district has no recovery key."};
  return crypto::box_key(Secret(ByteView(*bytes)));
}

Status take(District& district, const Device& device, const std::vector<PreparedGroup>& groups,
            RecoveryReport& report) {
  PushOutcome outcome;
  std::int64_t before = 0;
  std::int64_t after = 0;
  const Status stored = district.writer().run([&](sql::Connection& connection) -> Status {
    const auto count = [&] {
      return connection.integer(
          "SELECT (SELECT count(*) FROM device_group) + (SELECT count(*) FROM forked_group)");
    };
    DOUDI_ASSIGN(before, count());
    DOUDI_TRY(district.ingest().apply(connection, device, groups, district.now(), outcome));
    DOUDI_ASSIGN(after, count());
    return append_audit(connection, {district.now(), std::nullopt, device.number, "tablet.recover", "device",
                                     device.id, std::to_string(after - before) + " groups"});
  });
  DOUDI_TRY(stored);
  report.taken += static_cast<std::size_t>(after - before);
  report.known += groups.size() - static_cast<std::size_t>(after - before);
  report.verdicts.insert(report.verdicts.end(), outcome.verdicts.begin(), outcome.verdicts.end());
  announce_push(district, device, outcome, district.now());
  return {};
}

}  // namespace

Result<Bytes> recovery_public_key(sql::Connection& connection) {
  DOUDI_ASSIGN(const std::string known, read_setting(connection, "recovery_public"));
  if (const auto bytes = from_hex(known); bytes && !bytes->empty()) return *bytes;
  const crypto::BoxKey key = crypto::make_box_key();
  DOUDI_ASSIGN(sql::Transaction transaction, sql::Transaction::begin(connection));
  DOUDI_TRY(write_setting(connection, "recovery_private", to_hex(key.private_key.view())));
  DOUDI_TRY(write_setting(connection, "recovery_public", to_hex(key.public_key)));
  DOUDI_TRY(transaction.commit());
  return Bytes(key.public_key.begin(), key.public_key.end());
}

Result<RecoveryReport> recover_outbox(District& district, const std::filesystem::path& file) {
  DOUDI_ASSIGN(const Bytes content, files::read_small_file(files::system_files(), file, kFileBytesMax));
  DOUDI_ASSIGN(const std::vector<Bytes> records, wire::outbox_records(content));
  crypto::BoxKey key;
  {
    DOUDI_ASSIGN(const Store::Reader reader, district.store().read());
    DOUDI_ASSIGN(key, private_key(*reader));
  }
  RecoveryReport report;
  report.records = records.size();
  std::map<Uuid, std::vector<PreparedGroup>> groups;
  for (const Bytes& sealed : records) {
    Uuid device;
    auto group = read_record(district, key, sealed, device);
    if (group)
      groups[device].push_back(prepare_group(std::move(*group)));
    else
      ++report.unreadable;
  }
  for (const auto& [device, list] : groups)
    DOUDI_TRY(take(district, *district.devices().find(device), list, report));
  return report;
}

}  // namespace doudi::district
