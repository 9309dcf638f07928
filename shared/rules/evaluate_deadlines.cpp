// Deadlines, ages, months and the corrected time of a tablet.
#include <cmath>

#include "shared/domain/deadline.hpp"
#include "shared/domain/population.hpp"
#include "shared/domain/time_correction.hpp"
#include "shared/rules/json_input.hpp"

namespace doudi::rules {
namespace {

int amount_of(const Input& input, const char* key) {
  const int amount = input.number(key);
  if (amount < 0 || amount > 10'000) input.reject(key, "must lie between 0 and 10000");
  return amount;
}

// Whether a thing done at `done_at` was in time, and the lamp at `now`, when the example asks.
void add_state(Json& result, const Input& input, const domain::Deadline& deadline) {
  for (const char* key : {"done_at", "decided_at", "approved_at", "at"}) {
    const auto done = input.maybe_instant(key);
    if (!done) continue;
    result["on_time"] = domain::is_on_time(deadline, *done);
    result["overdue"] = !domain::is_on_time(deadline, *done);
    result["overdue_seconds"] = domain::overdue_ms(deadline, *done) / 1000;
    result["lamp"] = domain::to_string(domain::lamp_at(deadline, *done));
  }
  if (const auto now = input.maybe_instant("now")) {
    result["lamp"] = domain::to_string(domain::lamp_at(deadline, *now));
    result["elapsed_permille"] = domain::elapsed_permille(deadline, *now);
  }
}

Json day_result(const Input& input, const domain::Deadline& deadline, const char* source) {
  Json result{{"last_day", format_date(deadline.last_day)},
              {"due_before", format_instant(deadline.due_at)},
              {"calendar_unconfirmed", deadline.calendar_unconfirmed}};
  if (deadline.calendar_version > 0) result["calendar_version"] = deadline.calendar_version;
  add_state(result, input, deadline);
  use_source(result, source);
  return result;
}

Json deadline_hours(Library&, const Input& input) {
  const domain::Deadline deadline =
      domain::deadline_in_hours(input.instant("start"), amount_of(input, "hours"));
  Json result{{"due_at", format_instant(deadline.due_at)}};
  add_state(result, input, deadline);
  use_source(result, "民法典第201条");
  return result;
}

Json deadline_days(Library& library, const Input& input) {
  const auto deadline = domain::deadline_in_days(input.instant("start"), amount_of(input, "n"),
                                                 input.boolean_or("roll", true), calendar_of(library, input));
  return day_result(input, deadline, "民法典第203条");
}

Json deadline_working_days(Library& library, const Input& input) {
  const auto deadline = domain::deadline_in_working_days(input.instant("start"), amount_of(input, "n"),
                                                         calendar_of(library, input));
  return day_result(input, deadline, "行政许可法第82条");
}

Json add_months(Library&, const Input& input) {
  const int months = input.number("n");
  if (months < -1200 || months > 1200) input.reject("n", "must lie between -1200 and 1200");
  Json result{{"day", format_date(domain::add_months(input.date("start"), months))}};
  use_source(result, "民法典第202条");
  return result;
}

Json age(Library&, const Input& input) {
  const CivilDate birth = input.date("birth");
  const CivilDate on = input.date("on");
  if (on < birth) return failure("out_of_range");
  Json result{{"years", domain::age_on(birth, on)}};
  use_source(result, "2.2");
  return result;
}

// Milliseconds on the monotonic clock, given in seconds or milliseconds.
std::int64_t monotonic_of(const Input& input) {
  if (const auto ms = input.maybe_integer("monotonic_ms")) return *ms;
  const Json& seconds = input.at("monotonic_s");
  if (!seconds.is_number()) input.reject("monotonic_s", "a number is expected");
  const double ms = seconds.get<double>() * 1000.0;
  if (std::abs(ms) > 1e15) input.reject("monotonic_s", "is too large");
  return std::llround(ms);
}

Json corrected_time(Library&, const Input& input) {
  std::vector<domain::SyncPoint> syncs;
  for (const Input& sync : input.objects("syncs")) {
    syncs.push_back({sync.instant("server"), sync.instant("device"), monotonic_of(sync), sync.text("boot")});
  }
  const Input record(input.at("record"), "input/record");
  domain::RecordedTime recorded{record.instant("device"), monotonic_of(record), record.text("boot"),
                                record.maybe_instant("received_at"), std::nullopt};
  for (const char* key : {"newest_in_boot", "newest_record", "previous_at", "not_before"}) {
    if (const auto newest = record.maybe_instant(key)) recorded.newest_in_boot = newest;
  }
  const domain::CorrectedTime corrected = domain::corrected_time(syncs, recorded);
  Json result{{"at", format_instant(corrected.at)},
              {"clock_suspect", corrected.clock_suspect},
              {"method", corrected.method}};
  use_source(result, "3.4.6");
  return result;
}

}  // namespace

std::vector<KindEvaluator> deadline_kinds() {
  return {{"add_months", add_months},         {"age", age},
          {"corrected_time", corrected_time}, {"deadline_days", deadline_days},
          {"deadline_hours", deadline_hours}, {"deadline_working_days", deadline_working_days}};
}

}  // namespace doudi::rules
