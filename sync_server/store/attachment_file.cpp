#include "sync_server/store/attachment_file.hpp"

#include <algorithm>

#include "shared/base/planted.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/media/media.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;  // one seal covers at most this much
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kSealBytes = 28;  // nonce and tag
// A file of the smallest pieces a tablet sends is still read whole.
constexpr std::uint64_t kFileBytesMax = 4 * media::kBytesMax;

Error file_error(const char* what) {
  return {"attachment.file", what};
}

void put_number(Bytes& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = bytes; i > 0; --i) out.push_back(static_cast<std::uint8_t>(number >> (8U * (i - 1))));
}

std::size_t length_at(ByteView bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length = length << 8U | bytes[i];
  return length;
}

}  // namespace

std::filesystem::path attachment_path(const std::filesystem::path& folder, const Uuid& id) {
  const std::string name = to_hex(id.view());
  return folder / name.substr(name.size() - 2) / name;
}

Result<AttachmentFile> AttachmentFile::open(files::FileSystem& disk, std::filesystem::path file,
                                            const Uuid& id, Secret key) {
  AttachmentFile opened(disk, std::move(file), id, std::move(key));
  DOUDI_ASSIGN(const Bytes content, opened.read_whole_records());
  opened.size_ = static_cast<std::int64_t>(content.size());
  return opened;
}

Bytes AttachmentFile::place(std::int64_t offset) const {
  Bytes associated = to_bytes(as_bytes("doudi-attachment-1"));
  const ByteView id = id_.view();
  associated.insert(associated.end(), id.begin(), id.end());
  put_number(associated, static_cast<std::uint64_t>(offset), 8);
  return associated;
}

// Stops at the first record that is not whole: only an unfinished write can have left one.
Result<Bytes> AttachmentFile::read_whole_records() {
  Bytes content;
  stored_ = 0;
  if (!disk_->exists(file_)) return content;
  DOUDI_ASSIGN(const Bytes stored, files::read_small_file(*disk_, file_, kFileBytesMax));
  while (stored.size() - static_cast<std::size_t>(stored_) > kLengthBytes) {
    const ByteView rest = ByteView(stored).subspan(static_cast<std::size_t>(stored_));
    const std::size_t length = length_at(rest);
    if (length <= kSealBytes || length > kPieceBytes + kSealBytes || length > rest.size() - kLengthBytes)
      break;
    const auto piece = crypto::open(key_, rest.subspan(kLengthBytes, length),
                                    place(static_cast<std::int64_t>(content.size())));
    if (!piece.ok()) break;
    content.insert(content.end(), piece->begin(), piece->end());
    stored_ += static_cast<std::int64_t>(kLengthBytes + length);
  }
  return content;
}

Status AttachmentFile::append(ByteView bytes) {
  Bytes records;
  std::int64_t offset = size_;
  for (ByteView rest = bytes; !rest.empty();) {
    const ByteView piece = rest.first(std::min(rest.size(), kPieceBytes));
    const Bytes sealed = crypto::seal(key_, piece, place(offset));
    put_number(records, sealed.size(), kLengthBytes);
    records.insert(records.end(), sealed.begin(), sealed.end());
    offset += static_cast<std::int64_t>(piece.size());
    rest = rest.subspan(piece.size());
  }
  DOUDI_TRY(write(records));
  stored_ += static_cast<std::int64_t>(records.size());
  size_ = offset;
  return {};
}

Status AttachmentFile::write(ByteView records) {
  const bool fresh = !disk_->exists(file_);
  const auto folder = file_.parent_path();
  if (fresh) {
    DOUDI_TRY(disk_->make_private_folder(folder.parent_path()));
    DOUDI_TRY(disk_->make_private_folder(folder));
  }
  DOUDI_ASSIGN(const auto file, disk_->open(file_, fresh ? files::Open::create : files::Open::change));
  DOUDI_TRY(file->write(static_cast<std::uint64_t>(stored_), records));
  if (DOUDI_PLANTED("photo_after_ack")) return {};
  DOUDI_TRY(file->sync());
  if (!fresh) return {};
  DOUDI_TRY(disk_->sync_folder(folder));
  DOUDI_TRY(disk_->sync_folder(folder.parent_path()));
  return disk_->sync_folder(folder.parent_path().parent_path());
}

Result<Bytes> AttachmentFile::read() const {
  AttachmentFile copy(*disk_, file_, id_, key_.clone());
  DOUDI_ASSIGN(Bytes content, copy.read_whole_records());
  if (static_cast<std::int64_t>(content.size()) != size_)
    return file_error("the file of a photo was changed from outside");
  return content;
}

Status AttachmentFile::remove() {
  DOUDI_TRY(disk_->remove(file_));
  size_ = 0;
  stored_ = 0;
  return {};
}

}  // namespace doudi::district
