// Which tablets and accounts were shut out, kept in a file beside the store as well: a store that is put back
// from a backup has forgotten what was revoked since and would serve a stolen tablet again. The file is
// written before the store says so, so it may be ahead of the store and never behind it.
#pragma once

#include "sync_server/store/store.hpp"

namespace doudi::district {

enum class Shut { device, account };

// On the writer's thread, before the commit that shuts out `id`. Nothing takes an entry out again: who gets a
// tablet or an account back gets a new one.
Status keep_revocation(Store& store, Shut kind, const Uuid& id);
// A whole file that nobody changed is there.
bool revocations_known(const Store& store);
// At every start: what only the file knows is revoked again and audited, what only the store knows joins the
// file.
Status apply_revocations(Store& store, Instant now);

}  // namespace doudi::district
