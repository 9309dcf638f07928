#include "tests/sim/storage/sim_files.hpp"

#include <algorithm>

namespace doudi::sim {
namespace {

Status status_of(DiskError error, const files::Path& file) {
  const std::string name = file.filename().string();
  switch (error) {
    case DiskError::none:
      return {};
    case DiskError::missing:
      return Error{"file.missing", "there is no " + name};
    case DiskError::exists:
      return Error{"file.exists", "there is already a file " + name};
    case DiskError::full:
      return Error{"file.full", "no space is left for " + name};
    case DiskError::held:
      return Error{"file.in_use", name + " is held by another program"};
    case DiskError::broken:
      break;
  }
  return Error{"file.write", "the device fails at " + name};
}

class DiskFile final : public files::File {
 public:
  DiskFile(SimDisk& disk, OpenFile file, files::Path path)
      : disk_(disk), file_(file), path_(std::move(path)) {}

  Result<std::uint64_t> size() override {
    std::uint64_t bytes = 0;
    DOUDI_TRY(status_of(disk_.size(file_, bytes), path_));
    return bytes;
  }
  Result<Bytes> read(std::uint64_t at, std::size_t count) override {
    Bytes content(count);
    std::size_t done = 0;
    if (disk_.read(file_, at, content, done) != DiskError::none)
      return Error{"file.read", "the device fails at " + path_.filename().string()};
    content.resize(done);
    return content;
  }
  Status write(std::uint64_t at, ByteView content) override {
    return status_of(disk_.write(file_, at, content), path_);
  }
  Status reserve(std::uint64_t bytes) override {
    DOUDI_ASSIGN(const std::uint64_t now, size());
    return bytes <= now ? Status{} : status_of(disk_.resize(file_, bytes), path_);
  }
  Status sync() override { return status_of(disk_.sync(file_), path_); }

 private:
  SimDisk& disk_;
  OpenFile file_;
  files::Path path_;
};

class DiskLock final : public files::Lock {
 public:
  DiskLock(SimDisk& disk, OpenFile held) : disk_(disk), held_(held) {}
  DiskLock(const DiskLock&) = delete;
  DiskLock& operator=(const DiskLock&) = delete;
  ~DiskLock() override { disk_.release(held_); }

 private:
  SimDisk& disk_;
  OpenFile held_;
};

}  // namespace

Result<std::unique_ptr<files::File>> SimFiles::open(const files::Path& file, files::Open how) {
  const bool create = how == files::Open::replace || how == files::Open::create;
  OpenFile opened;
  DOUDI_TRY(status_of(disk_.open(file.string(), create, how == files::Open::create, opened), file));
  if (how == files::Open::replace) DOUDI_TRY(status_of(disk_.resize(opened, 0), file));
  return std::unique_ptr<files::File>(std::make_unique<DiskFile>(disk_, opened, file));
}

bool SimFiles::exists(const files::Path& file) {
  std::uint64_t bytes = 0;
  return disk_.find(file.string(), bytes) == DiskError::none || folders_.contains(file);
}

// A folder is the beginning of its files' names.
std::vector<files::Path> SimFiles::names_below(const files::Path& folder) const {
  const std::string start = folder.string() + "/";
  std::vector<files::Path> found;
  for (const std::string& name : disk_.names())
    if (name.starts_with(start)) found.emplace_back(name);
  return found;
}

Result<std::uint64_t> SimFiles::size(const files::Path& file) {
  std::uint64_t bytes = 0;
  DOUDI_TRY(status_of(disk_.find(file.string(), bytes), file));
  return bytes;
}

Status SimFiles::rename(const files::Path& from, const files::Path& to) {
  if (folders_.contains(from)) return rename_folder(from, to);
  return status_of(disk_.rename(from.string(), to.string()), to);
}

// The names below move with their folder's, which alone the caller has to sync.
Status SimFiles::rename_folder(const files::Path& from, const files::Path& to) {
  for (const files::Path& name : names_below(from)) {
    const files::Path target = to / name.lexically_relative(from);
    DOUDI_TRY(status_of(disk_.rename(name.string(), target.string()), target));
    DOUDI_TRY(sync_folder(name.parent_path()));
    DOUDI_TRY(sync_folder(target.parent_path()));
  }
  folders_.erase(from);
  folders_.insert(to);
  return {};
}

Status SimFiles::remove(const files::Path& file) {
  const DiskError error = disk_.remove(file.string());
  return error == DiskError::missing ? Status{} : status_of(error, file);
}

Status SimFiles::sync_folder(const files::Path& folder) {
  return status_of(disk_.sync_folder(folder.string()), folder);
}

// There is one user, and files need no folder: it is remembered for those who ask or rename it.
Status SimFiles::make_private_folder(const files::Path& folder) {
  folders_.insert(folder);
  return {};
}

Status SimFiles::make_private(const files::Path& file) {
  const auto found = size(file);
  if (!found.ok()) return found.error();
  return {};
}

Result<std::unique_ptr<files::Lock>> SimFiles::lock(const files::Path& file) {
  OpenFile held;
  DOUDI_TRY(status_of(disk_.hold(file.string(), held), file));
  return std::unique_ptr<files::Lock>(std::make_unique<DiskLock>(disk_, held));
}

// A device without a limit is a large one, as devices are.
Result<std::uint64_t> SimFiles::free_bytes(const files::Path&) {
  return std::min(disk_.bytes_free(), std::uint64_t{1} << 40U);
}

}  // namespace doudi::sim
