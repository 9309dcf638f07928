// The store's settings once more outside of it, sealed under its key: with them a tablet whose store is
// damaged stays the tablet it is (its keys, its worker, its grids), whichever page was hit. Also the salt,
// without which no page opens.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "shared/files/files.hpp"
#include "shared/sql/connection.hpp"

namespace doudi::field {

inline constexpr const char* kSettingsCopyName = "settings.sealed";

struct SettingsCopy {
  Bytes salt;
  std::vector<std::pair<std::string, Value>> settings;
};
Result<SettingsCopy> read_settings_copy(files::FileSystem& disk, const std::filesystem::path& folder,
                                        const Secret& data_key);
// What the store holds now; no write when the copy says the same.
Status keep_settings_copy(files::FileSystem& disk, const std::filesystem::path& folder,
                          const Secret& data_key, sql::Connection& connection);

}  // namespace doudi::field
