// Declares what the build writes from schema/: the tablet's migrations as text in the program.
#pragma once

#include <span>

#include "shared/sql/migrator.hpp"

namespace doudi::field::embedded {

std::span<const sql::Migration> migrations();

}  // namespace doudi::field::embedded
