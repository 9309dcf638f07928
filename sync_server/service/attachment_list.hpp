// Which photos and recordings belong to a case or a household, and how far each has come.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/base/instant.hpp"
#include "sync_server/auth/access.hpp"

namespace doudi::district {

struct AttachmentItem {
  Uuid id;
  std::string kind, media_type, note;
  std::int64_t bytes = 0;
  Instant taken_at;
  std::optional<Instant> received_at;
  std::string fault;     // why the bytes were not taken, if they were not
  bool is_lost = false;  // every tablet that could still bring them was revoked
};

// Those of the lead and of the visit it came from; inside the actor's scopes. "not_found".
Result<std::vector<AttachmentItem>> attachments_of_lead(sql::Connection& connection, const Actor& actor,
                                                        const Uuid& lead);
// The newest 200 of the household.
Result<std::vector<AttachmentItem>> attachments_of_household(sql::Connection& connection, const Actor& actor,
                                                             const Uuid& household);

}  // namespace doudi::district
