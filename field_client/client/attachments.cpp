// Photos and recordings of this tablet.
#include "field_client/attachments/attachment_store.hpp"

#include "field_client/client/parts.hpp"

namespace doudi::field {

Result<AttachmentView> Field::stage_attachment(ByteView content, std::optional<Instant> taken_at) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  return parts_->attachments().stage(content, taken_at.value_or(parts_->options.clock.wall()));
}

Status Field::remove_attachment(const Uuid& id) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  return parts_->attachments().remove_staged(id);
}

Result<AttachmentView> Field::attachment(const Uuid& id) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  return parts_->attachments().find(id);
}

Result<Bytes> Field::attachment_content(const Uuid& id) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  return parts_->attachments().content(id);
}

Status Field::retry_attachment(const Uuid& id) {
  {
    const std::lock_guard lock(parts_->mutex);
    DOUDI_TRY(parts_->require_open());
    DOUDI_TRY(parts_->attachments().retry(id));
  }
  parts_->wake_driver();
  return {};
}

}  // namespace doudi::field
