#include "field_client/store/ballast.hpp"

namespace doudi::field {

Ballast::Ballast(files::FileSystem& disk, const std::filesystem::path& folder, std::uint64_t bytes)
    : disk_(disk),
      file_(folder / "ballast"),
      bytes_(bytes),
      released_(bytes > 0 && disk.exists(file_) && !is_there()) {}

bool Ballast::is_there() const {
  const auto size = disk_.size(file_);
  return size.ok() && *size >= bytes_;
}

void Ballast::keep() {
  if (bytes_ == 0 || is_there()) return;
  const auto room = disk_.free_bytes(file_.parent_path());
  if (!room.ok() || *room < 2 * bytes_) return;
  if (make().ok())
    released_ = false;
  else
    static_cast<void>(released_ ? empty() : disk_.remove(file_));
}

void Ballast::release() {
  if (!is_there()) return;
  released_ = empty().ok();
}

Status Ballast::empty() const {
  DOUDI_ASSIGN(const std::unique_ptr<files::File> file, disk_.open(file_, files::Open::replace));
  static_cast<void>(file);
  return {};
}

Status Ballast::make() const {
  DOUDI_ASSIGN(const std::unique_ptr<files::File> file, disk_.open(file_, files::Open::replace));
  DOUDI_TRY(file->reserve(bytes_));
  return file->sync();
}

}  // namespace doudi::field
