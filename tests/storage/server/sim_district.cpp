#include "tests/storage/server/sim_district.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shared/crypto/crypto.hpp"
#include "shared/sql/sqlcipher.hpp"
#include "sync_server/auth/accounts.hpp"
#include "sync_server/auth/enrolment.hpp"

namespace doudi::test {
namespace {

constexpr const char* kGridCode = "120110001001001";
const Instant kNow = *parse_instant("2026-11-18T09:00:00+08:00");

Uuid id_of(std::uint8_t kind, std::uint64_t number) {
  Uuid id;
  id.bytes[0] = kind;
  id.bytes[6] = 0x70;
  id.bytes[8] = 0x80;
  id.bytes[14] = static_cast<std::uint8_t>(number >> 8U);
  id.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

Status put_row(sql::Connection& connection, const district::District& district, const char* table,
               const Uuid& id, std::vector<std::pair<std::string, Value>> cells) {
  sync::RowState row{table, id, false, {}};
  for (const sync::Column& column : district.tables().find(table)->table->columns)
    row.columns.emplace_back(column.name, Value{});
  for (auto& [name, value] : cells) district::set_cell(row, name, std::move(value));
  district::FeedWriter feed(connection, district.tables());
  DOUDI_TRY(feed.put(std::nullopt, row));
  return feed.flush();
}

Result<district::Device> enrol_device(sql::Connection& connection) {
  DOUDI_ASSIGN(const auto code, district::make_enrolment_code(connection, "worker", kNow));
  const auto key = crypto::make_signing_key();
  district::EnrolmentOutcome outcome;
  DOUDI_TRY(district::enrol(connection, {code.text, to_bytes(key.public_key), "tablet"}, kNow, outcome));
  if (!outcome.device) return outcome.refusal;
  return *outcome.device;
}

void must(const Status& status) {
  INFO((status.ok() ? std::string() : status.error().code + ": " + status.error().message));
  REQUIRE(status.ok());
}

}  // namespace

sync::Operation insert_row(const char* table, const Uuid& id,
                           std::vector<std::pair<std::string, Value>> cells) {
  sync::Operation operation{table, id, sync::OperationKind::insert, {}};
  for (auto& [name, value] : cells) operation.columns.push_back({name, Value{}, std::move(value)});
  return operation;
}

std::vector<std::pair<std::string, Value>> visit_cells(const DistrictTablet& tablet) {
  return {{"grid", sql::to_value(tablet.grid)},
          {"household", sql::to_value(tablet.household)},
          {"worker", sql::to_value(tablet.device.account)},
          {"seen_at", kNow.ms},
          {"monotonic_ms", std::int64_t{1}},
          {"boot_id", std::string("boot")},
          {"mode", std::string("in_person")},
          {"outcome", std::string("met")},
          {"form", std::string("visit-v1")},
          {"form_version", std::int64_t{1}},
          {"leaflet_given", std::int64_t{1}},
          {"leaflet_posted", std::int64_t{0}}};
}

SimDistrict::SimDistrict() {
  must(district::init_district({.folder = kDistrictFolder,
                                .share = DOUDI_SCHEMA_FOLDER,
                                .code = "120110",
                                .pack = "dongli-2020",
                                .admin_password = "a password for the test",
                                .disk = &storage.files},
                               kNow));
  open();
  enrol_tablet();
}

void SimDistrict::open() {
  district::DistrictOptions options;
  options.folder = kDistrictFolder;
  options.share = DOUDI_SCHEMA_FOLDER;
  options.now = [] { return kNow; };
  options.threads = false;
  options.disk = &storage.files;
  auto opened = district::District::open(std::move(options));
  INFO((opened.ok() ? std::string() : opened.error().code + ": " + opened.error().message));
  REQUIRE(opened.ok());
  district_ = std::move(*opened);
}

void SimDistrict::restart() {
  district_.reset();
  open();
}

void SimDistrict::enrol_tablet() {
  tablet.grid = id_of(1, 1);
  tablet.household = id_of(2, 1);
  must(district_->writer().run([&](sql::Connection& connection) -> Status {
    DOUDI_TRY(put_row(connection, *district_, "grid", tablet.grid,
                      {{"code", std::string(kGridCode)},
                       {"name", std::string("网格")},
                       {"community", std::string("社区")},
                       {"street", std::string("街道")}}));
    DOUDI_TRY(put_row(connection, *district_, "household", tablet.household,
                      {{"grid", sql::to_value(tablet.grid)},
                       {"door", std::string("1号楼")},
                       {"door_order", std::int64_t{1}},
                       {"address", std::string("1号楼")},
                       {"enrolled_on", std::string("2026-01-01")}}));
    DOUDI_ASSIGN(
        const Uuid account,
        district::make_account(connection, {"worker", "网格员", "grid_worker", kGridCode, ""}, kNow));
    const auto duty = connection.run("INSERT INTO grid_duty(grid, account, from_version) VALUES($1,$2,0)",
                                     sql::params(tablet.grid, account));
    if (!duty.ok()) return duty.error();
    DOUDI_ASSIGN(tablet.device, enrol_device(connection));
    return {};
  }));
  must(sql::checkpoint(district_->store().writer()));
}

DistrictTablet SimDistrict::another_tablet() {
  DistrictTablet other{{}, tablet.grid, tablet.household};
  must(district_->writer().run([&other](sql::Connection& connection) -> Status {
    DOUDI_ASSIGN(other.device, enrol_device(connection));
    return {};
  }));
  return other;
}

district::PreparedGroup SimDistrict::next_visit() {
  sync::Group group;
  group.seq = ++tablet.seq;
  group.previous = tablet.last;
  group.device_wall_ms = kNow.ms;
  group.boot_id = "boot";
  const Uuid visit = id_of(3, tablet.seq);
  group.operations.push_back(insert_row("visit", visit, visit_cells(tablet)));
  group.operations.push_back(insert_row("visit_answer", id_of(4, tablet.seq),
                                        {{"grid", sql::to_value(tablet.grid)},
                                         {"visit", sql::to_value(visit)},
                                         {"question", std::string("V02")},
                                         {"answer", std::string("[\"ok\"]")}}));
  auto prepared = district::prepare_group(std::move(group));
  tablet.last = prepared.hash;
  return prepared;
}

Status SimDistrict::push(const district::PreparedGroup& group) {
  district::PushOutcome outcome;
  const std::vector<district::PreparedGroup> groups{group};
  DOUDI_TRY(district_->writer().run([&](sql::Connection& connection) {
    return district_->ingest().apply(connection, tablet.device, groups, kNow, outcome);
  }));
  const bool applied =
      outcome.verdicts.size() == 1 && (outcome.verdicts.front().verdict == sync::Verdict::applied ||
                                       outcome.verdicts.front().verdict == sync::Verdict::duplicate);
  return applied
             ? Status{}
             : Status{Error{"test.verdict", "the group was not applied: " + outcome.verdicts.front().reason}};
}

Result<std::uint64_t> whole_groups(district::Store& store) {
  sql::Connection& connection = store.writer();
  DOUDI_ASSIGN(const auto groups, connection.integer("SELECT count(*) FROM device_group"));
  DOUDI_ASSIGN(const auto newest, connection.integer("SELECT coalesce(max(seq), 0) FROM device_group"));
  DOUDI_ASSIGN(const auto known, connection.integer("SELECT coalesce(max(known_seq), 0) FROM device_chain"));
  DOUDI_ASSIGN(const auto visits,
               connection.integer("SELECT count(*) FROM visit v JOIN row_feed f ON f.row_id = v.id"));
  DOUDI_ASSIGN(const auto answers, connection.integer("SELECT count(*) FROM visit_answer a JOIN visit v ON "
                                                      "v.id = a.visit JOIN row_feed f ON f.row_id = a.id"));
  if (groups != newest || known != newest || visits != newest || answers != newest)
    return Error{"test.partial", "groups " + std::to_string(groups) + " of " + std::to_string(newest) +
                                     ", visits " + std::to_string(visits) + ", answers " +
                                     std::to_string(answers)};
  return static_cast<std::uint64_t>(newest);
}

}  // namespace doudi::test
