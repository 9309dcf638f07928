// Text of schema/ compiled into the program, so that a store opens without loose files.
#pragma once

#include <string_view>

namespace doudi::district {

extern const std::string_view kCreateStoreSql;
extern const std::string_view kCategoryAliases;

}  // namespace doudi::district
