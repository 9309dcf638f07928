// Photos and recordings for the console: the list says what is still on its way, the content is decrypted for
// people on the case only, and every view is in the audit record before the first byte is shown.
#include "sync_server/api/console_api.hpp"
#include "sync_server/api/json_body.hpp"
#include "sync_server/service/attachment_list.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

std::string state_of(const AttachmentItem& item) {
  if (item.received_at) return "stored";
  if (!item.fault.empty()) return "rejected";
  return item.is_lost ? "lost" : "pending";
}

Json list_json(const std::vector<AttachmentItem>& items) {
  Json list = Json::array();
  for (const AttachmentItem& item : items) {
    list.push_back({{"id", to_string(item.id)},
                    {"kind", item.kind},
                    {"media_type", item.media_type},
                    {"bytes", item.bytes},
                    {"note", item.note},
                    {"taken_at", format_instant(item.taken_at)},
                    {"received_at", json_time(item.received_at)},
                    {"state", state_of(item)},
                    {"fault", item.fault}});
  }
  return list;
}

Result<Uuid> id_in(const http::Request& request) {
  const auto id = parse_uuid(request.path_parameters.at("id"));
  if (!id) return Error{"not_found", "There is no such thing here."};
  return *id;
}

std::string file_name(const Uuid& id, const std::string& media_type) {
  const std::string ending = media_type == "image/jpeg"  ? ".jpg"
                             : media_type == "image/png" ? ".png"
                                                         : ".webm";
  return to_string(id) + ending;
}

}  // namespace

void ConsoleApi::add_attachment_routes(http::Router& router) {
  route(router, "GET", "/v1/leads/{id}/attachments", kCaseRoles,
        [](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const Uuid id, id_in(call.request));
          DOUDI_ASSIGN(const auto items, attachments_of_lead(call.reader, call.actor, id));
          return json_reply(200, {{"attachments", list_json(items)}});
        });
  route(router, "GET", "/v1/households/{id}/attachments", kCaseRoles,
        [](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const Uuid id, id_in(call.request));
          DOUDI_ASSIGN(const auto items, attachments_of_household(call.reader, call.actor, id));
          return json_reply(200, {{"attachments", list_json(items)}});
        });
  route(router, "GET", "/v1/attachments/{id}/content", kCaseRoles,
        [this](const ConsoleCall& call) -> Result<http::Response> {
          DOUDI_ASSIGN(const Uuid id, id_in(call.request));
          DOUDI_ASSIGN(const Attachments::Content content, attachments_.content(call.reader, call.actor, id));
          DOUDI_TRY(district_.writer().run([&](sql::Connection& connection) {
            return append_audit(connection, {district_.now(), call.actor.account, std::nullopt,
                                             "attachment.view", "attachment", id, ""});
          }));
          http::Response response =
              http::Response::binary(content.media_type, std::string(as_text(content.bytes)));
          response.headers.emplace_back("Content-Disposition",
                                        "inline; filename=\"" + file_name(id, content.media_type) + "\"");
          response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
          response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
          return response;
        });
}

}  // namespace doudi::district
