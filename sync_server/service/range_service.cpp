// The feed's index names the rows of a scope without touching them: only rows in the asked ranges are read.
#include "sync_server/service/range_service.hpp"

#include <algorithm>
#include <bit>

#include "shared/crypto/crypto.hpp"
#include "sync_server/service/tablet_service.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kRowsMax = 500;  // in one answer

struct Scope {
  std::int64_t id = 0;
  std::int64_t position = 0;
  sync::Digest digest;
};

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

Result<Scope> find_scope(sql::Connection& connection, const std::string& key) {
  Scope scope;
  DOUDI_TRY(connection.query("SELECT id, position, digest_high, digest_low FROM scope WHERE key=$1",
                             sql::params(key), [&scope](const sql::Row& row) {
                               scope = {row.integer(0),
                                        row.integer(1),
                                        {std::bit_cast<std::uint64_t>(row.integer(2)),
                                         std::bit_cast<std::uint64_t>(row.integer(3))}};
                               return false;
                             }));
  return scope;
}

Result<bool> has_scope(sql::Connection& connection, const Device& device, const std::string& key) {
  DOUDI_ASSIGN(const std::vector<GridFacts> grids, grids_of(connection, device.account));
  return std::any_of(grids.begin(), grids.end(),
                     [&key](const GridFacts& grid) { return to_string(grid.id) == key; });
}

// Ranges sorted by their beginning, as they do not overlap.
bool is_asked(const std::vector<sync::KeyRange>& ranges, const Uuid& row) {
  const auto next =
      std::upper_bound(ranges.begin(), ranges.end(), row,
                       [](const Uuid& id, const sync::KeyRange& range) { return id < range.first; });
  return next != ranges.begin() && std::prev(next)->holds(row);
}

Result<std::vector<sync::RowMark>> read_marks(sql::Connection& connection, const RowTables& tables,
                                              const Scope& scope, std::vector<sync::KeyRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const sync::KeyRange& a, const sync::KeyRange& b) { return a.first < b.first; });
  std::vector<sync::RowMark> marks;
  DOUDI_TRY(connection.query("SELECT table_no, row_id FROM row_feed WHERE scope=$1", sql::params(scope.id),
                             [&](const sql::Row& row) {
                               const Uuid id = row.uuid(1);
                               if (is_asked(ranges, id))
                                 marks.push_back({id, {}, static_cast<std::uint32_t>(row.integer(0))});
                               return true;
                             }));
  for (sync::RowMark& mark : marks) {
    DOUDI_ASSIGN(const auto row, tables.read(connection, tables.numbered(mark.table), mark.row));
    if (row) mark.digest = sync::row_digest(*row, &crypto::sha256);
  }
  sync::sort_marks(marks);
  return marks;
}

Status add_incident(sql::Connection& connection, Instant now, std::optional<std::int64_t> device,
                    const std::string& kind, const std::string& scope, const std::string& detail) {
  return plain(
      connection.run("INSERT INTO sync_incident(at, device, kind, scope, detail) VALUES($1,$2,$3,$4,$5)",
                     sql::params(now, device, kind, scope, detail)));
}

}  // namespace

Result<Comparison> compare_ranges(sql::Connection& connection, const District& district, const Device& device,
                                  const wire::Compare& asked, Instant now) {
  if (asked.epoch != district.identity().epoch) return Error{"sync.epoch", "The district was restored."};
  DOUDI_ASSIGN(const bool holds, has_scope(connection, device, asked.scope));
  if (!holds) return Error{"sync.scope", "The worker does not have this grid."};
  DOUDI_ASSIGN(const Scope scope, find_scope(connection, asked.scope));
  Comparison comparison;
  wire::CompareReply& reply = comparison.reply;
  reply = {district.identity().epoch, now, scope.position, scope.digest, {}, {}, {}};
  if (asked.position != scope.position || asked.question.empty()) return comparison;
  const auto ranges = asked.begins ? std::vector{sync::whole_range()} : sync::ranges_of(asked.question);
  DOUDI_ASSIGN(const auto marks, read_marks(connection, district.tables(), scope, ranges));
  if (asked.begins) {
    reply.digest = sync::sum_of(marks);
    comparison.own_digest_wrong = reply.digest != scope.digest;
  }
  auto answer = sync::answer_question(marks, asked.question, kRowsMax);
  reply.open = std::move(answer.open);
  reply.absent = std::move(answer.absent);
  for (const sync::RowMark& mark : answer.send) {
    DOUDI_ASSIGN(auto row,
                 district.tables().read(connection, district.tables().numbered(mark.table), mark.row));
    if (row) reply.rows.push_back(std::move(*row));
  }
  return comparison;
}

Status record_comparison(sql::Connection& connection, const Device& device, const wire::Compare& asked,
                         Instant now) {
  const std::string detail =
      "fetched " + std::to_string(asked.fetched) + ", set aside " + std::to_string(asked.set_aside);
  DOUDI_TRY(add_incident(connection, now, device.number, "range_repair", asked.scope, detail));
  return append_audit(connection, {now, std::nullopt, device.number, "device.range_repair", "scope",
                                   parse_uuid(asked.scope), detail});
}

Status correct_digest(sql::Connection& connection, const District& district, const std::string& key,
                      Instant now) {
  DOUDI_ASSIGN(const Scope scope, find_scope(connection, key));
  DOUDI_ASSIGN(const auto marks, read_marks(connection, district.tables(), scope, {sync::whole_range()}));
  const sync::Digest right = sync::sum_of(marks);
  if (right == scope.digest) return {};
  DOUDI_TRY(plain(connection.run("UPDATE scope SET digest_high=$2, digest_low=$3 WHERE id=$1",
                                 sql::params(scope.id, std::bit_cast<std::int64_t>(right.high),
                                             std::bit_cast<std::int64_t>(right.low)))));
  // Tablets were told the wrong digest: the kept history would accuse them.
  DOUDI_TRY(plain(connection.run("DELETE FROM scope_history WHERE scope=$1", sql::params(scope.id))));
  DOUDI_TRY(add_incident(connection, now, std::nullopt, "digest_corrected", key, sync::to_text(right)));
  return append_audit(connection, {now, std::nullopt, std::nullopt, "scope.digest_corrected", "scope",
                                   parse_uuid(key), "stored " + sync::to_text(scope.digest)});
}

}  // namespace doudi::district
