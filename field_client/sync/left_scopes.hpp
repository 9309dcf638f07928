// What leaves a tablet: grids handed over to somebody else, and rows that moved to another grid. Nothing goes
// while an unsent operation hangs on it; then everything goes in one transaction, and the district is told
// (sync.md, Push).
#pragma once

#include <string>
#include <vector>

#include "field_client/store/store.hpp"
#include "shared/wire/messages.hpp"

namespace doudi::field {

class LeftScopes {
 public:
  explicit LeftScopes(Store& store) : store_(store) {}

  // Inside the caller's transaction: what is held from now on; whatever was held before and is not, is left.
  Status hold(const std::vector<std::string>& before, const std::vector<std::string>& now);
  // Rows of a page that left their scope: gone at once, or noted until their operations are acknowledged.
  Status depart(RowWriter& writer, const std::vector<wire::Departure>& departures);
  // Removes what nothing unsent hangs on any more. True when rows went.
  Result<bool> purge(RowWriter& writer);
  // Scopes that are gone, until the district knows.
  Result<std::vector<std::string>> receipts();
  Status receipts_taken();
  // Left and not gone yet.
  Result<std::vector<std::string>> waiting();
  Result<std::vector<wire::Departure>> departing();

 private:
  Result<bool> has_unsent(const std::string& scope);
  Status remove_scope(RowWriter& writer, const std::string& scope);
  static Status remove_photos(sql::Connection& connection, const std::string& which,
                              const std::vector<Value>& parameters);
  Status remove_row(RowWriter& writer, const wire::Departure& departure);

  Store& store_;
};

}  // namespace doudi::field
