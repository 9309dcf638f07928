#include "shared/domain/clock_replay.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "shared/domain/ledger_table.hpp"

namespace doudi::domain {
namespace {

using K = ClockKind;
using E = EntryState;
using KindSet = std::uint32_t;

constexpr KindSet kEverything = ~KindSet{0};
constexpr KindSet kEmergency = set_of(K::emergency_total) | set_of(K::emergency_from_receipt);
constexpr KindSet kUntilDecided = kEmergency | set_of(K::decision);
constexpr KindSet kOfLead = set_of(K::acceptance) | set_of(K::return_completion);
// The limits of one state each; the papers of the first aid run beside all of them.
constexpr KindSet kOfState = set_of(K::dispatch) | set_of(K::first_contact) | set_of(K::verification) |
                             set_of(K::review) | set_of(K::telling) | set_of(K::close_out_check) |
                             set_of(K::referral_ack) | set_of(K::referral_result);
constexpr StateSet kDecided = set_of(E::delivering) | set_of(E::refused);
constexpr StateSet kSettled = set_of(E::closing) | set_of(E::closed) | set_of(E::voided);

struct StateClock {
  EntryState state;
  ClockKind kind;
};
constexpr StateClock kStateClocks[] = {
    {E::accepted, K::dispatch},        {E::dispatched, K::first_contact}, {E::verifying, K::verification},
    {E::reviewing, K::review},         {E::refused, K::telling},          {E::referred, K::referral_ack},
    {E::referred, K::referral_result}, {E::closing, K::close_out_check},
};

class Step {
 public:
  Step(ClockBook& book, const ClockEvent& event, const PolicyPack& pack, const WorkCalendar& calendar)
      : book_(book), event_(event), pack_(pack), calendar_(calendar) {}

  std::vector<DeadlineChange> run() {
    if (event_.action == LedgerAction::note) return note();
    if (event_.lead != LeadState::none && book_.entry == E::none) lead_step();
    if (event_.entry != E::none) entry_step();
    return {};
  }

 private:
  void lead_step() {
    book_.lead = event_.lead;
    switch (event_.lead) {
      case LeadState::reported:
        return receive();
      case LeadState::returned:
        stop(kEverything);
        return start(K::return_completion, event_.at);
      case LeadState::accepted:
        return accept();
      case LeadState::merged:
      case LeadState::rejected:
      case LeadState::watch:
        return stop(kEverything);
      case LeadState::none:
      case LeadState::draft:
      case LeadState::queued:
        return;
    }
  }

  void receive() {
    stop(kEverything);
    if (event_.grade != 0) book_.grade = event_.grade;
    const Instant found = event_.found_at.value_or(event_.at);
    const bool again = book_.moments.received_at.has_value();
    book_.moments.found_at = again ? std::min(book_.moments.found_at, found) : found;
    if (!again) book_.moments.received_at = event_.at;
    Moments moments = book_.moments;
    moments.received_at = event_.at;
    for (EntryClock& clock : clocks_on_receipt(book_.grade, moments, pack_, calendar_)) add(std::move(clock));
  }

  void accept() {
    stop(kOfLead);
    book_.moments.accepted_at = event_.at;
    const int before = std::exchange(book_.grade, event_.grade == 0 ? book_.grade : event_.grade);
    if (book_.grade != 1) {
      stop(kEmergency);
      return start(K::decision, event_.at);
    }
    const KeptClock* total = running(K::emergency_total);
    const Instant from = emergency_start(book_.moments, pack_);
    if (total != nullptr && total->clock.deadline.started_at == from) return;
    stop(set_of(K::emergency_total));
    start_total(from);
    if (before != 1) start(K::emergency_from_receipt, book_.moments.received_at.value_or(event_.at));
  }

  void entry_step() {
    const EntryState before = std::exchange(book_.entry, event_.entry);
    if (event_.action == LedgerAction::suspend) return pause();
    if (event_.action == LedgerAction::resume) return resume();
    if (event_.action == LedgerAction::extend) return extend();
    if (event_.action == LedgerAction::first_aid) return first_aid();
    if (event_.action == LedgerAction::paperwork) return stop(set_of(K::paperwork));
    if (event_.entry == before) return;
    if (event_.action == LedgerAction::reopen) next_round();
    stop(kOfState);
    if (in_set(kDecided, event_.entry)) stop(kUntilDecided);
    if (in_set(kSettled, event_.entry)) stop(kEverything);
    for (const StateClock& row : kStateClocks)
      if (row.state == event_.entry) start(row.kind, event_.at);
  }

  void next_round() {
    stop(kEverything);
    ++book_.round_no;
    start(book_.grade == 1 ? K::emergency_total : K::decision, event_.at);
  }

  // A clock of grade 1 is never paused, whatever the event says.
  void pause() {
    if (book_.grade == 1) return;
    for (KeptClock& clock : book_.clocks)
      if (is_running(clock)) clock.paused_at = event_.at;
  }

  void resume() {
    for (KeptClock& clock : book_.clocks) {
      if (!is_running(clock) || !clock.paused_at) continue;
      shift(clock, {DeadlineShift::Kind::pause, *clock.paused_at, event_.at});
      clock.paused_at.reset();
    }
  }

