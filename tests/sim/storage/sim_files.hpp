// The product's view of files (shared/files/files.hpp) on a simulated device.
#pragma once

#include <set>
#include <vector>

#include "shared/files/files.hpp"
#include "tests/sim/storage/sim_disk.hpp"

namespace doudi::sim {

class SimFiles final : public files::FileSystem {
 public:
  // `vfs` is what SQLite calls the same device.
  SimFiles(SimDisk& disk, std::string vfs) : disk_(disk), vfs_(std::move(vfs)) {}
  [[nodiscard]] std::string database_vfs() const override { return vfs_; }
  Result<std::unique_ptr<files::File>> open(const files::Path& file, files::Open how) override;
  [[nodiscard]] bool exists(const files::Path& file) override;
  Result<std::uint64_t> size(const files::Path& file) override;
  Status rename(const files::Path& from, const files::Path& to) override;
  Status remove(const files::Path& file) override;
  Status sync_folder(const files::Path& folder) override;
  Status make_private_folder(const files::Path& folder) override;
  Status make_private(const files::Path& file) override;
  Result<std::unique_ptr<files::Lock>> lock(const files::Path& file) override;
  Result<std::uint64_t> free_bytes(const files::Path& folder) override;

 private:
  [[nodiscard]] std::vector<files::Path> names_below(const files::Path& folder) const;
  Status rename_folder(const files::Path& from, const files::Path& to);

  SimDisk& disk_;
  std::string vfs_;
  std::set<files::Path> folders_;
};

}  // namespace doudi::sim
