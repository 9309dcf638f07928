// Every lead state × entry state × action × role × grade against the plan's steps, typed a second time as
// data; then each guard alone, and what must never happen.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "shared/domain/ledger_table.hpp"
#include "tests/unit/domain/domain_builders.hpp"

using namespace doudi;
using namespace doudi::domain;
using doudi::domain::test::day;

namespace {

constexpr int kLeadStates = static_cast<int>(LeadState::watch) + 1;
constexpr int kEntryStates = static_cast<int>(EntryState::voided) + 1;
constexpr int kRoles = static_cast<int>(Role::program) + 1;
constexpr int kActions = static_cast<int>(LedgerAction::note) + 1;

nlohmann::json expectations() {
  std::ifstream file(DOUDI_LEDGER_TRANSITIONS);
  REQUIRE(file.good());
  return nlohmann::json::parse(file);
}

// A request in which everything but state, role and grade is as it should be.
ActionRequest complete_request(LedgerAction action, Role role, int grade) {
  ActionRequest request;
  request.action = action;
  request.role = role;
  request.grade = grade;
  request.reason = "经核实不属于救助范围，已转介医保";
  request.category = "急难·断粮";
  request.description = "老人家中断粮";
  request.target_open_same_case = true;
  request.first_aid_given = true;
  request.township_leader_may_close = true;
  request.resume_to = EntryState::reviewing;
  request.date = day("2020-12-31");
  request.amount_fen = 100'000;
  const bool of_district = role == Role::district || role == Role::district_leader;
  request.route = of_district ? ApprovalRoute::district : ApprovalRoute::township;
  request.code = action == LedgerAction::reject            ? "RJ01"
                 : action == LedgerAction::referral_result ? "declined"
                 : action == LedgerAction::move_to_watch   ? "watch"
                                                           : "temporary_aid";
  return request;
}

std::string answer_of(const ActionRequest& request) {
  const auto answer = may(request);
  return answer.ok() ? "ok" : answer.error().code;
}

struct Expected {
  std::string lead_to, entry_to;
  std::set<std::string> lead_from, entry_from;
  std::set<std::string> roles[3];
};

std::set<std::string> with_leaders(const nlohmann::json& words) {
  std::set<std::string> roles;
  for (const std::string word : words) {
    roles.insert(word);
    if (word == "township" || word == "district") roles.insert(word + "_leader");
    if (word == "grid_worker") roles.insert("grid_leader");
  }
  return roles;
}

std::set<std::string> states_of(const nlohmann::json& step, const char* key, const nlohmann::json& open) {
  std::set<std::string> states;
  if (!step.contains(key)) return states;
  for (const std::string word : step.at(key)) {
    if (word == "open") {
      states.insert(open.begin(), open.end());
    } else {
      states.insert(word);
    }
  }
  return states;
}

std::map<std::string, Expected> expected_steps() {
  const nlohmann::json plan = expectations();
  std::map<std::string, Expected> steps;
  for (const auto& step : plan.at("steps")) {
    Expected expected;
    expected.lead_from = states_of(step, "lead_from", plan.at("open"));
    expected.entry_from = states_of(step, "entry_from", plan.at("open"));
    expected.lead_to = step.value("lead_to", "same");
    expected.entry_to = step.value("entry_to", "same");
    expected.roles[1] = with_leaders(step.at("grade_1"));
    expected.roles[2] = with_leaders(step.at("grade_2"));
    REQUIRE(steps.emplace(step.at("action"), expected).second);
  }
  return steps;
}

// Without an entry the lead moves; with one, the entry does, and its lead was accepted.
bool allowed(const Expected& step, const std::string& lead, const std::string& entry, const std::string& role,
             int grade) {
  if (!step.roles[grade].contains(role)) return false;
  if (entry == "none") return step.lead_from.contains(lead);
  return (lead == "none" || lead == "accepted") && step.entry_from.contains(entry);
}

std::string target(const std::string& to, const std::string& from) {
  if (to == "before") return "reviewing";
  return to == "same" ? from : to;
}

const TransitionRow& row_of(LedgerAction action) {
  return transition_row(action);
}

}  // namespace

