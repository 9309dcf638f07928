// What a worker does: lists, households, visits, problems, drafts, search.
#include "field_client/client/parts.hpp"
#include "field_client/work/labels.hpp"
#include "shared/domain/triage.hpp"
#include "shared/sync/column_check.hpp"

namespace doudi::field {
namespace {

constexpr std::size_t kDraftBytesMax = 64 * 1024;
constexpr int kVisitsShown = 3;

}  // namespace

Status Field::Parts::load_board() {
  if (!board_stale && board->holds(today())) return {};
  DOUDI_TRY(board->load(store->connection(), today()));
  board_stale = false;
  return {};
}

VisitRecorder Field::Parts::recorder() {
  return {*store, *board, share->pack, share->form, worker, attachments()};
}

Result<std::vector<Problem>> Field::Parts::problems(const std::string& where,
                                                    const std::vector<Value>& parameters) {
  DOUDI_TRY(load_board());
  DOUDI_ASSIGN(auto found, ProblemList(store->connection(), *board, share->pack, share->calendar)
                               .read(where, parameters, options.clock.wall()));
  for (auto& problem : found) {
    DOUDI_ASSIGN(problem.attachments, attachments().of("lead", problem.id));
  }
  return found;
}

Result<std::vector<DueRow>> Field::Parts::same_door(const Uuid& household) {
  DOUDI_TRY(load_board());
  return board->due_rows_of(household);
}

Status Field::Parts::refresh_after_save(const std::optional<Uuid>& household) {
  if (!household) return {};
  search.touch(*household);
  return board->refresh(store->connection(), *household);
}

Result<Today> Field::today(std::optional<CivilDate> day) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  if (day && *day != parts_->today()) {
    Board other(parts_->share->pack, parts_->share->calendar);
    DOUDI_TRY(other.load(parts_->store->connection(), *day));
    return other.today();
  }
  DOUDI_TRY(parts_->load_board());
  Today view = parts_->board->today();
  DOUDI_ASSIGN(view.emergencies,
               parts_->problems("AND min(coalesce(grade_rule, 2), coalesce(grade_worker, 2)) = 1 "
                                "AND state IN ('queued', 'reported', 'accepted')",
                                {}));
  DOUDI_ASSIGN(view.returned, parts_->problems("AND state = 'returned'", {}));
  return view;
}

Result<HouseholdView> Field::household(const Uuid& id) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  DOUDI_TRY(parts_->load_board());
  const auto text = parts_->board->data().household_texts.find(id);
  if (text == parts_->board->data().household_texts.end())
    return Error{"field.unknown_household", "this household is not on the tablet"};
  HouseholdView view;
  view.id = id;
  view.door = text->second.door;
  view.address = text->second.address;
  view.note = text->second.note;
  view.phone = text->second.phone;
  view.members = parts_->board->members_of(id);
  DOUDI_TRY(
      parts_->store->connection().query("SELECT id, seen_at, outcome, worker FROM visit WHERE household = $1 "
                                        "AND deleted = 0 ORDER BY seen_at DESC LIMIT $2",
                                        sql::params(id, kVisitsShown), [&](const sql::Row& row) {
                                          VisitView visit;
                                          visit.id = row.uuid(0);
                                          visit.seen_at = Instant{row.integer(1)};
                                          visit.outcome = std::string(row.text(2));
                                          visit.met = outcome_text(visit.outcome);
                                          if (row.uuid(3) == parts_->worker)
                                            visit.worker = parts_->worker_name;
                                          view.visits.push_back(std::move(visit));
                                          return true;
                                        }));
  for (auto& visit : view.visits) {
    DOUDI_ASSIGN(visit.state, sent_state(parts_->store->connection(), "visit", visit.id));
    DOUDI_TRY(parts_->store->connection().query("SELECT DISTINCT category FROM lead WHERE visit = $1",
                                                sql::params(visit.id), [&](const sql::Row& row) {
                                                  visit.summary.emplace_back(row.text(0));
                                                  return true;
                                                }));
    DOUDI_ASSIGN(visit.attachments, parts_->attachments().of("visit", visit.id));
  }
  DOUDI_ASSIGN(view.problems, parts_->problems("AND household = $1", sql::params(id)));
  DOUDI_ASSIGN(view.same_door, parts_->same_door(id));
  DOUDI_TRY(parts_->store->connection().query("SELECT body FROM draft WHERE household = $1", sql::params(id),
                                              [&](const sql::Row& row) {
                                                view.draft = std::string(row.text(0));
                                                return false;
                                              }));
  return view;
}

