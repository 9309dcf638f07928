// Mends a scope whose digest differs from the district's, row by row: never by dropping what is there. What a
// row was before is kept in set_aside_row, and so is a row the district does not have. At most one comparison
// of a scope per hour, unless a person asks.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "field_client/store/store.hpp"
#include "shared/sync/range_repair.hpp"
#include "shared/wire/messages.hpp"

namespace doudi::field {

inline constexpr std::int64_t kCompareEveryMs = 3'600'000;
inline constexpr std::int64_t kCountEveryMs = 24 * kCompareEveryMs;
// After a restore other tablets still bring rows back: a row the district lacks is left alone for so long.
inline constexpr std::int64_t kRestoreGraceMs = 24 * kCompareEveryMs;

struct RepairStep {
  bool more = false;  // another question follows
  bool pull = false;  // the scope moved on: pull first
  bool rows = false;  // rows of the tablet changed
};

class RangeRepair {
 public:
  explicit RangeRepair(Store& store) : store_(store) {}
  // After a pull that left nothing to fetch: is there a scope to compare? Counts the rows of all scopes anew
  // once a day, so that a row changed behind the program is found too.
  Result<bool> begin();
  Result<wire::Compare> question();
  Result<RepairStep> answered(const wire::Compare& asked, const wire::CompareReply& reply);

 private:
  struct Found {
    std::uint64_t fetched = 0;
    std::uint64_t set_aside = 0;
    std::uint64_t left = 0;  // rows that are not the district's to decide, yet
  };
  Result<bool> is_due(const std::string& scope, bool asked, bool own_rows);
  Status count_rows(const std::vector<std::string>& scopes, bool asked);
  Status open_search(const std::string& scope);
  Status take(const wire::Compare& asked, const wire::CompareReply& reply);
  Status take_row(RowWriter& writer, const sync::RowState& row);
  Status take_absent(RowWriter& writer, const Uuid& row);
  Result<bool> is_own(std::string_view table, const Uuid& row);
  Status keep_aside(const sync::RowState& row, const std::string& reason);
  Status finish();

  Store& store_;
  std::vector<std::string> tables_;  // of the marks' numbers
  std::string scope_;
  std::optional<sync::RangeSearch> search_;
  std::uint64_t version_ = 0;  // of the store the marks are of
  bool begins_ = false;
  bool told_ = false;
  bool grace_ = false;
  Found found_;
  std::set<std::string> unfinished_;  // begun within the hour and interrupted: may begin again
};

}  // namespace doudi::field