TEST_CASE("every state, action, role and grade is answered as the plan's steps say") {
  const auto steps = expected_steps();
  REQUIRE(steps.size() == static_cast<std::size_t>(kActions));
  std::int64_t walked = 0, wrong = 0, granted = 0;
  std::ostringstream first_wrong;
  for (int action = 0; action < kActions; ++action) {
    const auto step = static_cast<LedgerAction>(action);
    const Expected& expected = steps.at(std::string(to_string(step)));
    for (int role = 0; role < kRoles; ++role) {
      for (int grade = 1; grade <= 2; ++grade) {
        ActionRequest request = complete_request(step, static_cast<Role>(role), grade);
        for (int lead = 0; lead < kLeadStates; ++lead) {
          for (int entry = 0; entry < kEntryStates; ++entry) {
            request.lead = static_cast<LeadState>(lead);
            request.entry = static_cast<EntryState>(entry);
            const std::string from_lead(to_string(request.lead)), from_entry(to_string(request.entry));
            const bool wanted =
                allowed(expected, from_lead, from_entry, std::string(to_string(request.role)), grade);
            const auto answer = may(request);
            bool right = answer.ok() == wanted;
            if (right && wanted) {
              right = to_string(answer->lead) == target(expected.lead_to, from_lead) &&
                      to_string(answer->entry) == target(expected.entry_to, from_entry);
            }
            ++walked;
            granted += wanted ? 1 : 0;
            if (!right && ++wrong < 10)
              first_wrong << to_string(step) << " " << from_lead << "/" << from_entry << " by "
                          << to_string(request.role) << " grade " << grade << "\n";
          }
        }
      }
    }
  }
  INFO(first_wrong.str());
  CHECK(wrong == 0);
  CHECK(walked == std::int64_t{kActions} * kRoles * 2 * kLeadStates * kEntryStates);
  CHECK(granted > 500);
}

TEST_CASE("the rule and the words of every step are those of the plan") {
  const nlohmann::json plan = expectations();
  for (const auto& step : plan.at("steps")) {
    const auto action = parse_ledger_action(step.at("action").get<std::string>());
    REQUIRE(action);
    CHECK(row_of(*action).rule == step.at("id").get<std::string>());
    CHECK(row_of(*action).title == step.at("title").get<std::string>());
    CHECK_FALSE(row_of(*action).recorded.empty());
  }
}

TEST_CASE("what a screen offers is what state, role and grade allow") {
  const auto steps = expected_steps();
  for (int role = 0; role < kRoles; ++role) {
    for (int entry = 0; entry < kEntryStates; ++entry) {
      for (int grade = 1; grade <= 2; ++grade) {
        const auto who = static_cast<Role>(role);
        const auto state = static_cast<EntryState>(entry);
        const LeadState lead = state == EntryState::none ? LeadState::reported : LeadState::accepted;
        std::set<std::string> offered, wanted;
        for (const LedgerAction action : next_actions(lead, state, who, grade))
          offered.emplace(to_string(action));
        for (const auto& [action, step] : steps) {
          if (allowed(step, std::string(to_string(lead)), std::string(to_string(state)),
                      std::string(to_string(who)), grade))
            wanted.insert(action);
        }
        CHECK(offered == wanted);
      }
    }
  }
}

