// SQLite's view of a simulated device: a VFS of its own per device, used by the real SQLCipher. Locks and the
// log's shared index live in memory, as they do for one process; the clock is virtual and chance is seeded.
#pragma once

#include <sqlcipher/sqlite3.h>

#include <array>
#include <memory>
#include <mutex>

#include "tests/sim/storage/sim_disk.hpp"

namespace doudi::sim {

class VfsHandle;

class SimVfs {
 public:
  // Registers itself under a name of its own.
  explicit SimVfs(SimDisk& disk, std::uint64_t seed = 1);
  SimVfs(const SimVfs&) = delete;
  SimVfs& operator=(const SimVfs&) = delete;
  ~SimVfs();  // every connection is closed by then

  [[nodiscard]] const std::string& name() const { return name_; }
  void set_clock(std::function<std::int64_t()> unix_ms);

 private:
  friend struct VfsCalls;  // what SQLite calls
  friend class VfsHandle;  // one open file of SQLite
  struct Locks;            // of one file, all handles together
  std::shared_ptr<Locks> locks_of(const OpenFile& file);

  SimDisk& disk_;
  std::string name_;
  sqlite3_vfs vfs_{};
  std::mutex mutex_;  // guards what follows and everything in Locks
  std::map<std::pair<std::uint64_t, FileNumber>, std::weak_ptr<Locks>> locks_;
  Chance chance_;
  std::function<std::int64_t()> unix_ms_;
};

}  // namespace doudi::sim
