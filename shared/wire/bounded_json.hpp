// JSON is only parsed after its size and its nesting are known: the parser recurses and a deep text would end
// the process.
#pragma once

#include <cstddef>
#include <string_view>

#include "shared/base/result.hpp"

namespace doudi::wire {

// Errors "json.too_large", "json.too_deep", "json.not_utf8". Syntax is the parser's business.
Status check_json(std::string_view text, std::size_t bytes_max, int depth_max = 32);

}  // namespace doudi::wire
