// The pure parts of a sync, without a disk: merging column by column, hashing groups into the chain, encoding
// and decoding what goes over the wire. Beside them, in the same run, the cost of copying the same rows.
#include <algorithm>
#include <cstdio>

#include "shared/crypto/crypto.hpp"
#include "shared/sync/digest.hpp"
#include "shared/sync/group_chain.hpp"
#include "shared/sync/merge.hpp"
#include "shared/wire/catalog_json.hpp"
#include "shared/wire/messages.hpp"
#include "tools/bench/timing.hpp"

namespace doudi::bench {
namespace {

constexpr int kRows = 2000;
constexpr int kRounds = 40;
constexpr int kGroups = 200;
constexpr int kAnswers = 8;

// As random as a real identity, so that sizes after compression are real ones.
Uuid number_id(int number) {
  const auto hash = crypto::sha256(as_bytes(std::to_string(number)));
  Uuid id;
  std::copy(hash.begin(), hash.begin() + 16, id.bytes.begin());
  return id;
}

Value id_value(int number) {
  return to_bytes(number_id(number).view());
}

sync::RowState household(const sync::Table& table, int number) {
  sync::RowState row{"household", number_id(number), false, {}};
  for (const sync::Column& column : table.columns) {
    Value value;
    if (column.name == "grid") value = id_value(1);
    if (column.name == "door" || column.name == "address") value = "3号楼2门" + std::to_string(number);
    if (column.name == "door_order") value = std::int64_t{number};
    if (column.name == "enrolled_on") value = std::string("2020-01-01");
    row.columns.emplace_back(column.name, std::move(value));
  }
  return row;
}

// Every second edit meets a value that somebody else has changed.
sync::Operation edit(const sync::RowState& seen, int number) {
  sync::Operation update{"household", seen.row, sync::OperationKind::update, {}};
  const std::string other = number % 2 == 0 ? "" : "022-1";
  for (const auto& [name, value] : seen.columns) {
    if (name == "phone")
      update.columns.push_back({name, other.empty() ? value : Value{other}, std::string("022-2")});
    if (name == "note") update.columns.push_back({name, value, std::string("老人耳背，敲门要重")});
    if (name == "door_order") update.columns.push_back({name, value, std::int64_t{number + 1}});
    if (name == "end_reason") update.columns.push_back({name, value, std::string("moved")});
  }
  return update;
}

sync::Group visit_group(int number) {
  sync::Group group;
  group.seq = static_cast<std::uint64_t>(number + 1);
  group.boot_id = "bench";
  sync::Operation visit{"visit", number_id(number), sync::OperationKind::insert, {}};
  visit.columns = {{"grid", {}, id_value(1)},
                   {"household", {}, id_value(2)},
                   {"worker", {}, id_value(3)},
                   {"seen_at", {}, std::int64_t{1'790'000'000'000 + number}},
                   {"mode", {}, std::string("in_person")},
                   {"outcome", {}, std::string("met")},
                   {"form", {}, std::string("visit-v1")},
                   {"form_version", {}, std::int64_t{1}}};
  group.operations.push_back(std::move(visit));
  for (int i = 0; i < kAnswers; ++i)
    group.operations.push_back({"visit_answer",
                                number_id(1'000'000 + number * kAnswers + i),
                                sync::OperationKind::insert,
                                {{"grid", {}, id_value(1)},
                                 {"visit", {}, id_value(number)},
                                 {"question", {}, "V" + std::to_string(10 + i)},
                                 {"answer", {}, std::string("[\"ok\"]")}}});
  return group;
}

// Runs `work` for every round and prints how many of `things` it did a second.
template <class Work>
double rate(const std::string& what, double things, const char* unit, Work&& work) {
  const auto start = Clock::now();
  for (int round = 0; round < kRounds; ++round) work();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const double per_second = things * kRounds / seconds;
  print_figure(what, per_second, unit);
  return per_second;
}

void measure_merge(const sync::Table& table) {
  std::vector<sync::RowState> rows;
  std::vector<sync::Operation> edits;
  std::size_t columns = 0;
  for (int i = 0; i < kRows; ++i) {
    rows.push_back(household(table, i));
    edits.push_back(edit(rows.back(), i));
    columns += edits.back().columns.size();
  }
  std::size_t conflicts = 0;
  const double merged = rate("merge, one core", static_cast<double>(columns), "column operations/s", [&] {
    for (std::size_t i = 0; i < rows.size(); ++i)
      conflicts += sync::merge_operation(table, rows[i], edits[i], nullptr).conflicts.size();
  });
  const double copied =
      rate("copying the same rows", static_cast<double>(columns), "column operations/s", [&] {
        for (const sync::RowState& row : rows) {
          const sync::RowState copy = row;
          conflicts += copy.deleted ? 1 : 0;
        }
      });
  std::printf("%-62s %12.2f   (%zu conflicts)\n", "ratio", merged / copied, conflicts);
  sync::Digest digest;
  rate("digest of a row, SHA-256", kRows, "rows/s", [&] {
    for (const sync::RowState& row : rows) digest = digest + sync::row_digest(row, crypto::sha256);
  });
}

void measure_wire() {
  wire::Push push;
  for (int i = 0; i < kGroups; ++i) push.groups.push_back(visit_group(i));
  const double operations = kGroups * (kAnswers + 1);
  std::size_t bytes = 0;
  rate("hash of a group into the chain", kGroups, "groups/s", [&] {
    for (const sync::Group& group : push.groups) bytes += sync::group_hash(group, crypto::sha256)[0];
  });
  Bytes frame;
  rate("building a push of 200 visits: CBOR, zstd, SHA-256", operations, "operations/s",
       [&] { frame = wire::encode(push, crypto::sha256); });
  rate("reading it: hash, inflate, decode", operations, "operations/s",
       [&] { bytes += wire::decode_push(frame, crypto::sha256)->groups.size(); });
  print_figure("  its size", static_cast<double>(frame.size()) / kGroups, "bytes a visit with 8 answers");
  ensure(bytes > 0, "the work is not optimised away");
}

}  // namespace
}  // namespace doudi::bench

int main() {
  const auto catalog = doudi::wire::shipped_catalog();
  doudi::bench::measure_merge(*catalog.find("household"));
  doudi::bench::measure_wire();
  return 0;
}
