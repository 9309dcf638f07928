// Answers are small and go out in one write: head and body are put into one string.
#include "shared/http/response.hpp"

#include <algorithm>

#include <boost/beast/http/status.hpp>

#include "shared/http/text.hpp"

namespace doudi::http {
namespace {

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  for (const char c : value) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  out += "\r\n";
}

// The server alone says how long the body is and whether the connection stays.
bool is_framing_header(std::string_view name) {
  return equal_ignoring_case(name, "content-length") || equal_ignoring_case(name, "transfer-encoding") ||
         equal_ignoring_case(name, "connection");
}

bool names(const HeaderList& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [name](const auto& header) { return equal_ignoring_case(header.first, name); });
}

bool has_no_body(int status) {
  return status == 204 || status == 304 || status < 200;
}

}  // namespace

std::string to_wire(const Response& response, const HeaderList& defaults, AnswerForm form) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(response.status)));
  std::string out;
  out.reserve(512 + (form.head_only ? 0 : response.body.size()));
  out += "HTTP/1.1 " + std::to_string(response.status) + ' ';
  out.append(reason.data(), reason.size());
  out += "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (!is_framing_header(name)) append_header(out, name, value);
  }
  for (const auto& [name, value] : defaults) {
    if (!is_framing_header(name) && !names(response.headers, name)) append_header(out, name, value);
  }
  if (!form.streaming && !has_no_body(response.status))
    append_header(out, "Content-Length", std::to_string(response.body.size()));
  if (!form.keep_alive) append_header(out, "Connection", "close");
  out += "\r\n";
  if (!form.head_only && !has_no_body(response.status)) out += response.body;
  return out;
}

Response Response::json(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

Response Response::binary(std::string content_type, std::string body) {
  return {200, {{"Content-Type", std::move(content_type)}}, std::move(body)};
}

Response busy() {
  auto response = problem(503, {"http.busy", "the server has no free connection, try again shortly"});
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

Response internal_error() {
  return problem(500, {"http.internal", "the server failed on this request"});
}

}  // namespace doudi::http
