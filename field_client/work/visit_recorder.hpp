// Turns what a worker answered at a door into one saved group: visit, answers, the leads the rules propose,
// the leads the worker raised, and status changes.
#pragma once

#include <string>
#include <vector>

#include "field_client/attachments/attachment_store.hpp"
#include "field_client/include/doudi/views.hpp"
#include "field_client/store/store.hpp"
#include "field_client/work/board.hpp"
#include "field_client/work/lead_writer.hpp"
#include "shared/domain/form.hpp"
#include "shared/domain/triage.hpp"

namespace doudi::field {

struct SavedVisit {
  Uuid visit;
  std::vector<Uuid> leads;
  Instant saved_at;
};

class VisitRecorder {
 public:
  VisitRecorder(Store& store, const Board& board, const domain::PolicyPack& pack,
                const domain::FormDefinition& form, const Uuid& worker, AttachmentStore attachments)
      : store_(store), board_(board), pack_(pack), form_(form), worker_(worker), attachments_(attachments) {}

  Result<domain::TriageResult> triage(const Uuid& household, const std::optional<Uuid>& person,
                                      const Answers& answers) const;
  Result<SavedVisit> save(NewVisit visit);

 private:
  [[nodiscard]] domain::HouseholdFacts facts_of(const Uuid& household,
                                                const std::optional<Uuid>& person) const;
  [[nodiscard]] Status check(NewVisit& visit) const;
  [[nodiscard]] std::vector<LeadDraft> lead_drafts(const NewVisit& visit,
                                                   const domain::TriageResult& proposed, const Uuid& id,
                                                   Instant now) const;
  Status write_visit(RowWriter& writer, const NewVisit& visit, const Uuid& id, Instant now) const;
  Status write_status_change(RowWriter& writer, const NewVisit& visit, Instant now) const;

  Store& store_;
  const Board& board_;
  const domain::PolicyPack& pack_;
  const domain::FormDefinition& form_;
  Uuid worker_;
  AttachmentStore attachments_;
};

}  // namespace doudi::field
