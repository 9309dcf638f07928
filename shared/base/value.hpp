// One cell of a row, as SQL binds it and as sync carries it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "shared/base/bytes.hpp"

namespace doudi {

// null, integer, text (UTF-8), blob.
using Value = std::variant<std::monostate, std::int64_t, std::string, Bytes>;

inline bool is_null(const Value& value) {
  return value.index() == 0;
}

}  // namespace doudi
