#include "field_client/store/sealed_outbox.hpp"

#include <algorithm>

#include "shared/crypto/sealed_box.hpp"
#include "shared/wire/messages.hpp"
#include "shared/wire/outbox_record.hpp"

namespace doudi::field {
namespace {

Result<Bytes> blob_setting(sql::Connection& connection, std::string_view key) {
  DOUDI_ASSIGN(const auto value,
               connection.value("SELECT value FROM setting WHERE key = $1", sql::params(key)));
  const Bytes* bytes = value ? std::get_if<Bytes>(&*value) : nullptr;
  return bytes ? *bytes : Bytes{};
}

}  // namespace

Result<const SealedOutbox::Keys*> SealedOutbox::keys() {
  if (keys_) return &*keys_;
  Keys found;
  DOUDI_ASSIGN(found.district, blob_setting(connection_, "recovery_key"));
  DOUDI_ASSIGN(const Bytes device, blob_setting(connection_, "device"));
  DOUDI_ASSIGN(Bytes private_key, blob_setting(connection_, "signing_private"));
  DOUDI_ASSIGN(const Bytes public_key, blob_setting(connection_, "signing_public"));
  const auto id = uuid_from_bytes(device);
  found.complete = !found.district.empty() && id && private_key.size() == found.signing.public_key.size() &&
                   public_key.size() == found.signing.public_key.size();
  if (found.complete) {
    found.device = *id;
    std::copy(public_key.begin(), public_key.end(), found.signing.public_key.begin());
    found.signing.private_key = Secret(std::move(private_key));
  }
  keys_ = std::move(found);
  return &*keys_;
}

Result<bool> SealedOutbox::has_key() {
  DOUDI_ASSIGN(const Keys* const known, keys());
  return known->complete;
}

Result<Bytes> SealedOutbox::record(const Keys& keys, const sync::Group& group) {
  wire::OutboxRecord record{keys.device, {}, wire::encode(wire::Push{{group}}, crypto::sha256)};
  const auto signature = crypto::sign(keys.signing, wire::outbox_signed_bytes(record.device, record.frame));
  record.signature.assign(signature.begin(), signature.end());
  DOUDI_ASSIGN(const Bytes sealed,
               crypto::seal_to(keys.district, wire::encode(record), as_bytes(wire::kOutboxPurpose)));
  return wire::outbox_file_record(sealed);
}

Result<Bytes> SealedOutbox::records(const Keys& keys, const std::vector<sync::Group>& groups) {
  Bytes content;
  for (const sync::Group& group : groups) {
    DOUDI_ASSIGN(const Bytes bytes, record(keys, group));
    content.insert(content.end(), bytes.begin(), bytes.end());
  }
  return content;
}

Status SealedOutbox::append(const std::vector<sync::Group>& groups) {
  DOUDI_ASSIGN(const Keys* const known, keys());
  if (!known->complete) return {};
  DOUDI_ASSIGN(const Bytes content, records(*known, groups));
  DOUDI_ASSIGN(const auto file, disk_.open(file_, files::Open::change));
  DOUDI_ASSIGN(const std::uint64_t end, file->size());
  DOUDI_TRY(file->write(end, content));
  return file->sync();
}

Status SealedOutbox::rewrite(const std::vector<sync::Group>& groups) {
  DOUDI_ASSIGN(const Keys* const known, keys());
  if (!known->complete) return {};
  Bytes content = to_bytes(as_bytes(wire::kOutboxMagic));
  DOUDI_ASSIGN(const Bytes all, records(*known, groups));
  content.insert(content.end(), all.begin(), all.end());
  return files::write_durably(disk_, file_, content);
}

Result<std::uint64_t> SealedOutbox::size() {
  if (!disk_.exists(file_)) return std::uint64_t{0};
  return disk_.size(file_);
}

}  // namespace doudi::field
