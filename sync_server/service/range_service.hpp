// The district's side of a range comparison (shared/sync/range_repair.hpp): its rows as marks, the answer to
// one question, and what is kept of a comparison that found something.
#pragma once

#include "shared/wire/messages.hpp"
#include "sync_server/service/district.hpp"

namespace doudi::district {

struct Comparison {
  wire::CompareReply reply;
  bool own_digest_wrong = false;  // the stored digest is not that of the rows: correct_digest()
};
// Reads on the caller's snapshot. "sync.scope" for a scope the worker does not have, "sync.epoch".
Result<Comparison> compare_ranges(sql::Connection& connection, const District& district, const Device& device,
                                  const wire::Compare& asked, Instant now);
// The tablet's last word: kept as an incident and in the audit log.
Status record_comparison(sql::Connection& connection, const Device& device, const wire::Compare& asked,
                         Instant now);
// Recomputes the digest of a scope from its rows, in the writer's transaction.
Status correct_digest(sql::Connection& connection, const District& district, const std::string& scope,
                      Instant now);

}  // namespace doudi::district
