// Bytes as what two tablets push: groups of any operations on the catalog's tables, in any order, repeated,
// renumbered, of any version, taken by the district's real applier on a real store. It never fails, the store
// verifies after every push, a refused group changes no row, and a group sent again gets the same verdict.
#include <fuzzer/FuzzedDataProvider.h>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "shared/crypto/crypto.hpp"
#include "shared/sync/column_check.hpp"
#include "shared/wire/messages.hpp"
#include "sync_server/auth/accounts.hpp"
#include "sync_server/auth/enrolment.hpp"
#include "sync_server/service/verify_store.hpp"
#include "tests/sim/storage/seeded_randomness.hpp"
#include "tests/sim/storage/sim_storage.hpp"

namespace doudi {
namespace {

using sync::Operation;
using sync::OperationKind;

constexpr std::size_t kInputBytesMax = 4096;
constexpr std::size_t kTablets = 2;
constexpr std::uint8_t kNames = 12;  // of rows, whatever their table
constexpr int kPushesMax = 6;
constexpr int kOperationsMax = 4;
const std::filesystem::path kFolder = "/district";
const Instant kNow{1'795'000'000'000};

void demand(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

void must(const Status& status) {
  demand(status.ok(), status.ok() ? "" : status.error().code + ": " + status.error().message);
}

Uuid row_name(std::uint8_t number) {
  Uuid id;
  id.bytes[6] = 0x70;
  id.bytes[8] = 0x80;
  id.bytes[15] = number;
  return id;
}

// The tablets' side: their chains as they would keep them.
struct FuzzTablet {
  district::Device device;
  std::uint64_t seq = 0;
  sync::Hash last{};
};

class Target {
 public:
  Target() : randomness_(1) {
    must(district::init_district({.folder = kFolder,
                                  .share = DOUDI_SHARE,
                                  .code = "120110",
                                  .pack = "dongli-2020",
                                  .admin_password = "a password for the fuzzer",
                                  .disk = &storage_.files},
                                 kNow));
    district::DistrictOptions options;
    options.folder = kFolder;
    options.share = DOUDI_SHARE;
    options.now = [] { return kNow; };
    options.threads = false;
    options.disk = &storage_.files;
    auto opened = district::District::open(std::move(options));
    must(opened.ok() ? Status{} : Status{opened.error()});
    district_ = std::move(*opened);
    must(district_->writer().run([this](sql::Connection& connection) { return fill(connection); }));
  }

  void run(FuzzedDataProvider& bytes) {
    auto tablets = tablets_;
    const Status undone = district_->writer().run([&](sql::Connection& connection) -> Status {
      for (int push = bytes.ConsumeIntegralInRange(1, kPushesMax); push > 0; --push) {
        FuzzTablet& tablet = tablets.at(bytes.ConsumeIntegralInRange<std::size_t>(0, kTablets - 1));
        take(connection, tablet, any_groups(bytes, tablet));
      }
      return Error{"fuzz.undo", "the next input starts from the same rows"};
    });
    demand(!undone.ok() && undone.error().code == "fuzz.undo", "the applier does not fail the store");
  }

 private:
  // Two grids, the second with nobody; rows of every table under the lowest names.
  Status fill(sql::Connection& connection) {
    DOUDI_TRY(put(connection, "grid", row_name(1), {{"code", std::string("120110001001001")}}));
    DOUDI_TRY(put(connection, "grid", row_name(2), {{"code", std::string("120110002001001")}}));
    DOUDI_TRY(put(connection, "household", row_name(3), {}));
    DOUDI_TRY(put(connection, "person", row_name(4), {}));
    DOUDI_TRY(put(connection, "household", row_name(5), {{"grid", to_bytes(row_name(2).view())}}));
    DOUDI_ASSIGN(
        const Uuid worker,
        district::make_account(connection, {"worker", "网格员", "grid_worker", "120110001001001", ""}, kNow));
    const auto duty = connection.run("INSERT INTO grid_duty(grid, account, from_version) VALUES($1,$2,0)",
                                     sql::params(row_name(1), worker));
    if (!duty.ok()) return duty.error();
    for (FuzzTablet& tablet : tablets_) {
      DOUDI_ASSIGN(const auto code, district::make_enrolment_code(connection, "worker", kNow));
      district::EnrolmentOutcome outcome;
      const auto key = crypto::make_signing_key();
      DOUDI_TRY(district::enrol(connection, {code.text, to_bytes(key.public_key), "tablet"}, kNow, outcome));
      if (!outcome.device) return outcome.refusal;
      tablet.device = *outcome.device;
    }
    return {};
  }

  Status put(sql::Connection& connection, const char* name, const Uuid& id,
             const std::vector<std::pair<std::string, Value>>& cells) {
    const sync::Table& table = *district_->tables().find(name)->table;
    sync::RowState row{name, id, false, {}};
    for (const sync::Column& column : table.columns)
      row.columns.emplace_back(column.name, column.nullable ? Value{} : plain_value(column));
    for (const auto& [column, value] : cells) district::set_cell(row, column, value);
    district::FeedWriter feed(connection, district_->tables());
    DOUDI_TRY(feed.put(std::nullopt, row));
    return feed.flush();
  }

  static Value plain_value(const sync::Column& column) {
    switch (column.type) {
      case sync::ColumnType::id:
        return to_bytes(row_name(column.references == "household" ? 3 : 1).view());
      case sync::ColumnType::blob:
        return Bytes{1};
      case sync::ColumnType::text:
      case sync::ColumnType::code:
        return std::string("a");
      case sync::ColumnType::set:
        return std::string("[\"a\"]");
      case sync::ColumnType::date:
        return std::string("2026-01-01");
      case sync::ColumnType::integer:
      case sync::ColumnType::instant:
      case sync::ColumnType::boolean:
        return std::int64_t{1};
    }
    return {};
  }

  static std::string any_word(FuzzedDataProvider& bytes) {
    static constexpr std::array kWords{"a",   "b",          "queued",        "reported",
                                       "met", "2026-02-28", "[\"a\",\"b\"]", "张桂兰"};
    return bytes.ConsumeBool() ? kWords.at(bytes.ConsumeIntegralInRange<std::size_t>(0, kWords.size() - 1))
                               : bytes.ConsumeRandomLengthString(24);
  }

  // Mostly what the column takes; sometimes of another kind.
  static Value any_value(FuzzedDataProvider& bytes, const sync::Column& column) {
    switch (bytes.ConsumeIntegralInRange(0, 9)) {
      case 0:
        return {};
      case 1:
        return std::int64_t{bytes.ConsumeIntegral<std::int64_t>()};
      case 2:
        return any_word(bytes);
      case 3:
        return bytes.ConsumeBytes<std::uint8_t>(16);
      case 4:
        return plain_value(column);
      default:
        break;
    }
    if (column.type == sync::ColumnType::id)
      return to_bytes(row_name(bytes.ConsumeIntegralInRange<std::uint8_t>(1, kNames)).view());
    if (column.type == sync::ColumnType::set) return sync::set_text({any_word(bytes), "c"});
    if (column.type == sync::ColumnType::date)
      return "2026-01-0" + std::to_string(bytes.ConsumeIntegralInRange(1, 9));
    if (std::holds_alternative<std::int64_t>(plain_value(column)))
      return std::int64_t{bytes.ConsumeIntegralInRange(0, 3)};
    return any_word(bytes);
  }

  Operation any_operation(FuzzedDataProvider& bytes) {
    const auto& tables = district_->tables().all();
    const sync::Table& table =
        *tables.at(bytes.ConsumeIntegralInRange<std::size_t>(0, tables.size() - 1)).table;
    Operation operation{table.name,
                        row_name(bytes.ConsumeIntegralInRange<std::uint8_t>(1, kNames)),
                        static_cast<OperationKind>(bytes.ConsumeIntegralInRange(1, 3)),
                        {}};
    if (bytes.ConsumeIntegralInRange(0, 31) == 0) operation.table = any_word(bytes);
    const bool insert = operation.kind == OperationKind::insert;
    for (const sync::Column& column : table.columns) {
      // Whole rows are rare by chance: what an insert must have is left out seldom.
      const bool left_out =
          insert && !column.nullable ? bytes.ConsumeIntegralInRange(0, 31) == 0 : bytes.ConsumeBool();
      if (left_out) continue;
      const Value next = insert && bytes.ConsumeBool() ? plain_value(column) : any_value(bytes, column);
      operation.columns.push_back({column.name, insert ? Value{} : any_value(bytes, column), next});
    }
    return operation;
  }

  std::vector<sync::Group> any_groups(FuzzedDataProvider& bytes, FuzzTablet& tablet) {
    std::vector<sync::Group> groups;
    for (int count = bytes.ConsumeIntegralInRange(1, 3); count > 0; --count) {
      sync::Group group;
      const int oddity = bytes.ConsumeIntegralInRange(0, 15);
      group.seq = oddity == 1 ? bytes.ConsumeIntegralInRange<std::uint64_t>(1, 9) : tablet.seq + 1;
      group.incarnation = oddity == 2 ? 2 : 1;
      group.previous = oddity == 3 ? sync::Hash{1} : tablet.last;
      group.schema_version = oddity == 4 ? bytes.ConsumeIntegralInRange(0, 9) : 1;
      group.assignment_version = oddity == 5 ? bytes.ConsumeIntegralInRange(0, 9) : 0;
      group.lane = bytes.ConsumeIntegralInRange(0, 3) == 0 ? sync::Lane::emergency : sync::Lane::ordinary;
      group.device_wall_ms = oddity == 6 ? bytes.ConsumeIntegral<std::int64_t>() : kNow.ms;
      group.boot_id = "boot";
      for (int i = bytes.ConsumeIntegralInRange(0, kOperationsMax); i > 0; --i)
        group.operations.push_back(any_operation(bytes));
      if (oddity == 0 || oddity > 3) {
        tablet.seq = group.seq;
        tablet.last = sync::group_hash(group, &crypto::sha256);
      }
      groups.push_back(std::move(group));
    }
    return groups;
  }

  std::string rows_of(sql::Connection& connection) const {
    std::string text;
    for (const auto& table : district_->tables().all()) {
      must(connection.query("SELECT * FROM " + table.table->name + " ORDER BY id",
                            [&text](const sql::Row& row) {
                              for (int i = 0; i < row.size(); ++i)
                                text += row.is_null(i) ? "-|" : std::string(as_text(row.blob(i))) + "|";
                              return true;
                            }));
    }
    return text;
  }

  std::vector<sync::GroupVerdict> push(sql::Connection& connection, const FuzzTablet& tablet,
                                       const sync::Group& group) {
    const std::vector<district::PreparedGroup> prepared{district::prepare_group(group)};
    district::PushOutcome outcome;
    must(district_->ingest().apply(connection, tablet.device, prepared, kNow, outcome));
    demand(outcome.verdicts.size() == 1, "every group gets a verdict");
    return outcome.verdicts;
  }

  // Only what a frame can carry reaches the applier.
  void take(sql::Connection& connection, const FuzzTablet& tablet, std::vector<sync::Group> groups) {
    const auto sent =
        wire::decode_push(wire::encode(wire::Push{std::move(groups)}, &crypto::sha256), &crypto::sha256);
    if (!sent.ok()) return;
    for (const sync::Group& group : sent->groups) {
      const std::string before = rows_of(connection);
      const auto first = push(connection, tablet, group);
      if (first.front().verdict == sync::Verdict::rejected)
        demand(rows_of(connection) == before, "a refused group changes no row");
      const std::string after = rows_of(connection);
      demand(push(connection, tablet, group) == first, "a group sent again gets the same verdict");
      demand(rows_of(connection) == after, "a group sent again changes no row");
      verify(connection);
    }
  }

  void verify(sql::Connection& connection) {
    const auto report = district::verify_content(connection, *district_);
    must(report.ok() ? Status{} : Status{report.error()});
    for (const std::string& fault : report->faults) demand(false, fault);
  }

  sim::SeededRandomness randomness_;
  sim::SimStorage storage_;
  std::unique_ptr<district::District> district_;
  std::array<FuzzTablet, kTablets> tablets_;
};

}  // namespace
}  // namespace doudi

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > doudi::kInputBytesMax) return 0;
  static doudi::Target target;
  FuzzedDataProvider bytes(data, size);
  target.run(bytes);
  return 0;
}
