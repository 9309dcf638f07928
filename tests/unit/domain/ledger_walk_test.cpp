// Every lead state × entry state × action × role × grade against the plan's steps, typed a second time as
// data.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/unit/domain/ledger_request.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

nlohmann::json expectations() {
  std::ifstream file(DOUDI_LEDGER_TRANSITIONS);
  REQUIRE(file.good());
  return nlohmann::json::parse(file);
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
    CHECK(transition_row(*action).rule == step.at("id").get<std::string>());
    CHECK(transition_row(*action).title == step.at("title").get<std::string>());
    CHECK_FALSE(transition_row(*action).recorded.empty());
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
