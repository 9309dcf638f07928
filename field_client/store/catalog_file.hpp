// The catalog and the migrations, embedded in the program at build time: a tablet never reads its schema from
// a file that somebody could change.
#pragma once

#include <span>

#include "shared/base/result.hpp"
#include "shared/sql/migrator.hpp"
#include "shared/sync/catalog.hpp"

namespace doudi::field {

// Asserts that the embedded document is right: a build with a broken catalog is a broken program.
const sync::Catalog& catalog();
std::span<const sql::Migration> migrations();

}  // namespace doudi::field