Result<PreviousAnswers> Field::previous_answers(const Uuid& household) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  PreviousAnswers previous;
  std::optional<Uuid> visit;
  DOUDI_TRY(
      parts_->store->connection().query("SELECT v.id, v.seen_at FROM visit v WHERE v.household = $1 AND "
                                        "v.deleted = 0 AND v.outcome IN ('met', 'family_met') "
                                        "ORDER BY v.seen_at DESC LIMIT 1",
                                        sql::params(household), [&](const sql::Row& row) {
                                          visit = row.uuid(0);
                                          previous.seen_at = Instant{row.integer(1)};
                                          return false;
                                        }));
  if (!visit) return previous;
  DOUDI_TRY(parts_->store->connection().query(
      "SELECT question, answer FROM visit_answer WHERE visit = $1 AND deleted = 0", sql::params(*visit),
      [&](const sql::Row& row) {
        auto values = sync::parse_set(row.text(1));
        if (values) previous.answers[std::string(row.text(0))] = std::move(*values);
        return true;
      }));
  return previous;
}

Result<std::string> Field::form_json() {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  return parts_->share->form_json;
}

Result<std::vector<TriageLead>> Field::triage(const Uuid& household, const std::optional<Uuid>& person,
                                              const Answers& answers) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  DOUDI_TRY(parts_->load_board());
  DOUDI_ASSIGN(const auto result, parts_->recorder().triage(household, person, answers));
  std::vector<TriageLead> leads;
  for (const auto& lead : result.leads)
    leads.push_back(
        {lead.category, lead.grade, lead.rules, lead.restricted, std::string(domain::hint_text(lead.hint))});
  return leads;
}

Result<VisitReceipt> Field::save_visit(const NewVisit& visit) {
  VisitReceipt receipt;
  {
    const std::lock_guard lock(parts_->mutex);
    DOUDI_TRY(parts_->require_open());
    DOUDI_TRY(parts_->load_board());
    DOUDI_TRY(parts_->require_held(visit.household));
    DOUDI_ASSIGN(const SavedVisit saved, parts_->recorder().save(visit));
    receipt.visit = saved.visit;
    receipt.saved_at = saved.saved_at;
    DOUDI_TRY(parts_->refresh_after_save(visit.household));
    for (const Uuid& lead : saved.leads) {
      DOUDI_ASSIGN(auto problems, parts_->problems("AND id = $1", sql::params(lead)));
      receipt.leads.insert(receipt.leads.end(), problems.begin(), problems.end());
    }
    DOUDI_ASSIGN(receipt.same_door, parts_->same_door(visit.household));
  }
  parts_->wake_driver();
  return receipt;
}

