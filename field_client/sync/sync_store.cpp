#include "field_client/sync/sync_store.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <sstream>

#include "field_client/include/doudi/version.hpp"
#include "field_client/sync/scope_rows.hpp"
#include "shared/base/planted.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/sync/kept_columns.hpp"
#include "shared/sync/merge.hpp"

namespace doudi::field {
namespace {

Status done(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

// Why a group of this tablet counts that was set aside at first: after a restore it may not any more.
constexpr std::string_view kSettled = "sync.settled";

// A tablet may only hand a lead in; everything after that is the district's.
bool may_hand_in(std::string_view table, std::string_view from, std::string_view to) {
  return table == "lead" && to == "queued" &&
         (from.empty() || from == "draft" || from == "queued" || from == "returned");
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// The worker's unsent changes on top of the district's row, by the rules the district will use itself.
void rebase(const sync::Table& table, sync::RowState& row, const sync::Operation& operation) {
  for (const auto& change : operation.columns) {
    const sync::Column* column = table.find(change.column);
    if (!column || column->merge == sync::MergeRule::server) continue;
    for (auto& [name, value] : row.columns) {
      if (name == change.column)
        value = sync::merge_column(*column, table.name, change.base, value, change.next, may_hand_in).value;
    }
  }
}

// Those the last greeting named, and those a page brought since: the greeting after it may already take them
// away again.
Result<std::vector<std::string>> held_scopes(Store& store) {
  DOUDI_ASSIGN(const auto scopes, store.setting("scopes"));
  std::vector<std::string> held = words_of(scopes.value_or(""));
  DOUDI_TRY(store.connection().query("SELECT scope FROM cursor ORDER BY scope", [&held](const sql::Row& row) {
    if (std::find(held.begin(), held.end(), row.text(0)) == held.end()) held.emplace_back(row.text(0));
    return true;
  }));
  return held;
}

}  // namespace

Result<wire::Cursors> SyncStore::cursors() {
  wire::Cursors cursors;
  DOUDI_ASSIGN(const auto scopes, store_.setting("scopes"));
  for (const auto& scope : words_of(scopes.value_or(""))) cursors[scope] = 0;
  DOUDI_TRY(store_.connection().query("SELECT scope, position FROM cursor", [&](const sql::Row& row) {
    const auto cursor = cursors.find(std::string(row.text(0)));
    if (cursor != cursors.end()) cursor->second = row.integer(1);
    return true;
  }));
  return cursors;
}

Result<wire::Hello> SyncStore::hello() {
  wire::Hello hello;
  DOUDI_ASSIGN(hello.incarnation, store_.incarnation());
  DOUDI_ASSIGN(const auto newest, store_.groups().newest(hello.incarnation));
  if (newest) {
    hello.last_seq = newest->seq;
    hello.last_hash = newest->hash;
  }
  hello.schema_version = store_.catalog().version;
  hello.program_version = kProgramVersion;
  DOUDI_ASSIGN(const auto epoch, store_.setting("epoch"));
  hello.epoch = epoch.value_or("");
  DOUDI_ASSIGN(hello.cursors, cursors());
  hello.device_wall_ms = store_.clock().wall().ms;
  hello.device_monotonic_ms = store_.clock().monotonic_ms();
  hello.boot_id = store_.clock().boot_id;
  DOUDI_ASSIGN(const auto digests, server_digests(store_));
  for (const auto& scope : digests) hello.marks[scope.scope] = std::bit_cast<std::int64_t>(scope.digest.low);
  DOUDI_TRY(store_.connection().query("SELECT prefix, highest FROM entry_number", [&](const sql::Row& row) {
    hello.numbers[std::string(row.text(0))] = row.integer(1);
    return true;
  }));
  DOUDI_ASSIGN(const auto unsent, store_.groups().unsent());
  hello.unsent_groups = static_cast<std::uint64_t>(unsent.groups);
  hello.oldest_unsent_ms = unsent.oldest_ms.value_or(0);
  DOUDI_ASSIGN(hello.purged, left_.receipts());
  DOUDI_ASSIGN(hello.holds, held_scopes(store_));
  DOUDI_ASSIGN(const auto waiting, left_.waiting());
  for (const auto& scope : waiting)
    if (std::find(hello.holds->begin(), hello.holds->end(), scope) == hello.holds->end())
      hello.holds->push_back(scope);
  DOUDI_ASSIGN(hello.set_aside, set_aside());
  return hello;
}

// Whole groups; in those that a conflict holds, everything else has been taken.
Result<std::vector<wire::SetAside>> SyncStore::set_aside() {
  std::vector<wire::SetAside> groups;
  DOUDI_TRY(store_.connection().query(
      "SELECT incarnation, seq, hash FROM op_group WHERE state = 'acknowledged' AND verdict IN (3, 4) AND "
      "(reason LIKE 'sync.%' OR reason = 'sql.constraint') ORDER BY id DESC LIMIT $1",
      sql::params(static_cast<std::int64_t>(wire::kSetAsideMax)), [&groups](const sql::Row& row) {
        wire::SetAside group{
            static_cast<std::uint32_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1)), {}};
        const ByteView hash = row.blob(2);
        std::copy(hash.begin(), hash.end(), group.hash.begin());
        groups.push_back(group);
        return true;
      }));
  return groups;
}

// Nothing but what is set aside: a group that must be sent again keeps waiting for its own answer.
Status SyncStore::settle(const std::vector<sync::GroupVerdict>& settled) {
  for (const auto& verdict : settled)
    DOUDI_TRY(done(store_.connection().run(
        "UPDATE op_group SET verdict = $3, reason = $4 WHERE incarnation = $1 AND seq = $2 AND state = "
        "'acknowledged' AND verdict IN (3, 4)",
        sql::params(static_cast<std::int64_t>(verdict.incarnation), static_cast<std::int64_t>(verdict.seq),
                    static_cast<int>(verdict.verdict), kSettled))));
  return {};
}

Status SyncStore::offer_settled_again() {
  return done(store_.connection().run(
      "UPDATE op_group SET state = 'unsent' WHERE state = 'acknowledged' AND reason = $1",
      sql::params(kSettled)));
}

Result<bool> SyncStore::greeted(const wire::HelloReply& reply) {
  if (reply.next_incarnation != 0) {
    DOUDI_TRY(store_.start_incarnation(reply.next_incarnation));
    return true;
  }
  DOUDI_ASSIGN(const auto epoch, store_.setting("epoch"));
  DOUDI_ASSIGN(const auto incarnation, store_.incarnation());
  DOUDI_ASSIGN(const auto held, held_scopes(store_));
  const Status taken = store_.apply([&](RowWriter& writer) -> Status {
    if (DOUDI_PLANTED("epoch_ignored")) return keep_sync_point(reply.server_time);
    if (reply.history_lost || (epoch && *epoch != reply.epoch)) {
      DOUDI_TRY(store_.groups().offer_all_again(incarnation));
      DOUDI_TRY(offer_settled_again());
      DOUDI_ASSIGN(const std::uint64_t common, common_seq(incarnation, reply));
      DOUDI_TRY(store_.groups().offer_again(incarnation, common, {}));
      DOUDI_TRY(done(writer.connection().run("DELETE FROM cursor")));
      DOUDI_TRY(store_.set_setting("epoch_changed_ms", Value{store_.clock().wall().ms}));
      DOUDI_TRY(store_.distrust_outbox());
      DOUDI_TRY(store_.add_incident("new_epoch", "the district was restored"));
      // It may have lost photos too: asked about one by one, sent only where they are missing.
      DOUDI_TRY(done(writer.connection().run(
          "UPDATE attachment_local SET state = 'uploading', sent = 0 WHERE state = 'uploaded'")));
    }
    DOUDI_TRY(store_.groups().offer_again(incarnation, reply.known_seq, reply.known_beyond));
    DOUDI_TRY(settle(reply.settled));
    DOUDI_TRY(store_.set_setting("epoch", Value{reply.epoch}));
    DOUDI_TRY(store_.set_setting("backed_up", Value{static_cast<std::int64_t>(reply.backed_up)}));
    DOUDI_TRY(left_.receipts_taken());
    DOUDI_TRY(left_.hold(held, reply.scopes));
    DOUDI_TRY(store_.set_setting("scopes", Value{join(reply.scopes)}));
    DOUDI_TRY(store_.set_setting("assignment_version", Value{reply.assignment_version}));
    DOUDI_TRY(keep_sync_point(reply.server_time));
    return purge(writer);
  });
  if (!taken.ok()) return taken.error();
  if (!reply.recovery_key.empty()) DOUDI_TRY(store_.set_recovery_key(reply.recovery_key));
  must_greet_ = false;
  return false;
}

// What a restored district has under this tablet's numbers may be a clone's. Up to the group they have in
// common both have the same ones, as each hash covers all before it.
Result<std::uint64_t> SyncStore::common_seq(std::uint32_t incarnation, const wire::HelloReply& reply) {
  DOUDI_ASSIGN(const auto own, store_.groups().hash_at(incarnation, reply.known_seq));
  return own && *own == reply.known_hash ? reply.known_seq : 0;
}

// In the transaction that acknowledged the last operation, so that nothing stays a moment longer.
Status SyncStore::purge(RowWriter& writer) {
  DOUDI_ASSIGN(const bool removed, left_.purge(writer));
  purged_ = purged_ || removed;
  return {};
}

Result<bool> SyncStore::uploads_done() {
  DOUDI_ASSIGN(const auto scopes, left_.waiting());
  DOUDI_ASSIGN(const auto rows, left_.departing());
  if (scopes.empty() && rows.empty()) return false;
  bool removed = false;
  const Status purged = store_.apply([&](RowWriter& writer) -> Status {
    DOUDI_ASSIGN(removed, left_.purge(writer));
    return {};
  });
  if (!purged.ok()) return purged.error();
  purged_ = purged_ || removed;
  return removed;
}

Status SyncStore::keep_sync_point(Instant server_time) {
  const DeviceClock& clock = store_.clock();
  const auto parameters = sql::params(server_time, clock.wall(), clock.monotonic_ms(), clock.boot_id);
  DOUDI_TRY(done(store_.connection().run(
      "INSERT INTO sync_point(server_time, wall_ms, monotonic_ms, boot_id) VALUES($1, $2, $3, $4)",
      parameters)));
  return done(
      store_.connection().run("DELETE FROM sync_point WHERE id <= (SELECT max(id) FROM sync_point) - $1",
                              sql::params(kSyncPointsKept)));
}

Result<wire::Push> SyncStore::batch(bool emergency) {
  wire::Push push;
  DOUDI_ASSIGN(push.groups, store_.groups().batch(emergency, kBatchGroupsMax, kBatchBytesMax));
  return push;
}

Status SyncStore::pushed(const wire::PushReply& reply) {
  const Status taken = store_.apply([&](RowWriter& writer) -> Status {
    for (const auto& verdict : reply.verdicts) DOUDI_TRY(store_.groups().acknowledge(verdict));
    return purge(writer);
  });
  DOUDI_TRY(taken);
  return store_.trim_outbox();
}

Result<wire::Pull> SyncStore::pull() {
  wire::Pull pull;
  DOUDI_ASSIGN(const auto epoch, store_.setting("epoch"));
  pull.epoch = epoch.value_or("");
  DOUDI_ASSIGN(pull.cursors, cursors());
  pull.rows_max = kPageRowsMax;
  return pull;
}

Status SyncStore::apply_row(RowWriter& writer, const sync::RowState& row, bool anything_unsent) {
  const sync::Table* table = store_.catalog().find(row.table);
  if (!table) return writer.put(row);  // of a newer program: kept, and never edited here
  if (!anything_unsent) return writer.put(row);
  DOUDI_ASSIGN(const auto pending, store_.groups().pending_on(row.table, row.row));
  // Every column of this program is there, whatever the district knows: an edit of it finds its place.
  sync::RowState merged = sync::in_order(*table, row);
  for (const auto& operation : pending)
    if (operation.kind == sync::OperationKind::update) rebase(*table, merged, operation);
  return writer.put(merged);
}

Result<bool> SyncStore::page(const wire::Page& page) {
  DOUDI_ASSIGN(const auto epoch, store_.setting("epoch"));
  if (epoch && *epoch != page.epoch && !DOUDI_PLANTED("epoch_ignored"))
    return Error{"sync.epoch", "the district was restored: greet again"};
  DOUDI_ASSIGN(const auto unsent, store_.groups().unsent());
  const Status applied = store_.apply([&](RowWriter& writer) -> Status {
    for (const auto& row : page.rows) {
      DOUDI_TRY(apply_row(writer, row, unsent.groups > 0));
      if (row.table == "lead") DOUDI_TRY(keep_number(row));
    }
    for (const auto& [scope, position] : page.cursors)
      DOUDI_TRY(
          done(writer.connection().run("INSERT INTO cursor(scope, position) VALUES($1, $2) ON "
                                       "CONFLICT(scope) DO UPDATE SET position = excluded.position",
                                       sql::params(scope, position))));
    DOUDI_TRY(left_.depart(writer, page.departures));
    DOUDI_TRY(purge(writer));
    return keep_digests(page);
  });
  if (!applied.ok()) return applied.error();
  DOUDI_ASSIGN(const auto assigned, store_.setting("assignment_version"));
  DOUDI_ASSIGN(const auto receipts, left_.receipts());
  const bool reassigned =
      page.assignment_version != 0 && std::to_string(page.assignment_version) != assigned.value_or("0");
  must_greet_ = reassigned || !receipts.empty();
  return page.more;
}

// The lead may go back to an older state after a restore; the number it had is remembered all the same.
Status SyncStore::keep_number(const sync::RowState& lead) {
  const Value* value = find_value(lead, "entry_no");
  const auto* number = value ? std::get_if<std::string>(value) : nullptr;
  const auto dash = number ? number->rfind('-') : std::string::npos;
  if (dash == std::string::npos) return {};
  std::int64_t running = 0;
  const char* end = number->data() + number->size();
  const auto parsed = std::from_chars(number->data() + dash + 1, end, running);
  if (parsed.ec != std::errc{} || parsed.ptr != end || running < 1) return {};
  return done(store_.connection().run(
      "INSERT INTO entry_number(prefix, highest) VALUES($1, $2) ON CONFLICT(prefix) DO UPDATE SET highest = "
      "max(highest, excluded.highest)",
      sql::params(number->substr(0, dash + 1), running)));
}

Status SyncStore::keep_digests(const wire::Page& page) {
  for (const auto& [scope, digest] : page.digests) {
    const auto position = page.cursors.find(scope);
    const auto parameters = sql::params(scope, sync::to_text(digest),
                                        position == page.cursors.end() ? std::int64_t{0} : position->second);
    DOUDI_TRY(
        done(store_.connection().run("INSERT INTO server_digest(scope, digest, position) VALUES($1, $2, $3) "
                                     "ON CONFLICT(scope) DO UPDATE SET "
                                     "digest = excluded.digest, position = excluded.position",
                                     parameters)));
  }
  return {};
}

Result<wire::Wait> SyncStore::wait() {
  wire::Wait wait;
  DOUDI_ASSIGN(const auto epoch, store_.setting("epoch"));
  wait.epoch = epoch.value_or("");
  DOUDI_ASSIGN(wait.cursors, cursors());
  DOUDI_ASSIGN(const auto assigned, store_.setting("assignment_version"));
  wait.assignment_version = std::strtoll(assigned.value_or("0").c_str(), nullptr, 10);
  return wait;
}

Status SyncStore::succeeded() {
  return store_.set_setting("last_success_ms", Value{store_.clock().wall().ms});
}

}  // namespace doudi::field
