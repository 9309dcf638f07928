// The C side: tables of functions that find the C++ object and call it.
#include "tests/sim/storage/sim_vfs.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "shared/base/result.hpp"
#include "tests/sim/storage/sim_vfs_handle.hpp"

namespace doudi::sim {
namespace {

constexpr int kNameBytesMax = 512;
// SQLite counts in days since 4714 BC.
constexpr sqlite3_int64 kUnixEpochJulianMs = 210866760000000;

// What SQLite allocates for an open file.
struct FileSlot {
  sqlite3_file base;
  VfsHandle* handle;
};

VfsHandle& of(sqlite3_file* file) {
  return *reinterpret_cast<FileSlot*>(file)->handle;
}

sqlite3_io_methods make_methods() {
  sqlite3_io_methods methods{};
  methods.iVersion = 2;
  methods.xClose = [](sqlite3_file* file) {
    delete reinterpret_cast<FileSlot*>(file)->handle;
    file->pMethods = nullptr;
    return SQLITE_OK;
  };
  methods.xRead = [](sqlite3_file* file, void* out, int count, sqlite3_int64 at) {
    return of(file).read(out, count, at);
  };
  methods.xWrite = [](sqlite3_file* file, const void* content, int count, sqlite3_int64 at) {
    return of(file).write(content, count, at);
  };
  methods.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) { return of(file).truncate(size); };
  methods.xSync = [](sqlite3_file* file, int) { return of(file).sync(); };
  methods.xFileSize = [](sqlite3_file* file, sqlite3_int64* bytes) { return of(file).file_size(bytes); };
  methods.xLock = [](sqlite3_file* file, int level) { return of(file).lock(level); };
  methods.xUnlock = [](sqlite3_file* file, int level) { return of(file).unlock(level); };
  methods.xCheckReservedLock = [](sqlite3_file* file, int* taken) { return of(file).check_reserved(taken); };
  methods.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
  // As the system's: a sector is written without touching its neighbours.
  methods.xSectorSize = [](sqlite3_file*) { return 4096; };
  methods.xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; };
  methods.xShmMap = [](sqlite3_file* file, int region, int bytes, int extend, void volatile** memory) {
    return of(file).map_index(region, bytes, extend != 0, memory);
  };
  methods.xShmLock = [](sqlite3_file* file, int first, int count, int flags) {
    return of(file).lock_index(first, count, flags);
  };
  methods.xShmBarrier = [](sqlite3_file*) { std::atomic_thread_fence(std::memory_order_seq_cst); };
  methods.xShmUnmap = [](sqlite3_file* file, int) { return of(file).unmap_index(); };
  return methods;
}

thread_local int last_errno = 0;

int code_of(DiskError error) {
  last_errno = error == DiskError::full ? ENOSPC : error == DiskError::missing ? ENOENT : EIO;
  return error == DiskError::full ? SQLITE_FULL : SQLITE_CANTOPEN;
}

}  // namespace

struct VfsCalls {
  static SimVfs& of(sqlite3_vfs* vfs) { return *static_cast<SimVfs*>(vfs->pAppData); }

