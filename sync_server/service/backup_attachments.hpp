// The photos and recordings of a backup: the sealed files of all complete uploads, beside the copy of the
// store that holds their keys. A complete file never changes, so files copied after the store fit it.
#pragma once

#include <filesystem>

#include "shared/files/files.hpp"
#include "shared/sql/connection.hpp"

namespace doudi::district {

// FILE.attachments
std::filesystem::path attachments_beside(const std::filesystem::path& backup);
// What `store` counts as complete, from one folder to another that is made. "file.*".
Status copy_attachments(files::FileSystem& disk, sql::Connection& store, const std::filesystem::path& from,
                        const std::filesystem::path& to);
// Every complete one is there and is, opened with its key, what its tablet announced. "attachment.file" names
// the first that is not.
Status check_attachments(files::FileSystem& disk, sql::Connection& store,
                         const std::filesystem::path& folder);

}  // namespace doudi::district
