// The running limits of a ledger entry: which clock starts when, from which pack key, and what it means to be
// late on arrival because a tablet was offline (domain.md T13-T36).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"
#include "shared/domain/deadline.hpp"
#include "shared/domain/policy.hpp"

namespace doudi::domain {

enum class ClockKind : std::uint8_t {
  emergency_total,
  emergency_from_receipt,
  acceptance,
  dispatch,
  first_contact,
  verification,
  review,
  decision,
  telling,
  close_out_check,
  referral_ack,
  referral_result,
  paperwork,
  return_completion,
  publicity,
  small_quick
};
std::string_view to_string(ClockKind kind);
std::optional<ClockKind> parse_clock_kind(std::string_view text);

struct Moments {
  Instant found_at;
  std::optional<Instant> received_at;
  std::optional<Instant> accepted_at;
};

struct EntryClock {
  ClockKind kind = ClockKind::acceptance;
  Deadline deadline;
  bool overdue_on_arrival = false;
  bool assumed = false;  // the amount is a default of the pack, not the district's word
  std::string source;
};

// Length of one limit under the pack for that grade; nothing when that grade has no such limit.
struct Limit {
  DeadlineBasis basis = DeadlineBasis::hours;
  int amount = 0;
  bool assumed = false;
  std::string source;
};
std::optional<Limit> limit_of(ClockKind kind, int grade, const PolicyPack& pack);

// A last day that is a rest day moves on.
bool rolls(ClockKind kind, const PolicyPack& pack);
// One clock from `start`.
std::optional<EntryClock> start_clock(ClockKind kind, int grade, Instant start, const PolicyPack& pack,
                                      const WorkCalendar& calendar);
// The clocks that run when a lead is received: for grade 1 the total (from the pack's start: found, received
// or accepted), the line "from receipt", acceptance; for grade 2 acceptance.
std::vector<EntryClock> clocks_on_receipt(int grade, const Moments& moments, const PolicyPack& pack,
                                          const WorkCalendar& calendar);
Instant emergency_start(const Moments& moments, const PolicyPack& pack);
// The papers after first aid: from the end of the emergency or from first aid, as the pack says.
Result<EntryClock> paperwork_clock(Instant first_aid_at, std::optional<Instant> emergency_over_at,
                                   const PolicyPack& pack, const WorkCalendar& calendar);
// Until when an entry closed on that day is looked at again (T128): the end of the pack's window, nothing for
// an entry closed on or after it. Fails with "domain.needs" when the pack has no window.
Result<std::optional<CivilDate>> look_back_due(CivilDate closed_on, const PolicyPack& pack);
// Which warning a running clock has reached: 50, 75, 90 percent, 60 and 15 minutes left, overdue.
std::vector<std::string> warnings_reached(const Deadline& deadline, Instant now);

}  // namespace doudi::domain
