#include "shared/sync/group_chain.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "shared/sync/canonical.hpp"

namespace doudi::sync {
namespace {

void write_operation(CanonicalWriter& writer, const Operation& operation) {
  writer.text(operation.table);
  writer.raw(operation.row.view());
  writer.byte(static_cast<std::uint8_t>(operation.kind));
  writer.number(operation.columns.size());
  for (const ColumnChange& change : operation.columns) {
    writer.text(change.column);
    writer.value(change.base);
    writer.value(change.next);
  }
}

ColumnChange* find_change(Operation& operation, const std::string& column) {
  const auto at = std::find_if(operation.columns.begin(), operation.columns.end(),
                               [&](const ColumnChange& change) { return change.column == column; });
  return at == operation.columns.end() ? nullptr : &*at;
}

// The later values of `after` on top of `into` (an insert or an update): the first base stays, the last value
// stands.
void overlay(Operation& into, const Operation& after) {
  for (const ColumnChange& change : after.columns) {
    if (ColumnChange* known = find_change(into, change.column)) {
      known->next = change.next;
    } else {
      into.columns.push_back(change);
      if (into.kind == OperationKind::insert) into.columns.back().base = Value{};
    }
  }
  if (into.kind == OperationKind::update) {
    std::erase_if(into.columns, [](const ColumnChange& change) { return change.base == change.next; });
  }
}

// An update that ends in a removal: the removal must carry what was there before the update.
Operation removal_after(Operation& update, Operation removal) {
  for (const ColumnChange& change : update.columns) {
    if (ColumnChange* known = find_change(removal, change.column)) {
      known->base = change.base;
    } else {
      removal.columns.push_back({change.column, change.base, Value{}});
    }
  }
  return removal;
}

// A row removed and written again in one transaction is one update.
Operation update_from(Operation& removal, const Operation& insert) {
  Operation update{removal.table, removal.row, OperationKind::update, {}};
  for (const ColumnChange& old : removal.columns) update.columns.push_back({old.column, old.base, Value{}});
  overlay(update, insert);
  return update;
}

// Folds `after` into `into`; false when the two do not follow one another (then both are kept).
bool fold(std::optional<Operation>& into, const Operation& after) {
  const OperationKind first = into->kind;
  const OperationKind second = after.kind;
  if (first != OperationKind::remove && second == OperationKind::update) {
    overlay(*into, after);
    if (first == OperationKind::update && into->columns.empty()) into.reset();
    return true;
  }
  if (first == OperationKind::insert && second == OperationKind::remove) {
    into.reset();
    return true;
  }
  if (first == OperationKind::update && second == OperationKind::remove) {
    into = removal_after(*into, after);
    return true;
  }
  if (first == OperationKind::remove && second == OperationKind::insert) {
    into = update_from(*into, after);
    if (into->columns.empty()) into.reset();
    return true;
  }
  return false;
}

}  // namespace

Bytes canonical_bytes(const Group& group) {
  CanonicalWriter writer;
  writer.text("doudi-group-1");
  writer.number(group.incarnation);
  writer.number(group.seq);
  writer.raw(group.previous);
  writer.byte(static_cast<std::uint8_t>(group.lane));
  writer.integer(group.schema_version);
  writer.integer(group.assignment_version);
  writer.integer(group.device_wall_ms);
  writer.integer(group.device_monotonic_ms);
  writer.text(group.boot_id);
  writer.number(group.operations.size());
  for (const Operation& operation : group.operations) write_operation(writer, operation);
  return writer.take();
}

Hash group_hash(const Group& group, Hasher hasher) {
  return hasher(canonical_bytes(group));
}

std::vector<Operation> coalesce(std::vector<Operation> operations) {
  std::vector<std::optional<Operation>> folded;
  std::map<std::pair<std::string, Uuid>, std::size_t> newest;  // where the latest operation of a row stands
  for (Operation& operation : operations) {
    const auto key = std::make_pair(operation.table, operation.row);
    const auto known = newest.find(key);
    if (known != newest.end() && folded[known->second] && fold(folded[known->second], operation)) continue;
    newest[key] = folded.size();
    folded.emplace_back(std::move(operation));
  }
  std::vector<Operation> kept;
  for (auto& operation : folded) {
    if (operation) kept.push_back(std::move(*operation));
  }
  return kept;
}

ChainState compare_chain(const ChainPoint& tablet, const ChainPoint& server,
                         const std::optional<Hash>& server_hash_at_tablet_seq) {
  if (server_hash_at_tablet_seq && *server_hash_at_tablet_seq != tablet.hash)
    return ChainState::tablet_cloned;
  if (tablet.seq > server.seq) return ChainState::tablet_ahead;
  if (tablet.seq < server.seq) return ChainState::tablet_rolled_back;
  return tablet.hash == server.hash ? ChainState::in_step : ChainState::tablet_cloned;
}

}  // namespace doudi::sync
