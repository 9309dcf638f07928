// Small text tools of the HTTP layer. ASCII only and without a locale, as RFC 9110 wants them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace doudi::http {

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
inline char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
// Without spaces and tabs at both ends.
std::string_view trim(std::string_view text);
bool has_bare_line_feed(std::string_view text);
// Whether a comma-separated header value names `token`.
bool has_token(std::string_view list, std::string_view token);

// "http://host:port/path?query": the authority, and the rest from the first slash ("/" if there is none).
struct AbsoluteTarget {
  std::string_view authority;
  std::string_view path_and_query;
};
std::optional<AbsoluteTarget> split_absolute_target(std::string_view target);

// Nothing for a broken %xx sequence or one that hides a NUL. `plus_is_space` is for query strings.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
std::optional<std::vector<std::pair<std::string, std::string>>> decode_query(std::string_view query);
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace doudi::http