namespace {

struct Flip {
  LedgerAction action;
  Guard guard;
  std::string code;
  std::function<void(ActionRequest&)> spoil;
};

// One line per guard of every step: what spoils it and how the answer is called.
std::vector<Flip> flips() {
  using A = LedgerAction;
  using G = Guard;
  using R = ActionRequest;
  std::vector<Flip> all{
      {A::capture, G::category, "category", [](R& r) { r.category.clear(); }},
      {A::capture, G::description, "description", [](R& r) { r.description = "没吃的"; }},
      {A::capture, G::place, "place", [](R& r) { r.has_place = false; }},
      {A::merge, G::merge_target, "target", [](R& r) { r.target_open_same_case = false; }},
      {A::reject, G::reject_code, "code", [](R& r) { r.code = "RJ09"; }},
      {A::reject, G::long_reason, "reason", [](R& r) { r.reason = "九个字的理由不够长"; }},
      {A::reject, G::help_here, "help_here", [](R& r) { r.code = "RJ05"; }},
      {A::reject, G::attempts, "attempts", [](R& r) { r.code = "RJ07", r.attempt_days = 2; }},
      {A::reject, G::returned_before, "return_first", [](R& r) { r.code = "RJ08"; }},
      {A::watch, G::date, "date", [](R& r) { r.date.reset(); }},
      {A::accept, G::confirmed_grade, "grade", [](R& r) { r.new_grade = 3; }},
      {A::accept, G::lowered_by_district, "district_only",
       [](R& r) { r.new_grade = 2, r.role = Role::township; }},
      {A::accept, G::lowering_reason, "reason", [](R& r) { r.new_grade = 2, r.reason.clear(); }},
      {A::dispatch, G::unit, "unit", [](R& r) { r.has_unit = false; }},
      {A::return_unit, G::once, "once", [](R& r) { r.returned_once = true; }},
      {A::verify, G::two_people, "two_people", [](R& r) { r.people_present = 1; }},
      {A::first_aid, G::not_negative, "amount", [](R& r) { r.amount_fen = -1; }},
      {A::first_aid, G::consent, "consent", [](R& r) { r.consent = false; }},
      {A::first_aid, G::below_cap, "above_cap", [](R& r) { r.cap_fen = 99'999; }},
      {A::first_aid, G::within_reserve, "reserve_short", [](R& r) { r.reserve_fen = 99'999; }},
      {A::submit_review, G::form, "form", [](R& r) { r.form_complete = false; }},
      {A::review, G::other_person, "same_person", [](R& r) { r.same_person_as_previous = true; }},
      {A::review, G::route_known, "route", [](R& r) { r.route.reset(); }},
      {A::review, G::publicity, "publicity", [](R& r) { r.publicity_done = false; }},
      {A::approve, G::route_role, "route_role", [](R& r) { r.route = ApprovalRoute::township; }},
      {A::approve, G::above_floor, "below_floor", [](R& r) { r.floor_fen = 100'001; }},
      {A::approve, G::below_cap, "above_cap", [](R& r) { r.cap_fen = 99'999; }},
      {A::refuse, G::route_role, "route_role", [](R& r) { r.route = ApprovalRoute::township; }},
      {A::close, G::papers_done, "followup_pending", [](R& r) { r.followup_pending = true; }},
      {A::close, G::other_person, "same_person", [](R& r) { r.same_person_as_previous = true; }},
      {A::close, G::leader_may_close, "district_only",
       [](R& r) { r.role = Role::township_leader, r.grade = 2, r.township_leader_may_close = false; }},
      {A::close, G::delivered, "delivery", [](R& r) { r.aid_delivered = false; }},
      {A::close, G::contacted, "contact", [](R& r) { r.person_contacted = false; }},
      {A::refuse_close, G::other_person, "same_person", [](R& r) { r.same_person_as_previous = true; }},
      {A::refuse_close, G::leader_may_close, "district_only",
       [](R& r) { r.role = Role::township_leader, r.grade = 2, r.township_leader_may_close = false; }},
      {A::refer, G::unit, "unit", [](R& r) { r.has_unit = false; }},
      {A::refer, G::consent, "consent", [](R& r) { r.consent = false; }},
      {A::referral_result, G::referral_code, "code", [](R& r) { r.code.clear(); }},
      {A::suspend, G::pause_length, "too_long", [](R& r) { r.pause_days = 31; }},
      {A::resume, G::resume_state, "wrong_state", [](R& r) { r.resume_to = EntryState::none; }},
      {A::extend, G::once, "once", [](R& r) { r.returned_once = true; }},
      {A::extend, G::before_due, "too_late", [](R& r) { r.before_due = false; }},
      {A::supervise, G::date, "date", [](R& r) { r.date.reset(); }},
      {A::reopen, G::in_time, "too_late", [](R& r) { r.days_since_closed = 91; }},
      {A::paperwork, G::first_aid_given, "no_first_aid", [](R& r) { r.first_aid_given = false; }},
      {A::move_to_watch, G::watch_outcome, "outcome", [](R& r) { r.code = "dibao"; }},
      {A::move_to_watch, G::date, "date", [](R& r) { r.date.reset(); }}};
  for (const A action : {A::return_lead, A::return_unit, A::refuse, A::refuse_close, A::refer, A::suspend,
                         A::extend, A::supervise, A::void_entry})
    all.push_back({action, G::reason, "reason", [](R& r) { r.reason = "无"; }});
  for (const A action : {A::approve, A::refuse}) {
    all.push_back({action, G::route_known, "route", [](R& r) { r.route.reset(); }});
    all.push_back({action, G::not_reporter, "same_person", [](R& r) { r.actor_reported = true; }});
    all.push_back({action, G::other_person, "same_person", [](R& r) { r.same_person_as_previous = true; }});
  }
  for (const A action : {A::request_close, A::solve_on_spot}) {
    all.push_back({action, G::papers_done, "followup_pending", [](R& r) { r.followup_pending = true; }});
    all.push_back(
        {action, G::referral_answered, "referral_open", [](R& r) { r.referral_unanswered = true; }});
    all.push_back({action, G::outcome, "outcome", [](R& r) { r.code = "closed"; }});
    all.push_back({action, G::death_date, "date", [](R& r) { r.code = "deceased", r.date.reset(); }});
    all.push_back({action, G::evidence, "evidence", [](R& r) { r.evidence = false; }});
  }
  return all;
}

template <class Enum>
Enum first_of(std::uint32_t set, Enum otherwise) {
  for (unsigned value = 0; value < 32; ++value)
    if (in_set(set, static_cast<Enum>(value))) return static_cast<Enum>(value);
  return otherwise;
}

// A step that would be granted: the first state of its row, the district where it may act.
ActionRequest granted_request(LedgerAction action) {
  const TransitionRow& row = row_of(action);
  const int grade = row.grade_one != 0 ? 1 : 2;
  const RoleSet roles = grade == 1 ? row.grade_one : row.grade_two;
  const Role role = in_set(roles, Role::district) ? Role::district : first_of(roles, Role::program);
  ActionRequest request = complete_request(action, role, grade);
  if (row.leads != 0) {
    request.lead = first_of(row.leads, LeadState::none);
  } else {
    request.entry = first_of(row.entries, EntryState::none);
  }
  return request;
}

}  // namespace

TEST_CASE("each guard spoilt alone refuses with its own answer") {
  for (const Flip& flip : flips()) {
    INFO(to_string(flip.action) << " " << flip.code);
    ActionRequest request = granted_request(flip.action);
    CHECK(answer_of(request) == "ok");
    flip.spoil(request);
    CHECK(answer_of(request) == flip.code);
    CHECK(guard_code(flip.guard) == flip.code);
    CHECK_FALSE(check_guard(flip.guard, request).ok());
  }
}

TEST_CASE("no guard of any step is left without its test") {
  std::set<std::pair<LedgerAction, Guard>> tested;
  for (const Flip& flip : flips()) tested.emplace(flip.action, flip.guard);
  for (const TransitionRow& row : transition_table()) {
    for (const Guard guard : row.guards) {
      if (guard == Guard::none) continue;
      INFO(to_string(row.action) << " " << guard_code(guard));
      CHECK(tested.erase({row.action, guard}) == 1);
    }
  }
  CHECK(tested.empty());
}

TEST_CASE("never: a jump to closed from any state but closing") {
  for (int action = 0; action < kActions; ++action) {
    for (int entry = 0; entry < kEntryStates; ++entry) {
      for (int back = 0; back < kEntryStates; ++back) {
        ActionRequest request = granted_request(static_cast<LedgerAction>(action));
        if (row_of(request.action).leads != 0 && row_of(request.action).entries == 0) continue;
        const auto from = static_cast<EntryState>(entry);
        request.lead = LeadState::accepted;
        request.entry = from;
        request.resume_to = static_cast<EntryState>(back);
        const auto answer = may(request);
        if (!answer.ok() || answer->entry != EntryState::closed || from == EntryState::closed) continue;
        CHECK(request.action == LedgerAction::close);
        CHECK(from == EntryState::closing);
      }
    }
  }
}

TEST_CASE("never: an approval by the person who reported") {
  for (const Role role : {Role::township, Role::township_leader, Role::district, Role::district_leader}) {
    for (const int grade : {1, 2}) {
      ActionRequest request = complete_request(LedgerAction::approve, role, grade);
      request.entry = EntryState::deciding;
      CHECK(answer_of(request) == "ok");
      request.actor_reported = true;
      CHECK(answer_of(request) == "same_person");
    }
  }
}

TEST_CASE("never: a pause of a grade 1 clock, by anybody in any state") {
  for (int role = 0; role < kRoles; ++role) {
    for (int entry = 0; entry < kEntryStates; ++entry) {
      for (const LedgerAction action : {LedgerAction::suspend, LedgerAction::resume, LedgerAction::extend}) {
        ActionRequest request = complete_request(action, static_cast<Role>(role), 1);
        request.entry = static_cast<EntryState>(entry);
        CHECK_FALSE(may(request).ok());
      }
    }
  }
}

TEST_CASE("never: closing, asking to close or solving on the spot with open first-aid papers") {
  for (const LedgerAction action :
       {LedgerAction::close, LedgerAction::request_close, LedgerAction::solve_on_spot}) {
    for (int entry = 0; entry < kEntryStates; ++entry) {
      ActionRequest request = granted_request(action);
      request.followup_pending = true;
      request.entry = static_cast<EntryState>(entry);
      CHECK_FALSE(may(request).ok());
    }
  }
  // T129: not even the death of the person ends the papers.
  ActionRequest request = granted_request(LedgerAction::request_close);
  request.code = "deceased";
  CHECK(answer_of(request) == "ok");
  request.followup_pending = true;
  CHECK(answer_of(request) == "followup_pending");
}

TEST_CASE("a referral without an answer stays with the partner, help goes to closing") {
  ActionRequest request = granted_request(LedgerAction::referral_result);
  for (const auto& [code, to] :
       {std::pair{"helped", EntryState::closing}, std::pair{"not_eligible", EntryState::reviewing},
        std::pair{"declined", EntryState::reviewing}, std::pair{"no_reply", EntryState::referred}}) {
    request.code = code;
    CHECK(may(request)->entry == to);
  }
}

TEST_CASE("T132: what was written offline is noted and moves nothing, other steps wait for the district") {
  for (const TransitionRow& row : transition_table()) {
    ActionRequest request = granted_request(row.action);
    request.offline = true;
    const bool allowed_offline_by_plan = row.action == LedgerAction::capture ||
                                         row.action == LedgerAction::resend ||
                                         row.action == LedgerAction::note;
    CHECK(answer_of(request) == (allowed_offline_by_plan ? "ok" : "online_only"));
  }
  ActionRequest note = complete_request(LedgerAction::note, Role::grid_worker, 2);
  note.lead = LeadState::accepted;
  note.entry = EntryState::suspended;
  note.offline = true;
  CHECK(may(note)->entry == EntryState::suspended);
}

namespace {

template <class Enum>
std::string words_of(std::uint32_t set) {
  std::string words;
  for (unsigned value = 0; value < 32; ++value)
    if (in_set(set, static_cast<Enum>(value)))
      words += (words.empty() ? "" : " ") + std::string(to_string(static_cast<Enum>(value)));
  return words.empty() ? "–" : words;
}

std::string line_of(const TransitionRow& row) {
  std::string from = row.leads == 0 ? "" : "lead: " + words_of<LeadState>(row.leads);
  if (row.entries != 0) from += (from.empty() ? "" : "; ") + ("entry: " + words_of<EntryState>(row.entries));
  std::string to(row.to_lead == LeadState::none ? "" : to_string(row.to_lead));
  if (row.to_entry != EntryState::none)
    to += (to.empty() ? "" : " ⇒ entry ") + std::string(to_string(row.to_entry));
  std::string guards;
  for (const Guard guard : row.guards)
    if (guard != Guard::none) guards += (guards.empty() ? "" : " ") + std::string(guard_code(guard));
  const std::string limit = row.limit ? std::string(to_string(*row.limit)) : "–";
  return "| " + std::string(row.rule) + " | `" + std::string(to_string(row.action)) + "` " +
         std::string(row.title) + " | " + from + " | " + (to.empty() ? "same" : to) + " | " +
         words_of<Role>(row.grade_one) + " | " + words_of<Role>(row.grade_two) + " | " +
         (guards.empty() ? "–" : guards) + " | " + limit + " | " + std::string(row.recorded) + " |";
}

}  // namespace

TEST_CASE("the readable table beside the code shows every row as the code has it") {
  std::ifstream file(DOUDI_LEDGER_TABLE);
  REQUIRE(file.good());
  std::vector<std::string> lines, rows;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("| L") || line.starts_with("| E") || line.starts_with("| B")) lines.push_back(line);
  for (const TransitionRow& row : transition_table()) rows.push_back(line_of(row));
  for (const std::string& row : rows) {
    INFO(row);
    CHECK(std::count(lines.begin(), lines.end(), row) == 1);
  }
  CHECK(lines.size() == rows.size());
}
