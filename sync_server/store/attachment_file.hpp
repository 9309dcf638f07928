// The bytes of one photo or recording on the disk: records of sealed pieces, each authenticated with its
// place, appended and synced before anybody is told. What a power cut leaves half-written is written over.
#pragma once

#include <cstdint>
#include <filesystem>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/result.hpp"
#include "shared/files/files.hpp"

namespace doudi::district {

// Below the folder of all attachments.
std::filesystem::path attachment_path(const std::filesystem::path& folder, const Uuid& id);

class AttachmentFile {
 public:
  // The file may be missing: it is made with the first piece. Errors "file.*", "attachment.file".
  static Result<AttachmentFile> open(files::FileSystem& disk, std::filesystem::path file, const Uuid& id,
                                     Secret key);

  // Bytes that are here, whole and durable.
  [[nodiscard]] std::int64_t size() const { return size_; }
  // Durable when it returns.
  Status append(ByteView bytes);
  // Everything, with every seal checked.
  [[nodiscard]] Result<Bytes> read() const;
  Status remove();

 private:
  AttachmentFile(files::FileSystem& disk, std::filesystem::path file, const Uuid& id, Secret key)
      : disk_(&disk), file_(std::move(file)), id_(id), key_(std::move(key)) {}
  [[nodiscard]] Bytes place(std::int64_t offset) const;
  Result<Bytes> read_whole_records();
  Status write(ByteView records);

  files::FileSystem* disk_;
  std::filesystem::path file_;
  Uuid id_;
  Secret key_;
  std::int64_t size_ = 0;
  std::int64_t stored_ = 0;  // bytes of whole records in the file
};

}  // namespace doudi::district
