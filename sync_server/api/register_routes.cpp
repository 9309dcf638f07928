// Conflicts, merge proposals and held groups: read by everybody who works on cases, decided by township and
// district.
#include <charconv>

#include "shared/domain/masking.hpp"
#include "sync_server/api/console_api.hpp"
#include "sync_server/api/json_body.hpp"
#include "sync_server/service/conflict_register.hpp"
#include "sync_server/service/merge_proposals.hpp"

namespace doudi::district {
namespace {

const std::set<std::string> kDeciders{"township", "township_leader", "district", "district_leader"};

Json value_json(const std::string& column, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) {
    return column == "id_number" ? domain::mask_identity_number(*text, domain::MaskLevel::staff) : *text;
  }
  if (const auto* blob = std::get_if<Bytes>(&value)) {
    const auto id = uuid_from_bytes(*blob);
    return id ? to_string(*id) : to_hex(*blob);
  }
  return nullptr;
}

Json conflict_json(const ConflictItem& item) {
  return {{"id", item.number},
          {"at", format_instant(item.at)},
          {"table", item.table},
          {"row", to_string(item.row)},
          {"column", item.column},
          {"rule", item.rule},
          {"reason", item.reason},
          {"worker", item.worker},
          {"grid_name", item.grid_name},
          {"street", item.street},
          {"subject", item.subject},
          {"door", item.door},
          {"base", value_json(item.column, item.base)},
          {"current", value_json(item.column, item.current)},
          {"next", value_json(item.column, item.next)},
          {"kept", value_json(item.column, item.kept)},
          {"closed", item.closed},
          {"outcome", item.outcome},
          {"closed_by", item.closed_by},
          {"closed_at", json_time(item.closed_at)}};
}

Json side_json(const ProposedRow& row) {
  return {{"row", to_string(row.row)},
          {"name", row.name},
          {"door", row.door},
          {"phone", domain::mask_phone(row.phone, domain::MaskLevel::staff)},
          {"id_masked", domain::mask_identity_number(row.id_number, domain::MaskLevel::staff)},
          {"grid_name", row.grid_name},
          {"members", row.members},
          {"visits", row.visits}};
}

Json proposal_json(const MergeProposal& proposal) {
  return {{"id", proposal.number},
          {"at", format_instant(proposal.at)},
          {"table", proposal.table},
          {"reason", proposal.reason},
          {"worker", proposal.worker},
          {"first", side_json(proposal.first)},
          {"second", side_json(proposal.second)},
          {"outcome", proposal.outcome}};
}

Json held_json(const HeldGroup& group) {
  Json content = Json::array();
  for (const auto& [table, count] : group.content) content.push_back({{"table", table}, {"count", count}});
  return {{"device", group.device},
          {"worker", group.worker},
          {"incarnation", group.incarnation},
          {"seq", group.seq},
          {"reason", group.reason},
          {"rejected", group.rejected},
          {"received_at", format_instant(group.received_at)},
          {"content", content}};
}

template <class Item, class Write>
http::Response list_reply(const std::vector<Item>& items, const Write& write) {
  Json list = Json::array();
  for (const Item& item : items) list.push_back(write(item));
  return json_reply(200, list);
}

Result<std::int64_t> path_number(const http::Request& request) {
  const auto found = request.path_parameters.find("id");
  std::int64_t number = 0;
  if (found != request.path_parameters.end()) {
    const std::string& text = found->second;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure == std::errc{} && end == text.data() + text.size()) return number;
  }
  return Error{"not_found", "There is no such thing here."};
}

}  // namespace

void ConsoleApi::add_register_routes(http::Router& router) {
  route(router, "GET", "/v1/conflicts", kCaseRoles, [](const ConsoleCall& call) -> Result<http::Response> {
    DOUDI_ASSIGN(const auto conflicts, read_conflicts(call.reader, call.actor));
    return list_reply(conflicts, conflict_json);
  });
  for (const bool taken : {false, true}) {
    route(router, "POST", taken ? "/v1/conflicts/{id}/take" : "/v1/conflicts/{id}/keep", kDeciders,
          [this, taken](const ConsoleCall& call) -> Result<http::Response> {
            DOUDI_ASSIGN(const std::int64_t number, path_number(call.request));
            DOUDI_TRY(close_conflict(district_, call.actor, number, taken));
            return json_reply(200, {{"id", number}, {"outcome", taken ? "taken" : "kept"}});
          });
  }
  route(router, "GET", "/v1/merge-proposals", kCaseRoles,
        [](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const auto proposals, read_merge_proposals(call.reader, call.actor));
          return list_reply(proposals, proposal_json);
        });
  route(router, "POST", "/v1/merge-proposals/{id}/merge", kDeciders,
        [this](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const std::int64_t number, path_number(call.request));
          DOUDI_ASSIGN(const Json body, read_json(call.request));
          DOUDI_ASSIGN(const std::string text, text_field(body, "winner", 64));
          const auto winner = parse_uuid(text);
          if (!winner) return Error{"request.field", "Say which of the two stands."};
          DOUDI_TRY(resolve_proposal(district_, call.actor, number, winner));
          return json_reply(200, {{"id", number}, {"outcome", "merged"}});
        });
  route(router, "POST", "/v1/merge-proposals/{id}/different", kDeciders,
        [this](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const std::int64_t number, path_number(call.request));
          DOUDI_TRY(resolve_proposal(district_, call.actor, number, std::nullopt));
          return json_reply(200, {{"id", number}, {"outcome", "different"}});
        });
  route(router, "GET", "/v1/held", kCaseRoles, [](const ConsoleCall& call) -> Result<http::Response> {
    DOUDI_ASSIGN(const auto held, read_held_groups(call.reader, call.actor));
    return list_reply(held, held_json);
  });
}

}  // namespace doudi::district
