// Legal histories of one lead, made by walking the transition table: what a district could have recorded.
#pragma once

#include <algorithm>
#include <vector>

#include "shared/domain/clock_replay.hpp"
#include "shared/domain/ledger_table.hpp"
#include "tests/property/domain/random_grid.hpp"

namespace doudi::domain::test {

// Evenly, whatever the size RapidCheck is at: a small history is as mixed as a long one.
inline std::size_t any_of_many(std::size_t count) {
  return static_cast<std::size_t>(between(0, 1 << 20)) % count;
}

// A request with everything in order; only state, role and grade may refuse it.
inline ActionRequest willing_request(LedgerAction action, const ClockBook& book, EntryState resume_to) {
  ActionRequest request;
  request.action = action;
  request.grade = book.grade;
  request.lead = book.lead;
  request.entry = book.entry;
  request.resume_to = resume_to;
  request.reason = "经核实不属于救助范围，已转介医保";
  request.category = "急难·断粮";
  request.description = "老人家中断粮";
  request.target_open_same_case = true;
  request.first_aid_given = book.first_aid_at.has_value();
  request.township_leader_may_close = true;
  request.lookback_not_solved = true;
  request.date = CivilDate{};
  request.code = action == LedgerAction::reject          ? "RJ01"
                 : action == LedgerAction::move_to_watch ? "watch"
                                                         : "temporary_aid";
  if (action == LedgerAction::referral_result)
    request.code = std::vector<std::string>{"helped", "declined", "no_reply"}[any_of_many(3)];
  return request;
}

class Walk {
 public:
  // Every event with its clocks, stepped as a district would.
  Walk(const PolicyPack& pack, std::vector<CalendarInForce> calendars, Instant start)
      : pack_(pack), calendars_(std::move(calendars)), now_(start) {
    append(received());
  }

  // One of the steps that are possible now, the same weight for each; one that ends everything is rare.
  void step() {
    if (next_calendar()) return;
    std::vector<std::pair<const TransitionRow*, Transition>> possible;
    for (const TransitionRow& row : transition_table())
      if (auto granted = ask(row); granted && (!ends_it(row.action) || any_of_many(30) == 0))
        possible.emplace_back(&row, std::move(*granted));
    if (possible.empty()) return;
    const auto& [row, transition] = possible[any_of_many(possible.size())];
    if (row->action == LedgerAction::note) return note();
    if (row->action == LedgerAction::suspend) before_pause_ = book.entry;
    ClockEvent event = row->action == LedgerAction::resend ? received() : ClockEvent{};
    event.action = row->action;
    event.at = now_;
    event.lead = transition.lead;
    event.entry = transition.entry;
    if (row->action == LedgerAction::accept) event.grade = static_cast<int>(any_of_many(3));
    append(event);
  }

  // Rare, so that most histories are long.
  static bool ends_it(LedgerAction action) {
    return action == LedgerAction::reject || action == LedgerAction::merge || action == LedgerAction::watch ||
           action == LedgerAction::void_entry;
  }

  ClockBook book;
  std::vector<ClockEvent> events;
  std::vector<ClockBook> books;  // after each event

  [[nodiscard]] std::span<const CalendarInForce> calendars() const { return calendars_; }
  [[nodiscard]] Instant now() const { return now_; }

 private:
  ClockEvent received() {
    ClockEvent event;
    event.action = LedgerAction::upload;
    event.at = now_;
    event.lead = LeadState::reported;
    event.grade = 1 + static_cast<int>(any_of_many(2));
    event.found_at = now_ - std::chrono::minutes(between(0, 3 * 24 * 60));
    return event;
  }

  void note() {
    ClockEvent event;
    event.at = now_;
    if (any_of_many(2) == 0) event.found_at = now_ - std::chrono::hours(between(0, 24 * 20));
    if (any_of_many(2) == 0) event.emergency_over_at = now_;
    append(event);
  }

  // The first step after a calendar came is the program's: limits that run are computed again.
  bool next_calendar() {
    if (!calendar_due_ || calendars_.back().from > now_) return false;
    calendar_due_ = false;
    ClockEvent event;
    event.at = now_;
    event.calendar_changed = true;
    append(event);
    return true;
  }

  std::optional<Transition> ask(const TransitionRow& row) {
    ActionRequest request = willing_request(row.action, book, before_pause_);
    for (int role = 0; role <= static_cast<int>(Role::program); ++role) {
      request.role = static_cast<Role>(role);
      const bool of_district = request.role == Role::district || request.role == Role::district_leader;
      request.route = of_district ? ApprovalRoute::district : ApprovalRoute::township;
      if (auto granted = may(request); granted.ok()) return *granted;
    }
    return std::nullopt;
  }

  void append(const ClockEvent& event) {
    step_clocks(book, event, pack_, calendar_at(calendars_, event.at));
    events.push_back(event);
    books.push_back(book);
    now_ = now_ + std::chrono::minutes(between(1, 4 * 24 * 60));
  }

  const PolicyPack& pack_;
  std::vector<CalendarInForce> calendars_;
  Instant now_;
  EntryState before_pause_ = EntryState::none;
  bool calendar_due_ = true;
};

}  // namespace doudi::domain::test
