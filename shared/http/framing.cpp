// The framing rules over the raw head. Anything that two HTTP implementations could read differently is
// refused here, before Beast sees it: a request that one side splits in two is how requests are smuggled past
// a proxy. Chunked request bodies are refused as a whole (411): every client of this server knows its length.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "shared/http/server.hpp"
#include "shared/http/text.hpp"

namespace doudi::http {
namespace {

using Refusal = std::optional<FramingError>;

struct Field {
  std::string_view name;
  std::string_view value;
};

struct Head {
  std::string_view method;
  std::string_view target;
  std::string_view version;
  std::vector<Field> fields;
};

FramingError malformed(std::string reason) {
  return {400, "http.framing", std::move(reason)};
}

bool is_token(std::string_view text) {
  const auto token_char = [](char c) {
    return is_digit(c) || is_letter(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), token_char);
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_field_value(std::string_view text) {
  const auto forbidden = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  };
  return std::none_of(text.begin(), text.end(), forbidden);
}

bool is_authority(std::string_view text) {
  const auto authority_char = [](char c) {
    return is_digit(c) || is_letter(c) || std::string_view(".-_:[]").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), authority_char);
}

// Every line ends in CR LF, and neither character stands anywhere else.
Refusal check_lines(std::string_view head) {
  if (head.size() < 4 || head.substr(head.size() - 4) != "\r\n\r\n")
    return malformed("the head has no blank line at its end");
  if (head.find("\r\n\r\n") != head.size() - 4) return malformed("the head has a blank line in its middle");
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\0') return malformed("NUL in the head");
    if (head[i] == '\n' && (i == 0 || head[i - 1] != '\r'))
      return malformed("line feed without carriage return");
    if (head[i] == '\r' && (i + 1 == head.size() || head[i + 1] != '\n'))
      return malformed("carriage return without line feed");
  }
  return std::nullopt;
}

Refusal read_request_line(std::string_view line, Head& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return malformed("the request line has not three parts");
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  head.version = line.substr(last + 1);
  if (!is_token(head.method) || head.method.size() > 16) return malformed("the method is no token");
  if (head.target.empty() || !is_visible(head.target))
    return malformed("the target has a forbidden character");
  const bool shaped = head.version.size() == 8 && head.version.starts_with("HTTP/") &&
                      is_digit(head.version[5]) && head.version[6] == '.' && is_digit(head.version[7]);
  if (!shaped) return malformed("the version is malformed");
  if (head.version != "HTTP/1.0" && head.version != "HTTP/1.1") {
    return FramingError{505, "http.version", "only HTTP/1.0 and HTTP/1.1 are spoken"};
  }
  return std::nullopt;
}

Refusal read_field(std::string_view line, Head& head) {
  if (line.front() == ' ' || line.front() == '\t') return malformed("folded header line");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return malformed("header line without a colon");
  const Field field{line.substr(0, colon), trim(line.substr(colon + 1))};
  if (!is_token(field.name)) return malformed("header name with a forbidden character");
  if (!is_field_value(field.value)) return malformed("header value with a control character");
  head.fields.push_back(field);
  return std::nullopt;
}

Refusal read_head(std::string_view raw, Head& head) {
  std::string_view rest = raw.substr(0, raw.size() - 2);
  const auto next_line = [&rest] {
    const auto end = rest.find("\r\n");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    return line;
  };
  if (auto refusal = read_request_line(next_line(), head)) return refusal;
  while (!rest.empty()) {
    if (auto refusal = read_field(next_line(), head)) return refusal;
  }
  return std::nullopt;
}

std::vector<std::string_view> values_of(const Head& head, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& field : head.fields) {
    if (equal_ignoring_case(field.name, name)) values.push_back(field.value);
  }
  return values;
}

Refusal check_host(const Head& head) {
  const auto hosts = values_of(head, "host");
  if (hosts.size() != 1) return malformed("exactly one Host is needed");
  if (!is_authority(hosts.front())) return malformed("the Host is malformed");
  if (head.target.front() == '/') return std::nullopt;
  const auto absolute = split_absolute_target(head.target);
  if (!absolute) return malformed("the target is neither a path nor an http address");
  if (!equal_ignoring_case(absolute->authority, hosts.front()))
    return malformed("the target names another host");
  return std::nullopt;
}

Refusal check_transfer_encoding(const Head& head) {
  const auto encodings = values_of(head, "transfer-encoding");
  if (encodings.empty()) return std::nullopt;
  if (encodings.size() > 1) return malformed("Transfer-Encoding twice");
  if (head.version == "HTTP/1.0") return malformed("Transfer-Encoding in HTTP/1.0");
  if (!equal_ignoring_case(encodings.front(), "chunked"))
    return malformed("Transfer-Encoding other than chunked");
  if (!values_of(head, "content-length").empty()) return malformed("Transfer-Encoding and Content-Length");
  return FramingError{411, "http.length_required", "send the body with a Content-Length"};
}

Refusal check_content_length(const Head& head, const Limits& limits) {
  const auto lengths = values_of(head, "content-length");
  if (lengths.empty()) return std::nullopt;
  if (lengths.size() > 1) return malformed("Content-Length twice");
  const auto digits = lengths.front();
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit))
    return malformed("Content-Length is no number");
  std::uint64_t length = 0;
  for (const char digit : digits) {
    length = length * 10 + static_cast<std::uint64_t>(digit - '0');
    if (length > limits.body_bytes)
      return FramingError{413, "http.body_too_large", "the body is larger than this server accepts"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<FramingError> check_framing(std::string_view raw_head, const Limits& limits) {
  if (raw_head.size() > limits.header_bytes) {
    return FramingError{431, "http.header_too_large", "the header is larger than this server accepts"};
  }
  if (auto refusal = check_lines(raw_head)) return refusal;
  Head head;
  if (auto refusal = read_head(raw_head, head)) return refusal;
  if (auto refusal = check_host(head)) return refusal;
  if (auto refusal = check_transfer_encoding(head)) return refusal;
  return check_content_length(head, limits);
}

}  // namespace doudi::http
