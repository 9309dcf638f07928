// Reads the lists in one snapshot, compares them outside of the store and writes the findings in small jobs.
#include <algorithm>

#include "shared/crypto/crypto.hpp"
#include "sync_server/service/comparison.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

constexpr std::size_t kFindingsPerJob = 1'000;
constexpr std::size_t kOthersMax = 8;
constexpr std::size_t kKeyBytes = 16;
constexpr std::uint64_t kProgressRows = 20'000;
// Of a hundred: reading, matching, writing.
constexpr std::uint64_t kReading = 50;
constexpr std::uint64_t kMatching = 35;
constexpr std::uint64_t kWriting = 15;

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

std::string joined(const std::vector<std::string>& kinds) {
  std::string text;
  for (const std::string& kind : kinds) text += (text.empty() ? "" : "+") + kind;
  return text;
}

Status check(const ComparisonRequest& request) {
  bool good = is_comparable(request.first) && !request.others.empty() && request.others.size() <= kOthersMax;
  for (std::size_t i = 0; i < request.others.size(); ++i) {
    const auto& kind = request.others[i];
    const auto before = request.others.begin() + static_cast<std::ptrdiff_t>(i);
    good = good && is_comparable(kind) && kind != request.first &&
           std::find(request.others.begin(), before, kind) == before;
  }
  if (good) return {};
  return Error{"compare.kind", "Name two or more different kinds of lists."};
}

class ComparisonWork {
 public:
  ComparisonWork(District& district, const ComparisonRequest& request)
      : district_(district),
        request_(request),
        comparison_(date_of(district.now()), [this](std::uint64_t done, std::uint64_t total) {
          return say(kReading * total + kMatching * done, 100 * total).ok();
        }) {
    summary_.first = request.first;
    summary_.others = joined(request.others);
    summary_.by_name = request.by.name;
    summary_.started_at = district.now();
  }

  Result<ComparisonSummary> run() {
    DOUDI_TRY(begin());
    const Status done = compare();
    if (!done.ok()) {
      DOUDI_TRY(end("failed"));
      return done.error();
    }
    return std::move(summary_);
  }

 private:
  Status say(std::uint64_t done, std::uint64_t total) const {
    if (!request_.progress || request_.progress(done, total)) return {};
    return Error{"compare.cancelled", "The comparison was stopped."};
  }

  Status begin() {
    return district_.writer().run([this](sql::Connection& connection) -> Status {
      // What a killed program left behind.
      DOUDI_TRY(plain(connection.run("UPDATE comparison_run SET state='failed' WHERE state='running'")));
      DOUDI_TRY(plain(
          connection.run("INSERT INTO comparison_run(first, others, state, started_at, by_account, by_name) "
                         "VALUES($1,$2,'running',$3,$4,$5)",
                         sql::params(summary_.first, summary_.others, summary_.started_at,
                                     request_.by.account, request_.by.name))));
      DOUDI_ASSIGN(summary_.run, connection.integer("SELECT last_insert_rowid()"));
      return {};
    });
  }

  Status compare() {
    DOUDI_TRY(read_lists());
    DOUDI_TRY(comparison_.finish());
    summary_.matched = comparison_.matched_by_number();
    summary_.clean = comparison_.clean();
    comparison_.visit_notes([this](const domain::ComparisonNote&) { ++summary_.notes; });
    DOUDI_TRY(comparison_.visit_findings([this](const domain::Finding& finding) -> Status {
      waiting_.push_back(finding);
      return waiting_.size() < kFindingsPerJob ? Status{} : store_findings();
    }));
    DOUDI_TRY(store_findings());
    return end("done");
  }

  Status read_lists() {
    DOUDI_ASSIGN(const Store::Reader reader, district_.store().read());
    std::vector<std::string> kinds{request_.first};
    kinds.insert(kinds.end(), request_.others.begin(), request_.others.end());
    std::uint64_t total = 0;
    for (const std::string& kind : kinds) {
      DOUDI_ASSIGN(const std::int64_t rows, count_rows(*reader, kind));
      total += static_cast<std::uint64_t>(rows);
    }
    std::uint64_t read = 0;
    for (const std::string& kind : kinds) {
      comparison_.begin_list(kind);
      const Status done = read_rows(*reader, kind, [&](const domain::RegisterRow& row) -> Status {
        if (++read % kProgressRows == 0) DOUDI_TRY(say(kReading * read, 100 * std::max(total, read)));
        return comparison_.add(row);
      });
      DOUDI_TRY(done);
    }
    summary_.rows = static_cast<std::int64_t>(read);
    return {};
  }

  Status store_findings() {
    const Status stored = district_.writer().run([this](sql::Connection& connection) -> Status {
      for (const domain::Finding& finding : waiting_) DOUDI_TRY(store_finding(connection, finding));
      return {};
    });
    DOUDI_TRY(stored);
    stored_ += waiting_.size();
    waiting_.clear();
    const std::uint64_t total = std::max<std::uint64_t>(comparison_.finding_count(), 1);
    return say((kReading + kMatching) * total + kWriting * stored_, 100 * total);
  }

