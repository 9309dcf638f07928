#include "shared/domain/clock.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/domain/enum_names.hpp"

namespace doudi::domain {
namespace {

constexpr EnumNames<ClockKind, 16> kNames{{
    {ClockKind::emergency_total, "emergency_total"},
    {ClockKind::emergency_from_receipt, "emergency_from_receipt"},
    {ClockKind::acceptance, "acceptance"},
    {ClockKind::dispatch, "dispatch"},
    {ClockKind::first_contact, "first_contact"},
    {ClockKind::verification, "verification"},
    {ClockKind::review, "review"},
    {ClockKind::decision, "decision"},
    {ClockKind::telling, "telling"},
    {ClockKind::close_out_check, "close_out_check"},
    {ClockKind::referral_ack, "referral_ack"},
    {ClockKind::referral_result, "referral_result"},
    {ClockKind::paperwork, "paperwork"},
    {ClockKind::return_completion, "return_completion"},
    {ClockKind::publicity, "publicity"},
    {ClockKind::small_quick, "small_quick"},
}};

// Grade 0 means any grade.
struct LimitKey {
  ClockKind kind;
  int grade;
  DeadlineBasis basis;
  std::string_view key;
};

constexpr std::array<LimitKey, 23> kLimits{{
    {ClockKind::emergency_total, 1, DeadlineBasis::hours, "emergency.limit"},
    {ClockKind::emergency_from_receipt, 1, DeadlineBasis::hours, "emergency.limit"},
    {ClockKind::acceptance, 1, DeadlineBasis::hours, "clock.acceptance.grade1_hours"},
    {ClockKind::acceptance, 2, DeadlineBasis::workdays, "clock.acceptance.grade2_workdays"},
    {ClockKind::dispatch, 1, DeadlineBasis::hours, "clock.dispatch.grade1_hours"},
    {ClockKind::dispatch, 2, DeadlineBasis::workdays, "clock.dispatch.grade2_workdays"},
    {ClockKind::first_contact, 1, DeadlineBasis::hours, "clock.first_contact.grade1_hours"},
    {ClockKind::first_contact, 2, DeadlineBasis::workdays, "clock.first_contact.grade2_workdays"},
    {ClockKind::verification, 2, DeadlineBasis::workdays, "clock.verification.grade2_workdays"},
    {ClockKind::review, 2, DeadlineBasis::workdays, "clock.review.grade2_workdays"},
    {ClockKind::decision, 1, DeadlineBasis::hours, "emergency.limit"},
    {ClockKind::decision, 2, DeadlineBasis::workdays, "clock.decision.grade2_workdays"},
    {ClockKind::telling, 0, DeadlineBasis::workdays, "clock.telling.workdays"},
    {ClockKind::close_out_check, 1, DeadlineBasis::workdays, "clock.close_out_check.grade1_workdays"},
    {ClockKind::close_out_check, 2, DeadlineBasis::workdays, "clock.close_out_check.grade2_workdays"},
    {ClockKind::referral_ack, 1, DeadlineBasis::workdays, "clock.referral_ack.grade1_workdays"},
    {ClockKind::referral_ack, 2, DeadlineBasis::workdays, "clock.referral_ack.grade2_workdays"},
    {ClockKind::referral_result, 1, DeadlineBasis::workdays, "clock.referral_result.grade1_workdays"},
    {ClockKind::referral_result, 2, DeadlineBasis::workdays, "clock.referral_result.grade2_workdays"},
    {ClockKind::paperwork, 0, DeadlineBasis::workdays, "first_aid.follow_up_workdays"},
    {ClockKind::return_completion, 2, DeadlineBasis::workdays, "clock.return_completion.workdays"},
    {ClockKind::publicity, 0, DeadlineBasis::days, "publicity.days"},
    {ClockKind::small_quick, 0, DeadlineBasis::days, "small_quick.days"},
}};

}  // namespace

std::string_view to_string(ClockKind kind) {
  return name_of(kNames, kind);
}

std::optional<ClockKind> parse_clock_kind(std::string_view text) {
  return value_of(kNames, text);
}

std::optional<Limit> limit_of(ClockKind kind, int grade, const PolicyPack& pack) {
  for (const LimitKey& limit : kLimits) {
    if (limit.kind != kind || (limit.grade != 0 && limit.grade != grade)) continue;
    const auto amount = pack.integer(limit.key);
    if (!amount) return std::nullopt;
    return Limit{limit.basis, static_cast<int>(*amount), pack.assumed(limit.key), pack.source(limit.key)};
  }
  return std::nullopt;
}

bool rolls(ClockKind kind, const PolicyPack& pack) {
  // Publicity runs its days out; the fast small aid rolls only if the district says so (T25).
  return kind == ClockKind::small_quick && pack.boolean("small_quick.roll").value_or(false);
}

std::optional<EntryClock> start_clock(ClockKind kind, int grade, Instant start, const PolicyPack& pack,
                                      const WorkCalendar& calendar) {
  const auto limit = limit_of(kind, grade, pack);
  if (!limit) return std::nullopt;
  EntryClock clock;
  clock.kind = kind;
  clock.deadline = make_deadline(limit->basis, limit->amount, start, rolls(kind, pack), calendar);
  clock.assumed = limit->assumed;
  clock.source = limit->source;
  return clock;
}

Instant emergency_start(const Moments& moments, const PolicyPack& pack) {
  const std::string start = pack.text("emergency.start").value_or("found");
  if (start == "accepted" && moments.accepted_at) return *moments.accepted_at;
  if (start != "found" && moments.received_at) return *moments.received_at;
  return moments.found_at;
}

std::vector<EntryClock> clocks_on_receipt(int grade, const Moments& moments, const PolicyPack& pack,
                                          const WorkCalendar& calendar) {
  const Instant received = moments.received_at.value_or(moments.found_at);
  std::vector<EntryClock> clocks;
  const auto add = [&](ClockKind kind, Instant start) {
    auto clock = start_clock(kind, grade, start, pack, calendar);
    if (!clock) return;
    clock->overdue_on_arrival = kind == ClockKind::emergency_total && !is_on_time(clock->deadline, received);
    clocks.push_back(std::move(*clock));
  };
  add(ClockKind::emergency_total, emergency_start(moments, pack));
  add(ClockKind::emergency_from_receipt, received);
  add(ClockKind::acceptance, received);
  return clocks;
}

Result<EntryClock> paperwork_clock(Instant first_aid_at, std::optional<Instant> emergency_over_at,
                                   const PolicyPack& pack, const WorkCalendar& calendar) {
  const auto from = pack.text("first_aid.follow_up_from");
  if (!from) return Error{"domain.needs", "first_aid.follow_up_from"};
  Instant start = first_aid_at;
  if (*from == "emergency_over") {
    if (!emergency_over_at) return Error{"domain.needs", "emergency_over_at"};
    start = *emergency_over_at;
  }
  auto clock = start_clock(ClockKind::paperwork, 0, start, pack, calendar);
  if (!clock) return Error{"domain.needs", "first_aid.follow_up_workdays"};
  return std::move(*clock);
}

Result<std::optional<CivilDate>> look_back_due(CivilDate closed_on, const PolicyPack& pack) {
  const auto until = pack.text("lookback.to");
  const auto day = until ? parse_date(*until) : std::nullopt;
  if (!day) return Error{"domain.needs", "lookback.to"};
  return closed_on < *day ? day : std::nullopt;
}

std::vector<std::string> warnings_reached(const Deadline& deadline, Instant now) {
  std::vector<std::string> reached;
  const int permille = elapsed_permille(deadline, now);
  const std::int64_t left_ms = deadline.due_at.ms - now.ms;
  if (permille >= 500) reached.emplace_back("50%");
  if (permille >= 750) reached.emplace_back("75%");
  if (permille >= 900) reached.emplace_back("90%");
  if (left_ms <= 60 * 60'000LL) reached.emplace_back("T-60");
  if (left_ms <= 15 * 60'000LL) reached.emplace_back("T-15");
  if (!is_on_time(deadline, now)) reached.emplace_back("overdue");
  return reached;
}

}  // namespace doudi::domain
