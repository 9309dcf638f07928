#include "tests/sim/storage/sim_vfs_handle.hpp"

#include <atomic>
#include <cstring>

namespace doudi::sim {
namespace {

std::string folder_of(const std::string& name) {
  const auto slash = name.rfind('/');
  return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

}  // namespace

VfsHandle::VfsHandle(SimVfs& vfs, std::string name, OpenFile file, int flags, bool created)
    : vfs_(vfs), name_(std::move(name)), file_(file), flags_(flags), locks_(vfs.locks_of(file)) {
  constexpr int kJournals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  name_unsynced_ = created && (flags & kJournals) != 0;
}

VfsHandle::~VfsHandle() {
  unlock(SQLITE_LOCK_NONE);
  unmap_index();
  if ((flags_ & SQLITE_OPEN_DELETEONCLOSE) != 0 && !name_.empty()) vfs_.disk_.remove(name_);
}

int VfsHandle::read(void* out, int count, sqlite3_int64 at) {
  const std::span target(static_cast<std::uint8_t*>(out), static_cast<std::size_t>(count));
  std::size_t done = 0;
  if (vfs_.disk_.read(file_, static_cast<std::uint64_t>(at), target, done) != DiskError::none)
    return SQLITE_IOERR_READ;
  if (done == target.size()) return SQLITE_OK;
  std::memset(target.data() + done, 0, target.size() - done);
  return SQLITE_IOERR_SHORT_READ;
}

int VfsHandle::write(const void* content, int count, sqlite3_int64 at) {
  const ByteView view(static_cast<const std::uint8_t*>(content), static_cast<std::size_t>(count));
  const DiskError error = vfs_.disk_.write(file_, static_cast<std::uint64_t>(at), view);
  if (error == DiskError::none) return SQLITE_OK;
  return error == DiskError::full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int VfsHandle::truncate(sqlite3_int64 size) {
  const DiskError error = vfs_.disk_.resize(file_, static_cast<std::uint64_t>(size));
  return error == DiskError::none ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

int VfsHandle::sync() {
  if (vfs_.disk_.sync(file_) != DiskError::none) return SQLITE_IOERR_FSYNC;
  if (!name_unsynced_) return SQLITE_OK;
  if (vfs_.disk_.sync_folder(folder_of(name_)) != DiskError::none) return SQLITE_IOERR_DIR_FSYNC;
  name_unsynced_ = false;
  return SQLITE_OK;
}

int VfsHandle::file_size(sqlite3_int64* bytes) {
  std::uint64_t size = 0;
  if (vfs_.disk_.size(file_, size) != DiskError::none) return SQLITE_IOERR_FSTAT;
  *bytes = static_cast<sqlite3_int64>(size);
  return SQLITE_OK;
}

int VfsHandle::lock(int level) {
  const std::lock_guard guard(vfs_.mutex_);
  if (level <= level_) return SQLITE_OK;
  SimVfs::Locks& all = *locks_;
  const bool others_write = (all.pending != nullptr && all.pending != this) || all.exclusive != nullptr;
  if (level == SQLITE_LOCK_SHARED) {
    if (others_write) return SQLITE_BUSY;
    ++all.shared;
  } else if (level == SQLITE_LOCK_RESERVED) {
    if (all.reserved != nullptr || others_write) return SQLITE_BUSY;
    all.reserved = this;
  } else {
    return lock_exclusive();
  }
  level_ = level;
  return SQLITE_OK;
}

// No new readers from here on; the ones that are there have to leave first.
int VfsHandle::lock_exclusive() {
  SimVfs::Locks& all = *locks_;
  const bool others_reserve =
      (all.reserved != nullptr && all.reserved != this) || (all.pending != nullptr && all.pending != this);
  if (others_reserve) return SQLITE_BUSY;
  all.pending = this;
  level_ = SQLITE_LOCK_PENDING;
  if (all.shared > 1) return SQLITE_BUSY;
  all.exclusive = this;
  level_ = SQLITE_LOCK_EXCLUSIVE;
  return SQLITE_OK;
}

int VfsHandle::unlock(int level) {
  const std::lock_guard guard(vfs_.mutex_);
  if (level >= level_) return SQLITE_OK;
  SimVfs::Locks& all = *locks_;
  for (const VfsHandle** holder : {&all.reserved, &all.pending, &all.exclusive})
    if (*holder == this) *holder = nullptr;
  if (level == SQLITE_LOCK_NONE) --all.shared;
  level_ = level;
  return SQLITE_OK;
}

int VfsHandle::check_reserved(int* taken) {
  const std::lock_guard guard(vfs_.mutex_);
  *taken = locks_->reserved != nullptr || locks_->pending != nullptr || locks_->exclusive != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int VfsHandle::map_index(int region, int bytes, bool extend, volatile void** memory) {
  const std::lock_guard guard(vfs_.mutex_);
  SimVfs::Locks& all = *locks_;
  if (!uses_index_) ++all.index_users;
  uses_index_ = true;
  *memory = nullptr;
  const auto index = static_cast<std::size_t>(region);
  if (index >= all.regions.size()) {
    if (!extend) return SQLITE_OK;
    while (all.regions.size() <= index)
      all.regions.push_back(std::make_unique<std::vector<std::uint64_t>>(
          (static_cast<std::size_t>(bytes) + 7) / sizeof(std::uint64_t)));
  }
  *memory = all.regions[index]->data();
  return SQLITE_OK;
}

int VfsHandle::lock_index(int first, int count, int flags) {
  const std::lock_guard guard(vfs_.mutex_);
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  if ((flags & SQLITE_SHM_LOCK) != 0) return take_slots(first, count, exclusive);
  release_slots(first, count, exclusive);
  return SQLITE_OK;
}

int VfsHandle::take_slots(int first, int count, bool exclusive) {
  SimVfs::Locks& all = *locks_;
  for (auto slot = static_cast<std::size_t>(first); slot < static_cast<std::size_t>(first + count); ++slot) {
    const bool mine = my_exclusive_[slot];
    const int others = all.shared_slots[slot] - (my_shared_[slot] ? 1 : 0);
    if ((all.exclusive_slots[slot] != nullptr && !mine) || (exclusive && others > 0)) return SQLITE_BUSY;
  }
  for (auto slot = static_cast<std::size_t>(first); slot < static_cast<std::size_t>(first + count); ++slot) {
    if (exclusive) {
      all.exclusive_slots[slot] = this;
      my_exclusive_[slot] = true;
    } else if (!my_shared_[slot]) {
      ++all.shared_slots[slot];
      my_shared_[slot] = true;
    }
  }
  return SQLITE_OK;
}

void VfsHandle::release_slots(int first, int count, bool exclusive) {
  SimVfs::Locks& all = *locks_;
  for (auto slot = static_cast<std::size_t>(first); slot < static_cast<std::size_t>(first + count); ++slot) {
    if (exclusive && my_exclusive_[slot]) {
      all.exclusive_slots[slot] = nullptr;
      my_exclusive_[slot] = false;
    }
    if (!exclusive && my_shared_[slot]) {
      --all.shared_slots[slot];
      my_shared_[slot] = false;
    }
  }
}

int VfsHandle::unmap_index() {
  const std::lock_guard guard(vfs_.mutex_);
  if (!uses_index_) return SQLITE_OK;
  release_slots(0, SQLITE_SHM_NLOCK, true);
  release_slots(0, SQLITE_SHM_NLOCK, false);
  uses_index_ = false;
  if (--locks_->index_users == 0) locks_->regions.clear();
  return SQLITE_OK;
}

}  // namespace doudi::sim
