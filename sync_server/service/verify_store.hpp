// Proves that the store still is what was acknowledged: pages, references, digests, both hash chains, the
// groups of every device with their verdicts.
#pragma once

#include <string>
#include <vector>

#include "sync_server/service/district.hpp"

namespace doudi::district {

struct VerifyReport {
  std::vector<std::string> faults;
  std::int64_t rows = 0;
  std::int64_t visits = 0;
  std::int64_t groups = 0;
  std::int64_t scopes = 0;
  std::int64_t leads = 0;  // whose clocks were built again from their events
};
Result<VerifyReport> verify_store(District& district);
// All but the pages, as this connection sees the store: also within a transaction.
Result<VerifyReport> verify_content(sql::Connection& connection, const District& district);

}  // namespace doudi::district
