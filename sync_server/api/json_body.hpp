// JSON of the console and of enrolment: small bodies, read only after their depth has been counted, because
// the JSON library has no limit of its own.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "shared/base/ids.hpp"
#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"
#include "shared/http/server.hpp"

namespace doudi::district {

using Json = nlohmann::json;

// An object, depth ≤ 32, ≤ 64 KiB: "request.json", "request.too_large".
Result<Json> read_json(const http::Request& request);
// A text member with at most `bytes_max` bytes: "request.field".
Result<std::string> text_field(const Json& body, const std::string& name, std::size_t bytes_max,
                               bool required = true);
http::Response json_reply(int status, const Json& body);

Json json_time(const std::optional<Instant>& at);
Json json_id(const std::optional<Uuid>& id);
Json json_text(const std::optional<std::string>& text);

}  // namespace doudi::district
