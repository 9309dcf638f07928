#include "field_client/work/visit_recorder.hpp"

#include <algorithm>
#include <array>

#include "shared/domain/name_index.hpp"
#include "shared/sync/column_check.hpp"

namespace doudi::field {
namespace {

// What V01 says about the visit itself (domain.md 3.4.1 and 3.4.3).
struct MetRule {
  std::string_view met;
  std::string_view mode;
  std::string_view outcome;
};
constexpr std::array kMetRules{
    MetRule{"self", "in_person", "met"},
    MetRule{"family", "in_person", "family_met"},
    MetRule{"phone", "phone", "met"},
    MetRule{"neighbour", "neighbour", "nobody"},
    MetRule{"nobody", "in_person", "nobody"},
    MetRule{"refused", "in_person", "refused"},
    MetRule{"hospital", "in_person", "hospital"},
    MetRule{"away", "in_person", "away"},
    MetRule{"moved", "in_person", "moved"},
    MetRule{"deceased", "in_person", "deceased"},
};

const MetRule* find_met_rule(std::string_view met) {
  const auto* at =
      std::find_if(kMetRules.begin(), kMetRules.end(), [&](const MetRule& rule) { return rule.met == met; });
  return at == kMetRules.end() ? nullptr : at;
}

bool allows(const domain::Question& question, const std::string& answer) {
  if (question.options.empty() || question.kind == domain::QuestionKind::yes_no_group) return true;
  return std::any_of(question.options.begin(), question.options.end(),
                     [&](const domain::Option& option) { return option.code == answer; });
}

// A draft of an older form may leave questions open; what is answered must be known.
Status check_answers_known(const domain::FormDefinition& form, const Answers& answers) {
  for (const auto& [code, values] : answers) {
    const domain::Question* question = form.find(code);
    if (!question) return Error{"form.unknown_question", "the form has no question " + code};
    for (const auto& value : values) {
      if (!allows(*question, value))
        return Error{"form.unknown_option", "question " + code + " has no such answer"};
      DOUDI_TRY(check_length(value));
    }
  }
  return {};
}

LeadDraft draft_of(const NewLead& lead) {
  LeadDraft draft;
  draft.source = "worker";
  draft.category = lead.category;
  draft.grade_worker = lead.grade;
  draft.description = lead.description;
  draft.place = lead.place;
  draft.urgent_need = lead.urgent_need;
  return draft;
}

}  // namespace

domain::HouseholdFacts VisitRecorder::facts_of(const Uuid& household,
                                               const std::optional<Uuid>& person) const {
  domain::HouseholdFacts facts;
  const auto members = board_.members_of(household);
  for (const auto& member : members) {
    domain::MemberFacts one;
    one.age = member.age;
    const auto self_care = domain::parse_self_care(member.self_care);
    one.self_care = self_care.ok() ? *self_care : domain::SelfCare::unknown;
    for (const auto& tag : member.tags) one.tags.push_back(tag.code);
    one.lives_alone = members.size() == 1 || one.has_tag("lives_alone");
    facts.power_dependent_device = facts.power_dependent_device || one.has_tag("power_dependent_device");
    facts.dibao_active = facts.dibao_active || one.has_tag("dibao");
    if (person == member.id) facts.subject = facts.members.size();
    facts.members.push_back(std::move(one));
  }
  for (const auto& row : board_.due_rows_of(household))
    if (row.unreachable_grade && (!person || row.person == person))
      facts.unreachable_grade = row.unreachable_grade;
  return facts;
}

Result<domain::TriageResult> VisitRecorder::triage(const Uuid& household, const std::optional<Uuid>& person,
                                                   const Answers& answers) const {
  domain::HouseholdFacts facts = facts_of(household, person);
  if (facts.members.empty()) facts.members.emplace_back();
  return domain::triage(answers, facts, pack_);
}

// Fills in what follows from the rest: the only person behind a door is the one who was met.
Status VisitRecorder::check(NewVisit& visit) const {
  if (!board_.data().households.contains(visit.household))
    return Error{"field.unknown_household", "this household is not on the tablet"};
  if (!find_met_rule(visit.met)) return Error{"form.unknown_option", "question V01 has no such answer"};
  const auto members = board_.members_of(visit.household);
  if (!visit.person && members.size() == 1) visit.person = members.front().id;
  if (visit.person &&
      std::none_of(members.begin(), members.end(), [&](const Member& m) { return m.id == visit.person; }))
    return Error{"field.unknown_person", "this person does not live in the household"};
  if (visit.met == "deceased" && !visit.person) return Error{"field.person_needed", "say who has died"};
  visit.answers["V01"] = {visit.met};
  DOUDI_TRY(check_length(visit.note));
  for (const auto& lead : visit.leads)
    visit.attachments.insert(visit.attachments.end(), lead.attachments.begin(), lead.attachments.end());
  if (visit.leads.size() > 16) return Error{"field.too_many_leads", "at most 16 problems in one visit"};
  return check_answers_known(form_, visit.answers);
}

std::vector<LeadDraft> VisitRecorder::lead_drafts(const NewVisit& visit, const domain::TriageResult& proposed,
                                                  const Uuid& id, Instant now) const {
  std::vector<LeadDraft> drafts;
  for (const auto& lead : proposed.leads) {
    LeadDraft draft;
    draft.source = "visit";
    draft.category = lead.category;
    draft.grade_rule = lead.grade;
    draft.rules = lead.rules;
    draft.restricted = lead.restricted;
    draft.description = visit.note;
    drafts.push_back(std::move(draft));
  }
  for (const auto& raised : visit.leads) {
    const auto same = std::find_if(drafts.begin(), drafts.end(),
                                   [&](const LeadDraft& draft) { return draft.category == raised.category; });
    if (same == drafts.end()) {
      drafts.push_back(draft_of(raised));
      continue;
    }
    // The worker may raise a grade, never lower it.
    if (raised.grade < same->grade()) same->grade_worker = raised.grade;
    if (!raised.description.empty()) same->description = raised.description;
    same->urgent_need = raised.urgent_need;
  }
  for (auto& draft : drafts) {
    draft.grid = board_.data().household_texts.at(visit.household).grid;
    draft.household = visit.household;
    draft.person = visit.person;
    draft.visit = id;
    draft.worker = worker_;
    draft.found_at = now;
  }
  return drafts;
}

Status VisitRecorder::write_visit(RowWriter& writer, const NewVisit& visit, const Uuid& id,
                                  Instant now) const {
  const MetRule& met = *find_met_rule(visit.met);
  const Uuid& grid = board_.data().household_texts.at(visit.household).grid;
  const DeviceClock& clock = store_.clock();
  DOUDI_TRY(writer.insert("visit", id,
                          {{"grid", sql::to_value(grid)},
                           {"household", sql::to_value(visit.household)},
                           {"person", sql::to_value(visit.person)},
                           {"worker", sql::to_value(worker_)},
                           {"seen_at", sql::to_value(now)},
                           {"monotonic_ms", Value{clock.monotonic_ms()}},
                           {"boot_id", sql::to_value(clock.boot_id)},
                           {"mode", sql::to_value(met.mode)},
                           {"outcome", sql::to_value(met.outcome)},
                           {"form", sql::to_value(form_.id)},
                           {"form_version", sql::to_value(form_.version)},
                           {"leaflet_given", sql::to_value(visit.leaflet_given)},
                           {"leaflet_posted", sql::to_value(visit.leaflet_posted)},
                           {"note", visit.note.empty() ? Value{} : Value{visit.note}}}));
  for (const auto& [question, values] : visit.answers)
    DOUDI_TRY(writer.insert("visit_answer", new_id(clock),
                            {{"grid", sql::to_value(grid)},
                             {"visit", sql::to_value(id)},
                             {"question", sql::to_value(question)},
                             {"answer", Value{sync::set_text(values)}}}));
  return {};
}

Status VisitRecorder::write_status_change(RowWriter& writer, const NewVisit& visit, Instant now) const {
  if (visit.met != "deceased" && visit.met != "moved") return {};
  const std::string column = visit.met == "deceased" ? "died_on" : "moved_on";
  for (const auto& member : board_.members_of(visit.household))
    if (!visit.person || visit.person == member.id)
      DOUDI_TRY(writer.update("person", member.id, {{column, sql::to_value(date_of(now))}}));
  return {};
}

Result<SavedVisit> VisitRecorder::save(NewVisit visit) {
  DOUDI_TRY(check(visit));
  DOUDI_ASSIGN(const auto proposed, triage(visit.household, visit.person, visit.answers));
  const Instant now = store_.clock().wall();
  SavedVisit saved{new_id(store_.clock()), {}, now};
  const auto drafts = lead_drafts(visit, proposed, saved.visit, now);
  const bool emergency =
      std::any_of(drafts.begin(), drafts.end(), [](const LeadDraft& draft) { return draft.grade() == 1; });
  const auto lane = [emergency] { return emergency ? sync::Lane::emergency : sync::Lane::ordinary; };
  DOUDI_ASSIGN(
      const auto group, store_.save({"visit", visit.household}, lane, [&](RowWriter& writer) -> Status {
        DOUDI_TRY(write_visit(writer, visit, saved.visit, now));
        for (const auto& draft : drafts) {
          DOUDI_ASSIGN(const Uuid lead, write_lead(writer, draft, store_.clock()));
          saved.leads.push_back(lead);
        }
        DOUDI_TRY(write_status_change(writer, visit, now));
        const Uuid& grid = board_.data().household_texts.at(visit.household).grid;
        DOUDI_TRY(attachments_.bind(writer, visit.attachments, {grid, visit.household, saved.visit, {}}));
        const auto removed =
            writer.connection().run("DELETE FROM draft WHERE household = $1", sql::params(visit.household));
        if (!removed.ok()) return removed.error();
        return Status{};
      }));
  ensure(group.seq > 0, "a saved visit has a group");
  return saved;
}

}  // namespace doudi::field
