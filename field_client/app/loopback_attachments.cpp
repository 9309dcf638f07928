// Photos and recordings of the tablet's page: their bytes go in and out as they are, everything else as JSON.
#include <memory>

#include "field_client/app/loopback_api.hpp"
#include "field_client/app/views_json.hpp"

namespace doudi::field {
namespace {

using Answer = Result<http::Response>;

Result<Uuid> path_id(const http::Request& request) {
  const auto id = parse_uuid(request.path_parameters.at("id"));
  if (!id) return Error{"request.id", "the address names no id"};
  return *id;
}

http::Response shown(const AttachmentView& view) {
  return http::Response::json(200, Json{{"attachment", to_json(view)}}.dump());
}

Answer stage(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const AttachmentView view, field.stage_attachment(as_bytes(request.body)));
  return shown(view);
}

Answer state(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Uuid id, path_id(request));
  DOUDI_ASSIGN(const AttachmentView view, field.attachment(id));
  return shown(view);
}

Answer content(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Uuid id, path_id(request));
  DOUDI_ASSIGN(const AttachmentView view, field.attachment(id));
  DOUDI_ASSIGN(const Bytes bytes, field.attachment_content(id));
  http::Response response = http::Response::binary(view.media_type, std::string(as_text(bytes)));
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Answer remove(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Uuid id, path_id(request));
  DOUDI_TRY(field.remove_attachment(id));
  return http::Response::json(200, Json{{"ok", true}}.dump());
}

Answer retry(Field& field, const http::Request& request) {
  DOUDI_ASSIGN(const Uuid id, path_id(request));
  DOUDI_TRY(field.retry_attachment(id));
  DOUDI_ASSIGN(const AttachmentView view, field.attachment(id));
  return shown(view);
}

}  // namespace

void add_attachment_routes(http::Router& router, Field& field, StoreThread& thread) {
  const auto add = [&](std::string_view method, std::string_view pattern,
                       Answer (*work)(Field&, const http::Request&)) {
    router.add(method, pattern,
               [&field, &thread, work](const http::Request& request, const http::Respond& respond) {
                 auto copy = std::make_shared<const http::Request>(request);
                 const bool taken = thread.post([&field, work, copy, respond] {
                   Answer answer = work(field, *copy);
                   respond(answer.ok() ? std::move(*answer) : failure_response(field, answer.error()));
                 });
                 if (!taken) respond(http::problem(503, {"http.busy", "the tablet is busy"}));
               });
  };
  add("POST", "/api/attachments", stage);
  add("GET", "/api/attachments/{id}", state);
  add("GET", "/api/attachments/{id}/content", content);
  add("DELETE", "/api/attachments/{id}", remove);
  add("POST", "/api/attachments/{id}/retry", retry);
}

}  // namespace doudi::field
