// The pages of a store that can no longer be opened: the database file and, over it, what its log had
// committed. A page whose code is wrong is an error of that page alone.
#pragma once

#include <map>
#include <memory>

#include "shared/crypto/database_page.hpp"
#include "shared/files/files.hpp"

namespace doudi::field {

class PageFile {
 public:
  // The log is `file` with "-wal"; it may be missing. Errors "file.*".
  static Result<PageFile> open(files::FileSystem& disk, const std::filesystem::path& file, const Secret& key,
                               ByteView salt);
  [[nodiscard]] std::uint32_t pages() const { return pages_; }
  // From 1. "crypto.damaged": nothing of this page can be believed.
  [[nodiscard]] Result<Bytes> page(std::uint32_t number) const;

 private:
  PageFile(std::unique_ptr<files::File> file, crypto::DatabasePages cipher)
      : file_(std::move(file)), cipher_(std::move(cipher)) {}
  Status read_log(files::FileSystem& disk, const std::filesystem::path& log);

  std::unique_ptr<files::File> file_;
  std::unique_ptr<files::File> log_;
  crypto::DatabasePages cipher_;
  std::map<std::uint32_t, std::uint64_t> logged_;  // the newest committed place of a page in the log
  std::uint32_t pages_ = 0;
};

}  // namespace doudi::field
