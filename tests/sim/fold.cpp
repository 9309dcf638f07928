#include "tests/sim/fold.hpp"

#include <array>

#include "sync_server/service/console_events.hpp"
#include "sync_server/service/tablet_service.hpp"

namespace doudi::sim {
namespace {

// Everything that follows from groups and greetings, without the identities drawn at random.
constexpr std::array kQueries{
    "SELECT * FROM household ORDER BY id",
    "SELECT * FROM person ORDER BY id",
    "SELECT * FROM person_tag ORDER BY id",
    "SELECT * FROM absence ORDER BY id",
    "SELECT * FROM visit ORDER BY id",
    "SELECT * FROM visit_answer ORDER BY id",
    "SELECT * FROM lead ORDER BY id",
    "SELECT * FROM kept_row ORDER BY table_name, id",
    "SELECT * FROM kept_table ORDER BY number",
    "SELECT key, position, digest_high, digest_low FROM scope ORDER BY key",
    "SELECT table_no, row_id, position FROM row_feed ORDER BY table_no, row_id",
    "SELECT device, incarnation, seq, hash, verdict, reason FROM device_group ORDER BY 1, 2, 3",
    "SELECT * FROM device_chain ORDER BY device, incarnation",
    "SELECT device, incarnation, seq, hash FROM forked_group ORDER BY 1, 2, 3, 4",
    "SELECT device, incarnation, seq, verdict, reason, closed_at FROM quarantine ORDER BY 1, 2, 3",
    "SELECT device, incarnation, seq, table_name, row_id, column_name, next_value, kept_value FROM conflict "
    "ORDER BY number",
    "SELECT lead, action, from_state, to_state FROM ledger_event ORDER BY number",
    "SELECT lead, kind, due_at FROM clock ORDER BY lead, kind, due_at",
    "SELECT number, lead, grid, state, accepted_at FROM ledger_entry ORDER BY number",
    "SELECT * FROM grid_duty ORDER BY grid, account, from_version",
    "SELECT loser, table_name, winner, at FROM merged_row ORDER BY loser",
    "SELECT table_name, first, second, reason, outcome FROM merge_proposal ORDER BY number",
    "SELECT device, scope, left_at, purged_at FROM device_scope ORDER BY device, scope",
    "SELECT scope, table_no, row_id, position FROM scope_departure ORDER BY 1, 2, 3",
};

std::string content_of(sql::Connection& connection, const std::string& query) {
  std::string content;
  must(connection.query(query, [&](const sql::Row& row) {
    for (int column = 0; column < row.size(); ++column) {
      if (!row.is_null(column)) content += row.text(column);
      content += '\x1f';
    }
    content += '\x1e';
    return true;
  }));
  return content;
}

}  // namespace

void Fold::greeted(const Uuid& device, wire::Hello hello, Instant at) {
  steps_.push_back({device, at, std::move(hello)});
}

void Fold::pushed(const Uuid& device, wire::Push push, Instant at) {
  steps_.push_back({device, at, std::move(push)});
}

void Fold::acted(Instant at, Act act) {
  steps_.push_back({{}, at, std::move(act)});
}

Status Fold::repeat(district::District& district, const Step& step, sql::Connection& connection) {
  const auto device = district.devices().find(step.device);
  if (!device) return Error{"sim.device", "an unknown device was answered"};
  if (const auto* hello = std::get_if<wire::Hello>(&step.what)) {
    district::Greeting greeting;
    return district::greet(connection, district, *device, *hello, step.at, greeting);
  }
  std::vector<district::PreparedGroup> groups;
  for (const auto& group : std::get<wire::Push>(step.what).groups)
    groups.push_back(district::prepare_group(group));
  district::PushOutcome outcome;
  return district::record_push(connection, district, *device, groups, step.at, outcome);
}

// Messages that follow each other share a transaction; an act makes its own.
Status Fold::repeat_all(EventQueue& clock, SimServer& again) const {
  auto step = steps_.begin();
  while (step != steps_.end()) {
    clock.run_until(std::max(clock.now_ms(), step->at.ms - kStartMs));
    if (const auto* act = std::get_if<Act>(&step->what)) {
      DOUDI_TRY((*act)(again));
      ++step;
      continue;
    }
    const Status repeated = again.district().writer().run([&](sql::Connection& connection) -> Status {
      for (; step != steps_.end() && !std::holds_alternative<Act>(step->what); ++step)
        DOUDI_TRY(repeat(again.district(), *step, connection));
      return {};
    });
    DOUDI_TRY(repeated);
  }
  return {};
}

std::vector<std::string> Fold::differences(sql::Connection& district) const {
  EventQueue clock;
  SimServer again(clock, base_->district(), 1);
  must(again.start());
  if (const Status repeated = repeat_all(clock, again); !repeated.ok())
    return {"the log cannot be repeated: " + repeated.error().code};
  std::vector<std::string> different;
  for (const std::string query : kQueries)
    if (content_of(district, query) != content_of(again.district().store().writer(), query))
      different.push_back(query);
  return different;
}

}  // namespace doudi::sim
