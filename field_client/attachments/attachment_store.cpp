#include "field_client/attachments/attachment_store.hpp"

#include <algorithm>

#include "shared/crypto/crypto.hpp"
#include "shared/media/media.hpp"

namespace doudi::field {
namespace {

Status done(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

Error unknown() {
  return {"field.unknown_attachment", "没有这张照片或录音 / This photo or recording is not on the tablet"};
}

// A row without local content was recorded elsewhere: the district has it, or still waits for it.
AttachmentView view_of(const sql::Row& row) {
  AttachmentView view;
  view.id = row.uuid(0);
  view.kind = row.text(1);
  view.media_type = row.text(2);
  view.bytes = row.integer(3);
  view.taken_at = Instant{row.integer(4)};
  view.here = !row.is_null(5);
  view.sent = row.integer(6);
  view.reason = row.text(7);
  view.state = !row.is_null(8) ? "uploaded" : view.here ? std::string(row.text(5)) : "elsewhere";
  if (view.state == "uploaded") view.sent = view.bytes;
  return view;
}

}  // namespace

Status AttachmentStore::check_space(std::size_t bytes) const {
  DOUDI_ASSIGN(const std::uint64_t available, store_.disk().free_bytes(store_.folder()));
  const auto free = static_cast<std::int64_t>(available);
  if (free - static_cast<std::int64_t>(bytes) >= space_min_) return {};
  return Error{
      "field.low_storage",
      "平板空间不足，不能再存照片；文字记录照常保存 / The tablet is nearly full: no more photos, texts are "
      "still saved"};
}

Result<AttachmentView> AttachmentStore::stage(ByteView content, Instant taken_at) {
  DOUDI_ASSIGN(const Bytes kept, media::without_metadata(content));
  DOUDI_TRY(check_space(kept.size()));
  DOUDI_ASSIGN(const std::int64_t staged,
               store_.connection().integer("SELECT count(*) FROM attachment_local WHERE state = 'staged'"));
  if (staged >= kStagedMax)
    return Error{"field.too_many_attachments",
                 "照片太多，请先保存或删除 / Too many photos: save or remove some first"};
  const auto format = media::recognise(kept);
  ensure(format.has_value(), "what was stripped is known");
  const Uuid id = new_id(store_.clock());
  const std::string sha256 = to_hex(crypto::sha256(kept));
  const Instant now = store_.clock().wall();
  const Status kept_here = store_.apply([&](RowWriter& writer) -> Status {
    sql::Connection& connection = writer.connection();
    DOUDI_TRY(forget_old(connection, now));
    DOUDI_TRY(put_chunks(connection, sha256, kept));
    const auto parameters = sql::params(id, format->kind, format->media_type, sha256,
                                        static_cast<std::int64_t>(kept.size()), taken_at, now);
    return done(
        connection.run("INSERT INTO attachment_local(id, state, kind, media_type, sha256, bytes, taken_at, "
                       "changed_at) VALUES($1, 'staged', $2, $3, $4, $5, $6, $7)",
                       parameters));
  });
  if (!kept_here.ok()) return kept_here.error();
  return find(id);
}

Status AttachmentStore::put_chunks(sql::Connection& connection, const std::string& sha256, ByteView content) {
  std::int64_t number = 0;
  while (!content.empty()) {
    const ByteView chunk = content.first(std::min(content.size(), media::kChunkBytes));
    const auto parameters = sql::params(sha256, number++, chunk);
    DOUDI_TRY(
        done(connection.run("INSERT INTO attachment_chunk(sha256, number, content) VALUES($1, $2, $3) "
                            "ON CONFLICT(sha256, number) DO NOTHING",
                            parameters)));
    content = content.subspan(chunk.size());
  }
  return {};
}

// Uploaded content stays for a while, and until a proven backup of the district holds it: one that holds a
// later group of this tablet was made after the upload.
Status AttachmentStore::forget_old(sql::Connection& connection, Instant now) {
  const auto parameters = sql::params(now.ms - kUploadedKeptMs, now.ms - kStagedKeptMs);
  DOUDI_TRY(
      done(connection.run("DELETE FROM attachment_local WHERE (state = 'uploaded' AND changed_at < $1 AND "
                          "EXISTS(SELECT 1 FROM op_group g WHERE g.id > after_group AND g.incarnation = "
                          "(SELECT value FROM setting WHERE key = 'incarnation') AND g.seq <= (SELECT value "
                          "FROM setting WHERE key = 'backed_up'))) OR (state = 'staged' AND changed_at < $2)",
                          parameters)));
  return done(connection.run(
      "DELETE FROM attachment_chunk WHERE sha256 NOT IN (SELECT sha256 FROM attachment_local)"));
}

Status AttachmentStore::remove_staged(const Uuid& id) {
  return store_.apply([&](RowWriter& writer) -> Status {
    const auto removed = writer.connection().run(
        "DELETE FROM attachment_local WHERE id = $1 AND state = 'staged'", sql::params(id));
    if (!removed.ok()) return removed.error();
    if (*removed == 0) return unknown();
    return done(writer.connection().run(
        "DELETE FROM attachment_chunk WHERE sha256 NOT IN (SELECT sha256 FROM attachment_local)"));
  });
}

Status AttachmentStore::bind(RowWriter& writer, const std::vector<Uuid>& ids, const AttachmentOwner& owner) {
  if (ids.size() > kAttachmentsPerRecordMax)
    return Error{"field.too_many_attachments", "一次最多 10 个照片或录音 / At most 10 photos or recordings"};
  for (const Uuid& id : ids) {
    std::optional<RowValues> values;
    DOUDI_TRY(writer.connection().query(
        "SELECT kind, media_type, sha256, bytes, taken_at FROM attachment_local WHERE id = $1 AND state = "
        "'staged'",
        sql::params(id), [&](const sql::Row& row) {
          values = RowValues{{"grid", sql::to_value(owner.grid)},
                             {"household", sql::to_value(owner.household)},
                             {"visit", sql::to_value(owner.visit)},
                             {"lead", sql::to_value(owner.lead)},
                             {"kind", row.value(0)},
                             {"media_type", row.value(1)},
                             {"sha256", row.value(2)},
                             {"bytes", row.value(3)},
                             {"taken_at", row.value(4)}};
          return false;
        }));
    if (!values) return unknown();
    DOUDI_TRY(writer.insert("attachment", id, *values));
    DOUDI_TRY(done(writer.connection().run(
        "UPDATE attachment_local SET state = 'waiting', changed_at = $2 WHERE id = $1",
        sql::params(id, store_.clock().wall()))));
  }
  return {};
}

Result<std::vector<AttachmentView>> AttachmentStore::read(const std::string& condition,
                                                          const std::vector<Value>& parameters) {
  std::vector<AttachmentView> views;
  DOUDI_TRY(store_.connection().query(
      "SELECT id, kind, media_type, bytes, taken_at, state, sent, reason, received_at FROM ("
      "SELECT a.id, a.kind, a.media_type, a.bytes, a.taken_at, l.state, l.sent, l.reason, a.received_at, "
      "a.visit, a.lead FROM attachment a LEFT JOIN attachment_local l ON l.id = a.id WHERE a.deleted = 0 "
      "UNION ALL SELECT id, kind, media_type, bytes, taken_at, state, sent, reason, NULL, NULL, NULL FROM "
      "attachment_local WHERE state = 'staged') WHERE " +
          condition + " ORDER BY taken_at, id",
      parameters, [&views](const sql::Row& row) {
        views.push_back(view_of(row));
        return true;
      }));
  return views;
}

Result<std::vector<AttachmentView>> AttachmentStore::of(std::string_view owner_column, const Uuid& owner) {
  return read(std::string(owner_column) + " = $1", sql::params(owner));
}

Result<AttachmentView> AttachmentStore::find(const Uuid& id) {
  DOUDI_ASSIGN(auto views, read("id = $1", sql::params(id)));
  if (views.empty()) return unknown();
  return std::move(views.front());
}

Result<Bytes> AttachmentStore::content(const Uuid& id) {
  DOUDI_ASSIGN(const AttachmentView view, find(id));
  if (!view.here)
    return Error{"field.attachment_elsewhere",
                 "照片在另一台平板或区里 / The photo is on another tablet or at the district"};
  Bytes content;
  DOUDI_TRY(
      store_.connection().query("SELECT c.content FROM attachment_chunk c JOIN attachment_local l ON "
                                "l.sha256 = c.sha256 WHERE l.id = $1 "
                                "ORDER BY c.number",
                                sql::params(id), [&content](const sql::Row& row) {
                                  const ByteView chunk = row.blob(0);
                                  content.insert(content.end(), chunk.begin(), chunk.end());
                                  return true;
                                }));
  return content;
}

Result<std::int64_t> AttachmentStore::waiting() {
  return store_.connection().integer(
      "SELECT count(*) FROM attachment_local WHERE state IN ('waiting', 'uploading')");
}

Status AttachmentStore::retry(const Uuid& id) {
  const auto changed = store_.connection().run(
      "UPDATE attachment_local SET state = 'waiting', sent = 0, reason = '', changed_at = $2 WHERE id = $1 "
      "AND "
      "state = 'rejected'",
      sql::params(id, store_.clock().wall()));
  if (!changed.ok()) return changed.error();
  return *changed == 0 ? Status{unknown()} : Status{};
}

}  // namespace doudi::field
