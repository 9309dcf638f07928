// The Beast parser reads the head that the framing check accepted: a second opinion, and the source of the
// fields.
#include "shared/http/request.hpp"

#include <limits>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "shared/http/text.hpp"

namespace doudi::http {
namespace {

namespace beast = boost::beast;
using Parser = beast::http::request_parser<beast::http::empty_body>;

std::string_view to_view(beast::string_view text) {
  return {text.data(), text.size()};
}

Status read_target(Request& request) {
  std::string_view target = request.target;
  if (const auto absolute = split_absolute_target(target); absolute && target.front() != '/')
    target = absolute->path_and_query;
  target = target.substr(0, target.find('#'));
  const auto question = target.find('?');
  auto path = percent_decode(target.substr(0, question), false);
  auto query =
      decode_query(question == std::string_view::npos ? std::string_view{} : target.substr(question + 1));
  if (!path || !query) return Error{"http.target", "the address has a broken percent sequence"};
  request.path = std::move(*path);
  request.query = std::move(*query);
  return {};
}

}  // namespace

Result<ParsedHead> parse_head(std::string_view raw_head) {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(raw_head.size() + 1));
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // check_framing held it against the limits
  beast::error_code failure;
  const auto used = parser.put(boost::asio::buffer(raw_head.data(), raw_head.size()), failure);
  if (failure || used != raw_head.size() || !parser.is_header_done() || parser.chunked()) {
    return Error{"http.framing", "the head cannot be read"};
  }
  const auto& message = parser.get();
  ParsedHead head;
  head.request.method = std::string(to_view(message.method_string()));
  head.request.target = std::string(to_view(message.target()));
  for (const auto& field : message) {
    head.request.headers.emplace_back(to_lower(to_view(field.name_string())),
                                      std::string(to_view(field.value())));
  }
  head.content_length = parser.content_length().value_or(0);
  head.keep_alive =
      message.version() == 11 && !has_token(head.request.header("connection").value_or(""), "close");
  head.expects_continue = equal_ignoring_case(head.request.header("expect").value_or(""), "100-continue");
  DOUDI_TRY(read_target(head.request));
  return head;
}

std::optional<std::string_view> Request::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

}  // namespace doudi::http
