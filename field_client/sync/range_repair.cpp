// One answer of the district is one transaction; a repair that is cut off begins again at the next sync.
#include "field_client/sync/range_repair.hpp"

#include "field_client/sync/scope_rows.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/sync/kept_columns.hpp"
#include "shared/wire/message_parts.hpp"

namespace doudi::field {
namespace {

Status done(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

constexpr std::string_view kAskedKey = "repair_asked";

// A clock that was set back makes the next comparison due, not impossible.
bool is_over(std::int64_t since_ms, std::int64_t now_ms, std::int64_t lapse_ms) {
  return now_ms < since_ms || now_ms - since_ms >= lapse_ms;
}

}  // namespace

Result<bool> RangeRepair::begin() {
  DOUDI_ASSIGN(const auto unsent, store_.groups().unsent());
  if (unsent.groups > 0) return false;
  search_.reset();
  DOUDI_ASSIGN(const auto theirs, server_digests(store_));
  std::vector<std::string> scopes;
  for (const auto& scope : theirs) scopes.push_back(scope.scope);
  DOUDI_ASSIGN(const auto asked, store_.setting(kAskedKey));
  DOUDI_TRY(count_rows(scopes, asked.has_value()));
  if (asked) {
    DOUDI_TRY(store_.set_setting(kAskedKey, Value{}));
    unfinished_.insert(scopes.begin(), scopes.end());
  }
  DOUDI_ASSIGN(const auto refused,
               store_.connection().integer("SELECT count(*) FROM op_group WHERE verdict IN (3, 4)"));
  for (const auto& scope : theirs) {
    // A row that moved away stays until its photo went, and the district counts it elsewhere already.
    DOUDI_ASSIGN(const auto leaving,
                 store_.connection().integer("SELECT count(*) FROM departing_row WHERE scope = $1",
                                             sql::params(scope.scope)));
    if (leaving > 0) continue;
    DOUDI_ASSIGN(const sync::Digest own, local_digest(store_, scope.scope));
    const std::string key = "digest_wrong_" + scope.scope;
    DOUDI_ASSIGN(const auto wrong, store_.setting(key));
    if (own == scope.digest) {
      if (wrong) DOUDI_TRY(store_.set_setting(key, Value{}));
      unfinished_.erase(scope.scope);
      continue;
    }
    if (!wrong && refused == 0) {
      DOUDI_TRY(store_.add_incident("digest_mismatch", scope.scope));
      DOUDI_TRY(store_.set_setting(key, Value{std::int64_t{1}}));
    }
    DOUDI_ASSIGN(const bool due, is_due(scope.scope, unfinished_.contains(scope.scope), refused > 0));
    if (!due) continue;
    DOUDI_TRY(open_search(scope.scope));
    return true;
  }
  return false;
}

// Rows of refused groups differ for good reason: with them a comparison is only a look once a day.
Result<bool> RangeRepair::is_due(const std::string& scope, bool asked, bool own_rows) {
  if (asked) return true;
  DOUDI_ASSIGN(
      const auto compared,
      store_.connection().value("SELECT compared_ms FROM scope_check WHERE scope = $1", sql::params(scope)));
  const auto* at = compared ? std::get_if<std::int64_t>(&*compared) : nullptr;
  return at == nullptr || is_over(*at, store_.clock().wall().ms, own_rows ? kCountEveryMs : kCompareEveryMs);
}

// The kept digests follow every write of the program; only counting the rows shows what happened beside it.
Status RangeRepair::count_rows(const std::vector<std::string>& scopes, bool asked) {
  const std::int64_t now = store_.clock().wall().ms;
  bool due = asked;
  for (const auto& scope : scopes) {
    DOUDI_TRY(done(store_.connection().run(
        "INSERT INTO scope_check(scope, counted_ms) VALUES($1, $2) ON CONFLICT DO NOTHING",
        sql::params(scope, now))));
    DOUDI_ASSIGN(const auto counted,
                 store_.connection().integer("SELECT counted_ms FROM scope_check WHERE scope = $1",
                                             sql::params(scope)));
    due = due || is_over(counted, now, kCountEveryMs);
  }
  if (!due) return {};
  DOUDI_ASSIGN(auto marks, read_scope_marks(store_));
  return store_.apply([&](RowWriter&) -> Status {
    for (const auto& scope : scopes) {
      const sync::Digest counted = sync::sum_of(marks[scope]);
      DOUDI_ASSIGN(const sync::Digest kept, local_digest(store_, scope));
      if (counted != kept) {
        DOUDI_TRY(store_.add_incident("rows_changed", scope));
        DOUDI_TRY(set_local_digest(store_, scope, counted));
      }
      DOUDI_TRY(done(store_.connection().run("UPDATE scope_check SET counted_ms = $2 WHERE scope = $1",
                                             sql::params(scope, now))));
    }
    return {};
  });
}

Status RangeRepair::open_search(const std::string& scope) {
  DOUDI_ASSIGN(tables_, table_names(store_));
  DOUDI_ASSIGN(auto marks, read_scope_marks(store_));
  scope_ = scope;
  search_.emplace(std::move(marks[scope]));
  begins_ = true;
  told_ = false;
  found_ = {};
  unfinished_.insert(scope);
  const std::int64_t now = store_.clock().wall().ms;
  DOUDI_ASSIGN(const auto restored, store_.setting("epoch_changed_ms"));
  grace_ = restored && !is_over(std::stoll(*restored), now, kRestoreGraceMs);
  const Status noted = store_.apply([&](RowWriter&) -> Status {
    DOUDI_TRY(set_local_digest(store_, scope, search_->digest()));
    return done(store_.connection().run("UPDATE scope_check SET compared_ms = $2 WHERE scope = $1",
                                        sql::params(scope, now)));
  });
  DOUDI_TRY(noted);
  version_ = store_.version();
  return {};
}

Result<wire::Compare> RangeRepair::question() {
  if (!search_) return Error{"sync.range", "no comparison is under way"};
  // Something was saved in between: the marks are of another state.
  if (store_.version() != version_) DOUDI_TRY(open_search(scope_));
  wire::Compare compare;
  DOUDI_ASSIGN(const auto epoch, store_.setting("epoch"));
  compare.epoch = epoch.value_or("");
  compare.scope = scope_;
  DOUDI_ASSIGN(compare.position, store_.connection().integer("SELECT position FROM cursor WHERE scope = $1",
                                                             sql::params(scope_)));
  compare.begins = begins_;
  compare.question = search_->question();
  compare.fetched = found_.fetched;
  compare.set_aside = found_.set_aside;
  return compare;
}

Result<RepairStep> RangeRepair::answered(const wire::Compare& asked, const wire::CompareReply& reply) {
  if (!search_ || asked.scope != scope_) return Error{"sync.range", "no comparison is under way"};
  if (reply.epoch != asked.epoch) return Error{"sync.epoch", "the district was restored: greet again"};
  RepairStep step;
  if (asked.question.empty()) {
    told_ = true;
  } else if (reply.position != asked.position) {
    search_.reset();
    step.pull = true;
    return step;
  } else {
    const auto before = found_;
    DOUDI_TRY(take(asked, reply));
    step.rows = found_.fetched != before.fetched || found_.set_aside != before.set_aside;
  }
  const bool anything = found_.fetched + found_.set_aside > 0;
  if (!search_->question().empty() || (anything && !told_)) {
    step.more = true;
    return step;
  }
  DOUDI_TRY(finish());
  DOUDI_ASSIGN(step.more, begin());
  return step;
}

Status RangeRepair::take(const wire::Compare& asked, const wire::CompareReply& reply) {
  DOUDI_TRY(search_->answered(asked.question, reply.open));
  const Status taken = store_.apply([&](RowWriter& writer) -> Status {
    if (asked.begins)
      DOUDI_TRY(done(store_.connection().run("UPDATE server_digest SET digest = $2 WHERE scope = $1",
                                             sql::params(scope_, sync::to_text(reply.digest)))));
    for (const auto& row : reply.rows) DOUDI_TRY(take_row(writer, row));
    for (const auto& row : reply.absent) DOUDI_TRY(take_absent(writer, row));
    return {};
  });
  DOUDI_TRY(taken);
  begins_ = false;
  version_ = store_.version();
  return {};
}

Status RangeRepair::take_row(RowWriter& writer, const sync::RowState& row) {
  const sync::Table table = table_of(store_.catalog(), row.table);
  if (scope_of(table, row) != scope_) return Error{"sync.range", "a row of another scope was sent"};
  DOUDI_ASSIGN(const bool own, is_own(row.table, row.row));
  if (own) return ++found_.left, Status{};
  DOUDI_ASSIGN(const auto before, writer.read(row.table, row.row));
  if (before && before->deleted == row.deleted &&
      sync::row_digest(*before, crypto::sha256) ==
          sync::row_digest(sync::in_order(table, row), crypto::sha256))
    return {};
  if (before) DOUDI_TRY(keep_aside(*before, "replaced"));
  ++found_.fetched;
  return writer.put(row);
}

Status RangeRepair::take_absent(RowWriter& writer, const Uuid& row) {
  const sync::RowMark* mark = search_->find(row);
  if (!mark) return Error{"sync.range", "a row nobody asked for was named"};
  const std::string& table = tables_.at(mark->table);
  DOUDI_ASSIGN(const bool own, is_own(table, row));
  if (own || grace_) return ++found_.left, Status{};
  DOUDI_ASSIGN(const auto before, writer.read(table, row));
  if (!before) return {};
  DOUDI_TRY(keep_aside(*before, "absent"));
  ++found_.set_aside;
  return writer.remove(*before);
}

// An edit the district has not taken over is the worker's: nothing replaces it here.
Result<bool> RangeRepair::is_own(std::string_view table, const Uuid& row) {
  DOUDI_ASSIGN(const auto own,
               store_.connection().integer(
                   "SELECT count(*) FROM op_log WHERE table_name = $1 AND row_id = $2 AND group_seq IN "
                   "(SELECT id FROM op_group WHERE state = 'unsent' OR verdict IN (3, 4))",
                   sql::params(table, row)));
  return own > 0;
}

Status RangeRepair::keep_aside(const sync::RowState& row, const std::string& reason) {
  wire::CborWriter body;
  wire::write_row(body, row);
  return done(store_.connection().run(
      "INSERT INTO set_aside_row(at, scope, table_name, row_id, reason, body) VALUES($1, $2, $3, $4, $5, $6)",
      sql::params(store_.clock().wall(), scope_, row.table, row.row, reason, body.take())));
}

Status RangeRepair::finish() {
  search_.reset();
  unfinished_.erase(scope_);
  DOUDI_ASSIGN(const sync::Digest own, local_digest(store_, scope_));
  DOUDI_ASSIGN(const auto theirs, server_digests(store_));
  for (const auto& scope : theirs) {
    if (scope.scope == scope_ && scope.digest == own)
      DOUDI_TRY(store_.set_setting("digest_wrong_" + scope_, Value{}));
  }
  return store_.add_incident("range_repair", scope_ + ": fetched " + std::to_string(found_.fetched) +
                                                 ", set aside " + std::to_string(found_.set_aside) +
                                                 ", left " + std::to_string(found_.left));
}

}  // namespace doudi::field
