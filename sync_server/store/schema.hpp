// What a district's store looks like and which rows it shares: embedded at build time, an argument so that
// tests can run another version of the program beside this one.
#pragma once

#include <span>

#include "shared/sql/migrator.hpp"
#include "shared/sync/catalog.hpp"

namespace doudi::district {

struct Schema {
  sync::Catalog catalog;
  std::span<const sql::Migration> migrations;
};
const Schema& shipped_schema();  // lives as long as the program

}  // namespace doudi::district
