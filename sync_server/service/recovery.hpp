// What a lost, locked or revoked tablet had not sent: the file beside its store is opened with the district's
// private key and taken in as that device's own groups. Should the tablet turn up again, its push is the same
// groups and changes nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sync_server/service/district.hpp"

namespace doudi::district {

// The public key, made at the first start of a store that has none.
Result<Bytes> recovery_public_key(sql::Connection& connection);

struct RecoveryReport {
  std::size_t records = 0;
  std::size_t unreadable = 0;  // changed, of another district, or not signed by a device that is known here
  std::size_t known = 0;       // here already, with the same content
  std::size_t taken = 0;
  std::vector<sync::GroupVerdict> verdicts;
};
// Audited. "outbox.file", "file.missing", "file.too_large".
Result<RecoveryReport> recover_outbox(District& district, const std::filesystem::path& file);

}  // namespace doudi::district
