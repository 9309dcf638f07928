// How often this store was opened, kept in the store and in a small file beside it. A store that was put back
// (a backup, an older copy) is behind the file: it must not go on as if nothing had happened, because tablets
// are ahead of it (sync.md, Server restored from a backup).
#pragma once

#include "shared/base/instant.hpp"
#include "sync_server/store/store.hpp"

namespace doudi::district {

// Numbers of the ledger that were issued after the backup are not known to it: so many are left out.
inline constexpr std::int64_t kNumbersLeftOut = 1'000;

// What the administrator has agreed to.
struct RestoreConsent {
  bool restore = false;
  bool lost_revocations = false;
};

// Checks and advances the generation. "store.restored" for a store that is behind its file or has lost it,
// unless agreed: then the store gets a new epoch and tablets offer again what it no longer has.
// "store.revocations_lost": nobody can say which tablets were revoked since the backup.
Status open_generation(Store& store, const RestoreConsent& consent, Instant now);
// After a copy was taken: the copy is behind from now on. The file is written after the commit.
Result<std::int64_t> advance_generation(sql::Connection& connection);
Status record_generation(const Store& store, std::int64_t generation);

}  // namespace doudi::district
