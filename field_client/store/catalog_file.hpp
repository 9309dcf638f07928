// The catalog and the migrations, embedded in the program at build time: a tablet never reads its schema from
// a file that somebody could change. An argument of the store, so that tests can run another version beside
// it.
#pragma once

#include <span>

#include "shared/base/result.hpp"
#include "shared/sql/migrator.hpp"
#include "shared/sync/catalog.hpp"

namespace doudi::field {

struct Schema {
  sync::Catalog catalog;
  std::span<const sql::Migration> migrations;
};
// Asserts that the embedded document is right: a build with a broken catalog is a broken program.
const Schema& shipped_schema();

}  // namespace doudi::field
