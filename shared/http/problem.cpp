// RFC 9457 answers: one stable code for programs, one sentence for people.
#include <string>

#include "shared/http/server.hpp"

namespace doudi::http {
namespace {

// JSON string content. Bytes above 0x7f pass as they are: the texts are UTF-8.
std::string escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(text.size() + 8);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 0x0f];
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

Response problem(int status, const Error& error) {
  Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/problem+json");
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = R"({"type":"about:blank","status":)" + std::to_string(status) + R"(,"code":")" +
                  escaped(error.code) + R"(","title":")" + escaped(error.message) + R"("})";
  return response;
}

}  // namespace doudi::http
