// A tablet whose store is damaged keeps working as the tablet it is: every row and every group that can still
// be read goes into a new store, what was found is kept beside it, and the rest comes again from the
// district. Nothing is ever removed, and no new key is made.
#pragma once

#include "field_client/include/doudi/views.hpp"
#include "field_client/store/store.hpp"

namespace doudi::field {

// The store must be closed. Errors "store.settings_copy" (too old a tablet to be rescued: enrol it again),
// "file.*", "sql.*".
Result<RescueFacts> rescue_store(const StoreOptions& options, const Secret& data_key);
// The end of a rescue that was interrupted; nothing to do otherwise. Before every opening.
Status finish_rescue(files::FileSystem& disk, const std::filesystem::path& folder);

// An error that means damage, as the worker is to read it; every other one unchanged.
Error told_as_damage(const Error& error);

}  // namespace doudi::field