  // The decision is what the district promised; it is put off once, while it runs.
  void extend() {
    KeptClock* decision = running(K::decision);
    if (book_.grade == 1 || decision == nullptr || decision->paused_at) return;
    const bool done = std::any_of(decision->shifts.begin(), decision->shifts.end(),
                                  [](const auto& one) { return one.kind == DeadlineShift::Kind::extension; });
    if (!done && is_on_time(decision->clock.deadline, event_.at))
      shift(*decision, {DeadlineShift::Kind::extension, event_.at, event_.at});
  }

  void first_aid() {
    if (!book_.first_aid_at) book_.first_aid_at = event_.at;
    start_papers();
  }

  std::vector<DeadlineChange> note() {
    if (event_.found_at && *event_.found_at < book_.moments.found_at) find_earlier(*event_.found_at);
    if (event_.emergency_over_at && book_.first_aid_at && is_open(book_.entry)) start_papers();
    return event_.calendar_changed ? recompute() : std::vector<DeadlineChange>{};
  }

  void find_earlier(Instant found) {
    book_.moments.found_at = found;
    KeptClock* total = running(K::emergency_total);
    if (total == nullptr || book_.round_no > 1) return;
    stop(set_of(K::emergency_total));
    start_total(emergency_start(book_.moments, pack_));
  }

  void start_papers() {
    if (running(K::paperwork) != nullptr) return;
    auto papers = paperwork_clock(*book_.first_aid_at, event_.emergency_over_at, pack_, calendar_);
    if (papers.ok()) add(std::move(*papers));
  }

  std::vector<DeadlineChange> recompute() {
    std::vector<RunningDeadline> limits;
    for (std::size_t index = 0; index < book_.clocks.size(); ++index) {
      const KeptClock& kept = book_.clocks[index];
      if (is_running(kept))
        limits.push_back(
            {std::to_string(index), kept.clock.deadline, rolls(kept.clock.kind, pack_), kept.shifts});
    }
    std::vector<DeadlineChange> changes = recompute_deadlines(limits, calendar_);
    for (const DeadlineChange& change : changes)
      book_.clocks[std::stoul(change.id)].clock.deadline = change.after;
    return changes;
  }

  void start_total(Instant from) {
    auto clock = start_clock(K::emergency_total, book_.grade, from, pack_, calendar_);
    if (!clock) return;
    clock->overdue_on_arrival = !is_on_time(clock->deadline, book_.moments.received_at.value_or(from));
    add(std::move(*clock));
  }

  void start(ClockKind kind, Instant from) {
    if (auto clock = start_clock(kind, book_.grade, from, pack_, calendar_)) add(std::move(*clock));
  }

  void add(EntryClock clock) { book_.clocks.push_back({std::move(clock), book_.round_no, {}, {}, {}}); }

  void stop(KindSet kinds) {
    for (KeptClock& clock : book_.clocks)
      if (is_running(clock) && in_set(kinds, clock.clock.kind)) clock.stopped_at = event_.at;
  }

  void shift(KeptClock& kept, const DeadlineShift& by) {
    kept.shifts.push_back(by);
    kept.clock.deadline = shifted(kept.clock.deadline, by, rolls(kept.clock.kind, pack_), calendar_);
  }

  KeptClock* running(ClockKind kind) {
    const auto found = std::find_if(book_.clocks.begin(), book_.clocks.end(), [kind](const KeptClock& one) {
      return is_running(one) && one.clock.kind == kind;
    });
    return found == book_.clocks.end() ? nullptr : &*found;
  }

  ClockBook& book_;
  const ClockEvent& event_;
  const PolicyPack& pack_;
  const WorkCalendar& calendar_;
};

}  // namespace

std::vector<DeadlineChange> step_clocks(ClockBook& book, const ClockEvent& event, const PolicyPack& pack,
                                        const WorkCalendar& calendar) {
  return Step(book, event, pack, calendar).run();
}

const WorkCalendar& calendar_at(std::span<const CalendarInForce> calendars, Instant at) {
  static const WorkCalendar kNone;
  const WorkCalendar* found = calendars.empty() ? &kNone : &calendars.front().calendar;
  for (const CalendarInForce& one : calendars)
    if (one.from <= at) found = &one.calendar;
  return *found;
}

ClockBook replay(std::span<const ClockEvent> events, const PolicyPack& pack,
                 std::span<const CalendarInForce> calendars) {
  ClockBook book;
  for (const ClockEvent& event : events) step_clocks(book, event, pack, calendar_at(calendars, event.at));
  return book;
}

const KeptClock* leading_clock(const ClockBook& book) {
  const ClockKind kind = book.grade == 1                        ? ClockKind::emergency_total
                         : book.moments.accepted_at.has_value() ? ClockKind::decision
                                                                : ClockKind::acceptance;
  const auto last = std::find_if(book.clocks.rbegin(), book.clocks.rend(),
                                 [kind](const KeptClock& one) { return one.clock.kind == kind; });
  return last == book.clocks.rend() ? nullptr : &*last;
}

Lamp lamp_of(const KeptClock& clock, Instant now) {
  Deadline deadline = clock.clock.deadline;
  for (const DeadlineShift& shift : clock.shifts)
    if (shift.kind == DeadlineShift::Kind::pause) deadline.started_at.ms += shift.to.ms - shift.from.ms;
  return lamp_at(deadline, clock.stopped_at.value_or(clock.paused_at.value_or(now)));
}

bool is_running(const KeptClock& clock) {
  return !clock.stopped_at.has_value();
}

}  // namespace doudi::domain
