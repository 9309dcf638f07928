// An error that is not in the table is ours: 500, and its words stay inside.
#include "sync_server/api/reply.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace doudi::district {
namespace {

constexpr auto kStatus = std::to_array<std::pair<std::string_view, int>>({
    {"enroll.code_wrong", 403},
    {"enroll.code_expired", 403},
    {"enroll.code_used", 403},
    {"enroll.too_many_tries", 429},
    {"enroll.not_a_worker", 422},
    {"auth.nonce", 401},
    {"auth.signature", 401},
    {"auth.revoked", 403},
    {"auth.unknown_device", 404},
    {"auth.credentials", 401},
    {"auth.locked", 429},
    {"auth.session", 401},
    {"auth.csrf", 403},
    {"auth.role", 403},
    {"auth.device", 400},
    {"wire.frame", 400},
    {"wire.message", 400},
    {"request.json", 400},
    {"request.field", 422},
    {"request.too_large", 413},
    {"request.content_type", 415},
    {"not_found", 404},
    {"assignment.unchanged", 409},
    {"assignment.not_holder", 409},
    {"relocation.unchanged", 409},
    {"conflict.closed", 409},
    {"conflict.ledger", 409},
    {"conflict.no_value", 409},
    {"proposal.closed", 409},
    {"held.closed", 409},
    {"held.refused", 409},
    {"ledger.not_allowed", 403},
    {"ledger.already_accepted", 409},
    {"ledger.district_only", 403},
    {"ledger.reason_needed", 422},
    {"ledger.wrong_state", 409},
    {"account.unknown", 404},
    {"account.exists", 409},
    {"account.login", 422},
    {"account.role", 422},
    {"account.scope", 422},
    {"account.password", 422},
    {"sql.busy", 503},
    {"sql.full", 503},
    {"sql.interrupted", 503},
    {"server.busy", 503},
    {"server.draining", 503},
    {"wire.too_many_groups", 413},
    {"sync.incarnation", 409},
    {"compare.kind", 422},
    {"compare.no_list", 409},
    {"compare.busy", 409},
    {"compare.part", 409},
    {"compare.wrong_state", 409},
    {"compare.reason_needed", 422},
    {"compare.no_grid", 422},
    {"compare.no_worker", 422},
    {"sync.epoch", 409},
    {"sync.schema_old", 409},
    {"sync.schema_new", 409},
    {"sync.scope", 403},
    {"attachment.header", 400},
    {"attachment.offset", 409},
    {"attachment.checksum", 460},
    {"attachment.too_large", 413},
    {"attachment.other_content", 409},
    {"attachment.quota", 429},
    {"attachment.hash", 422},
    {"attachment.metadata", 422},
    {"attachment.pending", 404},
    {"media.unknown", 422},
    {"media.damaged", 422},
    {"media.too_large", 422},

});

}  // namespace

int status_of(const Error& error) {
  const auto* entry =
      std::find_if(kStatus.begin(), kStatus.end(), [&](const auto& row) { return row.first == error.code; });
  if (entry != kStatus.end()) return entry->second;
  return error.code.starts_with("ledger.") ? 422 : 500;
}

http::Response refuse(const Error& error) {
  const int status = status_of(error);
  const Error shown =
      status == 500 ? Error{"server.failed", "The server could not do this. It has been noted."} : error;
  http::Response response = http::problem(status, shown);
  if (status == 503) response.headers.emplace_back("Retry-After", "2");
  return response;
}

http::Response busy() {
  return refuse({"server.busy", "The server is busy. Try again."});
}

}  // namespace doudi::district
