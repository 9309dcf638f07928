#include "tests/sim/office.hpp"

#include <array>

#include "sync_server/service/assignments.hpp"
#include "sync_server/service/backup.hpp"
#include "sync_server/service/conflict_register.hpp"
#include "sync_server/service/ledger_service.hpp"
#include "sync_server/service/merge_proposals.hpp"
#include "sync_server/service/relocation.hpp"
#include "sync_server/store/generation.hpp"

namespace doudi::sim {
namespace {

const std::array<std::string, 3> kGridCodes{"120110001001001", "120110002001001", "120110002001002"};

district::LeadDecision decision(domain::LedgerAction action) {
  district::LeadDecision made;
  made.action = action;
  made.text = "请补充情况说明后再报";
  made.code = "RJ01";
  made.items = {"description"};
  return made;
}

// The register offers one of two texts that both stand: there the officer always says "keep".
bool may_take(const district::ConflictItem& item) {
  return item.column != "note" && item.column != "description";
}

}  // namespace

std::vector<Uuid> Office::rows(const std::string& query) {
  std::vector<Uuid> ids;
  auto reader = must(server_.district().store().read());
  must((*reader).query(query, [&ids](const sql::Row& row) {
    ids.push_back(row.uuid(0));
    return true;
  }));
  return ids;
}

// What was done is done again by the fold; what was refused changed nothing.
void Office::perform(const std::string& what, const Act& act) {
  if (!act) return;
  const Instant at = server_.now();
  server_.settle();
  const Status done = act(server_.district());
  note("office: " + what + (done.ok() ? "" : " refused: " + done.error().code));
  ++counters_[done.ok() ? "office " + what : "office refused " + done.error().code];
  if (done.ok()) oracle_.office_did(at, [act](SimServer& again) { return act(again.district()); });
}

void Office::hand_over() {
  if (!server_.is_up()) return;
  const std::string& grid = kGridCodes[rng_.below(kGridCodes.size())];
  hand_over(grid, rng_.chance(500) ? "w1" : "w2");
}

void Office::give_a_grid(const std::string& login) {
  hand_over(kGridCodes[rng_.below(kGridCodes.size())], login);
}

void Office::hand_over(const std::string& grid, const std::string& login) {
  district::GridHandover handover;
  handover.grid_code = grid;
  handover.to_login = login;
  perform("handover", [handover](district::District& district) -> Status {
    const auto handed = district::hand_over_grid(district, handover);
    return handed.ok() ? Status{} : Status(handed.error());
  });
}

void Office::act() {
  if (!server_.is_up()) return;
  const auto kind = rng_.below(100);
  if (kind < 35) return perform("decision", decide());
  if (kind < 60) return perform("conflict closed", close_conflict());
  if (kind < 80) return perform("merge", resolve());
  perform("move", relocate());
}

Office::Act Office::decide() {
  const auto leads = rows("SELECT id FROM lead WHERE deleted=0 AND state='reported' ORDER BY id");
  if (leads.empty()) return {};
  const Uuid lead = any(leads);
  const auto chosen = decision(rng_.chance(600)   ? domain::LedgerAction::accept
                               : rng_.chance(500) ? domain::LedgerAction::return_lead
                                                  : domain::LedgerAction::reject);
  return [this, lead, chosen](district::District& district) -> Status {
    const auto decided = district::decide_lead(district, base_.officer(), lead, chosen);
    return decided.ok() ? Status{} : Status(decided.error());
  };
}

Office::Act Office::close_conflict() {
  auto reader = must(server_.district().store().read());
  std::vector<district::ConflictItem> open;
  for (const auto& item : must(district::read_conflicts(*reader, base_.officer())))
    if (!item.closed) open.push_back(item);
  if (open.empty()) return {};
  const auto& item = any(open);
  const bool taken = may_take(item) && rng_.chance(600);
  if (taken)
    if (const auto* text = std::get_if<std::string>(&item.next)) oracle_.office_may_write(*text);
  return [this, number = item.number, taken](district::District& district) {
    return district::close_conflict(district, base_.officer(), number, taken);
  };
}

Office::Act Office::resolve() {
  auto reader = must(server_.district().store().read());
  std::vector<district::MergeProposal> open;
  for (const auto& proposal : must(district::read_merge_proposals(*reader, base_.officer())))
    if (proposal.outcome.empty()) open.push_back(proposal);
  if (open.empty()) return {};
  const auto& proposal = any(open);
  std::optional<Uuid> winner;
  if (rng_.chance(800)) winner = rng_.chance(500) ? proposal.first.row : proposal.second.row;
  return [this, number = proposal.number, winner](district::District& district) {
    return district::resolve_proposal(district, base_.officer(), number, winner);
  };
}

Office::Act Office::relocate() {
  const auto households = rows("SELECT id FROM household WHERE deleted=0 ORDER BY id");
  if (households.empty()) return {};
  district::Relocation relocation;
  relocation.table = "household";
  relocation.row = any(households);
  relocation.grid_code = kGridCodes[rng_.below(kGridCodes.size())];
  return [relocation](district::District& district) -> Status {
    const auto moved = district::relocate(district, relocation);
    return moved.ok() ? Status{} : Status(moved.error());
  };
}

std::optional<Office::Backup> Office::back_up() {
  if (!server_.is_up()) return std::nullopt;
  server_.settle();
  Backup backup{kDistrictFolder / ("backup-" + std::to_string(++backups_) + ".db"), oracle_.district_state()};
  const auto made = district::create_backup(server_.district(), backup.file);
  note(made.ok() ? "backup made" : "no backup: " + made.error().code);
  ++counters_[made.ok() ? "backup made" : "backup refused"];
  if (!made.ok()) return std::nullopt;
  return backup;
}

void Office::restore(const Backup& backup) {
  ++counters_["restore"];
  if (oracle_.district_state().verdicts.size() > backup.state.verdicts.size())
    ++counters_["restore behind a tablet"];
  note("district restored");
  server_.crash();
  server_.storage().disk.heal();
  const auto restored =
      district::restore_backup(backup.file, kDistrictFolder, server_.now(), server_.storage().files);
  if (!restored.ok())
    return oracle_.fault("I2", "a good backup cannot be restored: " + restored.error().code);
  oracle_.restored(backup.state);
  const auto refused = server_.start();
  if (refused.ok() || refused.error().code != "store.restored")
    return oracle_.fault("restore", "the district went on as if nothing had happened");
  if (const Status started = server_.start(true); !started.ok())
    return oracle_.fault("I2", "the restored district cannot start: " + started.error().code);
  oracle_.check_opened_district();
  oracle_.office_did(server_.now(), [ahead = server_.ahead()](SimServer& again) -> Status {
    const auto stored =
        again.district().store().writer().integer("SELECT value FROM setting WHERE key='generation'");
    if (!stored.ok()) return stored.error();
    DOUDI_TRY(district::record_generation(again.district().store(), *stored + 1));
    again.crash();
    again.install(ahead);
    return again.start(true);
  });
}

}  // namespace doudi::sim
