// A head that the framing check accepts is exactly one request to the Beast parser too: it ends where the
// blank line ends, its body is as long as the one Content-Length says, and what follows stays a request of
// its own.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "shared/base/result.hpp"
#include "shared/http/request.hpp"
#include "shared/http/server.hpp"

namespace {

namespace beast = boost::beast;
using doudi::ensure;

constexpr std::string_view kNextRequest = "GET /admin/export HTTP/1.1\r\nHost: hidden\r\n\r\n";

// Reads head and following bytes in two buffers, as they may arrive.
void check_one_request(std::string_view head, bool all_at_once) {
  beast::http::request_parser<beast::http::empty_body> parser;
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  beast::error_code failure;
  std::string bytes(head);
  if (all_at_once) bytes += kNextRequest;
  const auto used = parser.put(boost::asio::buffer(bytes), failure);
  if (failure) {  // such as a Connection that is no list of words
    ensure(!doudi::http::parse_head(head).ok(), "what the parser refuses is no request");
    return;
  }
  ensure(used == head.size() && parser.is_header_done(),
         "the request ends its head where the blank line ends");
  ensure(!parser.chunked(), "no accepted request is chunked");
  ensure(parser.get().count(beast::http::field::host) == 1, "one Host");
  ensure(parser.get().count(beast::http::field::content_length) <= 1, "at most one Content-Length");
  ensure(parser.get().count(beast::http::field::transfer_encoding) == 0, "no Transfer-Encoding");
  const auto length = parser.content_length().value_or(0);
  ensure(length <= doudi::http::Limits{}.body_bytes, "the body fits");
  ensure(parser.is_done() == (length == 0), "only a length makes a body");
}

void check_parsed(std::string_view head) {
  const auto parsed = doudi::http::parse_head(head);
  if (!parsed.ok()) return;
  const auto& request = parsed.value().request;
  ensure(!request.path.empty() && request.path.find('\0') == std::string::npos, "a path without NUL");
  ensure(request.header("host").has_value(), "the Host is passed on");
  ensure(!request.header("transfer-encoding").has_value(), "no coding is passed on");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = input.find("\r\n\r\n");
  const auto head = input.substr(0, end == std::string_view::npos ? size : end + 4);
  const auto refusal = doudi::http::check_framing(head, {});
  if (refusal) {
    ensure(refusal->status >= 400 && refusal->status < 600, "a refusal is an error answer");
    return 0;
  }
  check_one_request(head, true);
  check_one_request(head, false);
  check_parsed(head);
  return 0;
}
