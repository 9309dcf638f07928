#include "field_client/attachments/upload_queue.hpp"

#include <algorithm>

#include "shared/crypto/crypto.hpp"
#include "shared/media/media.hpp"
#include "shared/wire/tus.hpp"

namespace doudi::field {
namespace {

constexpr int kRefusalsMax = 3;

Status done(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

std::string target_of(const Uuid& id) {
  return std::string(wire::kUploadTarget) + "/" + to_string(id);
}

UploadRequest request(std::string method, std::string target) {
  return {std::move(method),
          std::move(target),
          {{std::string(wire::kTusHeader), std::string(wire::kTusVersion)}},
          {},
          {}};
}

// The district looked at this very upload and will not take it; everything else may pass later.
bool is_final(const Error& error) {
  return error.code.starts_with("media.") || error.code == "attachment.hash" ||
         error.code == "attachment.metadata" || error.code == "attachment.other_content" ||
         error.code == "attachment.too_large" || error.code == "attachment.quota";
}

// To a creation the district says so for good; an upload under way it may have forgotten: it was restored.
bool is_unknown(const Error& error) {
  return error.code == "not_found";
}

// Where the two sides no longer agree; asking again clears it up.
bool is_misunderstanding(const Error& error) {
  return error.code == "attachment.offset" || error.code == "attachment.checksum" ||
         error.code == "http.404" || error.code == "http.409" || error.code == "http.422" ||
         is_unknown(error);
}

}  // namespace

// Only when the district has answered for the record: text first.
Result<std::optional<UploadQueue::Item>> UploadQueue::first() {
  std::optional<Item> item;
  DOUDI_TRY(store_.connection().query(
      "SELECT id, state, sha256, bytes, sent FROM attachment_local l WHERE state IN ('waiting', 'uploading') "
      "AND "
      "NOT EXISTS(SELECT 1 FROM op_log o JOIN op_group g ON g.id = o.group_seq WHERE o.table_name = "
      "'attachment' AND o.row_id = l.id AND g.state = 'unsent') ORDER BY state = 'waiting', changed_at, "
      "l.rowid "
      "LIMIT 1",
      [&item](const sql::Row& row) {
        item = Item{row.uuid(0), std::string(row.text(1)), std::string(row.text(2)), row.integer(3),
                    row.integer(4)};
        return false;
      }));
  return item;
}

// As large as a piece may be from where the district stands: after a cut that is inside a chunk.
Result<Bytes> UploadQueue::piece(const Item& item, std::int64_t offset) {
  constexpr auto kChunk = static_cast<std::int64_t>(media::kChunkBytes);
  Bytes content;
  DOUDI_TRY(
      store_.connection().query("SELECT content FROM attachment_chunk WHERE sha256 = $1 AND number BETWEEN "
                                "$2 AND $2 + 1 ORDER BY number",
                                sql::params(item.sha256, offset / kChunk), [&content](const sql::Row& row) {
                                  const ByteView chunk = row.blob(0);
                                  content.insert(content.end(), chunk.begin(), chunk.end());
                                  return true;
                                }));
  const auto skip = static_cast<std::size_t>(offset % kChunk);
  if (skip >= content.size()) return Error{"store.row_missing", "a piece of a photo was not found again"};
  return to_bytes(ByteView(content).subspan(skip, std::min(media::kChunkBytes, content.size() - skip)));
}

Result<std::optional<UploadRequest>> UploadQueue::next() {
  DOUDI_ASSIGN(const auto item, first());
  if (!item) return std::optional<UploadRequest>{};
  // What a greeting took back, because the district was restored, is asked anew.
  if (item->id != item_.id || offset_ != item->sent) offset_.reset();
  if (item->id != item_.id) refusals_ = 0;
  item_ = *item;
  if (item_.state == "waiting") {
    asked_ = Asked::creation;
    UploadRequest made = request("POST", std::string(wire::kUploadTarget));
    made.headers.emplace_back(wire::kUploadLengthHeader, std::to_string(item_.bytes));
    made.headers.emplace_back(
        wire::kUploadMetadataHeader,
        wire::metadata_text({{"attachment", to_string(item_.id)}, {"sha256", item_.sha256}}));
    return std::optional(std::move(made));
  }
  if (!offset_) {
    asked_ = Asked::offset;
    return std::optional(request("HEAD", target_of(item_.id)));
  }
  asked_ = Asked::piece;
  UploadRequest made = request("PATCH", target_of(item_.id));
  DOUDI_ASSIGN(made.body, piece(item_, *offset_));
  made.content_type = wire::kPieceType;
  made.headers.emplace_back(wire::kUploadOffsetHeader, std::to_string(*offset_));
  made.headers.emplace_back(wire::kUploadChecksumHeader, wire::checksum_text(crypto::sha256(made.body)));
  return std::optional(std::move(made));
}

Status UploadQueue::note(const std::string& state, std::int64_t sent, const std::string& reason) {
  const auto parameters = sql::params(item_.id, state, sent, reason, store_.clock().wall());
  return done(
      store_.connection().run("UPDATE attachment_local SET state = $2, sent = $3, reason = $4, changed_at = "
                              "CASE WHEN state = $2 THEN "
                              "changed_at ELSE $5 END, after_group = (SELECT coalesce(max(id), 0) FROM "
                              "op_group) WHERE id = $1",
                              parameters));
}

Result<std::int64_t> UploadQueue::answered(const Result<Bytes>& answer) {
  if (!answer.ok()) return refused(answer.error());
  const auto offset = wire::parse_count(as_text(*answer), item_.bytes);
  if (!offset) return Error{"wire.message", "the district's answer names no offset"};
  return advance(*offset);
}

Result<std::int64_t> UploadQueue::advance(std::int64_t offset) {
  const std::int64_t fresh = std::max<std::int64_t>(0, offset - item_.sent);
  if (asked_ == Asked::piece) refusals_ = 0;
  offset_ = offset;
  DOUDI_TRY(note(offset == item_.bytes ? "uploaded" : "uploading", offset, ""));
  return fresh;
}

Result<std::int64_t> UploadQueue::refused(const Error& error) {
  offset_.reset();
  if (is_final(error) || (asked_ == Asked::creation && is_unknown(error))) {
    DOUDI_TRY(note("rejected", 0, error.code));
    return std::int64_t{0};
  }
  if (!is_misunderstanding(error)) return error;
  if (++refusals_ > kRefusalsMax) {
    DOUDI_TRY(note("rejected", 0, error.code));
    return std::int64_t{0};
  }
  // The district does not know the upload any more: it is made again.
  if (asked_ == Asked::offset || is_unknown(error)) DOUDI_TRY(note("waiting", 0, ""));
  return std::int64_t{0};
}

}  // namespace doudi::field
