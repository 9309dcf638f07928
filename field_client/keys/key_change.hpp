// 更换密钥: the tablet gets another data key, for instance after somebody saw a worker's PIN and had the
// tablet. Everything sealed under the key is made anew in a folder beside it and proved; one durable write of
// keys.json decides; then the files only have to move. A crash anywhere leaves exactly the old or exactly the
// new (reliability.md 8).
#pragma once

#include "field_client/keys/key_manager.hpp"
#include "field_client/store/store.hpp"

namespace doudi::field {

// The setting that keeps the keys of before, newest first, 32 bytes each: what was set aside after damage
// stays readable for whoever opens the store.
inline constexpr std::string_view kFormerKeys = "former_keys";

// The store must be closed; the PIN stays. An error leaves the old key, or, once the new one was decided on,
// a change that the next unlocking ends. Errors of KeyManager::unlock() and Store::open(), "sql.full" and
// "file.full" (nothing was changed), "sql.in_use", "keys.copy_differs".
Status change_key(const StoreOptions& options, KeyManager& keys, std::string_view pin);

// Goes on with a change that was decided on, and clears away one that was not; nothing to do otherwise. Part
// of every KeyManager::unlock().
Status finish_key_change(files::FileSystem& disk, const std::filesystem::path& folder);

}  // namespace doudi::field
