// One open file of SQLite on a simulated device, with its locks.
#pragma once

#include "tests/sim/storage/sim_vfs.hpp"

namespace doudi::sim {

// What all handles of a file share.
struct SimVfs::Locks {
  int shared = 0;
  const VfsHandle* reserved = nullptr;
  const VfsHandle* pending = nullptr;
  const VfsHandle* exclusive = nullptr;
  // The log's index: gone with its last user.
  int index_users = 0;
  std::vector<std::unique_ptr<std::vector<std::uint64_t>>> regions;
  std::array<int, SQLITE_SHM_NLOCK> shared_slots{};
  std::array<const VfsHandle*, SQLITE_SHM_NLOCK> exclusive_slots{};
};

class VfsHandle {
 public:
  VfsHandle(SimVfs& vfs, std::string name, OpenFile file, int flags, bool created);
  VfsHandle(const VfsHandle&) = delete;
  VfsHandle& operator=(const VfsHandle&) = delete;
  ~VfsHandle();

  int read(void* out, int count, sqlite3_int64 at);
  int write(const void* content, int count, sqlite3_int64 at);
  int truncate(sqlite3_int64 size);
  int sync();
  int file_size(sqlite3_int64* bytes);
  int lock(int level);
  int unlock(int level);
  int check_reserved(int* taken);
  int map_index(int region, int bytes, bool extend, volatile void** memory);
  int lock_index(int first, int count, int flags);
  int unmap_index();

 private:
  int lock_exclusive();
  int take_slots(int first, int count, bool exclusive);
  void release_slots(int first, int count, bool exclusive);

  SimVfs& vfs_;
  std::string name_;
  OpenFile file_;
  int flags_;
  bool name_unsynced_;  // a new log: its name is synced with its first content
  int level_ = SQLITE_LOCK_NONE;
  bool uses_index_ = false;
  std::array<bool, SQLITE_SHM_NLOCK> my_shared_{};
  std::array<bool, SQLITE_SHM_NLOCK> my_exclusive_{};
  std::shared_ptr<SimVfs::Locks> locks_;
};

}  // namespace doudi::sim
