// Declares what the build writes from schema/: the tablet's migrations and the words for codes.
#pragma once

#include <span>

#include "shared/sql/migrator.hpp"

namespace doudi::field::embedded {

std::span<const sql::Migration> migrations();
extern const std::string_view kWords;  // schema/aliases/words.json

}  // namespace doudi::field::embedded
