// Conflicts, merge proposals and held groups: read by everybody who works on cases, decided by township and
// district.
#include <charconv>

#include "shared/domain/masking.hpp"
#include "sync_server/api/console_api.hpp"
#include "sync_server/api/json_body.hpp"
#include "sync_server/service/conflict_register.hpp"
#include "sync_server/service/held_groups.hpp"
#include "sync_server/service/merge_proposals.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kReasonBytesMax = 2000;

// Times and yes or no as what they are: the page does not know the catalog.
Json value_json(const sync::Column* column, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (column != nullptr && column->type == sync::ColumnType::instant)
      return format_instant(Instant{*number});
    if (column != nullptr && column->type == sync::ColumnType::boolean) return *number != 0;
    return *number;
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return column != nullptr && column->name == "id_number"
               ? domain::mask_identity_number(*text, domain::MaskLevel::staff)
               : *text;
  }
  if (const auto* blob = std::get_if<Bytes>(&value)) {
    const auto id = uuid_from_bytes(*blob);
    return id ? to_string(*id) : to_hex(*blob);
  }
  return nullptr;
}

Json conflict_json(const sync::Catalog& catalog, const ConflictItem& item) {
  const sync::Table* table = catalog.find(item.table);
  const sync::Column* column = table == nullptr ? nullptr : table->find(item.column);
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
          {"base", value_json(column, item.base)},
          {"current", value_json(column, item.current)},
          {"next", value_json(column, item.next)},
          {"kept", value_json(column, item.kept)},
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
  return {{"id", to_text(group.key)},
          {"device", group.device},
          {"worker", group.worker},
          {"seq", group.key.seq},
          {"reason", group.reason},
          {"rejected", group.rejected},
          {"received_at", format_instant(group.received_at)},
          {"recorded_at", format_instant(group.recorded_at)},
          {"content", content},
          {"about", group.about},
          {"outcome", group.outcome},
          {"closed_by", group.closed_by},
          {"closed_reason", group.closed_reason},
          {"closed_at", json_time(group.closed_at)}};
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

Result<HeldKey> path_held(const http::Request& request) {
  const auto found = request.path_parameters.find("id");
  const auto key = found == request.path_parameters.end() ? std::nullopt : parse_held_key(found->second);
  if (!key) return Error{"not_found", "There is no such group."};
  return *key;
}

}  // namespace

void ConsoleApi::add_register_routes(http::Router& router) {
  route(router, "GET", "/v1/conflicts", kCaseRoles,
        [this](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const auto conflicts, read_conflicts(call.reader, call.actor));
          return list_reply(conflicts, [this](const ConflictItem& item) {
            return conflict_json(district_.store().catalog(), item);
          });
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
  add_held_routes(router);
}

void ConsoleApi::add_held_routes(http::Router& router) {
  route(router, "GET", "/v1/held", kCaseRoles, [](const ConsoleCall& call) -> Result<http::Response> {
    DOUDI_ASSIGN(const auto held, read_held_groups(call.reader, call.actor));
    return list_reply(held, held_json);
  });
  route(router, "POST", "/v1/held/{id}/take", kDeciders,
        [this](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const HeldKey key, path_held(call.request));
          DOUDI_TRY(take_held_group(district_, call.actor, key));
          return json_reply(200, {{"id", to_text(key)}, {"outcome", "taken"}});
        });
  route(router, "POST", "/v1/held/{id}/close", kDeciders,
        [this](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const HeldKey key, path_held(call.request));
          DOUDI_ASSIGN(const Json body, read_json(call.request));
          DOUDI_ASSIGN(const std::string reason, text_field(body, "reason", kReasonBytesMax));
          DOUDI_TRY(close_held_group(district_, call.actor, key, reason));
          return json_reply(200, {{"id", to_text(key)}, {"outcome", "closed"}});
        });
}

}  // namespace doudi::district
