#include "sync_server/service/attachments.hpp"

#include "shared/crypto/crypto.hpp"
#include "shared/media/media.hpp"
#include "sync_server/service/log.hpp"
#include "sync_server/service/tablet_service.hpp"

namespace doudi::district {
namespace {

constexpr std::int64_t kUnreferencedMax = 256;  // uploads of one device that wait for their row
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kUploadsKept = 4096;

Error no_such_upload() {
  return {"not_found", "There is no such upload."};
}

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

// A worker's own record stays the worker's to complete after the grid went to somebody else.
Result<bool> may_send(sql::Connection& connection, const Device& device, const Uuid& id) {
  DOUDI_ASSIGN(
      const std::int64_t allowed,
      connection.integer(
          "SELECT EXISTS(SELECT 1 FROM attachment t WHERE t.id=$1 AND ("
          "EXISTS(SELECT 1 FROM grid_duty d WHERE d.grid=t.grid AND d.account=$2 AND d.to_version IS "
          "NULL) OR EXISTS(SELECT 1 FROM visit v WHERE v.id=t.visit AND v.worker=$2) OR "
          "EXISTS(SELECT 1 FROM lead l WHERE l.id=t.lead AND l.worker=$2)))",
          sql::params(id, device.account)));
  return allowed != 0;
}

// Empty when the bytes are what the tablet said and nothing hides in them.
std::string fault_of(const Bytes& content, const std::string& sha256) {
  if (to_hex(crypto::sha256(content)) != sha256) return "attachment.hash";
  const auto stripped = media::without_metadata(content);
  if (!stripped.ok()) return stripped.error().code;
  return *stripped == content ? std::string() : "attachment.metadata";
}

}  // namespace

std::filesystem::path Attachments::file_of(const Uuid& id) const {
  return attachment_path(district_.store().folder() / "attachments", id);
}

std::shared_ptr<Attachments::Upload> Attachments::upload_of(const Uuid& id) {
  const std::lock_guard lock(mutex_);
  if (uploads_.size() >= kUploadsKept)
    std::erase_if(uploads_, [](const auto& entry) { return entry.second.use_count() == 1; });
  auto& upload = uploads_[id];
  if (!upload) upload = std::make_shared<Upload>();
  return upload;
}

void Attachments::forget(const Uuid& id) {
  const std::lock_guard lock(mutex_);
  uploads_.erase(id);
}

Result<std::optional<Attachments::Facts>> Attachments::facts_of(sql::Connection& connection, const Uuid& id) {
  std::optional<Facts> facts;
  DOUDI_TRY(connection.query(
      "SELECT device, sha256, state, reason, bytes, key FROM attachment_upload WHERE id=$1", sql::params(id),
      [&facts](const sql::Row& row) {
        facts = Facts{row.integer(0),           std::string(row.text(1)), std::string(row.text(2)),
                      std::string(row.text(3)), row.integer(4),           Secret(row.blob(5))};
        return false;
      }));
  return facts;
}

Status Attachments::check_row(sql::Connection& connection, const Device& device, const NewUpload& upload) {
  std::optional<bool> same;
  DOUDI_TRY(connection.query("SELECT sha256=$2 AND bytes=$3 FROM attachment WHERE id=$1",
                             sql::params(upload.id, upload.sha256, upload.bytes), [&](const sql::Row& row) {
                               same = row.integer(0) != 0;
                               return false;
                             }));
  if (!same) {
    DOUDI_ASSIGN(const std::int64_t waiting,
                 connection.integer("SELECT count(*) FROM attachment_upload u WHERE u.device=$1 AND NOT "
                                    "EXISTS(SELECT 1 FROM attachment t WHERE t.id=u.id)",
                                    sql::params(device.number)));
    if (waiting >= kUnreferencedMax)
      return Error{"attachment.quota", "Too many uploads of this device wait for their records."};
    return {};
  }
  DOUDI_ASSIGN(const bool allowed, may_send(connection, device, upload.id));
  if (!allowed) return no_such_upload();
  if (!*same) return Error{"attachment.other_content", "The record names another content."};
  return {};
}

Result<UploadProgress> Attachments::create(const Device& device, const NewUpload& upload) {
  const auto state = upload_of(upload.id);
  const std::lock_guard lock(state->mutex);
  std::optional<Facts> facts;
  {
    DOUDI_ASSIGN(const Store::Reader reader, district_.store().read());
    DOUDI_TRY(check_row(*reader, device, upload));
    DOUDI_ASSIGN(facts, facts_of(*reader, upload.id));
  }
  if (!facts) return insert(device, upload);
  if (facts->device != device.number) return no_such_upload();
  if (facts->sha256 != upload.sha256 || facts->bytes != upload.bytes)
    return Error{"attachment.other_content", "This upload was begun with another content."};
  if (facts->state == "rejected") return start_again(upload.id, *state, *facts);
  return finish_if_whole(upload.id, *state, *facts);
}

Result<UploadProgress> Attachments::insert(const Device& device, const NewUpload& upload) {
  const Bytes key = crypto::random_bytes(kKeyBytes);
  DOUDI_TRY(district_.writer().run([&](sql::Connection& connection) {
    return plain(connection.run(
        "INSERT INTO attachment_upload(id, device, sha256, bytes, key, state, created_at) "
        "VALUES($1,$2,$3,$4,$5,'open',$6)",
        sql::params(upload.id, device.number, upload.sha256, upload.bytes, key, district_.now())));
  }));
  return UploadProgress{0, upload.bytes};
}

Result<UploadProgress> Attachments::start_again(const Uuid& id, Upload& upload, const Facts& facts) {
  DOUDI_TRY(open_file(id, upload, facts));
  DOUDI_TRY(upload.file->remove());
  DOUDI_TRY(district_.writer().run([&](sql::Connection& connection) {
    return plain(
        connection.run("UPDATE attachment_upload SET state='open', reason='' WHERE id=$1", sql::params(id)));
  }));
  return UploadProgress{0, facts.bytes};
}

Result<Attachments::Facts> Attachments::allowed(const Device& device, const Uuid& id) {
  DOUDI_ASSIGN(const Store::Reader reader, district_.store().read());
  DOUDI_ASSIGN(std::optional<Facts> facts, facts_of(*reader, id));
  if (!facts || facts->device != device.number) return no_such_upload();
  DOUDI_TRY(check_row(*reader, device, {id, facts->sha256, facts->bytes}));
  if (facts->state == "rejected") return Error{facts->reason, "The district could not take this upload."};
  return std::move(*facts);
}

Result<UploadProgress> Attachments::progress(const Device& device, const Uuid& id) {
  const auto upload = upload_of(id);
  const std::lock_guard lock(upload->mutex);
  DOUDI_ASSIGN(const Facts facts, allowed(device, id));
  return finish_if_whole(id, *upload, facts);
}

Result<UploadProgress> Attachments::append(const Device& device, const Uuid& id, std::int64_t offset,
                                           ByteView bytes) {
  const auto upload = upload_of(id);
  const std::lock_guard lock(upload->mutex);
  DOUDI_ASSIGN(const Facts facts, allowed(device, id));
  if (facts.state != "open") return Error{"attachment.offset", "This upload is complete."};
  DOUDI_TRY(open_file(id, *upload, facts));
  const std::int64_t here = upload->file->size();
  if (offset != here) return Error{"attachment.offset", "The bytes do not follow what is here."};
  if (static_cast<std::int64_t>(bytes.size()) > facts.bytes - here)
    return Error{"attachment.too_large", "These are more bytes than were announced."};
  DOUDI_TRY(upload->file->append(bytes));
  return finish_if_whole(id, *upload, facts);
}

Status Attachments::open_file(const Uuid& id, Upload& upload, const Facts& facts) {
  if (upload.file) return {};
  DOUDI_ASSIGN(upload.file,
               AttachmentFile::open(district_.store().disk(), file_of(id), id, facts.key.clone()));
  return {};
}

// Also when the program ended between the last byte and this.
Result<UploadProgress> Attachments::finish_if_whole(const Uuid& id, Upload& upload, const Facts& facts) {
  if (facts.state == "complete") return UploadProgress{facts.bytes, facts.bytes};
  DOUDI_TRY(open_file(id, upload, facts));
  const UploadProgress progress{upload.file->size(), facts.bytes};
  if (progress.offset < facts.bytes) return progress;
  DOUDI_ASSIGN(const Bytes content, upload.file->read());
  const std::string fault = fault_of(content, facts.sha256);
  DOUDI_TRY(settle(id, fault.empty() ? "complete" : "rejected", fault));
  if (fault.empty()) {
    forget(id);
    return progress;
  }
  log(LogLevel::warning, "attachment_rejected", {{"attachment", to_string(id)}, {"code", fault}});
  DOUDI_TRY(upload.file->remove());
  return Error{fault, "The district could not take this upload."};
}

Status Attachments::settle(const Uuid& id, const std::string& state, const std::string& reason) {
  auto touched = std::make_shared<std::set<std::string>>();
  const Status settled = district_.writer().run([&, touched](sql::Connection& connection) -> Status {
    const Instant now = district_.now();
    DOUDI_TRY(
        plain(connection.run("UPDATE attachment_upload SET state=$2, reason=$3, finished_at=$4 WHERE id=$1",
                             sql::params(id, state, reason, now))));
    const TableStatements& table = *district_.tables().find("attachment");
    DOUDI_ASSIGN(const auto before, district_.tables().read(connection, table, id));
    if (!before || state != "complete") return {};
    sync::RowState after = *before;
    set_cell(after, "received_at", sql::to_value(now));
    FeedWriter feed(connection, district_.tables());
    DOUDI_TRY(feed.put(before, after));
    DOUDI_TRY(feed.flush());
    *touched = feed.touched();
    return {};
  });
  if (settled.ok()) district_.announce(*touched);
  return settled;
}

Result<Attachments::Content> Attachments::content(sql::Connection& reader, const Actor& actor,
                                                  const Uuid& id) {
  std::optional<Content> found;
  std::optional<Instant> received;
  DOUDI_TRY(
      reader.query("SELECT t.media_type, t.received_at FROM attachment t JOIN grid g ON g.id=t.grid WHERE " +
                       std::string(kInScope) + " AND t.deleted=0 AND t.id=$2",
                   sql::params(actor.scopes(kCaseRoles), id), [&](const sql::Row& row) {
                     found = Content{std::string(row.text(0)), {}};
                     if (!row.is_null(1)) received = Instant{row.integer(1)};
                     return false;
                   }));
  if (!found) return Error{"not_found", "There is no such attachment."};
  DOUDI_ASSIGN(const std::optional<Facts> facts, facts_of(reader, id));
  if (!received || !facts || facts->state != "complete")
    return Error{"attachment.pending", "The photo or recording has not arrived yet."};
  DOUDI_ASSIGN(const AttachmentFile file,
               AttachmentFile::open(district_.store().disk(), file_of(id), id, facts->key.clone()));
  DOUDI_ASSIGN(found->bytes, file.read());
  if (to_hex(crypto::sha256(found->bytes)) != facts->sha256)
    return Error{"attachment.file", "the file of a photo was changed from outside"};
  return std::move(*found);
}

Result<std::optional<Instant>> bytes_received_at(sql::Connection& connection, const sync::RowState& row) {
  std::optional<Instant> received;
  DOUDI_TRY(connection.query(
      "SELECT finished_at FROM attachment_upload WHERE id=$1 AND state='complete' AND sha256=$2 AND bytes=$3",
      sql::params(row.row, cell(row, "sha256"), cell(row, "bytes")), [&received](const sql::Row& found) {
        received = Instant{found.integer(0)};
        return false;
      }));
  return received;
}

}  // namespace doudi::district
