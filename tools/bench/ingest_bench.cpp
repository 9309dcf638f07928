// Server ingest beside its limit in one run: one-visit groups from 64 tablets, each waiting for its verdict,
// against a bare SQLCipher loop that commits as many rows a transaction. Merge, verdicts, feed, digests and
// durability included.
#include <stdlib.h>

#include <atomic>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>

#include "shared/crypto/crypto.hpp"
#include "sync_server/auth/accounts.hpp"
#include "sync_server/auth/enrolment.hpp"
#include "sync_server/service/district.hpp"
#include "tools/bench/bare_store.hpp"
#include "tools/bench/timing.hpp"

namespace doudi::bench {
namespace {

constexpr int kDevices = 64;
constexpr int kGroupsPerDevice = 300;
constexpr int kAnswers = 8;
constexpr int kRowsPerGroup = kAnswers + 1;

template <class T>
T must(Result<T> result) {
  if (!result.ok()) {
    std::cerr << "bench: " << result.error().code << " " << result.error().message << "\n";
    std::exit(1);
  }
  return std::move(*result);
}
void must(const Status& status) {
  if (status.ok()) return;
  std::cerr << "bench: " << status.error().code << " " << status.error().message << "\n";
  std::exit(1);
}

Uuid new_id() {
  std::array<std::uint8_t, 10> random{};
  crypto::random_bytes(random);
  return make_uuid_v7(district::system_now(), random);
}

struct Tablet {
  district::Device device;
  Uuid grid;
  Uuid household;
  sync::Hash last{};
  std::uint64_t seq = 0;
};

void put_row(sql::Connection& connection, const district::District& district, const char* table,
             std::vector<std::pair<std::string, Value>> cells, const Uuid& id) {
  sync::RowState row{table, id, false, {}};
  for (const sync::Column& column : district.tables().find(table)->table->columns)
    row.columns.emplace_back(column.name, Value{});
  for (auto& [name, value] : cells) district::set_cell(row, name, std::move(value));
  district::FeedWriter feed(connection, district.tables());
  must(feed.put(std::nullopt, row));
  must(feed.flush());
}

// A grid with one household, its worker and an enrolled tablet.
Tablet make_tablet(district::District& district, int number) {
  Tablet tablet;
  tablet.grid = new_id();
  tablet.household = new_id();
  const Instant now = district.now();
  must(district.writer().run([&](sql::Connection& connection) -> Status {
    put_row(connection, district, "grid",
            {{"code", std::to_string(120110001001000 + number)},
             {"name", std::string("网格")},
             {"community", std::string("社区")},
             {"street", std::string("街道")}},
            tablet.grid);
    put_row(connection, district, "household",
            {{"grid", sql::to_value(tablet.grid)},
             {"door", std::string("1号楼")},
             {"door_order", std::int64_t{1}},
             {"address", std::string("1号楼")},
             {"enrolled_on", std::string("2026-01-01")}},
            tablet.household);
    const std::string login = "worker" + std::to_string(number);
    DOUDI_ASSIGN(
        const Uuid account,
        district::make_account(
            connection, {login, "网格员", "grid_worker", std::to_string(120110001001000 + number), ""}, now));
    const auto duty = connection.run("INSERT INTO grid_duty(grid, account, from_version) VALUES($1,$2,0)",
                                     sql::params(tablet.grid, account));
    if (!duty.ok()) return duty.error();
    DOUDI_ASSIGN(const district::EnrolmentCode code, district::make_enrolment_code(connection, login, now));
    district::EnrolmentOutcome outcome;
    const auto key = crypto::make_signing_key();
    DOUDI_TRY(district::enrol(connection, {code.text, to_bytes(key.public_key), "bench"}, now, outcome));
    if (!outcome.device) return outcome.refusal;
    tablet.device = *outcome.device;
    return {};
  }));
  return tablet;
}

sync::Operation insert(const char* table, std::vector<std::pair<std::string, Value>> cells) {
  sync::Operation operation{table, new_id(), sync::OperationKind::insert, {}};
  for (auto& [name, value] : cells) operation.columns.push_back({name, Value{}, std::move(value)});
  return operation;
}

sync::Group next_visit(Tablet& tablet, Instant now) {
  sync::Group group;
  group.seq = ++tablet.seq;
  group.previous = tablet.last;
  group.device_wall_ms = now.ms;
  group.boot_id = "bench";
  auto visit = insert("visit", {{"grid", sql::to_value(tablet.grid)},
                                {"household", sql::to_value(tablet.household)},
                                {"worker", sql::to_value(tablet.device.account)},
                                {"seen_at", now.ms},
                                {"monotonic_ms", std::int64_t{1}},
                                {"boot_id", std::string("bench")},
                                {"mode", std::string("in_person")},
                                {"outcome", std::string("met")},
                                {"form", std::string("visit")},
                                {"form_version", std::int64_t{1}},
                                {"leaflet_given", std::int64_t{1}},
                                {"leaflet_posted", std::int64_t{0}}});
  const Uuid visit_id = visit.row;
  group.operations.push_back(std::move(visit));
  for (int i = 0; i < kAnswers; ++i) {
    group.operations.push_back(insert("visit_answer", {{"grid", sql::to_value(tablet.grid)},
                                                       {"visit", sql::to_value(visit_id)},
                                                       {"question", "V" + std::to_string(10 + i)},
                                                       {"answer", std::string("[\"ok\"]")}}));
  }
  return group;
}

void push_all(district::District& district, Tablet& tablet, Latencies& latencies) {
  for (int i = 0; i < kGroupsPerDevice; ++i) {
    std::vector<district::PreparedGroup> groups;
    groups.push_back(district::prepare_group(next_visit(tablet, district.now())));
    tablet.last = groups.front().hash;
    district::PushOutcome outcome;
    latencies.time([&] {
      must(district.writer().run([&](sql::Connection& connection) {
        return district.ingest().apply(connection, tablet.device, groups, district.now(), outcome);
      }));
    });
    ensure(outcome.verdicts.size() == 1 && outcome.verdicts.front().verdict == sync::Verdict::applied,
           "every group is applied");
  }
}

double bare_rows_per_second(const std::filesystem::path& folder, int groups) {
  BareStore bare(folder / "bare.db");
  const auto start = Clock::now();
  for (int i = 0; i < groups; ++i) {
    bare.begin();
    for (int row = 0; row < kRowsPerGroup; ++row) bare.insert_row();
    bare.commit();
  }
  return groups * kRowsPerGroup / std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

int run_ingest_bench(const std::filesystem::path& share) {
  std::string pattern = (std::filesystem::temp_directory_path() / "doudi-bench-XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  must(district::init_district(
      {folder / "district", share, "120110", "dongli-2020", "admin", "bench-password-1"},
      district::system_now()));
  auto district = must(district::District::open({folder / "district", share}));
  std::vector<Tablet> tablets;
  for (int i = 0; i < kDevices; ++i) tablets.push_back(make_tablet(*district, i));

  const double bare_before = bare_rows_per_second(folder, 4000);
  std::vector<Latencies> latencies(kDevices);
  const auto start = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kDevices; ++i) {
      threads.emplace_back([&, i] { push_all(*district, tablets[i], latencies[i]); });
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::filesystem::remove(folder / "bare.db");
  const double bare = (bare_before + bare_rows_per_second(folder, 4000)) / 2;
  const double groups = kDevices * kGroupsPerDevice / seconds;
  print_latency("one tablet's push until its durable verdict", latencies.front());
  print_figure("one-visit groups (9 rows) from 64 tablets", groups, "groups/s");
  print_figure("  the same in rows", groups * kRowsPerGroup, "rows/s");
  print_figure("bare SQLCipher loop, 9 rows a commit, synchronous=FULL", bare, "rows/s");
  std::printf("%-62s %12.2f\n", "ratio", groups * kRowsPerGroup / bare);
  district.reset();
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace doudi::bench

int main(int count, char** arguments) {
  const auto here = std::filesystem::canonical("/proc/self/exe").parent_path();
  return doudi::bench::run_ingest_bench(count > 1 ? std::filesystem::path(arguments[1])
                                                  : here / "../share/doudi");
}