Result<Problem> Field::save_lead(const NewLead& lead) {
  std::vector<Problem> problems;
  {
    const std::lock_guard lock(parts_->mutex);
    DOUDI_TRY(parts_->require_open());
    DOUDI_TRY(parts_->load_board());
    if (lead.category.empty()) return Error{"field.category_needed", "say what kind of problem it is"};
    if (lead.grade != 1 && lead.grade != 2) return Error{"field.grade", "the grade is 1 or 2"};
    LeadDraft draft;
    const auto& texts = parts_->board->data().household_texts;
    if (lead.household && !texts.contains(*lead.household))
      return Error{"field.unknown_household", "this household is not on the tablet"};
    DOUDI_ASSIGN(const Grid grid, parts_->grid());
    draft.grid = lead.household ? texts.at(*lead.household).grid : grid.id;
    draft.household = lead.household;
    draft.person = lead.person;
    draft.worker = parts_->worker;
    draft.source = "worker";
    draft.category = lead.category;
    draft.grade_worker = lead.grade;
    draft.found_at = lead.found_at.value_or(parts_->options.clock.wall());
    draft.description = lead.description;
    draft.place = lead.place;
    draft.urgent_need = lead.urgent_need;
    for (const auto& category : domain::categories())
      if (category.category == lead.category) draft.restricted = category.restricted;
    const auto lane = [&] { return lead.grade == 1 ? sync::Lane::emergency : sync::Lane::ordinary; };
    Uuid id;
    const auto saved = parts_->store->save({"lead", lead.household}, lane, [&](RowWriter& writer) -> Status {
      DOUDI_ASSIGN(id, write_lead(writer, draft, parts_->options.clock));
      return parts_->attachments().bind(writer, lead.attachments, {draft.grid, draft.household, {}, id});
    });
    if (!saved.ok()) return saved.error();
    DOUDI_ASSIGN(problems, parts_->problems("AND id = $1", sql::params(id)));
  }
  parts_->wake_driver();
  if (problems.empty()) return Error{"store.row_missing", "the problem was not found again"};
  return problems.front();
}

Result<Problem> Field::record_call(const Uuid& lead, Instant at, const std::string& result) {
  if (result != "reached" && result != "busy" && result != "no_answer")
    return Error{"field.call_result", "the result is reached, busy or no_answer"};
  std::vector<Problem> problems;
  {
    const std::lock_guard lock(parts_->mutex);
    DOUDI_TRY(parts_->require_open());
    DOUDI_ASSIGN(problems, parts_->problems("AND id = $1", sql::params(lead)));
    if (problems.empty()) return Error{"field.unknown_lead", "this problem is not on the tablet"};
    const auto lane = [&] {
      return problems.front().grade == 1 ? sync::Lane::emergency : sync::Lane::ordinary;
    };
    const auto saved =
        parts_->store->save({"edit", problems.front().household}, lane, [&](RowWriter& writer) {
          return writer.update(
              "lead", lead,
              {{"offline_call_at", sql::to_value(at)}, {"offline_call_result", sql::to_value(result)}});
        });
    if (!saved.ok()) return saved.error();
    DOUDI_ASSIGN(problems, parts_->problems("AND id = $1", sql::params(lead)));
  }
  parts_->wake_driver();
  return problems.front();
}

Result<std::vector<Problem>> Field::problems() {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  return parts_->problems("", {});
}

Result<std::vector<SearchHit>> Field::search(const std::string& query) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  DOUDI_TRY(parts_->load_board());
  return parts_->search.find(*parts_->board, parts_->share->names ? &*parts_->share->names : nullptr, query);
}

Result<Instant> Field::save_draft(const Uuid& household, const std::string& body) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  if (body.size() > kDraftBytesMax) return Error{"field.draft_too_large", "the draft is too large"};
  const Instant now = parts_->options.clock.wall();
  const auto saved = parts_->store->connection().run(
      "INSERT INTO draft(household, body, saved_at) VALUES($1, $2, $3) ON CONFLICT(household) DO UPDATE SET "
      "body = excluded.body, saved_at = excluded.saved_at",
      sql::params(household, body, now));
  if (!saved.ok()) return saved.error();
  return now;
}

Result<std::optional<std::string>> Field::draft(const Uuid& household) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  std::optional<std::string> body;
  DOUDI_TRY(parts_->store->connection().query("SELECT body FROM draft WHERE household = $1",
                                              sql::params(household), [&](const sql::Row& row) {
                                                body = std::string(row.text(0));
                                                return false;
                                              }));
  return body;
}

Status Field::remove_draft(const Uuid& household) {
  const std::lock_guard lock(parts_->mutex);
  DOUDI_TRY(parts_->require_open());
  const auto removed =
      parts_->store->connection().run("DELETE FROM draft WHERE household = $1", sql::params(household));
  if (!removed.ok()) return removed.error();
  return {};
}

}  // namespace doudi::field
