// The ledger runs of the plans that no other test walks, step by step through the guard.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "shared/domain/clock.hpp"
#include "shared/domain/ledger.hpp"
#include "tests/unit/domain/domain_builders.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

ActionRequest step(LedgerAction action, Role role, EntryState state, int grade) {
  ActionRequest request;
  request.action = action;
  request.role = role;
  request.entry = state;
  request.grade = grade;
  request.reason = "经核实，理由已当面说明";
  request.route = role == Role::township ? ApprovalRoute::township : ApprovalRoute::district;
  return request;
}

std::string answer(const ActionRequest& request) {
  const auto allowed = may(request);
  return allowed.ok() ? std::string(to_string(allowed->entry)) : allowed.error().code;
}

ActionRequest rejection(const std::string& code, int grade, Role role) {
  ActionRequest request;
  request.action = LedgerAction::reject;
  request.role = role;
  request.lead = LeadState::reported;
  request.grade = grade;
  request.code = code;
  request.reason = "户籍在外区，已告知当地民政办";
  return request;
}

}  // namespace

TEST_CASE("T121: papers done, another officer calls and closes") {
  ActionRequest papers = step(LedgerAction::paperwork, Role::township, EntryState::delivering, 1);
  papers.first_aid_given = true;
  papers.followup_pending = true;
  CHECK(answer(papers) == "delivering");
  ActionRequest ask = step(LedgerAction::request_close, Role::township, EntryState::delivering, 1);
  ask.code = "temporary_aid";
  ask.followup_pending = true;
  CHECK(answer(ask) == "followup_pending");
  ask.followup_pending = false;
  CHECK(answer(ask) == "closing");
  ActionRequest close = step(LedgerAction::close, Role::district, EntryState::closing, 1);
  close.person_contacted = false;
  CHECK(answer(close) == "contact");
  close.person_contacted = true;
  close.same_person_as_previous = true;
  CHECK(answer(close) == "same_person");
  close.same_person_as_previous = false;
  CHECK(answer(close) == "closed");
}

TEST_CASE("T124: two leads of one fire are merged while the target is the same open case") {
  ActionRequest merge;
  merge.action = LedgerAction::merge;
  merge.role = Role::district;
  merge.lead = LeadState::reported;
  merge.grade = 1;
  merge.reason = "同一户同一起火灾";
  CHECK(may(merge).error().code == "target");
  merge.target_open_same_case = true;
  CHECK(may(merge)->lead == LeadState::merged);
  const Moments earlier{at("2020-07-15T10:00:00"), at("2020-07-15T18:00:00"), std::nullopt};
  const Moments later{at("2020-07-15T10:20:00"), at("2020-07-15T17:00:00"), std::nullopt};
  const auto kept = clocks_on_receipt(1, earlier, dongli(), WorkCalendar{}).front().deadline;
  CHECK(kept.due_at < clocks_on_receipt(1, later, dongli(), WorkCalendar{}).front().deadline.due_at);
}

TEST_CASE("T125: not eligible goes through refusal to closing and then to the watch list") {
  ActionRequest refuse = step(LedgerAction::refuse, Role::township, EntryState::deciding, 2);
  CHECK(answer(refuse) == "refused");
  ActionRequest ask = step(LedgerAction::request_close, Role::township, EntryState::refused, 2);
  ask.code = "watch";
  CHECK(answer(ask) == "closing");
  ActionRequest watch = step(LedgerAction::move_to_watch, Role::township, EntryState::closed, 2);
  watch.code = "watch";
  CHECK(answer(watch) == "date");
  watch.date = day("2020-10-15");
  CHECK(answer(watch) == "closed");
}

TEST_CASE("T126: a referral without a reply neither closes nor counts as answered") {
  PackBuilder builder{dongli()};
  builder.with("clock.referral_result.grade2_workdays", std::int64_t{15});
  const auto clock =
      start_clock(ClockKind::referral_result, 2, at("2020-06-01T09:00:00"), builder.pack, WorkCalendar{});
  REQUIRE(clock);
  CHECK(clock->deadline.last_day == day("2020-06-22"));
  CHECK(warnings_reached(clock->deadline, at("2020-06-23T00:00:00")).back() == "overdue");
  ActionRequest reply = step(LedgerAction::referral_result, Role::township, EntryState::referred, 2);
  reply.code = "no_reply";
  CHECK(answer(reply) == "referred");
  ActionRequest ask = step(LedgerAction::request_close, Role::township, EntryState::delivering, 2);
  ask.code = "referred_helped";
  ask.referral_unanswered = true;
  CHECK(answer(ask) == "referral_open");
}

TEST_CASE("T128: everything closed before the end of the window is looked at by then") {
  PackBuilder dongli_window{dongli()};
  dongli_window.with("lookback.from", std::string("2020-10-01"))
      .with("lookback.to", std::string("2020-12-31"));
  CHECK(look_back_due(day("2020-08-20"), dongli_window.pack).value() == day("2020-12-31"));
  CHECK(look_back_due(day("2020-12-30"), dongli_window.pack).value() == day("2020-12-31"));
  CHECK_FALSE(look_back_due(day("2020-12-31"), dongli_window.pack).value());
  PackBuilder pingluo;
  pingluo.with("lookback.from", std::string("2020-10-01")).with("lookback.to", std::string("2020-11-30"));
  CHECK(look_back_due(day("2020-08-20"), pingluo.pack).value() == day("2020-11-30"));
  CHECK(look_back_due(day("2020-08-20"), PolicyPack{}).error().message == "lookback.to");
}

TEST_CASE("T129: a death closes with its date, and first aid still wants its papers") {
  ActionRequest ask = step(LedgerAction::request_close, Role::township, EntryState::delivering, 1);
  ask.code = "deceased";
  CHECK(answer(ask) == "date");
  ask.date = day("2020-10-05");
  ask.followup_pending = true;
  CHECK(answer(ask) == "followup_pending");
  ask.followup_pending = false;
  CHECK(answer(ask) == "closing");
}

TEST_CASE("T130: an emergency is helped where it happens, whoever is registered elsewhere") {
  CHECK(may(rejection("RJ05", 1, Role::district)).error().code == "help_here");
  CHECK(may(rejection("RJ05", 2, Role::township))->lead == LeadState::rejected);
  CHECK(may(rejection("RJ01", 1, Role::district))->lead == LeadState::rejected);
}
