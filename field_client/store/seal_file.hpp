// The small file beside the store that says how much the tablet has acknowledged. One flipped bit in SQLite's
// log makes it drop every later commit without an error (reliability.md finding 2); the seal is what notices.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/files/files.hpp"
#include "shared/sync/operation.hpp"

namespace doudi::field {

// `number` counts saves and chain restarts since enrolment; `hash` is that of the newest group.
struct SealPoint {
  std::uint64_t number = 0;
  sync::Hash hash{};
  friend bool operator==(const SealPoint&, const SealPoint&) = default;
};

// What the file says. A save commits before it seals: a seal after this one that was begun and cannot be read
// means that the store is ahead, or that it lost something.
struct SealReading : SealPoint {
  bool newer_unreadable = false;
};

class SealFile {
 public:
  SealFile(files::FileSystem& disk, std::filesystem::path file, const Secret& data_key);
  // Nothing when the file is missing. Error "store.seal_forged" when it was not written with this key.
  [[nodiscard]] Result<std::optional<SealReading>> read() const;
  // Makes the file new: this point and no other.
  Status write(const SealPoint& point) const;
  // After a save: one sector, one flush; the seal before it stays beside it.
  Status advance(const SealPoint& point) const;
  [[nodiscard]] const std::filesystem::path& path() const { return file_; }

 private:
  [[nodiscard]] std::optional<SealPoint> open_slot(ByteView slot) const;
  [[nodiscard]] Bytes make_slot(const SealPoint& point) const;

  files::FileSystem& disk_;
  std::filesystem::path file_;
  Secret key_;
};

enum class SealState { in_step, store_ahead, data_lost };
// A save commits first and seals second, so a store ahead of its seal is a crash between the two; behind is
// loss.
SealState compare_seal(const SealPoint& store, const std::optional<SealReading>& seal);

}  // namespace doudi::field
