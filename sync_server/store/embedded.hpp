// Text of schema/ compiled into the program, so that a store opens without loose files.
#pragma once

#include <span>
#include <string_view>

#include "shared/sql/migrator.hpp"

namespace doudi::district {

std::span<const sql::Migration> migrations();
extern const std::string_view kCategoryAliases;

}  // namespace doudi::district
