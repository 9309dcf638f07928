// Photos and recordings on this tablet: taken (staged), then bound to a visit or lead by the save that refers
// to them, then on their way. The content lies in the encrypted store in pieces of 256 KiB, named by the hash
// of the whole, so that the same photo is kept once. The caller holds the store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "field_client/include/doudi/views.hpp"
#include "field_client/store/store.hpp"

namespace doudi::field {

inline constexpr std::size_t kAttachmentsPerRecordMax = 10;
inline constexpr std::int64_t kStagedMax = 100;
inline constexpr std::int64_t kUploadedKeptMs = std::int64_t{30} * 24 * 3'600'000;
inline constexpr std::int64_t kStagedKeptMs = std::int64_t{30} * 24 * 3'600'000;

// The record an attachment belongs to; either visit or lead.
struct AttachmentOwner {
  Uuid grid;
  std::optional<Uuid> household, visit, lead;
};

class AttachmentStore {
 public:
  // `space_min`: bytes that must stay free for texts; below that photos are refused.
  AttachmentStore(Store& store, std::int64_t space_min) : store_(store), space_min_(space_min) {}

  // Keeps the content without its metadata. Errors "media.*", "field.low_storage",
  // "field.too_many_attachments".
  Result<AttachmentView> stage(ByteView content, Instant taken_at);
  // Only what no record refers to yet. "field.unknown_attachment".
  Status remove_staged(const Uuid& id);
  // Inside the save that writes the record. "field.unknown_attachment".
  Status bind(RowWriter& writer, const std::vector<Uuid>& ids, const AttachmentOwner& owner);

  // Those of a visit ("visit") or lead ("lead"), oldest first; also what other tablets recorded.
  Result<std::vector<AttachmentView>> of(std::string_view owner_column, const Uuid& owner);
  Result<AttachmentView> find(const Uuid& id);
  // "field.unknown_attachment", "field.attachment_elsewhere" when another tablet holds it.
  Result<Bytes> content(const Uuid& id);
  Result<std::int64_t> waiting();
  // A refused upload is tried once more.
  Status retry(const Uuid& id);

 private:
  Status check_space(std::size_t bytes) const;
  Status put_chunks(sql::Connection& connection, const std::string& sha256, ByteView content);
  Status forget_old(sql::Connection& connection, Instant now);
  Result<std::vector<AttachmentView>> read(const std::string& condition,
                                           const std::vector<Value>& parameters);

  Store& store_;
  std::int64_t space_min_;
};

}  // namespace doudi::field
