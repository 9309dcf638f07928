// The files of a data folder, behind one interface: what must survive a power cut is written by the same few
// steps everywhere, and a simulated disk can stand in for the real one and lose, tear or refuse any of them.
// Errors: "file.missing", "file.exists", "file.full", "file.too_large", "file.in_use", "file.read",
// "file.write".
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace doudi::files {

using Path = std::filesystem::path;

inline constexpr std::uint64_t kSmallFileBytesMax = 256 * 1024;

// An open file; closed at the end of its life.
class File {
 public:
  virtual ~File() = default;
  [[nodiscard]] virtual Result<std::uint64_t> size() = 0;
  // At most `count` bytes from `at`; fewer only at the end of the file.
  virtual Result<Bytes> read(std::uint64_t at, std::size_t count) = 0;
  virtual Status write(std::uint64_t at, ByteView content) = 0;
  // Takes the space for `bytes` now, so that nothing else can.
  virtual Status reserve(std::uint64_t bytes) = 0;
  // Content and size are on the disk afterwards. Of the name only sync_folder() says so.
  virtual Status sync() = 0;
};

enum class Open { read, change, replace, create };  // change: exists; replace: emptied; create: must be new

// Held until destroyed, or until the process ends.
class Lock {
 public:
  virtual ~Lock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // The name under which SQLite knows the same disk; empty for the system's.
  [[nodiscard]] virtual std::string database_vfs() const = 0;
  // New files belong to their owner alone (0600).
  virtual Result<std::unique_ptr<File>> open(const Path& file, Open how) = 0;
  [[nodiscard]] virtual bool exists(const Path& file) = 0;
  virtual Result<std::uint64_t> size(const Path& file) = 0;
  virtual Status rename(const Path& from, const Path& to) = 0;
  virtual Status remove(const Path& file) = 0;  // a missing file is no error
  // Names made, changed and removed in `folder` are on the disk afterwards.
  virtual Status sync_folder(const Path& folder) = 0;
  // Creates the folder with mode 0700 if it is missing.
  virtual Status make_private_folder(const Path& folder) = 0;
  virtual Status make_private(const Path& file) = 0;  // mode 0600
  virtual Result<std::unique_ptr<Lock>> lock(const Path& file) = 0;
  virtual Result<std::uint64_t> free_bytes(const Path& folder) = 0;
};

// The disk of this machine.
FileSystem& system_files();

// Whole or as before after a power cut: written beside, synced, renamed, folder synced.
Status write_durably(FileSystem& disk, const Path& file, ByteView content);
// Replaces bytes inside an existing file of unchanged size; at most one disk sector, or a power cut may tear
// it.
Status overwrite_durably(FileSystem& disk, const Path& file, std::uint64_t at, ByteView content);
Result<Bytes> read_small_file(FileSystem& disk, const Path& file,
                              std::uint64_t bytes_max = kSmallFileBytesMax);
// A durable copy under a new name; the name itself still needs sync_folder().
Status copy_file(FileSystem& disk, const Path& from, const Path& to);

}  // namespace doudi::files