  static int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
    static const sqlite3_io_methods kMethods = make_methods();
    SimVfs& self = of(vfs);
    file->pMethods = nullptr;
    const std::string path = name == nullptr ? std::string() : std::string(name);
    std::uint64_t bytes = 0;
    const bool existed = !path.empty() && self.disk_.find(path, bytes) == DiskError::none;
    OpenFile opened;
    const DiskError error = path.empty() ? self.disk_.open_nameless(opened)
                                         : self.disk_.open(path, (flags & SQLITE_OPEN_CREATE) != 0,
                                                           (flags & SQLITE_OPEN_EXCLUSIVE) != 0, opened);
    if (error != DiskError::none) return code_of(error);
    auto* slot = reinterpret_cast<FileSlot*>(file);
    slot->handle = new VfsHandle(self, path, opened, flags, !existed);
    slot->base.pMethods = &kMethods;
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    SimDisk& disk = of(vfs).disk_;
    const DiskError error = disk.remove(name);
    if (error == DiskError::missing) return SQLITE_IOERR_DELETE_NOENT;
    if (error != DiskError::none) return SQLITE_IOERR_DELETE;
    if (sync_folder == 0) return SQLITE_OK;
    const std::string path(name);
    const bool synced = disk.sync_folder(path.substr(0, path.rfind('/'))) == DiskError::none;
    return synced ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
  }

  // As the system's: a file without content does not count as existing.
  static int access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
    std::uint64_t bytes = 0;
    const DiskError error = of(vfs).disk_.find(name, bytes);
    if (error == DiskError::broken) return SQLITE_IOERR_ACCESS;
    *result = error == DiskError::none && (flags != SQLITE_ACCESS_EXISTS || bytes > 0) ? 1 : 0;
    return SQLITE_OK;
  }

  static int full_name(sqlite3_vfs*, const char* name, int size, char* out) {
    return std::snprintf(out, static_cast<std::size_t>(size), "%s", name) < size ? SQLITE_OK
                                                                                 : SQLITE_CANTOPEN;
  }

  static int random(sqlite3_vfs* vfs, int count, char* out) {
    SimVfs& self = of(vfs);
    const std::lock_guard lock(self.mutex_);
    for (int i = 0; i < count; ++i) out[i] = static_cast<char>(self.chance_.next() >> 24U);
    return count;
  }

  // Whoever waits for a lock lets others run; virtual time does not pass here.
  static int sleep(sqlite3_vfs*, int microseconds) {
    std::this_thread::sleep_for(std::chrono::microseconds(std::min(microseconds, 1000)));
    return microseconds;
  }

  static int time_ms(sqlite3_vfs* vfs, sqlite3_int64* julian_ms) {
    SimVfs& self = of(vfs);
    const std::lock_guard lock(self.mutex_);
    *julian_ms = kUnixEpochJulianMs + self.unix_ms_();
    return SQLITE_OK;
  }

  static int time_days(sqlite3_vfs* vfs, double* days) {
    sqlite3_int64 now = 0;
    time_ms(vfs, &now);
    *days = static_cast<double>(now) / 86'400'000.0;
    return SQLITE_OK;
  }

  static int last_error(sqlite3_vfs*, int, char*) { return last_errno; }
};

SimVfs::SimVfs(SimDisk& disk, std::uint64_t seed)
    : disk_(disk), chance_(seed), unix_ms_([] { return std::int64_t{1'800'000'000'000}; }) {
  static std::atomic<std::uint64_t> count{0};
  name_ = "sim-" + std::to_string(++count);
  vfs_.iVersion = 2;
  vfs_.szOsFile = sizeof(FileSlot);
  vfs_.mxPathname = kNameBytesMax;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = VfsCalls::open;
  vfs_.xDelete = VfsCalls::remove;
  vfs_.xAccess = VfsCalls::access;
  vfs_.xFullPathname = VfsCalls::full_name;
  vfs_.xRandomness = VfsCalls::random;
  vfs_.xSleep = VfsCalls::sleep;
  vfs_.xCurrentTime = VfsCalls::time_days;
  vfs_.xCurrentTimeInt64 = VfsCalls::time_ms;
  vfs_.xGetLastError = VfsCalls::last_error;
  ensure(sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK, "SQLite takes the simulated device");
}

SimVfs::~SimVfs() {
  sqlite3_vfs_unregister(&vfs_);
}

void SimVfs::set_clock(std::function<std::int64_t()> unix_ms) {
  const std::lock_guard lock(mutex_);
  unix_ms_ = std::move(unix_ms);
}

std::shared_ptr<SimVfs::Locks> SimVfs::locks_of(const OpenFile& file) {
  const std::lock_guard lock(mutex_);
  std::erase_if(locks_, [](const auto& entry) { return entry.second.expired(); });
  auto& entry = locks_[{file.process, file.file}];
  auto locks = entry.lock();
  if (!locks) entry = locks = std::make_shared<Locks>();
  return locks;
}

}  // namespace doudi::sim
