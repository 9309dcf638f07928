#include "shared/wire/bounded_json.hpp"

#include "shared/sync/column_check.hpp"

namespace doudi::wire {
namespace {

bool nests_deeper(std::string_view text, int depth_max) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > depth_max) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Status check_json(std::string_view text, std::size_t bytes_max, int depth_max) {
  if (text.size() > bytes_max) return Error{"json.too_large", "the JSON text is larger than allowed"};
  if (!sync::is_utf8(text)) return Error{"json.not_utf8", "the JSON text is not UTF-8"};
  if (nests_deeper(text, depth_max)) return Error{"json.too_deep", "the JSON text is nested too deeply"};
  return {};
}

}  // namespace doudi::wire
