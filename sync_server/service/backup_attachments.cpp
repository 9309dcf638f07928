#include "sync_server/service/backup_attachments.hpp"

#include <functional>
#include <vector>

#include "shared/crypto/crypto.hpp"
#include "sync_server/store/attachment_file.hpp"

namespace doudi::district {
namespace {

struct Complete {
  Uuid id;
  std::string sha256;
  Secret key;
};

Result<std::vector<Complete>> complete_uploads(sql::Connection& store) {
  std::vector<Complete> found;
  DOUDI_TRY(store.query("SELECT id, sha256, key FROM attachment_upload WHERE state='complete' ORDER BY id",
                        {}, [&found](const sql::Row& row) {
                          found.push_back({row.uuid(0), std::string(row.text(1)), Secret(row.blob(2))});
                          return true;
                        }));
  return found;
}

Status check_one(files::FileSystem& disk, const Complete& upload, const std::filesystem::path& folder) {
  DOUDI_ASSIGN(const AttachmentFile file,
               AttachmentFile::open(disk, attachment_path(folder, upload.id), upload.id, upload.key.clone()));
  DOUDI_ASSIGN(const Bytes content, file.read());
  if (to_hex(crypto::sha256(content)) == upload.sha256) return {};
  return Error{"attachment.file", "photo or recording " + to_string(upload.id) + " is missing or damaged"};
}

}  // namespace

std::filesystem::path attachments_beside(const std::filesystem::path& backup) {
  std::filesystem::path folder = backup;
  return folder += ".attachments";
}

Status copy_attachments(files::FileSystem& disk, sql::Connection& store, const std::filesystem::path& from,
                        const std::filesystem::path& to) {
  DOUDI_ASSIGN(const std::vector<Complete> uploads, complete_uploads(store));
  DOUDI_TRY(disk.make_private_folder(to));
  for (const Complete& upload : uploads) {
    const auto target = attachment_path(to, upload.id);
    DOUDI_TRY(disk.make_private_folder(target.parent_path()));
    DOUDI_TRY(disk.remove(target));
    DOUDI_TRY(files::copy_file(disk, attachment_path(from, upload.id), target));
    DOUDI_TRY(disk.sync_folder(target.parent_path()));
  }
  DOUDI_TRY(disk.sync_folder(to));
  return disk.sync_folder(to.parent_path());
}

Status check_attachments(files::FileSystem& disk, sql::Connection& store,
                         const std::filesystem::path& folder) {
  DOUDI_ASSIGN(const std::vector<Complete> uploads, complete_uploads(store));
  for (const Complete& upload : uploads) DOUDI_TRY(check_one(disk, upload, folder));
  return {};
}

}  // namespace doudi::district
