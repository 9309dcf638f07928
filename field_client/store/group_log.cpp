#include "field_client/store/group_log.hpp"

#include <algorithm>
#include <set>

#include "shared/base/planted.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/wire/changes.hpp"

namespace doudi::field {
namespace {

sync::Hash to_hash(ByteView bytes) {
  sync::Hash hash{};
  ensure(bytes.size() == hash.size(), "a stored hash has 32 bytes");
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

Status done(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

Result<sync::Operation> read_operation(const sync::Catalog& catalog, const sql::Row& line) {
  const sync::Table* table = catalog.find(line.text(0));
  if (!table) return Error{"sync.unknown_table", "the log names an unknown table"};
  sync::Operation operation{table->name, line.uuid(1), static_cast<sync::OperationKind>(line.integer(2)), {}};
  DOUDI_ASSIGN(operation.columns, wire::read_changes(*table, line.text(3)));
  return operation;
}

GroupHead read_head(const sql::Row& row) {
  GroupHead head;
  head.id = row.integer(0);
  head.incarnation = static_cast<std::uint32_t>(row.integer(1));
  head.seq = static_cast<std::uint64_t>(row.integer(2));
  head.lane = static_cast<sync::Lane>(row.integer(3));
  head.wall_ms = row.integer(4);
  head.kind = std::string(row.text(5));
  if (!row.is_null(6)) head.household = row.uuid(6);
  head.acknowledged = row.text(7) == "acknowledged";
  if (!row.is_null(8)) head.verdict = static_cast<sync::Verdict>(row.integer(8));
  head.reason = std::string(row.text(9));
  return head;
}

std::vector<Bytes> references_of(const sync::Catalog& catalog, const sync::Group& group) {
  std::vector<Bytes> rows;
  for (const auto& operation : group.operations) {
    const sync::Table* table = catalog.find(operation.table);
    for (const auto& change : operation.columns) {
      const sync::Column* column = table ? table->find(change.column) : nullptr;
      const Bytes* id = std::get_if<Bytes>(&change.next);
      if (column && !column->references.empty() && id) rows.push_back(*id);
    }
    if (operation.kind != sync::OperationKind::insert) rows.push_back(to_bytes(operation.row.view()));
  }
  return rows;
}

}  // namespace

Result<std::vector<sync::Operation>> GroupLog::operations(std::string_view condition,
                                                          const std::vector<Value>& parameters) {
  std::vector<sync::Operation> list;
  Status read_well;
  DOUDI_TRY(connection_.query(
      "SELECT table_name, row_id, kind, changes FROM op_log WHERE " + std::string(condition) + " ORDER BY id",
      parameters, [&](const sql::Row& line) {
        auto operation = read_operation(catalog_, line);
        if (!operation.ok())
          read_well = operation.error();
        else
          list.push_back(std::move(*operation));
        return read_well.ok();
      }));
  DOUDI_TRY(read_well);
  return list;
}

Result<std::vector<sync::Operation>> GroupLog::captured() {
  DOUDI_ASSIGN(auto list, operations("group_seq IS NULL", {}));
  return sync::coalesce(std::move(list));
}

Result<std::int64_t> GroupLog::append(const sync::Group& group, const sync::Hash& hash,
                                      const std::string& kind, const std::optional<Uuid>& household) {
  const auto parameters =
      sql::params(static_cast<std::int64_t>(group.incarnation), static_cast<std::int64_t>(group.seq),
                  static_cast<int>(group.lane), ByteView(hash), ByteView(group.previous),
                  static_cast<int>(group.schema_version), group.assignment_version, group.device_wall_ms,
                  group.device_monotonic_ms, group.boot_id, kind, household);
  DOUDI_TRY(
      done(connection_.run("INSERT INTO op_group(incarnation, seq, lane, hash, previous, schema_version, "
                           "assignment_version, wall_ms, "
                           "monotonic_ms, boot_id, kind, household, state) VALUES($1, $2, $3, $4, $5, $6, "
                           "$7, $8, $9, $10, $11, $12, 'unsent')",
                           parameters)));
  DOUDI_ASSIGN(const std::int64_t id, connection_.integer("SELECT last_insert_rowid()"));
  const auto key = sql::params(id);
  DOUDI_TRY(done(connection_.run("UPDATE op_log SET group_seq = $1 WHERE group_seq IS NULL", key)));
  return id;
}

Result<std::optional<sync::ChainPoint>> GroupLog::newest(std::uint32_t incarnation) {
  std::optional<sync::ChainPoint> point;
  const auto parameters = sql::params(static_cast<std::int64_t>(incarnation));
  DOUDI_TRY(connection_.query(
      "SELECT seq, hash FROM op_group WHERE incarnation = $1 ORDER BY seq DESC LIMIT 1", parameters,
      [&](const sql::Row& row) {
        point = sync::ChainPoint{static_cast<std::uint64_t>(row.integer(0)), to_hash(row.blob(1))};
        return false;
      }));
  return point;
}

Result<std::optional<sync::Hash>> GroupLog::hash_at(std::uint32_t incarnation, std::uint64_t seq) {
  std::optional<sync::Hash> hash;
  DOUDI_TRY(
      connection_.query("SELECT hash FROM op_group WHERE incarnation = $1 AND seq = $2",
                        sql::params(static_cast<std::int64_t>(incarnation), static_cast<std::int64_t>(seq)),
                        [&hash](const sql::Row& row) {
                          hash = to_hash(row.blob(0));
                          return false;
                        }));
  return hash;
}

Result<sync::Group> GroupLog::read(std::int64_t id) {
  sync::Group group;
  const auto key = sql::params(id);
  DOUDI_TRY(
      connection_.query("SELECT incarnation, seq, previous, lane, schema_version, assignment_version, "
                        "wall_ms, monotonic_ms, boot_id "
                        "FROM op_group WHERE id = $1",
                        key, [&](const sql::Row& row) {
                          group.incarnation = static_cast<std::uint32_t>(row.integer(0));
                          group.seq = static_cast<std::uint64_t>(row.integer(1));
                          group.previous = to_hash(row.blob(2));
                          group.lane = static_cast<sync::Lane>(row.integer(3));
                          group.schema_version = static_cast<std::int32_t>(row.integer(4));
                          group.assignment_version = row.integer(5);
                          group.device_wall_ms = row.integer(6);
                          group.device_monotonic_ms = row.integer(7);
                          group.boot_id = std::string(row.text(8));
                          return false;
                        }));
  if (group.seq == 0) return Error{"store.group_missing", "a saved group is not in the store"};
  DOUDI_ASSIGN(auto list, operations("group_seq = $1", key));
  group.operations = sync::coalesce(std::move(list));
  return group;
}

Result<std::vector<GroupHead>> GroupLog::heads(std::string_view condition_and_order,
                                               const std::vector<Value>& parameters) {
  std::vector<GroupHead> list;
  DOUDI_TRY(connection_.query(
      "SELECT id, incarnation, seq, lane, wall_ms, kind, household, state, verdict, reason FROM op_group " +
          std::string(condition_and_order),
      parameters, [&](const sql::Row& row) {
        list.push_back(read_head(row));
        return true;
      }));
  return list;
}

Result<UnsentCount> GroupLog::unsent() {
  UnsentCount count;
  DOUDI_TRY(connection_.query(
      "SELECT count(*), coalesce(sum(lane = 1), 0), min(wall_ms) FROM op_group WHERE state = 'unsent'",
      [&](const sql::Row& row) {
        count = {row.integer(0), row.integer(1), row.optional_integer(2)};
        return false;
      }));
  return count;
}

Result<std::vector<std::int64_t>> GroupLog::inserted_before(const sync::Group& group, std::int64_t id) {
  std::vector<std::int64_t> needed;
  for (const auto& row : references_of(catalog_, group)) {
    const auto parameters = sql::params(row, id);
    DOUDI_TRY(
        connection_.query("SELECT DISTINCT g.id FROM op_log o JOIN op_group g ON g.id = o.group_seq "
                          "WHERE o.table_name IN ('household', 'person', 'visit', 'lead') AND o.row_id = $1 "
                          "AND o.kind = 1 AND g.id < $2 "
                          "AND g.state = 'unsent'",
                          parameters, [&](const sql::Row& found) {
                            needed.push_back(found.integer(0));
                            return true;
                          }));
  }
  return needed;
}

Result<std::vector<std::int64_t>> GroupLog::sending_order(bool emergency, std::size_t groups_max) {
  const auto parameters = sql::params(static_cast<std::int64_t>(groups_max));
  DOUDI_ASSIGN(const auto found, heads(emergency ? "WHERE state = 'unsent' AND lane = 1 ORDER BY id LIMIT $1"
                                                 : "WHERE state = 'unsent' ORDER BY id LIMIT $1",
                                       parameters));
  std::set<std::int64_t> ids;
  std::vector<std::int64_t> open;
  for (const auto& head : found) open.push_back(head.id);
  while (!open.empty()) {
    const std::int64_t id = open.back();
    open.pop_back();
    if (!ids.insert(id).second || !emergency) continue;
    DOUDI_ASSIGN(const sync::Group group, read(id));
    DOUDI_ASSIGN(const auto needed, inserted_before(group, id));
    open.insert(open.end(), needed.begin(), needed.end());
  }
  return std::vector<std::int64_t>(ids.begin(), ids.end());
}

Result<std::vector<sync::Group>> GroupLog::batch(bool emergency, std::size_t groups_max,
                                                 std::size_t bytes_max) {
  DOUDI_ASSIGN(const auto ids, sending_order(emergency, groups_max));
  std::vector<sync::Group> groups;
  std::size_t bytes = 0;
  for (const std::int64_t id : ids) {
    DOUDI_ASSIGN(sync::Group group, read(id));
    bytes += sync::canonical_bytes(group).size();
    if (!groups.empty() && bytes > bytes_max) break;
    groups.push_back(std::move(group));
  }
  return groups;
}

Status GroupLog::acknowledge(const sync::GroupVerdict& verdict) {
  const auto parameters =
      sql::params(static_cast<std::int64_t>(verdict.incarnation), static_cast<std::int64_t>(verdict.seq),
                  static_cast<int>(verdict.verdict), verdict.reason);
  if (DOUDI_PLANTED("rejected_op_deleted") && verdict.verdict == sync::Verdict::rejected)
    return done(connection_.run(
        "DELETE FROM op_group WHERE incarnation = $1 AND seq = $2",
        sql::params(static_cast<std::int64_t>(verdict.incarnation), static_cast<std::int64_t>(verdict.seq))));
  return done(
      connection_.run("UPDATE op_group SET state = 'acknowledged', verdict = $3, reason = $4 WHERE "
                      "incarnation = $1 AND seq = $2",
                      parameters));
}

Status GroupLog::offer_again(std::uint32_t incarnation, std::uint64_t above,
                             const std::vector<std::uint64_t>& except) {
  const auto parameters =
      sql::params(static_cast<std::int64_t>(incarnation), static_cast<std::int64_t>(above));
  DOUDI_ASSIGN(
      const auto groups,
      heads("WHERE state = 'acknowledged' AND incarnation = $1 AND seq > $2 ORDER BY id", parameters));
  for (const auto& group : groups) {
    if (std::find(except.begin(), except.end(), group.seq) != except.end()) continue;
    const auto key = sql::params(group.id);
    DOUDI_TRY(done(connection_.run("UPDATE op_group SET state = 'unsent' WHERE id = $1", key)));
  }
  return {};
}

Status GroupLog::offer_all_again(std::uint32_t incarnation) {
  return done(
      connection_.run("UPDATE op_group SET state = 'unsent' WHERE state = 'acknowledged' AND (incarnation <> "
                      "$1 OR verdict IN "
                      "(3, 4))",
                      sql::params(static_cast<std::int64_t>(incarnation))));
}

Result<sync::Hash> GroupLog::start_incarnation(std::uint32_t incarnation) {
  DOUDI_ASSIGN(const auto groups, heads("WHERE state = 'unsent' ORDER BY id"));
  sync::Hash previous{};
  std::uint64_t seq = 0;
  for (const auto& head : groups) {
    DOUDI_ASSIGN(sync::Group group, read(head.id));
    group.incarnation = incarnation;
    group.seq = ++seq;
    group.previous = previous;
    const sync::Hash hash = sync::group_hash(group, crypto::sha256);
    const auto parameters = sql::params(head.id, static_cast<std::int64_t>(incarnation),
                                        static_cast<std::int64_t>(seq), ByteView(previous), ByteView(hash));
    DOUDI_TRY(done(connection_.run(
        "UPDATE op_group SET incarnation = $2, seq = $3, previous = $4, hash = $5 WHERE id = $1",
        parameters)));
    previous = hash;
  }
  return previous;
}

Result<std::vector<sync::Operation>> GroupLog::pending_on(std::string_view table, const Uuid& row) {
  return operations(
      "table_name = $1 AND row_id = $2 AND group_seq IN (SELECT id FROM op_group WHERE state = 'unsent')",
      sql::params(table, row));
}

Result<std::vector<std::string>> GroupLog::verify_chain() {
  DOUDI_ASSIGN(const auto groups, heads("ORDER BY incarnation, seq"));
  std::vector<std::string> findings;
  // In an incarnation that ended, groups that were unsent then moved to the next one and left gaps.
  const std::uint32_t current = groups.empty() ? 0 : groups.back().incarnation;
  std::uint32_t incarnation = 0;
  std::uint64_t seq = 0;
  sync::Hash previous{};
  for (const auto& head : groups) {
    DOUDI_ASSIGN(const sync::Group group, read(head.id));
    const std::string name = std::to_string(head.incarnation) + "/" + std::to_string(head.seq);
    const bool first = head.incarnation != incarnation;
    const bool whole = head.incarnation == current;
    if (whole && (first ? head.seq != 1 : head.seq != seq + 1))
      findings.push_back("gap before group " + name);
    if (whole && group.previous != (first ? sync::Hash{} : previous))
      findings.push_back("broken chain at group " + name);
    const auto key = sql::params(head.id);
    DOUDI_ASSIGN(const auto stored, connection_.value("SELECT hash FROM op_group WHERE id = $1", key));
    previous = sync::group_hash(group, crypto::sha256);
    const Bytes* bytes = stored ? std::get_if<Bytes>(&*stored) : nullptr;
    if (!bytes || !equal_constant_time(*bytes, previous))
      findings.push_back("changed content in group " + name);
    incarnation = head.incarnation;
    seq = head.seq;
  }
  return findings;
}

}  // namespace doudi::field
