#include "shared/files/files.hpp"

namespace doudi::files {
namespace {

constexpr std::size_t kCopyBytes = 1U << 20U;

Status write_and_sync(FileSystem& disk, const Path& file, ByteView content) {
  DOUDI_ASSIGN(const std::unique_ptr<File> opened, disk.open(file, Open::replace));
  DOUDI_TRY(opened->write(0, content));
  return opened->sync();
}

}  // namespace

Status write_durably(FileSystem& disk, const Path& file, ByteView content) {
  Path beside = file;
  beside += ".new";
  DOUDI_TRY(write_and_sync(disk, beside, content));
  DOUDI_TRY(disk.rename(beside, file));
  return disk.sync_folder(file.parent_path());
}

Status overwrite_durably(FileSystem& disk, const Path& file, std::uint64_t at, ByteView content) {
  DOUDI_ASSIGN(const std::unique_ptr<File> opened, disk.open(file, Open::change));
  DOUDI_TRY(opened->write(at, content));
  return opened->sync();
}

Result<Bytes> read_small_file(FileSystem& disk, const Path& file, std::uint64_t bytes_max) {
  DOUDI_ASSIGN(const std::unique_ptr<File> opened, disk.open(file, Open::read));
  DOUDI_ASSIGN(const std::uint64_t size, opened->size());
  if (size > bytes_max) return Error{"file.too_large", file.filename().string() + " is too large"};
  DOUDI_ASSIGN(Bytes content, opened->read(0, static_cast<std::size_t>(size)));
  if (content.size() != size) return Error{"file.read", "cannot read " + file.filename().string()};
  return content;
}

Status copy_file(FileSystem& disk, const Path& from, const Path& to) {
  DOUDI_ASSIGN(const std::unique_ptr<File> source, disk.open(from, Open::read));
  DOUDI_ASSIGN(const std::unique_ptr<File> target, disk.open(to, Open::create));
  for (std::uint64_t at = 0;;) {
    DOUDI_ASSIGN(const Bytes part, source->read(at, kCopyBytes));
    if (part.empty()) return target->sync();
    DOUDI_TRY(target->write(at, part));
    at += part.size();
  }
}

}  // namespace doudi::files
