#include "sync_server/service/conflict_register.hpp"

#include "shared/sync/column_check.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

constexpr int kConflictRowsMax = 500;

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

ConflictItem conflict_item(const sql::Row& row) {
  ConflictItem item;
  item.number = row.integer(0);
  item.at = Instant{row.integer(1)};
  item.table = row.text(2);
  item.column = row.text(3);
  item.rule = row.text(4);
  item.reason = row.text(5);
  item.worker = row.text(6);
  item.grid_name = row.text(7);
  item.row = row.uuid(8);
  item.base = row.value(9);
  item.current = row.value(10);
  item.next = row.value(11);
  item.kept = row.value(12);
  item.closed = !row.is_null(13);
  if (item.closed) item.closed_at = Instant{row.integer(13)};
  item.outcome = row.text(14);
  item.closed_by = row.text(15);
  item.street = row.text(16);
  item.subject = row.text(17);
  item.door = row.text(18);
  return item;
}

class Closing {
 public:
  Closing(District& district, sql::Connection& connection, const Actor& actor)
      : district_(district), connection_(connection), actor_(actor), feed_(connection, district.tables()) {}

  Status run(std::int64_t number, bool taken) {
    DOUDI_TRY(read(number));
    if (item_.closed) return Error{"conflict.closed", "Somebody has decided this already."};
    if (taken) DOUDI_TRY(take());
    const Instant now = district_.now();
    DOUDI_TRY(
        plain(connection_.run("UPDATE conflict SET closed_at=$2, closed_by=$3, outcome=$4 WHERE number=$1",
                              sql::params(number, now, actor_.account, taken ? "taken" : "kept"))));
    DOUDI_TRY(feed_.flush());
    return append_audit(connection_,
                        {now, actor_.account, std::nullopt, taken ? "conflict.take" : "conflict.keep",
                         item_.table, item_.row, item_.column + " " + std::to_string(number)});
  }
  [[nodiscard]] const std::set<std::string>& touched() const { return feed_.touched(); }

 private:
  Status read(std::int64_t number) {
    std::string grid_code;
    DOUDI_TRY(connection_.query(
        "SELECT c.table_name, c.column_name, c.reason, c.row_id, c.next_value, c.closed_at, g.code, "
        "c.current_value, c.kept_value FROM conflict c JOIN grid g ON g.id=c.grid WHERE c.number=$1",
        sql::params(number), [&](const sql::Row& row) {
          item_.table = row.text(0);
          item_.column = row.text(1);
          item_.reason = row.text(2);
          item_.row = row.uuid(3);
          item_.next = row.value(4);
          item_.closed = !row.is_null(5);
          grid_code = row.text(6);
          item_.current = row.value(7);
          item_.kept = row.value(8);
          return false;
        }));
    if (grid_code.empty() || actor_.roles_over(grid_code).empty())
      return Error{"not_found", "There is no such conflict."};
    return {};
  }

  // The whole row: an edit met a removal. Taking it brings the edited row back, or lets the removal stand.
  Status take() {
    const TableStatements* table = district_.tables().find(item_.table);
    if (table == nullptr) return Error{"conflict.no_value", "The row cannot be changed."};
    DOUDI_ASSIGN(const auto before, district_.tables().read(connection_, *table, item_.row));
    if (!before) return Error{"conflict.no_value", "The row is not here."};
    sync::RowState after = *before;
    if (item_.column.empty()) {
      after.deleted = !before->deleted;
    } else {
      const sync::Column* column = table->table->find(item_.column);
      if (column != nullptr && column->merge == sync::MergeRule::workflow)
        return Error{"conflict.ledger", "The state of a lead changes in the ledger."};
      // What lost: the worker's value, unless the rule preferred it.
      const Value& other = item_.kept == item_.next ? item_.current : item_.next;
      if (is_null(other) && column != nullptr && !column->nullable)
        return Error{"conflict.no_value", "This column may not be empty."};
      if (column != nullptr && !sync::check_value(*column, other).ok())
        return Error{"conflict.no_value", "This column cannot hold the value."};
      // A column of a newer program may not stand in the row at all.
      if (column == nullptr) after.columns.emplace_back(item_.column, Value{});
      set_cell(after, item_.column, other);
    }
    return after == *before ? Status{} : feed_.put(before, after);
  }

  District& district_;
  sql::Connection& connection_;
  const Actor& actor_;
  FeedWriter feed_;
  ConflictItem item_;
};

}  // namespace

Result<std::vector<ConflictItem>> read_conflicts(sql::Connection& connection, const Actor& actor) {
  std::vector<ConflictItem> conflicts;
  DOUDI_TRY(connection.query(
      "SELECT c.number, c.at, c.table_name, c.column_name, c.rule, c.reason, coalesce(a.name,''), g.name, "
      "c.row_id, "
      "c.base_value, c.current_value, c.next_value, c.kept_value, c.closed_at, coalesce(c.outcome,''), "
      "coalesce(b.name,''), g.street, coalesce(p.name, h.address, l.category, ''), coalesce(h.door, '') "
      "FROM conflict c JOIN grid g ON g.id=c.grid LEFT JOIN device d ON d.number=c.device "
      "LEFT JOIN account a ON a.id=d.account LEFT JOIN account b ON b.id=c.closed_by "
      // The person or household it is about, also when the row only hangs on one.
      "LEFT JOIN lead l ON l.id=c.row_id LEFT JOIN person_tag t ON t.id=c.row_id "
      "LEFT JOIN absence away ON away.id=c.row_id LEFT JOIN visit v ON v.id=c.row_id "
      "LEFT JOIN person p ON p.id=coalesce(l.person, t.person, away.person, c.row_id) "
      "LEFT JOIN household h ON h.id=coalesce(p.household, l.household, v.household, c.row_id) WHERE " +
          std::string(kInScope) + " ORDER BY c.closed_at IS NOT NULL, c.number DESC LIMIT $2",
      sql::params(actor.scopes(kCaseRoles), kConflictRowsMax), [&conflicts](const sql::Row& row) {
        conflicts.push_back(conflict_item(row));
        return true;
      }));
  return conflicts;
}

Status close_conflict(District& district, const Actor& actor, std::int64_t number, bool taken) {
  std::set<std::string> touched;
  const Status stored = district.writer().run([&](sql::Connection& connection) -> Status {
    Closing closing(district, connection, actor);
    DOUDI_TRY(closing.run(number, taken));
    touched = closing.touched();
    return {};
  });
  DOUDI_TRY(stored);
  district.announce(touched);
  return {};
}

}  // namespace doudi::district
