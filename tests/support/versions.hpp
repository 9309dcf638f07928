// Programs of other versions in one process: the shipped schema and, for every version beyond it, one more
// column of a household and its migration, written as a release would write them.
#pragma once

#include <string>
#include <vector>

#include "field_client/store/catalog_file.hpp"
#include "sync_server/store/schema.hpp"

namespace doudi::test {

// What the version `ahead` of the shipped one brings.
std::string added_column(int ahead);
std::string added_table(int ahead);

class Version {
 public:
  explicit Version(int ahead);
  Version(const Version&) = delete;
  [[nodiscard]] const field::Schema& tablet() const { return tablet_; }
  [[nodiscard]] const district::Schema& district() const { return district_; }

 private:
  std::vector<std::string> texts_;  // what the migrations below look at
  std::vector<sql::Migration> tablet_migrations_;
  std::vector<sql::Migration> district_migrations_;
  field::Schema tablet_;
  district::Schema district_;
};

// The program so many versions (0 to 5) after the shipped one, made once.
const Version& ahead(int versions);

}  // namespace doudi::test
