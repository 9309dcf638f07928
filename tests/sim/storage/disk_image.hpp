// The state of a storage device as a value: what programs see, what would certainly survive a power cut, and
// what lies between. Copying it is a clone of the device; crash() is the power cut.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shared/base/bytes.hpp"
#include "tests/sim/storage/chance.hpp"

namespace doudi::sim {

using FileNumber = std::uint64_t;  // 0 is no file
inline constexpr std::size_t kSectorBytes = 512;

// One change to the device, as recorded and replayed.
struct DiskStep {
  enum class Kind { create, write, resize, sync, failed_sync, rename, remove, sync_folder };
  Kind kind = Kind::sync;
  FileNumber file = 0;
  std::string name;  // of create, remove, sync_folder; the old one of rename
  std::string to;
  std::uint64_t at = 0;  // of write; the size of resize
  Bytes content;
};

class DiskImage {
 public:
  [[nodiscard]] FileNumber find(const std::string& name) const;
  [[nodiscard]] const Bytes& content(FileNumber file) const { return files_.at(file).content; }
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::uint64_t bytes_used() const;  // by files with a name
  [[nodiscard]] FileNumber next_file() const { return next_file_; }

  void apply(const DiskStep& step);
  // What was not synced is kept, dropped or torn at sector borders, as chance has it; names likewise.
  void crash(Chance& chance);
  // Bit rot: also in what was safe.
  void flip_bit(FileNumber file, std::uint64_t byte, unsigned bit);
  void cut_short(FileNumber file, std::uint64_t size);

 private:
  // A sector as it was after one write.
  struct Version {
    std::uint64_t write = 0;
    bool from_resize = false;
    bool doubtful = false;  // a sync failed after it: a later sync does not save it
    Bytes content;
  };
  struct SizeChange {
    std::uint64_t write = 0;
    std::uint64_t size = 0;
  };
  struct FileState {
    Bytes content;
    Bytes durable;
    std::map<std::uint64_t, std::vector<Version>> unsynced;  // by sector
    std::vector<SizeChange> sizes;
  };
  struct NameChange {
    std::string gone;  // empty: none
    std::string made;  // empty: none
    FileNumber file = 0;
  };
  class Survival;

  void write(FileState& file, std::uint64_t at, ByteView content);
  void resize(FileState& file, std::uint64_t size);
  static void sync(FileState& file);
  void keep_versions(FileState& file, std::uint64_t first, std::uint64_t end, bool from_resize);
  static void crash_file(FileState& file, Survival& survival);
  void rename(const NameChange& change);
  void sync_folder(const std::string& folder);
  void forget_lost_files();

  std::map<FileNumber, FileState> files_;
  std::map<std::string, FileNumber> names_;
  std::map<std::string, FileNumber> durable_names_;
  std::vector<NameChange> name_changes_;
  FileNumber next_file_ = 1;
  std::uint64_t writes_ = 0;
};

}  // namespace doudi::sim
