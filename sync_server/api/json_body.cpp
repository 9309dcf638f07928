// The text is checked for size, depth and encoding before any parser runs.
#include "sync_server/api/json_body.hpp"

#include "shared/wire/bounded_json.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kBodyBytesMax = 64 * 1024;

}  // namespace

Result<Json> read_json(const http::Request& request) {
  if (request.body.size() > kBodyBytesMax) return Error{"request.too_large", "The request is too large."};
  if (const Status checked = wire::check_json(request.body, kBodyBytesMax); !checked.ok())
    return Error{"request.json", "The request is refused: " + checked.error().message + "."};
  Json body = Json::parse(request.body, nullptr, false);
  if (body.is_discarded() || !body.is_object())
    return Error{"request.json", "The request is not a JSON object."};
  return body;
}

Result<std::string> text_field(const Json& body, const std::string& name, std::size_t bytes_max,
                               bool required) {
  const auto member = body.find(name);
  if (member == body.end() || member->is_null()) {
    if (required) return Error{"request.field", "The field '" + name + "' is missing."};
    return std::string();
  }
  if (!member->is_string()) return Error{"request.field", "The field '" + name + "' is not a text."};
  auto text = member->get<std::string>();
  if (text.size() > bytes_max) return Error{"request.field", "The field '" + name + "' is too long."};
  return text;
}

http::Response json_reply(int status, const Json& body) {
  return http::Response::json(status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Json json_time(const std::optional<Instant>& at) {
  return at ? Json(format_instant(*at)) : Json();
}
Json json_id(const std::optional<Uuid>& id) {
  return id ? Json(to_string(*id)) : Json();
}
Json json_text(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json();
}

}  // namespace doudi::district
