// Uploads of photos and recordings: who may send which, how much is here, when one is complete and right.
// Bytes go to files, facts through the writer. Called on worker threads; one upload is handled by one thread
// at a time.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "sync_server/auth/access.hpp"
#include "sync_server/service/district.hpp"
#include "sync_server/store/attachment_file.hpp"

namespace doudi::district {

struct NewUpload {
  Uuid id;
  std::string sha256;  // hex, of the whole
  std::int64_t bytes = 0;
};
struct UploadProgress {
  std::int64_t offset = 0;
  std::int64_t bytes = 0;
};

class Attachments {
 public:
  explicit Attachments(District& district) : district_(district) {}

  // Repeating it changes nothing; a rejected upload starts again. "not_found" outside the worker's grids,
  // "attachment.other_content", "attachment.quota".
  Result<UploadProgress> create(const Device& device, const NewUpload& upload);
  // "not_found", or the reason of a rejection ("attachment.hash", "media.damaged" …).
  Result<UploadProgress> progress(const Device& device, const Uuid& id);
  // Durable when it returns. "attachment.offset" when the bytes do not follow what is here.
  Result<UploadProgress> append(const Device& device, const Uuid& id, std::int64_t offset, ByteView bytes);

  struct Content {
    std::string media_type;
    Bytes bytes;
  };
  // For the console, inside the actor's scopes. "not_found", "attachment.pending".
  Result<Content> content(sql::Connection& reader, const Actor& actor, const Uuid& id);

 private:
  struct Upload {
    std::mutex mutex;
    std::optional<AttachmentFile> file;
  };
  struct Facts {
    std::int64_t device = 0;
    std::string sha256, state, reason;
    std::int64_t bytes = 0;
    Secret key;
  };
  std::shared_ptr<Upload> upload_of(const Uuid& id);
  void forget(const Uuid& id);
  Result<std::optional<Facts>> facts_of(sql::Connection& connection, const Uuid& id);
  // The facts of an upload this device may continue.
  Result<Facts> allowed(const Device& device, const Uuid& id);
  Status check_row(sql::Connection& connection, const Device& device, const NewUpload& upload);
  Result<UploadProgress> insert(const Device& device, const NewUpload& upload);
  Result<UploadProgress> start_again(const Uuid& id, Upload& upload, const Facts& facts);
  Status open_file(const Uuid& id, Upload& upload, const Facts& facts);
  Result<UploadProgress> finish_if_whole(const Uuid& id, Upload& upload, const Facts& facts);
  Status settle(const Uuid& id, const std::string& state, const std::string& reason);
  [[nodiscard]] std::filesystem::path file_of(const Uuid& id) const;

  District& district_;
  std::mutex mutex_;  // guards the map
  std::map<Uuid, std::shared_ptr<Upload>> uploads_;
};

// When the row comes after its bytes: the time they were complete, if they are those of the row.
Result<std::optional<Instant>> bytes_received_at(sql::Connection& connection, const sync::RowState& row);

}  // namespace doudi::district