  Status store_finding(sql::Connection& connection, const domain::Finding& finding) {
    const crypto::Hash hash =
        crypto::sha256(as_bytes(summary_.first + "\n" + summary_.others + "\n" + finding.key));
    return plain(connection.run(
        "INSERT INTO comparison_finding(key, first, others, code, name, id_number, household, list, row, "
        "other_list, other_row, other_name, other_number, other_household, action, first_run, last_run) "
        "VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$16) ON CONFLICT(key) DO UPDATE SET "
        "last_run=excluded.last_run, name=excluded.name, id_number=excluded.id_number, "
        "household=excluded.household, list=excluded.list, row=excluded.row, other_list=excluded.other_list, "
        "other_row=excluded.other_row, other_name=excluded.other_name, other_number=excluded.other_number, "
        "other_household=excluded.other_household",
        sql::params(ByteView(hash).first(kKeyBytes), summary_.first, summary_.others, finding.code,
                    finding.name, finding.number, finding.household, finding.list, finding.row,
                    finding.other_list, finding.other_row, finding.other_name, finding.other_number,
                    finding.other_household, finding.action, summary_.run)));
  }

  Status count(sql::Connection& connection) {
    const auto pair = sql::params(summary_.first, summary_.others, summary_.run);
    DOUDI_ASSIGN(
        summary_.added,
        connection.integer("SELECT count(*) FROM comparison_finding WHERE first=$1 AND others=$2 AND "
                           "first_run=$3",
                           pair));
    DOUDI_ASSIGN(
        summary_.gone,
        connection.integer("SELECT count(*) FROM comparison_finding WHERE first=$1 AND others=$2 AND "
                           "state='open' AND last_run<$3 AND last_run>=(SELECT coalesce(max(id),$3) FROM "
                           "comparison_run WHERE first=$1 AND others=$2 AND state='done')",
                           pair));
    return connection.query(
        "SELECT code, state, count(*) FROM comparison_finding WHERE first=$1 AND others=$2 AND last_run=$3 "
        "GROUP BY code, state",
        pair, [this](const sql::Row& row) {
          summary_.counts[std::string(row.text(0))][std::string(row.text(1))] = row.integer(2);
          return true;
        });
  }

  Status end(const char* state) {
    return district_.writer().run([&](sql::Connection& connection) -> Status {
      DOUDI_TRY(count(connection));
      summary_.finished_at = district_.now();
      DOUDI_TRY(plain(connection.run(
          "UPDATE comparison_run SET state=$2, finished_at=$3, rows=$4, matched=$5, clean=$6, notes=$7, "
          "added=$8, gone=$9 WHERE id=$1",
          sql::params(summary_.run, state, summary_.finished_at, summary_.rows, summary_.matched,
                      summary_.clean, summary_.notes, summary_.added, summary_.gone))));
      return append_audit(connection, {summary_.finished_at, request_.by.account, std::nullopt,
                                       std::string("compare.") + state, "comparison_run", std::nullopt,
                                       summary_.first + " " + summary_.others});
    });
  }

  District& district_;
  const ComparisonRequest& request_;
  domain::RegisterComparison comparison_;
  ComparisonSummary summary_;
  std::vector<domain::Finding> waiting_;
  std::uint64_t stored_ = 0;
};

}  // namespace

Result<ComparisonSummary> run_comparison(District& district, const ComparisonRequest& request) {
  DOUDI_TRY(check(request));
  return ComparisonWork(district, request).run();
}

Result<std::vector<ComparisonSummary>> latest_comparisons(sql::Connection& connection) {
  std::vector<ComparisonSummary> runs;
  DOUDI_TRY(
      connection.query("SELECT id, first, others, started_at, finished_at, by_name, rows, matched, clean, "
                       "notes, added, gone FROM "
                       "comparison_run WHERE id IN(SELECT max(id) FROM comparison_run WHERE state='done' "
                       "GROUP BY first, others) "
                       "ORDER BY id DESC",
                       [&runs](const sql::Row& row) {
                         runs.push_back({row.integer(0),
                                         std::string(row.text(1)),
                                         std::string(row.text(2)),
                                         Instant{row.integer(3)},
                                         Instant{row.integer(4)},
                                         std::string(row.text(5)),
                                         row.integer(6),
                                         row.integer(7),
                                         row.integer(8),
                                         row.integer(9),
                                         row.integer(10),
                                         row.integer(11),
                                         {}});
                         return true;
                       }));
  for (ComparisonSummary& run : runs) {
    DOUDI_TRY(connection.query(
        "SELECT code, state, count(*) FROM comparison_finding WHERE first=$1 AND others=$2 AND last_run>=$3 "
        "GROUP BY code, state",
        sql::params(run.first, run.others, run.run), [&run](const sql::Row& row) {
          run.counts[std::string(row.text(0))][std::string(row.text(1))] = row.integer(2);
          return true;
        }));
  }
  return runs;
}

}  // namespace doudi::district
