// What a tablet records: operations on rows, in groups that arrive whole or not at all, chained by hash
// (sync.md, Capture).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/value.hpp"

namespace doudi::sync {

using Hash = std::array<std::uint8_t, 32>;
// SHA-256, handed in by the shell: the pure folders contain no cryptography.
using Hasher = Hash (*)(ByteView);

enum class OperationKind : std::uint8_t { insert = 1, update = 2, remove = 3 };

// For an insert or remove only `next` or `base` matters. Columns go by name, in catalog order.
struct ColumnChange {
  std::string column;
  Value base;  // what the writer saw
  Value next;  // what the writer wrote
  friend bool operator==(const ColumnChange&, const ColumnChange&) = default;
};

struct Operation {
  std::string table;
  Uuid row;
  OperationKind kind = OperationKind::insert;
  std::vector<ColumnChange> columns;
  friend bool operator==(const Operation&, const Operation&) = default;
};

enum class Lane : std::uint8_t { emergency = 1, ordinary = 2 };

// (device, incarnation, seq) names a group for ever; seq counts groups from 1 without gaps per incarnation.
struct Group {
  std::uint32_t incarnation = 1;
  std::uint64_t seq = 0;
  Hash previous{};  // hash of group seq-1, zeros for the first
  Lane lane = Lane::ordinary;
  std::int32_t schema_version = 1;
  std::int64_t assignment_version = 0;
  std::int64_t device_wall_ms = 0;  // evidence only: clocks never order anything
  std::int64_t device_monotonic_ms = 0;
  std::string boot_id;
  std::vector<Operation> operations;
  friend bool operator==(const Group&, const Group&) = default;
};

enum class Verdict : std::uint8_t { applied = 1, merged = 2, held = 3, rejected = 4, duplicate = 5 };

struct GroupVerdict {
  std::uint32_t incarnation = 1;
  std::uint64_t seq = 0;
  Verdict verdict = Verdict::applied;
  std::string reason;  // stable code such as "sync.unknown_table"; empty when applied
  friend bool operator==(const GroupVerdict&, const GroupVerdict&) = default;
};

// A row as the server holds it, for pull pages, snapshots and digests. Columns in catalog order.
struct RowState {
  std::string table;
  Uuid row;
  bool deleted = false;
  std::vector<std::pair<std::string, Value>> columns;
  friend bool operator==(const RowState&, const RowState&) = default;
};

}  // namespace doudi::sync
