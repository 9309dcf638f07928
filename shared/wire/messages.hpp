// What tablet and district say to each other. Encoded as CBOR maps with short text keys inside a frame;
// unknown keys are skipped, missing required ones are "wire.message"; a key that came
// later is optional and written only when it says something. Encoders write directly, decoders are
// depth-limited SAX readers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"
#include "shared/sync/digest.hpp"
#include "shared/sync/operation.hpp"
#include "shared/sync/range_repair.hpp"

namespace doudi::wire {

// Scope key: "all" or the grid's UUID text. Position 0 means "from the beginning".
using Cursors = std::map<std::string, std::int64_t>;

// A group the district has set aside or refused, as far as its tablet knows.
struct SetAside {
  std::uint32_t incarnation = 1;
  std::uint64_t seq = 0;
  sync::Hash hash{};
  friend bool operator==(const SetAside&, const SetAside&) = default;
};

struct Hello {
  std::uint32_t incarnation = 1;
  std::uint64_t last_seq = 0;  // newest group the tablet holds (sent or not)
  sync::Hash last_hash{};
  std::int32_t schema_version = 1;
  std::string program_version;
  std::string epoch;  // server epoch the tablet last saw; empty at first
  Cursors cursors;
  std::int64_t device_wall_ms = 0;
  std::int64_t device_monotonic_ms = 0;
  std::string boot_id;
  std::uint64_t unsent_groups = 0;
  std::int64_t oldest_unsent_ms = 0;  // wall time of the oldest unsent group, 0 if none
  // Low half of the digest the district gave for a scope at exactly that cursor: another one there now is
  // another history. Numbers of the ledger by their beginning ("120110-2026-"): the highest ever seen.
  Cursors marks;
  Cursors numbers;
  std::vector<std::string> purged{};  // scopes handed over whose rows have left this tablet
  // Every scope of which this tablet has rows, also those it only keeps until their last upload: what the
  // district thinks it holds beyond these is gone. Older tablets do not say.
  std::optional<std::vector<std::string>> holds{};
  std::vector<SetAside> set_aside{};  // the newest of them: has anything become of them since?
  friend bool operator==(const Hello&, const Hello&) = default;
};

struct HelloReply {
  std::string epoch;
  Instant server_time;
  std::string chain;                   // "in_step" | "tablet_ahead" | "tablet_rolled_back" | "tablet_cloned"
  std::uint32_t next_incarnation = 0;  // set when the tablet must start a new incarnation
  std::uint64_t known_seq = 0;         // every group up to here is stored
  std::vector<std::uint64_t> known_beyond;  // stored groups above known_seq (an emergency overtook others)
  std::vector<std::string> scopes;          // scope keys the tablet holds now
  std::int64_t assignment_version = 0;      // of this worker's grids
  bool news = false;                        // some scope is ahead of the cursors
  bool history_lost = false;    // the marks are not of this store's history, whatever the epoch says
  std::uint64_t backed_up = 0;  // groups up to here are in a proven backup
  Bytes recovery_key{};         // of the office: what is unsent is also sealed to it
  sync::Hash known_hash{};  // of the group at known_seq; zeros when there is none, or from an older district
  std::vector<sync::GroupVerdict>
      settled{};  // of those the tablet takes for set aside: what was taken in since
  friend bool operator==(const HelloReply&, const HelloReply&) = default;
};

inline constexpr std::size_t kSetAsideMax = 200;  // in one greeting

struct Push {
  std::vector<sync::Group> groups;
  friend bool operator==(const Push&, const Push&) = default;
};
struct PushReply {
  std::string epoch;
  Instant server_time;
  std::vector<sync::GroupVerdict> verdicts;  // one per group, same order
  std::uint64_t known_seq = 0;
  friend bool operator==(const PushReply&, const PushReply&) = default;
};

struct Pull {
  std::string epoch;
  Cursors cursors;
  std::uint32_t rows_max = 2000;
  friend bool operator==(const Pull&, const Pull&) = default;
};
// A row that moved to another grid: it leaves this scope, unless something unsent hangs on it.
struct Departure {
  std::string scope;
  std::string table;
  Uuid row;
  friend bool operator==(const Departure&, const Departure&) = default;
};
struct Page {
  std::string epoch;
  Instant server_time;
  std::vector<sync::RowState> rows;  // parents before children within a scope page
  Cursors cursors;                   // position after this page, for every scope it touched
  bool more = false;
  std::map<std::string, sync::Digest>
      digests;  // of the whole scope, only for scopes this page brings up to date
  std::vector<Departure> departures{};
  std::int64_t assignment_version = 0;  // another one than the tablet knows: it greets again
  friend bool operator==(const Page&, const Page&) = default;
};

struct Wait {
  Cursors cursors;
  std::uint32_t timeout_s = 25;
  std::int64_t assignment_version = 0;  // the newest the tablet knows
  std::string epoch{};  // the one its cursors are of; empty: not told, then only cursors count
  friend bool operator==(const Wait&, const Wait&) = default;
};
struct WaitReply {
  bool news = false;
  Instant server_time;
  friend bool operator==(const WaitReply&, const WaitReply&) = default;
};

// A scope whose digests differ is compared range by range (shared/sync/range_repair.hpp).
struct Compare {
  std::string epoch;
  std::string scope;
  std::int64_t position = 0;     // the tablet's cursor: only equal positions can be compared
  bool begins = false;           // the whole scope is asked about; the district checks its own digest too
  sync::RangeQuestion question;  // empty: the search is over, and this is what it found
  std::uint64_t fetched = 0;
  std::uint64_t set_aside = 0;
  friend bool operator==(const Compare&, const Compare&) = default;
};
struct CompareReply {
  std::string epoch;
  Instant server_time;
  std::int64_t position = 0;  // another one than asked: nothing was compared, pull first
  sync::Digest digest;        // of the whole scope at that position
  std::vector<sync::KeyRange> open;
  std::vector<sync::RowState> rows;
  std::vector<Uuid> absent;
  friend bool operator==(const CompareReply&, const CompareReply&) = default;
};

// The frame is included: bytes in, bytes out.
Bytes encode(const Hello& message, sync::Hasher hasher);
Bytes encode(const HelloReply& message, sync::Hasher hasher);
Bytes encode(const Push& message, sync::Hasher hasher);
Bytes encode(const PushReply& message, sync::Hasher hasher);
Bytes encode(const Pull& message, sync::Hasher hasher);
Bytes encode(const Page& message, sync::Hasher hasher);
Bytes encode(const Wait& message, sync::Hasher hasher);
Bytes encode(const WaitReply& message, sync::Hasher hasher);
Bytes encode(const Compare& message, sync::Hasher hasher);
Bytes encode(const CompareReply& message, sync::Hasher hasher);
Result<Hello> decode_hello(ByteView frame, sync::Hasher hasher);
Result<HelloReply> decode_hello_reply(ByteView frame, sync::Hasher hasher);
Result<Push> decode_push(ByteView frame, sync::Hasher hasher);
Result<PushReply> decode_push_reply(ByteView frame, sync::Hasher hasher);
Result<Pull> decode_pull(ByteView frame, sync::Hasher hasher);
Result<Page> decode_page(ByteView frame, sync::Hasher hasher);
Result<Wait> decode_wait(ByteView frame, sync::Hasher hasher);
Result<WaitReply> decode_wait_reply(ByteView frame, sync::Hasher hasher);
Result<Compare> decode_compare(ByteView frame, sync::Hasher hasher);
Result<CompareReply> decode_compare_reply(ByteView frame, sync::Hasher hasher);

}  // namespace doudi::wire
